"""Shuts sign-in, ends what is signed in, and says whom we may not touch.

Order and facts: https://learn.microsoft.com/entra/identity/users/users-revoke-access and
https://learn.microsoft.com/graph/api/resources/users#who-can-perform-sensitive-actions.
"""

from __future__ import annotations

import secrets
import string
import time
from typing import TYPE_CHECKING, Any, Final

from offboard.connectors._entra_rights import DISABLE, SET_PASSWORD
from offboard.connectors._graph_faults import MASTERED
from offboard.connectors._graph_link import GONE
from offboard.connectors._graph_paths import at, guid, text_literal
from offboard.connectors._graph_wire import Ask
from offboard.errors import NotFound, Rejected

if TYPE_CHECKING:
    from offboard.connectors._graph_link import Graph
    from offboard.domain.canonical import Json
    from offboard.domain.capabilities import Vault

_LETTERS: Final = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "-_.!#")
_LENGTH: Final = 64

_OWED: Final = b"to be replaced"

FORMER_PASSWORD: Final = "the account is disabled, and its password is still the former one"  # noqa: S105 - a sentence

GLOBAL_ADMINISTRATOR: Final = "62e90394-69f5-4237-9190-012177145e10"
PRIVILEGED_AUTHENTICATION: Final = "7be44c8a-adaf-4e2a-84d6-ab2649e08a13"
USER_ADMINISTRATOR: Final = "fe930be7-5e62-47db-91af-98c3a49a38b1"

_ORDINARY: Final = frozenset(
    {
        "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",  # Directory Readers
        "95e79109-95c0-4d8e-aee3-d01accf2d47b",  # Guest Inviter
        "790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b",  # Message Center Reader
        "4a5d8f65-41da-4de4-8968-e035b65339cf",  # Reports Reader
    }
)
"""The roles whose holders any app with the right may change."""

_LIMITED: Final = frozenset(
    {
        "729827e3-9c14-49f7-bb1b-9608f156bbb8",  # Helpdesk Administrator
        "966707d0-3269-4727-9be2-8c3a10f19b9d",  # Password Administrator
        "75934031-6c7e-415a-99d7-48dbd49e875e",  # Usage Summary Reports Reader
        USER_ADMINISTRATOR,
    }
)
"""The roles whose holders a User Administrator may change; all others need one of the two strongest roles."""


class SignIn:
    """Sign-in of the accounts of one tenant."""

    def __init__(self, graph: Graph, vault: Vault, *, reset_password: bool, pause: float) -> None:
        self._graph = graph
        self._vault = vault
        self._reset_password = reset_password
        self._pause = pause

    def state(self, account_id: str) -> dict[str, Json] | None:
        """Return the state of sign-in; ``synced`` says that Active Directory decides, and may open it again.

        ``unfinished``: we disabled the account, and the password that we were to replace is still the former one.
        """
        user = self._read(account_id)
        if user is None:
            return None
        synced = user.get("onPremisesSyncEnabled") is True
        lost = self._may_reset() and not synced
        if user.get("accountEnabled") is False:
            owed = lost and self._vault.get(self._ref(account_id)) == _OWED
            return {"sign_in": "shut in part", "unfinished": FORMER_PASSWORD} if owed else {"sign_in": "shut"}
        state: dict[str, Json] = {"sign_in": "open", "password": "unreadable" if lost else "kept"}
        return state | ({"synced": True} if synced else {})

    def seal(self, account_id: str) -> None:
        """Note that the password is to be replaced, so that a disabled account alone does not pass for done."""
        if self._may_reset():
            self._vault.note(self._ref(account_id), _OWED)

    def bring(self, account_id: str, state: dict[str, Json]) -> None:
        """Bring sign-in to a state; see ``Accounts.set_account``."""
        system = self._graph.system
        if state.get("sign_in") not in {"shut", "open"}:
            raise Rejected(f"{system}: sign-in cannot be brought to {state.get('sign_in')!r}", system=system)
        user = self._read(account_id)
        if user is None:
            raise NotFound(f"{system}: there is no account {account_id} any more", system=system)
        synced = user.get("onPremisesSyncEnabled") is True
        opens = state["sign_in"] == "open"
        path = at("users", guid(account_id))
        doing = "open the account" if opens else "disable the account"
        if not opens and not synced:
            self.seal(account_id)
        answer = self._graph.ask(Ask("PATCH", path, doing, body={"accountEnabled": opens}, right=DISABLE))
        if synced and answer.says(MASTERED):
            # Active Directory hands it over with its next synchronisation; looking again shows whether it did.
            return
        self._graph.good(Ask("PATCH", path, doing, right=DISABLE), answer)
        if not opens and not synced and self._may_reset():
            profile = {"password": _password(), "forceChangePasswordNextSignIn": True}
            doing = "replace the password (the account is disabled)"
            self._graph.do(Ask("PATCH", path, doing, body={"passwordProfile": profile}, right=SET_PASSWORD))
        if not synced:
            self._vault.note(self._ref(account_id), b"")

    def sessions(self, account_id: str) -> dict[str, Json] | None:
        """Return since when sessions that are still valid may date."""
        user = self._read(account_id)
        return None if user is None else {"open": str(user.get("signInSessionsValidFromDateTime") or "")}

    def end_sessions(self, account_id: str) -> None:
        """End every session, twice: what was handed out while the first one spread ends with the second."""
        path = at("users", guid(account_id), "revokeSignInSessions")
        for pause in (0.0, self._pause):
            time.sleep(pause)
            self._graph.do(Ask("POST", path, "end the sessions"))

    def out_of_reach(self, account_id: str) -> list[str]:
        """Return why we may not change this account, in sentences that name the right; empty when we may."""
        strong = self._strong(account_id)
        if not strong:
            return []
        own_id = str(self._graph.wire.tokens.claims().get("oid", ""))
        assigned = self._graph.lists([_assigned(own_id)])[0] if own_id else []
        ours = {str(one.get("roleDefinitionId")) for one in assigned}
        if ours & {GLOBAL_ADMINISTRATOR, PRIVILEGED_AUTHENTICATION}:
            return []
        limited = USER_ADMINISTRATOR in ours
        return [
            f"The account {why}, so our app may not disable it: give the app the role "
            f"{'User Administrator' if weak else 'Privileged Authentication Administrator'}, "
            "or have somebody who holds it do this by hand."
            for why, weak in strong
            if not (weak and limited)
        ]

    def _strong(self, account_id: str) -> list[tuple[str, bool]]:
        """Return what makes the account a privileged one, and whether it is one of the limited roles."""
        user, select = at("users", guid(account_id)), "id,displayName,roleTemplateId,isAssignableToRole"
        asks = [
            Ask("GET", user / "transitiveMemberOf", "read the roles", {"$select": select}),
            Ask("GET", user / "ownedObjects", "read what is owned", {"$select": "id,displayName,isAssignableToRole"}),
            _assigned(account_id),
        ]
        groups, owned, assigned = self._graph.lists(asks)
        found: dict[str, tuple[str, bool]] = {}
        for one in assigned:
            role = str(one.get("roleDefinitionId") or "")
            name = (one.get("roleDefinition") or {}).get("displayName") or role
            found[role] = (f"holds the role {name}", role in _LIMITED)
        for one in groups:
            if str(one.get("@odata.type", "")).endswith(".directoryRole"):
                role = str(one.get("roleTemplateId") or "")
                found.setdefault(role, (f"holds the role {one.get('displayName')}", role in _LIMITED))
        for verb, things in (("is in", groups), ("owns", owned)):
            for one in things:
                if one.get("isAssignableToRole") is True:
                    why = f"{verb} the group {one.get('displayName')}, which may hold roles"
                    found.setdefault(str(one["id"]), (why, False))
        return [why for role, why in found.items() if role not in _ORDINARY]

    def _read(self, account_id: str) -> dict[str, Any] | None:
        select = "id,accountEnabled,onPremisesSyncEnabled,signInSessionsValidFromDateTime"
        ask = Ask("GET", at("users", guid(account_id)), "read the account", {"$select": select})
        answer = self._graph.ask(ask)
        if answer.status == GONE:
            return None
        user = self._graph.good(ask, answer).body
        if not isinstance(user, dict) or str(user.get("id", "")).casefold() != guid(account_id).text:
            raise self._graph.strange(ask.doing)
        return user

    def _ref(self, account_id: str) -> str:
        return f"{self._graph.system}/password/{guid(account_id).text}"

    def _may_reset(self) -> bool:
        return self._reset_password and self._graph.holds(SET_PASSWORD)


def _assigned(principal_id: str) -> Ask:
    query = {"$filter": f"principalId eq {text_literal(guid(principal_id).text)}", "$expand": "roleDefinition"}
    return Ask("GET", at("roleManagement", "directory", "roleAssignments"), "read the roles", query)


def _password() -> str:
    """Return a password that nobody ever sees, with every kind of letter that a policy may want."""
    letters = [secrets.choice(kind) for kind in _LETTERS]
    letters += [secrets.choice("".join(_LETTERS)) for _ in range(_LENGTH - len(letters))]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)
