"""One encrypted and signed-in connection to a directory: searches, changes and sign-ins, reopened when it broke."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from offboard.connectors._ldap_door import Door, ldap3, leave
from offboard.connectors._ldap_faults import (
    BROKEN,
    CONSTRAINT,
    INVALID_CREDENTIALS,
    SIZE_LIMIT,
    SUCCESS,
    UNWILLING,
    fault_of_exception,
    fault_of_result,
)
from offboard.connectors._ldap_text import equality_item
from offboard.errors import BadSettings, Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

ASSERTION = "1.3.6.1.1.12"
MATCHED_VALUES = "1.2.826.0.1.3344810.2.3"
PASSWORD_POLICY = "1.3.6.1.4.1.42.2.27.8.5.1"  # noqa: S105 - an object identifier

_PAGING: Final = "1.2.840.113556.1.4.319"
_REFUSED_SIGN_IN = frozenset({INVALID_CREDENTIALS, UNWILLING, CONSTRAINT})
_PAGE = 500
_TOO_MANY = frozenset({SIZE_LIMIT, 11})  # adminLimitExceeded

Changes = dict[str, list[tuple[str, list[Any]]]]
"""Attribute → operations in order, each with its values."""

Control = tuple[str, bool, bytes]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it was read; ``values`` holds bytes, by attribute name in lower case."""

    dn: str
    values: dict[str, list[bytes]]

    def all(self, attribute: str) -> list[bytes]:
        """Return every value of an attribute."""
        return self.values.get(attribute.casefold(), [])

    def texts(self, attribute: str) -> list[str]:
        """Return every value as text; bytes that are no UTF-8 are replaced."""
        return [value.decode("utf-8", "replace") for value in self.all(attribute)]

    def first(self, attribute: str) -> str:
        """Return the first value as text, or nothing."""
        return next(iter(self.texts(attribute)), "")


class Link:
    """A connection to one directory, signed in as our own account."""

    def __init__(self, door: Door, bind_dn: str, password: Callable[[], str]) -> None:
        self._door = door
        self.address = door.address
        self._bind_dn = bind_dn
        self._password = password
        self._connection: Any = None
        self._root: Entry | None = None

    def open(self) -> None:
        """Connect and sign in; harmless when that has been done.

        Raises:
            Unreachable: nobody answers.
            Untrusted: the certificate is not one we trust, or there is no encryption.
            Denied: our account is refused.
            BadSettings: the password cannot be had.
        """
        if self._connection is not None:
            return
        secret = self._password() if self._bind_dn else ""
        if self._bind_dn and not secret:
            # A bind without a password counts as anonymous and succeeds (RFC 4513 §5.1.2).
            raise BadSettings(f"systems.{self.address.system}.password: it is empty")
        external = self._door.external
        result, connection = self._door.enter(self._bind_dn, secret, external=external)
        if result["result"] != SUCCESS:
            leave(connection)
            who = "whom our certificate names" if external else self._bind_dn or "nobody"
            raise fault_of_result(result, self.address.system, f"sign in as {who}")
        self._connection = connection

    def close(self) -> None:
        """Give the connection back; the next call opens it again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            leave(connection)

    def accepts(self, dn: str, password: str) -> bool:
        """Say whether somebody can sign in, over a new connection; answers that say neither are faults."""
        result, connection = self._door.enter(dn, password)
        leave(connection)
        if result["result"] not in {SUCCESS, *_REFUSED_SIGN_IN}:
            raise fault_of_result(result, self.address.system, f"try to sign in as {dn}")
        return bool(result["result"] == SUCCESS)

    def search(
        self,
        base: str,
        filter_: str,
        attributes: Sequence[str],
        *,
        deep: bool = True,
        limit: int = 0,
        controls: Sequence[Control] = (),
        expected: frozenset[int] = frozenset(),
    ) -> list[Entry]:
        """Return the entries that match; with a result code in ``expected``, those that came before it."""
        result = self._ask(
            lambda connection: connection.search(
                base,
                filter_,
                ldap3.SUBTREE if deep else ldap3.BASE,
                dereference_aliases=ldap3.DEREF_NEVER,
                attributes=list(attributes) or [ldap3.NO_ATTRIBUTES],
                size_limit=limit,
                time_limit=self.address.timeout,
                controls=list(controls) or None,
            ),
            reading=True,
        )
        if result["result"] not in {SUCCESS, *expected}:
            raise fault_of_result(result, self.address.system, f"search below {base or 'the root'}")
        return self._entries()

    def whole(
        self, base: str, filter_: str, attributes: Sequence[str], *, controls: Sequence[Control] = ()
    ) -> list[Entry]:
        """Return every entry that matches: at once where the server gives so many, else page by page."""
        found = self.search(base, filter_, attributes, controls=controls, expected=_TOO_MANY)
        if self._connection.result["result"] == SUCCESS:
            return found
        return list(self.pages(base, filter_, attributes, controls=controls))

    def pages(
        self, base: str, filter_: str, attributes: Sequence[str], *, controls: Sequence[Control] = ()
    ) -> Iterator[Entry]:
        """Yield every entry that matches, page by page (RFC 2696)."""
        cookie = b""
        while True:
            # A page belongs to the connection that asked for the first one.
            result = self._ask(partial(self._page, base, filter_, attributes, controls, cookie), reading=not cookie)
            if result["result"] != SUCCESS:
                raise fault_of_result(result, self.address.system, f"read what is below {base}")
            entries = self._entries()
            yield from entries
            control = (result.get("controls") or {}).get(_PAGING, {})
            following = control.get("value", {}).get("cookie", b"")
            if not following:
                return
            if following == cookie and not entries:
                raise Rejected(f"{self.address.system}: the pages of a search never end", system=self.address.system)
            cookie = following

    def modify(
        self,
        dn: str,
        changes: Changes,
        *,
        expected: frozenset[int] = frozenset(),
        pin: tuple[str, str | bytes] | None = None,
    ) -> int:
        """Change one entry and return the result code: success, or one of ``expected``.

        With ``pin`` (attribute, value) the server changes it only if that still holds (RFC 4528).
        """
        controls = [(ASSERTION, True, equality_item(*pin))] if pin else None
        result = self._ask(lambda connection: connection.modify(dn, changes, controls), reading=False)
        code = int(result["result"])
        if code != SUCCESS and code not in expected:
            raise fault_of_result(result, self.address.system, f"change {dn}")
        return code

    def compare(self, dn: str, attribute: str, value: bytes) -> int:
        """Ask whether an entry has a value and return the result code, whatever it is."""
        result = self._ask(lambda connection: connection.compare(dn, attribute, value), reading=True)
        return int(result["result"])

    def supports(self, control: str) -> bool:
        """Say whether the server knows a control."""
        return control in self.root().texts("supportedControl")

    def root(self) -> Entry:
        """Return what the server says of itself (RFC 4512 §5.1); asked once per connection."""
        if self._root is None:
            said = ["supportedControl", "subschemaSubentry", "vendorName", "vendorVersion"]
            found = self.search("", "(objectClass=*)", said, deep=False)
            self._root = found[0] if found else Entry("", {})
        return self._root

    @staticmethod
    def _page(
        base: str,
        filter_: str,
        attributes: Sequence[str],
        controls: Sequence[Control],
        cookie: bytes,
        connection: Any,
    ) -> None:
        connection.search(
            base,
            filter_,
            ldap3.SUBTREE,
            dereference_aliases=ldap3.DEREF_NEVER,
            attributes=list(attributes) or [ldap3.NO_ATTRIBUTES],
            paged_size=_PAGE,
            paged_cookie=cookie or None,
            controls=list(controls) or None,
        )

    def _ask(self, ask: Callable[[Any], Any], *, reading: bool) -> Mapping[str, Any]:
        """Carry out one request; what only reads is asked once more when a kept connection had gone stale."""
        kept = self._connection is not None
        self.open()
        try:
            ask(self._connection)
            result: Mapping[str, Any] = self._connection.result
        except BROKEN as error:
            self.close()
            if kept and reading:
                return self._ask(ask, reading=reading)
            raise fault_of_exception(error, "", self.address.system, self.address.url) from error
        return result

    def _entries(self) -> list[Entry]:
        # Continuation references are passed over: no referral is ever followed.
        return [
            Entry(found["dn"], {name.casefold(): values for name, values in found["raw_attributes"].items()})
            for found in self._connection.response or ()
            if found["type"] == "searchResEntry"
        ]
