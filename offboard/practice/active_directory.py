"""The practice domain over the wire: what of LDAP a domain controller does in its own way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from offboard.practice.answering import PAGING, Session
from offboard.practice.ldap_server import LdapServer
from offboard.practice.wire import ldap

if TYPE_CHECKING:
    import ssl

    from offboard.practice.ad_domain import Domain
    from offboard.practice.entries import Attributes

VALUES_AT_ONCE: Final = 1500
"""How many values of an attribute come in one answer (MaxValRange)."""

_ACTIVE_DIRECTORY: Final = b"1.2.840.113556.1.4.800"
_ACCESS_LIST: Final = b"1.2.840.113556.1.4.801"


class DomainSession(Session):
    """One client's connection to the practice domain."""

    _directory: Any

    def _root_entry(self) -> Attributes:
        domain: Domain = self._directory
        return {
            "objectClass": [b"top"],
            "defaultNamingContext": [domain.suffix.encode()],
            "namingContexts": [domain.suffix.encode()],
            "supportedCapabilities": [_ACTIVE_DIRECTORY],
            "supportedControl": [PAGING, _ACCESS_LIST],
            "supportedLDAPVersion": [b"3"],
            "vendorName": [b"offboard practice company"],
            "tokenGroups": domain.token(self._who),
        }

    @staticmethod
    def _entry(name: str, view: Attributes, request: Any, controls: dict[bytes, bytes]) -> Any:
        del controls
        asked = [word.decode() if isinstance(word, bytes) else word for word in request.attributes]
        values: list[tuple[str, list[bytes]]] = []
        for word in asked or ["*"]:
            attribute, _, option = word.partition(";range=")
            values += [
                _ranged(key, view[key], option)
                for key in view
                if key.casefold() == attribute.casefold() or (attribute == "*" and key not in _WORKED_OUT)
            ]
        return ldap.LDAPSearchResultEntry(name, values)


_WORKED_OUT: Final = frozenset({"tokenGroups", "allowedAttributesEffective", "nTSecurityDescriptor"})


def _ranged(name: str, values: list[bytes], option: str) -> tuple[str, list[bytes]]:
    """Return the values that fit into one answer, under the name that says which they are ([MS-ADTS] 3.1.1.3.1.3.3)."""
    first = int(option.partition("-")[0] or 0) if option else 0
    last = option.partition("-")[2] if option else "*"
    size = VALUES_AT_ONCE if last == "*" else min(int(last) - first + 1, VALUES_AT_ONCE)
    part = values[first : first + size]
    ends = first + len(part) >= len(values)
    if not option and ends:
        return name, part
    return f"{name};range={first}-{'*' if ends else first + len(part) - 1}", part


class DomainServer(LdapServer):
    """One port of the practice domain."""

    answering = DomainSession

    def __init__(self, domain: Domain, context: ssl.SSLContext, *, secure: bool = True, port: int = 0) -> None:
        super().__init__(domain, context, secure=secure, port=port)  # type: ignore[arg-type]  # it has what sessions call
