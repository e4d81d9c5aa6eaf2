"""What people sign in with besides a password; each kind has an address of its own, and none is guessed.

Source: https://learn.microsoft.com/graph/api/resources/authenticationmethods-overview (v1.0).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from offboard.connectors._graph_faults import DEFAULT_METHOD
from offboard.connectors._graph_paths import at, guid, opaque
from offboard.connectors._graph_wire import Ask
from offboard.domain.capabilities import Membership
from offboard.errors import Rejected, Throttled

if TYPE_CHECKING:
    from offboard.connectors._graph_link import Graph
    from offboard.domain.canonical import Json

_PASSWORD: Final = "passwordAuthenticationMethod"  # noqa: S105 - the name of a type
_METHODS: Final = "methods"
_WORDS: Final = {
    "temporaryAccessPassAuthenticationMethod": ("temporaryAccessPassMethods", "temporary access pass"),
    "fido2AuthenticationMethod": ("fido2Methods", "passkey"),
    "windowsHelloForBusinessAuthenticationMethod": ("windowsHelloForBusinessMethods", "Windows Hello"),
    "platformCredentialAuthenticationMethod": ("platformCredentialMethods", "platform credential"),
    "externalAuthenticationMethod": ("externalAuthenticationMethods", "external method"),
    "emailAuthenticationMethod": ("emailMethods", "e-mail"),
    "softwareOathAuthenticationMethod": ("softwareOathMethods", "one-time code"),
    "phoneAuthenticationMethod": ("phoneMethods", "phone"),
    "microsoftAuthenticatorAuthenticationMethod": ("microsoftAuthenticatorMethods", "Microsoft Authenticator"),
}
"""Type → its address and what people call it, in the order in which they are removed.

v1.0 does not say which one is the default; it is a phone or the Authenticator as a rule, so these come last.
"""

_KEPT: Final = {
    "phoneAuthenticationMethod": ("phoneNumber", "phoneType"),
    "emailAuthenticationMethod": ("emailAddress",),
}
"""Types that may be registered for somebody else → what that takes."""

_ONE_WAY: Final = "It cannot be registered for somebody else: after an undo the person registers it again."
_UNKNOWN: Final = (
    "v1.0 of Microsoft Graph removes none of this kind: an Authentication Administrator can, in the Entra pages."
)


class MethodLists:
    """The sign-in methods of the accounts of one tenant."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def all(self, account_id: str) -> dict[str, Membership]:
        """Return the methods by their id, the likely default last; the password is none of them."""
        order = list(_WORDS)
        found = sorted(self._read(account_id), key=lambda one: order.index(_kind(one)) if _kind(one) in order else -1)
        return {str(one["id"]): _membership(one) for one in found}

    def bring(self, account_id: str, method_id: str, state: Json) -> None:
        """Remove a method, or register it again where that can be done for somebody else.

        Raises:
            Throttled: it is the default method and others are left; it can be removed after them.
        """
        methods = at("users", guid(account_id), "authentication")
        if state is not None:
            self._register(account_id, cast("dict[str, Json]", state))
            return
        if method_id not in self._graph.seen.last(_METHODS, account_id):
            self._read(account_id)
        known = self._graph.seen.last(_METHODS, account_id)
        method = known.get(method_id)
        if method is None:
            return
        word, name = _WORDS.get(_kind(method), ("", ""))
        if not word:
            raise Rejected(f"{self._graph.system}: {_kind(method)}: {_UNKNOWN}", system=self._graph.system)
        ask = Ask("DELETE", methods / word / opaque(method_id), f"remove the sign-in method {name}")
        answer = self._graph.ask(ask)
        if answer.says(DEFAULT_METHOD) and len(known) > 1:
            text = f"{self._graph.system}: {name} is the default method: it is removed after the others"
            raise Throttled(text, system=self._graph.system, retry_after=0.2)
        if answer.status != 404:  # noqa: PLR2004 - HTTP: it is gone, and looking afterwards tells
            self._graph.good(ask, answer)
        known.pop(method_id, None)

    def _register(self, account_id: str, state: dict[str, Json]) -> None:
        kind = str(state.get("kind"))
        if kind not in _KEPT:
            raise Rejected(f"{self._graph.system}: {kind}: {_ONE_WAY}", system=self._graph.system)
        word, name = _WORDS[kind]
        body = {key: state.get(key) for key in _KEPT[kind]}
        path = at("users", guid(account_id), "authentication", word)
        self._graph.add(Ask("POST", path, f"register the sign-in method {name} again", body=body))

    def _read(self, account_id: str) -> list[dict[str, Any]]:
        path = at("users", guid(account_id), "authentication", "methods")
        found = self._graph.all(path, "read the sign-in methods")
        methods = [one for one in found if _kind(one) != _PASSWORD]
        self._graph.seen.keep(_METHODS, account_id, {str(one["id"]): one for one in methods})
        return methods


def _membership(method: dict[str, Any]) -> Membership:
    kind = _kind(method)
    word, name = _WORDS.get(kind, ("", kind))
    detail = str(method.get("displayName") or method.get("phoneNumber") or method.get("emailAddress") or "")
    state: dict[str, Json] = {"kind": kind, **{key: str(method.get(key) or "") for key in _KEPT.get(kind, ())}}
    one_way = None if kind in _KEPT else _ONE_WAY
    return Membership(f"{name} {detail}".strip(), state, one_way=one_way, beyond="" if word else _UNKNOWN)


def _kind(method: dict[str, Any]) -> str:
    return str(method.get("@odata.type") or "").rpartition(".")[2]
