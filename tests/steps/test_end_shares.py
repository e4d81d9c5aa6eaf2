"""Ending shares: asked about unless the playbook chooses, one-way, and what each was stands in the plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.capabilities import Membership
from offboard.domain.holdings import SharedFiles
from offboard.steps import step_class
from offboard.steps.end_shares import NEVER_AGAIN, EndShares

if TYPE_CHECKING:
    from offboard.domain.departure import Departure

SHARED = {
    "s1": Membership(
        "offer.docx: anybody with the link", {"outside": True, "link": "https://x.test/1", "role": "write"}
    ),
    "s2": Membership("plan.xlsx: joe@corp.test", {"outside": False, "role": "read"}),
    "s3": Membership("photos: bea@client.example", {"role": "read"}),
    "s4": Membership("site: everybody", {"outside": True}, beyond="it comes from the folder above; its owner ends it"),
}


class Files:
    """Lets others into files."""

    name = "office"

    def __init__(self) -> None:
        self.shared = dict(SHARED)

    def shares(self, account_id: str) -> dict[str, Membership]:
        return dict(self.shared) if account_id == "uuid-ann" else {}

    def end_share(self, account_id: str, share_id: str) -> None:
        assert account_id == "uuid-ann"
        del self.shared[share_id]


@pytest.fixture
def step() -> EndShares:
    return EndShares(house=None)


@pytest.mark.parametrize(
    ("options", "ended", "asked"),
    [
        ({}, [], ["s1", "s3"]),
        ({"end": "none"}, [], ["s1", "s3"]),
        ({"end": "external"}, ["s1", "s3"], []),
        ({"end": "all"}, ["s1", "s2", "s3"], []),
    ],
)
def test_a_way_in_ends_by_choice_alone_and_is_a_question_else(
    step: EndShares, departure: Departure, options: dict[str, Any], ended: list[str], asked: list[str]
):
    files = Files()
    snapshot = step.observe(departure, files)
    found = list(step.plan(departure, snapshot, options))
    wishes = [wish for wish in found if wish.asks is None]
    assert [wish.target for wish in wishes] == ended
    assert {wish.target: wish.asks.text for wish in found if wish.asks} == {
        key: f"{SHARED[key].label}: people outside get in by this; shall it end?" for key in asked
    }
    listed = list(step.beyond(departure, snapshot, options))
    assert listed == [f"{SHARED['s4'].label}: {SHARED['s4'].beyond}"]
    for wish in wishes:
        assert (wish.before["held"], wish.after, wish.one_way) == (SHARED[wish.target].state, None, NEVER_AGAIN)
        step.write(departure, files, wish.target, wish.after)
    assert files.shared.keys() == SHARED.keys() - set(ended)
    again = step.plan(departure, step.observe(departure, files), options)
    assert [wish.target for wish in again] == asked


def test_nothing_can_be_shared_again(step: EndShares, departure: Departure):
    files = Files()
    (first, *_) = step.plan(departure, step.observe(departure, files), {"end": "all"})
    step.write(departure, files, first.target, first.before)
    assert files.shared == SHARED


@pytest.mark.parametrize(
    ("found", "wanted", "same"),
    [
        ({"name": "a", "held": {"used": 1}}, {"name": "a", "held": {"used": 2}}, True),
        ({"name": "a", "held": {}}, None, False),
        (None, {"name": "a", "held": {}}, False),
        (None, None, True),
    ],
)
def test_that_it_was_used_meanwhile_changes_nothing(step: EndShares, found: Any, wanted: Any, same: bool):
    assert step.holds(found, wanted) is same


def test_it_is_found_by_its_word_and_says_what_it_needs(step: EndShares, departure: Departure):
    assert step_class("end_shares") is EndShares
    assert EndShares.needs == (SharedFiles,)
    assert isinstance(Files(), SharedFiles)
    assert not step.harmless
    assert EndShares.accepts["end"].fault("extern")
    assert step.observe(replace(departure, accounts={}), Files()) == {}
