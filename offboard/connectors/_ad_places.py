"""Where an account is in a domain: its organisational unit or container."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offboard.connectors._ad_link import ANYTHING
from offboard.connectors._ad_values import by_guid
from offboard.connectors._ldap_faults import NO_SUCH_OBJECT
from offboard.connectors._ldap_text import same_name, split_first
from offboard.errors import NotFound

if TYPE_CHECKING:
    from offboard.connectors._ad_link import Objects
    from offboard.domain.canonical import Json

_INVALID_NAME = 34


class Places:
    """Moves accounts about in one domain."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._system = objects.link.address.system

    def state(self, account_id: str) -> dict[str, Json] | None:
        """Return where the account is; see ``Placement.placement``."""
        account = self._objects.find(account_id, [])
        return None if account is None else {"in": split_first(account.dn)[1]}

    def bring(self, account_id: str, state: dict[str, Json]) -> None:
        """Move the account, whatever it is called and wherever it is by now.

        Raises:
            NotFound: there is no such place, or no such account.
            Rejected: an account of that name is there already.
        """
        account = self._objects.need(account_id, [])
        first, now_in = split_first(account.dn)
        place = str(state["in"])
        if same_name(now_in, place):
            return
        self._need_place(place)
        self._objects.controller.move(str(by_guid(account_id)), first, place)

    def _need_place(self, place: str) -> None:
        missing = frozenset({NO_SUCH_OBJECT, _INVALID_NAME})
        if not place or not self._objects.link.search(place, ANYTHING, [], deep=False, expected=missing):
            raise NotFound(
                f"{self._system}: there is no place {place!r}",
                system=self._system,
                hint="Name an organisational unit by its whole name, as OU=Leavers,DC=corp,DC=example.",
            )
