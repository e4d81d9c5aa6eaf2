"""Sign-in as SCIM knows it: ``active`` (RFC 7643 §4.1.1), written only while nobody else changes the user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from offboard.connectors._scim_api import USERS, version_of
from offboard.errors import Drifted, NotFound, Rejected

if TYPE_CHECKING:
    from offboard.connectors._scim_api import Api, Resource
    from offboard.connectors._scim_offers import Offers
    from offboard.domain.canonical import Json

_ROUNDS: Final = 3
"""How often we look and write when others change the same thing in between."""

_SCHEMA: Final = "Schemas/urn:ietf:params:scim:schemas:core:2.0:User"

NO_WAY: Final = "Ask the product's administrator to do it by hand, and confirm it with: offboard settle"


class SignIn:
    """Sign-in of the users of one server."""

    def __init__(self, api: Api, offers: Offers) -> None:
        self._api = api
        self._offers = offers

    def state(self, account_id: str) -> dict[str, Json] | None:
        """Return ``{"sign_in": "open" | "shut"}`` as the server says now, ``None`` when there is no such user.

        SCIM shows no refused sign-in: *shut* means that the server answers a fresh request with ``active`` false.
        """
        user = self._api.one(USERS, account_id, doing="read an account")
        return None if user is None else {"sign_in": "open" if is_active(user) else "shut"}

    def bring(self, account_id: str, state: dict[str, Json]) -> None:
        """Bring ``active`` to a state; what is so already is not written again."""
        if state.get("sign_in") not in {"shut", "open"}:
            text = f"{self._api.system}: sign-in cannot be brought to {state.get('sign_in')!r}"
            raise Rejected(text, system=self._api.system)
        wanted = state["sign_in"] == "open"
        doing = "open an account" if wanted else "shut an account"
        for _ in range(_ROUNDS):
            user = need(self._api, account_id)
            if is_active(user) == wanted:
                return
            try:
                self._write(user, doing, active=wanted)
            except Drifted:
                continue
            return
        text = f"{self._api.system}: account {account_id} is being changed by somebody else again and again"
        raise Drifted(text, system=self._api.system)

    def out_of_reach(self, account_id: str) -> list[str]:
        """Return why we cannot shut this account, found out by reading alone."""
        user = self._api.one(USERS, account_id, doing="read an account")
        if user is None:
            return []
        reasons = []
        if not self._offers.patch and not (self._offers.versions and version_of(user)):
            reasons.append("The server offers neither PATCH nor versions, so that nothing can be written safely.")
        if self._fixed():
            reasons.append("The server declares `active` as read-only: its administrator has to deactivate people.")
        return reasons

    def _fixed(self) -> bool:
        """Say whether the server's own schema forbids writing ``active``; not every server shows its schema."""
        try:
            schema = self._api.get(_SCHEMA, doing="read the schema")
        except (NotFound, Rejected):
            return False
        listed = schema.get("attributes")
        attributes = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        return any(one.get("name") == "active" and one.get("mutability") == "readOnly" for one in attributes)

    def _write(self, user: Resource, doing: str, *, active: bool) -> None:
        version = version_of(user) if self._offers.versions else ""
        if self._offers.patch:
            operation = {"op": "replace", "path": "active", "value": active}
            self._api.patch(USERS, user["id"], operation, doing=doing, version=version)
        else:
            put_whole(self._api, USERS, user | {"active": active}, doing=doing, version=version)


def need(api: Api, account_id: str) -> Resource:
    """Return a user.

    Raises:
        NotFound: there is none of that id (any more).
    """
    user = api.one(USERS, account_id, doing="read an account")
    if user is None:
        raise NotFound(f"{api.system}: there is no account {account_id} any more", system=api.system)
    return user


def is_active(user: Resource) -> bool:
    """Say whether a user may sign in; a server that does not say so lets them in, as far as we know."""
    return str(user.get("active", True)).casefold() != "false"


def put_whole(api: Api, kind: str, resource: Resource, *, doing: str, version: str) -> None:
    """Write a whole resource where no part of it can be written, and only while nobody else changes it."""
    if not version:
        text = f"{api.system}: cannot {doing}: the server offers neither PATCH nor versions"
        raise Rejected(text, system=api.system, hint=NO_WAY)
    api.put(kind, {key: value for key, value in resource.items() if key != "meta"}, doing=doing, version=version)
