"""Who on our side is who in a CRM: its users' ids, and the mail addresses that everything else here speaks of."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from offboard.domain.people import fold
from offboard.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FRESH: Final = 20.0
"""Seconds for which the users that were read are taken for those that there are."""


@dataclass(frozen=True, slots=True)
class User:
    """One user; ``owns`` says that records may be given to this kind of user at all."""

    id: str
    mail: str
    name: str = ""
    active: bool = True
    owns: bool = True


class Users:
    """The users of one CRM, read when they are needed."""

    def __init__(self, system: str, maker: str, read: Callable[[], Iterable[User]]) -> None:
        self._system, self._maker, self._read = system, maker, read
        self._known: dict[str, User] = {}
        self._at = float("-inf")

    def address(self, user_id: str | None) -> str:
        """Return the mail address behind an id, of a deactivated user too; the id itself where nobody has it."""
        if not user_id:
            return ""
        found = self._all().get(user_id)
        return (found.mail or user_id) if found else user_id

    def person(self, user_id: str | None) -> str:
        """Return the mail address of a person among us, empty for a team, a queue, or nobody."""
        found = self._all().get(user_id or "")
        return found.mail if found and found.owns else ""

    def id_of(self, address: str) -> str:
        """Return the id of the one user with this address: an active one before those who were deactivated.

        Raises:
            Rejected: it is nobody's address, or more than one user's.
        """
        named = self._named(address)
        if not named:
            self._at = float("-inf")
            named = self._named(address)
        active = [user for user in named if user.active]
        chosen = active or named
        if len(chosen) == 1:
            return chosen[0].id
        if not chosen:
            raise Rejected(
                f"{self._system}: no user has the mail address {address!r}",
                system=self._system,
                hint=f"Give this person a user in {self._maker} with this address, or name somebody who has one.",
            )
        ids = ", ".join(user.id for user in chosen)
        raise Rejected(
            f"{self._system}: {len(chosen)} users have the mail address {address!r} ({ids})",
            system=self._system,
            hint=f"Leave the address to one of them in {self._maker}, so that it is known who is meant.",
        )

    def _named(self, address: str) -> list[User]:
        return [user for user in self._all().values() if user.owns and user.mail and fold(user.mail) == fold(address)]

    def _all(self) -> dict[str, User]:
        if time.monotonic() - self._at > FRESH:
            self._known = {user.id: user for user in self._read()}
            self._at = time.monotonic()
        return self._known
