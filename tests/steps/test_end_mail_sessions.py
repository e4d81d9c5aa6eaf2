from __future__ import annotations

from dataclasses import replace

import pytest

from offboard.steps.end_mail_sessions import NONE, OPEN, EndMailSessions
from tests.servers.waiting import wait_until


@pytest.mark.parametrize("state", [OPEN, NONE])
def test_the_end_is_planned_whether_a_session_is_open_today_or_not(house, leaving, state):
    (wish,) = EndMailSessions(house).plan(leaving, {"alice": state}, {})
    assert (wish.target, wish.before, wish.after) == ("alice", OPEN, NONE)
    assert "Alice Archer" in wish.why
    assert wish.one_way
    assert EndMailSessions.standing
    assert EndMailSessions.harmless


def test_who_has_no_mailbox_has_nothing_to_end(house, leaving, mail):
    step = EndMailSessions(house)
    assert step.observe(replace(leaving, accounts={}), mail) == {}
    assert list(step.plan(leaving, {}, {})) == []


def test_open_sessions_are_seen_and_ended(house, leaving, mail, dovecot):
    step = EndMailSessions(house)
    assert step.observe(leaving, mail) == {"alice": NONE}
    session = dovecot.imap_login("alice", "alicepw")
    assert step.observe(leaving, mail) == {"alice": OPEN}
    step.write(leaving, mail, "alice", OPEN)
    assert dovecot.alive(session)
    step.write(leaving, mail, "alice", NONE)
    wait_until(lambda: step.observe(leaving, mail) == {"alice": NONE})
    assert dovecot.ended(session)
