"""ldaptor's messages, LDAP's form on the wire (RFC 4511 §5): from bytes and to bytes."""

from __future__ import annotations

from typing import Any

from ldaptor.protocols import pureber, pureldap

# ldaptor has no types; under these names its classes are looked up when the program runs.
ber: Any = pureber
ldap: Any = pureldap

_REQUESTS = ldap.LDAPBERDecoderContext(fallback=ber.BERDecoderContext())
_MESSAGES = ldap.LDAPBERDecoderContext_TopLevel(
    inherit=ldap.LDAPBERDecoderContext_LDAPMessage(fallback=_REQUESTS, inherit=_REQUESTS)
)
_FILTERS = ldap.LDAPBERDecoderContext_Filter(fallback=ber.BERDecoderContext())


class NoMessage(Exception):
    """The bytes are no LDAP message."""


def first_message(data: bytes) -> tuple[Any, int] | None:
    """Return the first message and how many bytes it took; ``None`` while it is not complete.

    Raises:
        NoMessage: it will never be one.
    """
    try:
        found, used = ber.berDecodeObject(_MESSAGES, data)
    except ber.BERExceptionInsufficientData:
        return None
    except Exception as error:
        raise NoMessage from error  # ldaptor raises whatever comes up, assertions too
    if used and not isinstance(found, ldap.LDAPMessage):
        raise NoMessage
    return (found, used) if used else None


def read_filter(data: bytes) -> Any:
    """Return the filter, or the sequence of filters, that a control carries."""
    return ber.berDecodeObject(_FILTERS, data)[0]


def read_page(data: bytes) -> tuple[int, bytes]:
    """Return size and cookie of the paged results control (RFC 2696)."""
    size, cookie = ber.berDecodeObject(ber.BERDecoderContext(), data)[0]
    return size.value, cookie.value


def written_page(cookie: bytes) -> bytes:
    """Return the value of the paged results control in an answer; how many there are in all is not told."""
    return bytes(ber.BERSequence([ber.BERInteger(0), ber.BEROctetString(cookie)]).toWire())
