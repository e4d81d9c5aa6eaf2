"""One encrypted and signed-in connection to one domain controller, and its objects by their ``objectGUID``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from offboard.connectors._ad_faults import fault_of_change, in_words, refusal
from offboard.connectors._ad_values import by_guid
from offboard.connectors._ldap_door import leave
from offboard.connectors._ldap_entries import Entries
from offboard.connectors._ldap_faults import NO_SUCH_OBJECT, SUCCESS
from offboard.connectors._ldap_link import Changes, Control, Entry, Link
from offboard.errors import Denied

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from offboard.connectors._ldap_door import Door

ANYTHING: Final = "(objectClass=*)"


class AdLink(Link):
    """A connection to one domain controller."""

    def __init__(self, door: Door, bind_name: str, password: Callable[[], str]) -> None:
        super().__init__(door, bind_name, password)
        self._knock = door.enter

    def open(self) -> None:
        """Connect and sign in; see ``Link.open``."""
        try:
            super().open()
        except Denied as fault:
            code = refusal({"result": 49, "message": str(fault), "description": "refused"})
            text = f"{self.address.system}: {self.address.url} refuses our account ({in_words(code)})"
            raise Denied(text, system=fault.system, hint=fault.hint) from fault

    def try_to_sign_in(self, dn: str, password: str) -> str:
        """Try it over a new connection and return ``in`` or the code of the refusal; see ``_ad_faults.refusal``."""
        result, connection = self._knock(dn, password)
        leave(connection)
        return refusal(result)

    def change(self, dn: str, changes: Changes, doing: str, *, expected: frozenset[int] = frozenset()) -> int:
        """Change one object and return the result code: success, or one of ``expected``."""
        result = self._ask(lambda connection: connection.modify(dn, changes), reading=False)
        return self._code(result, doing, expected)

    def move(self, dn: str, first_part: str, place: str) -> None:
        """Move one object below ``place``; ``first_part`` is the first part of its name, as it is written now."""
        result = self._ask(
            lambda connection: connection.modify_dn(dn, first_part, new_superior=place, delete_old_dn=True),
            reading=False,
        )
        self._code(result, f"move {first_part} to {place}", frozenset())

    def _code(self, result: Mapping[str, Any], doing: str, expected: frozenset[int]) -> int:
        code = int(result["result"])
        if code != SUCCESS and code not in expected:
            raise fault_of_change(result, self.address.system, doing)
        return code


class Objects(Entries):
    """The objects of a domain as one controller knows them; ``<GUID=…>`` finds them whatever they are called now."""

    def __init__(self, link: AdLink, base: str) -> None:
        super().__init__(link, base, "objectGUID")
        self.controller = link
        self.base = base

    def find(self, entry_id: str, attributes: Sequence[str], *, controls: Sequence[Control] = ()) -> Entry | None:
        """Return the object with this id, read now, or ``None``; what was deleted is not there."""
        name = by_guid(entry_id)
        if name is None:
            return None
        gone = frozenset({NO_SUCH_OBJECT})
        wanted = [self.id_attribute, *attributes]
        found = self.link.search(name, ANYTHING, wanted, deep=False, controls=controls, expected=gone)
        return found[0] if found else None

    def write(self, entry_id: str, changes: Changes, doing: str, *, expected: frozenset[int] = frozenset()) -> int:
        """Change the object with this id, and no other; ``doing`` completes "cannot …"."""
        return self.controller.change(str(by_guid(entry_id)), changes, doing, expected=expected)

    def every(self, filter_: str, attributes: Sequence[str]) -> list[Entry]:
        """Return every object below the base that matches, read page by page."""
        return list(self.link.pages(self.base, filter_, [self.id_attribute, *attributes]))
