"""What we must know of an account that we shut, sealed in the vault: the last password that we set."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from offboard.domain.capabilities import Vault

_ALL_KINDS: Final = "aA1-"
_SHORTEST_WORD: Final = 3


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is sealed for one account.

    ``probe`` is the random password that we set last, empty when none of ours is in force. ``stamps`` are the values of
    ``pwdLastSet`` that our resets left behind: with any other one, somebody has set another password since. ``proved``
    are those of them with which a controller refused the probe for good.
    """

    probe: str = ""
    stamps: tuple[str, ...] = ()
    proved: tuple[str, ...] = ()


class Safe:
    """Keeps one sealed record per account of one domain."""

    def __init__(self, vault: Vault, system: str) -> None:
        self._vault = vault
        self._system = system

    def read(self, account_id: str) -> Sealed:
        """Return what is sealed for an account; an empty record when nothing is."""
        data = self._vault.get(f"{self._system}/account/{account_id}")
        if not data:
            return Sealed()
        kept = json.loads(data)
        return Sealed(kept["probe"], tuple(kept["stamps"]), tuple(kept["proved"]))

    def write(self, account_id: str, sealed: Sealed) -> None:
        """Seal a record durably, before this returns."""
        self._vault.put(f"{self._system}/account/{account_id}", json.dumps(asdict(sealed)).encode())

    def note(self, account_id: str, sealed: Sealed) -> None:
        """Seal a record durably with the next commit of our store."""
        self._vault.note(f"{self._system}/account/{account_id}", json.dumps(asdict(sealed)).encode())


def new_password(*names: str) -> str:
    """Return a random password that no rule of Active Directory refuses: no part of the person's names is in it.

    See [MS-SAMR] 3.1.1.7.2 on complexity: login, and each word of the name of three letters or more.
    """
    words = {word.casefold() for name in names for word in (name, *re.split(r"[,.\-_ #\t]+", name))}
    while True:
        made = secrets.token_urlsafe(32) + _ALL_KINDS
        if not any(len(word) >= _SHORTEST_WORD and word in made.casefold() for word in words):
            return made


def quoted(password: str) -> bytes:
    """Return a password as ``unicodePwd`` takes it: quoted, in UTF-16 ([MS-ADTS] 3.1.1.3.1.5.1)."""
    return f'"{password}"'.encode("utf-16-le")
