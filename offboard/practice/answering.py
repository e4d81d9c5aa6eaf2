"""Answers to LDAP requests: what slapd would say, message for message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from offboard.practice import filters, schema
from offboard.practice.directory import SUBSCHEMA
from offboard.practice.entries import Attributes, Code, Edit, Refused
from offboard.practice.matching import NoName, name_key
from offboard.practice.wire import ldap, read_filter, read_page, written_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from offboard.practice.directory import Directory

ASSERTION = b"1.3.6.1.1.12"
MATCHED_VALUES = b"1.2.826.0.1.3344810.2.3"
PAGING = b"1.2.840.113556.1.4.319"
PASSWORD_POLICY = b"1.3.6.1.4.1.42.2.27.8.5.1"
_CONTROLS = (PAGING, PASSWORD_POLICY, MATCHED_VALUES, ASSERTION)

_WHO_AM_I = b"1.3.6.1.4.1.4203.1.11.3"
_START_TLS = b"1.3.6.1.4.1.1466.20037"
_ALL_OPERATIONAL = b"1.3.6.1.4.1.4203.1.5.1"

_POLICY_SILENT = b"0\x00"
_VERBS = {0: "add", 1: "delete", 2: "replace"}


class Session:
    """One client's connection: who it is, and the answers to what it asks."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._who = ""

    def answer(self, message: Any) -> Iterator[Any]:
        """Yield the messages that answer one request."""
        request = message.value
        found = _ANSWERS.get(type(request))
        if found is None:
            if not isinstance(request, ldap.LDAPAbandonRequest):
                yield _message(message, ldap.LDAPExtendedResponse(resultCode=int(Code.PROTOCOL_ERROR)))
            return
        answer, response = found
        try:
            controls = _controls(message)
            yield from answer(self, message, request, controls)
        except Refused as refused:
            yield _message(message, _response(response, refused.code, refused.message, refused.matched))

    def bind(self, message: Any, request: Any, controls: dict[bytes, bytes]) -> Iterator[Any]:
        """Answer a bind; without success the connection belongs to nobody."""
        self._who = ""
        if request.sasl:
            raise Refused(Code.AUTH_METHOD, "SASL is not offered here")
        found = self._directory.bind(_text(request.dn), _bytes(request.auth))
        code = Code.INVALID_CREDENTIALS if found.refused else Code.SUCCESS
        self._who = "" if found.refused else found.name
        answer = _response(ldap.LDAPBindResponse, code)
        # Why somebody was refused is not told, as in slapd without ppolicy_use_lockout.
        policy = PASSWORD_POLICY in controls and found.name and found.name != self._directory.root
        yield _message(message, answer, [(PASSWORD_POLICY, None, _POLICY_SILENT)] if policy else None)

    def search(self, message: Any, request: Any, controls: dict[bytes, bytes]) -> Iterator[Any]:
        """Answer a search: its entries, then the result."""
        base = _text(request.baseObject)
        found = self._special(base, request) if request.scope == 0 else None
        if found is None:
            found = self._directory.search(self._who, base, request.scope, request.filter)
        first, size = _page(controls)
        rest = found[first:]
        limit = min([n for n in (request.sizeLimit, size) if n] or [len(rest)])
        for name, view in rest[:limit]:
            yield _message(message, self._entry(name, view, request, controls))
        left = len(rest) > limit
        if left and request.sizeLimit and limit == request.sizeLimit:
            raise Refused(Code.SIZE_LIMIT)
        done = _response(ldap.LDAPSearchResultDone, Code.SUCCESS)
        cookie = (first + limit).to_bytes(8, "little") if left and size else b""
        yield _message(message, done, [(PAGING, None, written_page(cookie))] if PAGING in controls else None)

    def _special(self, base: str, request: Any) -> list[tuple[str, Attributes]] | None:
        """Return the root entry or the subschema if one of them is meant."""
        try:
            key = name_key(base)
        except NoName:
            return None
        if not key:
            view = self._root_entry()
        elif key == name_key(SUBSCHEMA):
            view = {"objectClass": [b"top", b"subschema"], "cn": [b"Subschema"]}
            view |= {name: [text.encode() for text in texts] for name, texts in schema.described().items()}
        else:
            return None
        return [(base, view)] if filters.matches(request.filter, view) else []

    def _root_entry(self) -> Attributes:
        return {
            "objectClass": [b"top"],
            "namingContexts": [self._directory.suffix.encode()],
            "supportedControl": list(_CONTROLS),
            "supportedExtension": [_START_TLS, _WHO_AM_I],
            "supportedFeatures": [_ALL_OPERATIONAL],
            "supportedLDAPVersion": [b"3"],
            "subschemaSubentry": [SUBSCHEMA.encode()],
            "vendorName": [b"offboard practice company"],
        }

    @staticmethod
    def _entry(name: str, view: Attributes, request: Any, controls: dict[bytes, bytes]) -> Any:
        chosen = _chosen(view, [_text(word) for word in request.attributes])
        if MATCHED_VALUES in controls:
            chosen = filters.keep_matching(read_filter(controls[MATCHED_VALUES]), chosen)
        values = [(key, [] if request.typesOnly else several) for key, several in chosen.items()]
        return ldap.LDAPSearchResultEntry(name, values)

    def modify(self, message: Any, request: Any, controls: dict[bytes, bytes]) -> Iterator[Any]:
        """Answer a modification."""
        edits = []
        for operation, (attribute, values) in request.modification:
            if operation.value not in _VERBS:
                raise Refused(Code.CONSTRAINT, "attribute syntax inappropriate for increment")
            texts = tuple(_bytes(value.value) for value in values)
            edits.append(Edit(_VERBS[operation.value], _text(attribute.value), texts))
        condition = read_filter(controls[ASSERTION]) if ASSERTION in controls else None
        self._directory.modify(self._who, _text(request.object), edits, condition)
        yield _message(message, _response(ldap.LDAPModifyResponse, Code.SUCCESS))

    def add(self, message: Any, request: Any, controls: dict[bytes, bytes]) -> Iterator[Any]:
        """Answer an addition."""
        del controls
        attributes = {_text(name.value): [_bytes(v.value) for v in values] for name, values in request.attributes}
        self._directory.add(self._who, _text(request.entry), attributes)
        yield _message(message, _response(ldap.LDAPAddResponse, Code.SUCCESS))

    def delete(self, message: Any, request: Any, controls: dict[bytes, bytes]) -> Iterator[Any]:
        """Answer a deletion."""
        del controls
        self._directory.delete(self._who, _text(request.value))
        yield _message(message, _response(ldap.LDAPDelResponse, Code.SUCCESS))

    def rename(self, message: Any, request: Any, controls: dict[bytes, bytes]) -> Iterator[Any]:
        """Answer a change of name or place."""
        del controls
        superior = None if request.newSuperior is None else _text(request.newSuperior)
        drop_old = bool(request.deleteoldrdn)
        self._directory.rename(self._who, _text(request.entry), _text(request.newrdn), superior, drop_old=drop_old)
        yield _message(message, _response(ldap.LDAPModifyDNResponse, Code.SUCCESS))

    def compare(self, message: Any, request: Any, controls: dict[bytes, bytes]) -> Iterator[Any]:
        """Answer a comparison."""
        del controls
        name, value = _text(request.ava.attributeDesc.value), _bytes(request.ava.assertionValue.value)
        equal = self._directory.compare(self._who, _text(request.entry), name, value)
        code = Code.COMPARE_TRUE if equal else Code.COMPARE_FALSE
        yield _message(message, _response(ldap.LDAPCompareResponse, code))

    def extended(self, message: Any, request: Any, controls: dict[bytes, bytes]) -> Iterator[Any]:
        """Answer an extended request; StartTLS never comes here."""
        del controls
        if request.requestName != _WHO_AM_I:
            raise Refused(Code.PROTOCOL_ERROR, "unsupported extended operation")
        who = f"dn:{self._who}" if self._who else ""
        yield _message(message, ldap.LDAPExtendedResponse(resultCode=0, response=who))


def _controls(message: Any) -> dict[bytes, bytes]:
    controls = {_bytes(kind): _bytes(value or b"") for kind, _, value in message.controls or ()}
    if any(critical and _bytes(kind) not in _CONTROLS for kind, critical, _ in message.controls or ()):
        raise Refused(Code.CRITICAL_EXTENSION, "critical extension is not recognized")
    return controls


def _page(controls: dict[bytes, bytes]) -> tuple[int, int]:
    """Return the place of the first entry of the page that is asked for, and how many it may have (0: all)."""
    if PAGING not in controls:
        return 0, 0
    size, cookie = read_page(controls[PAGING])
    if len(cookie) not in {0, 8}:
        raise Refused(Code.PROTOCOL_ERROR, "paged results cookie is invalid")
    return int.from_bytes(cookie, "little"), size


def _chosen(view: Attributes, asked: Sequence[str]) -> Attributes:
    """Return what was asked for: by name, ``*`` (the default), ``+``, or ``1.1`` for nothing."""
    names = {kind.names[0] for kind in map(schema.attribute, asked) if kind}
    names |= {word for word in asked if word in view}
    everything, operational = not asked or "*" in asked, "+" in asked
    return {name: values for name, values in view.items() if name in names or _wanted(name, everything, operational)}


def _wanted(name: str, everything: bool, operational: bool) -> bool:
    kind = schema.attribute(name)
    is_operational = kind is None or kind.operational
    return operational if is_operational else everything


def _response(kind: Callable[..., Any], code: Code, message: str = "", matched: str = "") -> Any:
    return kind(resultCode=int(code), errorMessage=message, matchedDN=matched)


def _message(request: Any, answer: Any, controls: list[tuple[bytes, None, bytes]] | None = None) -> Any:
    return ldap.LDAPMessage(answer, controls=controls, id=request.id)


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)


_ANSWERS: dict[type, tuple[Callable[..., Iterator[Any]], Callable[..., Any]]] = {
    ldap.LDAPBindRequest: (Session.bind, ldap.LDAPBindResponse),
    ldap.LDAPSearchRequest: (Session.search, ldap.LDAPSearchResultDone),
    ldap.LDAPModifyRequest: (Session.modify, ldap.LDAPModifyResponse),
    ldap.LDAPAddRequest: (Session.add, ldap.LDAPAddResponse),
    ldap.LDAPDelRequest: (Session.delete, ldap.LDAPDelResponse),
    ldap.LDAPModifyDNRequest: (Session.rename, ldap.LDAPModifyDNResponse),
    ldap.LDAPCompareRequest: (Session.compare, ldap.LDAPCompareResponse),
    ldap.LDAPExtendedRequest: (Session.extended, ldap.LDAPExtendedResponse),
}
