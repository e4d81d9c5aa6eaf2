"""The contracts of what only looks, of mail, of sending and of asking bite: each with one fault planted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.holdings import Kin
from tests.contracts.asking import AsksPeopleContract
from tests.contracts.bench import Departing
from tests.contracts.knowing import KIN, ReachContract, TwinsContract
from tests.contracts.mail import HARMLESS, OUTSIDE, MailboxesContract, MailSessionsContract, ScriptsContract
from tests.contracts.plants import Bent, swallows
from tests.contracts.sending import SenderContract
from tests.contracts.test_biting_servers import FAILS
from tests.servers.faulty import Trouble

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contracts.bench import Bench
    from tests.contracts.dovecot_bench import DovecotBench
    from tests.contracts.people_bench import PeopleBench
    from tests.contracts.smtp_bench import SmtpBench

twins, reach, sender, people = TwinsContract(), ReachContract(), SenderContract(), AsksPeopleContract()
mailboxes, scripts, sessions = MailboxesContract(), ScriptsContract(), MailSessionsContract()

KNOWING = ["ldap_bench", "scim_bench", "entra_bench", "ad_bench", "postgresql_bench"]


def bend(bench: Any, method: str, how: Any) -> None:
    """Let every connection of a bench be faulty in one way."""
    connect = bench.connect
    bench.connect = lambda: Bent(connect(), **{method: how})


@pytest.fixture
def bench(request: pytest.FixtureRequest) -> Bench:
    made: Bench = request.getfixturevalue(request.param)
    return made


def none(_found: Any, *_args: Any) -> Any:
    return []


def nobody_too(found: Any, person: Any) -> Any:
    return [*found(person), Kin(replace(person, id="x", login="malice"), "It is called something like it.")]


def without_a_reason(found: Any, person: Any) -> Any:
    return [replace(one, why="") for one in found(person)]


@pytest.mark.parametrize("bench", KNOWING, indirect=True)
@pytest.mark.parametrize("how", [none, nobody_too, without_a_reason])
def test_second_accounts_that_are_not_told_as_they_are_fail(bench: Bench, how: Any):
    for place, login in enumerate(KIN):
        bench.add_by_hand(login, f"Somebody {place}", f"300{place}", f"somebody{place}@corp.test")
    names = {bench.login(login) for login in KIN}
    test = twins.test_all_that_are_called_so_are_found_each_with_a_reason_and_nobody_else
    test(bench, names)
    bend(bench, "twins", how)
    with pytest.raises(AssertionError):
        test(bench, names)


@pytest.mark.parametrize("bench", KNOWING, indirect=True)
def test_trouble_that_is_taken_for_nothing_fails(bench: Bench):
    bend(bench, "twins", swallows)
    with pytest.raises(FAILS):
        twins.test_trouble_with_looking_is_never_none(bench, {"x"}, Trouble.DENIED)
    bench.proxy.calm()
    bend(bench, "out_of_reach", swallows)
    with pytest.raises(FAILS):
        reach.test_trouble_with_looking_is_never_in_reach(bench, Trouble.DENIED)


@pytest.mark.parametrize("bench", [one for one in KNOWING if one != "scim_bench"], indirect=True)
def test_who_is_said_to_be_in_reach_and_is_not_fails(bench: Bench):
    bend(bench, "out_of_reach", none)
    with pytest.raises(AssertionError):
        reach.test_whom_we_may_not_touch_is_known_before_anything_is_written(bench)


def test_mail_that_is_told_otherwise_than_it_is_fails(dovecot_bench: DovecotBench):
    bend(dovecot_bench, "mailbox", lambda found, person: found(replace(person, login="alice", mail="alice@corp.test")))
    with pytest.raises(FAILS):
        mailboxes.test_the_wrong_persons_is_refused_not_chosen(dovecot_bench, {"mail": "bob@corp.test"})
    bend(dovecot_bench, "mailboxes", lambda found: list(found())[1:])
    with pytest.raises(AssertionError):
        mailboxes.test_every_mailbox_is_named_once(dovecot_bench)


def test_scripts_that_are_only_said_to_be_written_fail(dovecot_bench: DovecotBench, tmp_path: Path):
    for login in ("alice", "carol"):
        dovecot_bench.write_rule(login, "resting", HARMLESS, active=False)
        dovecot_bench.write_rule(login, "holiday", OUTSIDE)
    departing = Departing(dovecot_bench, tmp_path / "departing")
    dovecot_bench.proxy.trouble(Trouble.LYING, writes=True)
    for test in (
        lambda: scripts.test_what_is_written_is_seen_and_nobody_elses_is_touched(dovecot_bench),
        lambda: scripts.test_all_comes_back_however_often(dovecot_bench),
        lambda: scripts.test_a_departure_stops_what_goes_outside_and_its_undo_brings_it_back(dovecot_bench, departing),
    ):
        with pytest.raises(FAILS):
            test()
    departing.close()
    dovecot_bench.proxy.calm()
    bend(dovecot_bench, "scripts", lambda found, mailbox: found(mailbox)[1:])
    with pytest.raises(AssertionError):
        scripts.test_all_are_shown_byte_for_byte(dovecot_bench)


def test_mail_sessions_that_go_on_fail(dovecot_bench: DovecotBench, tmp_path: Path):
    for login in ("alice", "bob"):
        dovecot_bench.sign_in_by_hand(login)
    bend(dovecot_bench, "end_sessions", lambda _found, _mailbox: None)
    departing = Departing(dovecot_bench, tmp_path / "departing")
    with pytest.raises(AssertionError):
        sessions.test_all_are_ended_and_another_connection_sees_it(dovecot_bench)
    with pytest.raises(AssertionError):
        sessions.test_a_departure_ends_them_once(dovecot_bench, departing)
    departing.close()


def twice(found: Any, message: bytes, **more: Any) -> None:
    for _ in range(2):
        found(message, **more)


def never(_found: Any, _message: bytes, **_more: Any) -> None:
    """Say that it was sent."""


@pytest.mark.parametrize("how", [twice, never])
def test_a_mail_that_goes_out_twice_or_never_fails(smtp_bench: SmtpBench, how: Any):
    bend(smtp_bench, "send", how)
    with pytest.raises(AssertionError):
        sender.test_a_mail_arrives_once_for_its_recipient_alone(smtp_bench)


def test_another_name_for_a_refusal_fails(smtp_bench: SmtpBench):
    plant = smtp_bench.planted
    smtp_bench.planted = lambda _trouble: plant(Trouble.THROTTLED)
    with pytest.raises(AssertionError):
        sender.test_trouble_has_its_name_and_nothing_goes_out_twice(smtp_bench, Trouble.DENIED)


def test_people_who_cannot_be_asked_fail(people_bench: PeopleBench):
    bend(people_bench, "asks_people", lambda _found: False)
    with pytest.raises(AssertionError):
        people.test_people_can_be_asked_and_nothing_is_to_be_reached(people_bench)
