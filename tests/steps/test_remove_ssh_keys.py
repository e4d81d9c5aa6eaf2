"""Removing SSH keys: each line, and back as it was listed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.capabilities import Membership
from offboard.domain.holdings import SshKeys
from offboard.steps import step_class
from offboard.steps.remove_ssh_keys import RemoveSshKeys
from tests.steps.memory import Memory, there_and_back

if TYPE_CHECKING:
    from offboard.domain.change import State
    from offboard.domain.departure import Departure


class Keyring(Memory):
    """Lists keys."""

    def ssh_keys(self, account_id: str) -> dict[str, Membership]:
        return self.all(account_id)

    def set_ssh_key(self, account_id: str, key_id: str, state: State) -> None:
        self.bring(account_id, key_id, state)


@pytest.fixture
def step() -> RemoveSshKeys:
    return RemoveSshKeys(house=None)


HELD = {
    "SHA256:aaa": Membership("ann@laptop", {"key": "ssh-ed25519 AAAA ann@laptop"}),
    "SHA256:bbb": Membership("backup job", {"key": "ssh-rsa BBBB backup job"}),
}


def test_every_key_goes_and_comes_back_to_the_letter(step: RemoveSshKeys, departure: Departure):
    system = Keyring(dict(HELD))
    wishes = there_and_back(step, departure, system)
    assert [wish.target for wish in wishes] == [*HELD]
    assert dict(system.journal[2:]) == {key: thing.state for key, thing in HELD.items()}


@pytest.mark.parametrize(
    ("options", "left"), [({}, ["ann@laptop", "backup job"]), ({"keep": ["Backup job"]}, ["ann@laptop"])]
)
def test_what_the_playbook_keeps_is_kept(
    step: RemoveSshKeys, departure: Departure, options: dict[str, Any], left: list[str]
):
    snapshot = step.observe(departure, Keyring(dict(HELD)))
    assert [wish.label for wish in step.plan(departure, snapshot, options)] == left


def test_it_is_found_by_its_word_and_says_what_it_needs(step: RemoveSshKeys):
    assert step_class("remove_ssh_keys") is RemoveSshKeys
    assert RemoveSshKeys.needs == (SshKeys,)
    assert isinstance(Keyring(), SshKeys)
    assert set(RemoveSshKeys.options) == set(RemoveSshKeys.accepts) == {"keep"}
    assert step.independent is False


def test_a_leaver_without_an_account_there_holds_nothing(step: RemoveSshKeys, departure: Departure):
    assert step.observe(replace(departure, accounts={}), Keyring(dict(HELD))) == {}
