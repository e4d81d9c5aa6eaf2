"""Taking consents back: what one person agreed to, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.capabilities import Membership
from offboard.domain.holdings import Consents
from offboard.steps import step_class
from offboard.steps.revoke_consents import RevokeConsents
from tests.steps.memory import Memory, there_and_back

if TYPE_CHECKING:
    from offboard.domain.change import State
    from offboard.domain.departure import Departure


class Apps(Memory):
    """Lets apps act for people."""

    def consents(self, account_id: str) -> dict[str, Membership]:
        return self.all(account_id)

    def set_consent(self, account_id: str, consent_id: str, state: State) -> None:
        self.bring(account_id, consent_id, state)


@pytest.fixture
def step() -> RevokeConsents:
    return RevokeConsents(house=None)


HELD = {
    "c1": Membership("Mail Merge: Mail.Read, offline_access", {"clientId": "m", "scope": "Mail.Read offline_access"}),
    "c2": Membership("Calendar Sync: Calendars.Read", {"clientId": "k", "scope": "Calendars.Read"}),
}


def test_every_consent_is_taken_back_and_comes_back(step: RevokeConsents, departure: Departure):
    system = Apps(dict(HELD))
    wishes = there_and_back(step, departure, system)
    assert [(wish.target, wish.after) for wish in wishes] == [("c1", None), ("c2", None)]
    assert all(wish.why.startswith("Ann Lee leaves, and this app") for wish in wishes)
    assert system.all("uuid-ann").keys() == HELD.keys()
    assert system.journal[-1] == ("c1", HELD["c1"].state)


@pytest.mark.parametrize(
    ("found", "wanted", "same"),
    [
        ({"name": "Mail Merge", "held": {"scope": "Mail.Read"}}, None, False),
        (
            {"name": "Mail Merge 2", "held": {"scope": "Mail.Read"}},
            {"name": "Mail", "held": {"scope": "Mail.Read"}},
            True,
        ),
        ({"name": "Mail", "held": {"scope": "Mail.Send"}}, {"name": "Mail", "held": {"scope": "Mail.Read"}}, False),
        (None, None, True),
    ],
)
def test_a_consent_that_was_widened_is_another_one(step: RevokeConsents, found: Any, wanted: Any, same: bool):
    assert step.holds(found, wanted) is same


def test_it_is_found_by_its_word_and_says_what_it_needs(step: RevokeConsents):
    assert step_class("revoke_consents") is RevokeConsents
    assert RevokeConsents.needs == (Consents,)
    assert isinstance(Apps(), Consents)
    assert set(RevokeConsents.options) == set(RevokeConsents.accepts) == {"keep"}
    assert step.independent is True


def test_a_leaver_without_an_account_there_holds_nothing(step: RevokeConsents, departure: Departure):
    assert step.observe(replace(departure, accounts={}), Apps(dict(HELD))) == {}
