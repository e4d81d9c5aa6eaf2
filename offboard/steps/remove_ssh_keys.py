"""Removes the keys by which the leaver signs in to machines without any password."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from offboard.domain.holdings import SshKeys
from offboard.steps.base import Taking

if TYPE_CHECKING:
    from collections.abc import Mapping

    from offboard.domain.capabilities import Membership
    from offboard.domain.change import State


class RemoveSshKeys(Taking[SshKeys]):
    """No key of the leaver is listed any more: machines that ask the directory look at keys, not at locks."""

    needs: ClassVar[tuple[type, ...]] = (SshKeys,)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "ldap": (
            "read people",
            "write sshPublicKey",
            "write objectClass (ldapPublicKey, where its schema demands a key)",
        )
    }
    options: ClassVar[Mapping[str, str]] = {"keep": "comments of keys that stay listed"}
    because: ClassVar[str] = "this key opens machines without any password."

    def held(self, system: SshKeys, account_id: str) -> dict[str, Membership]:
        """Return the leaver's keys, by fingerprint."""
        return system.ssh_keys(account_id)

    def bring(self, system: SshKeys, account_id: str, thing_id: str, state: State) -> None:
        """Take the key off the list, or list the same line again."""
        system.set_ssh_key(account_id, thing_id, state)
