"""What people own in a tenant (groups, apps), and who reports to whom.

An owner of an app can give it new credentials, and may know those it has: so these are told beforehand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from offboard.connectors._entra_rights import WRITE_ROLES
from offboard.connectors._graph_faults import LAST_OWNER
from offboard.connectors._graph_paths import at, guid, link, links
from offboard.connectors._graph_wire import Ask
from offboard.domain.capabilities import Membership
from offboard.errors import Rejected

if TYPE_CHECKING:
    from offboard.connectors._graph_link import Graph
    from offboard.domain.canonical import Json

_WORDS: Final = {"group": "groups", "application": "applications", "servicePrincipal": "servicePrincipals"}
_SELECT: Final = (
    "id,displayName,groupTypes,mailEnabled,onPremisesSyncEnabled,isAssignableToRole,resourceProvisioningOptions,"
    "passwordCredentials,keyCredentials"
)


class BelongingLists:
    """What is owned in one tenant."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def all(self, account_id: str, successor_id: str) -> dict[str, Membership]:
        """Return what the one or the other owns, as ``groups/ID``, ``applications/ID`` or ``servicePrincipals/ID``."""
        people = [account_id, *([successor_id] if successor_id else [])]
        query = {"$select": _SELECT}
        asks = [Ask("GET", at("users", guid(one), "ownedObjects"), "read what is owned", query) for one in people]
        leaver, *rest = self._graph.lists(asks)
        theirs = {key: thing for thing in leaver if (key := _key(thing))}
        others = {key: thing for several in rest for thing in several if (key := _key(thing))}
        return {
            key: Membership(
                f"{_kind(thing)} {thing.get('displayName') or thing['id']}",
                {"leaver": key in theirs, "successor": key in others},
                _note(thing) if key in theirs else "",
                beyond=self._beyond(thing) if key in theirs else "",
            )
            for key, thing in (others | theirs).items()
        }

    def bring(self, account_id: str, successor_id: str, thing_id: str, state: Json) -> None:
        """Make them owners, or not, as ``state`` says: first who is added, then who is taken away.

        Raises:
            Rejected: nobody would be left as owner.
        """
        word, _, own_id = thing_id.partition("/")
        if word not in _WORDS.values():
            raise Rejected(
                f"{self._graph.system}: {thing_id!r} is nothing that can be owned", system=self._graph.system
            )
        owners = at(word, guid(own_id), "owners")
        wanted = cast("dict[str, Json]", state)
        now = {str(one.get("id") or "").casefold() for one in self._graph.all(owners, "read the owners", select="id")}
        roles = [(account_id.casefold(), wanted.get("leaver")), (successor_id.casefold(), wanted.get("successor"))]
        for person, owns in roles:
            if owns and person and person not in now:
                self._add(owners, person)
                now.add(person)
        for person, owns in roles:
            if not owns and person in now:
                self._remove(owners, person, last=now == {person})
                now.discard(person)

    def _add(self, owners: Any, person: str) -> None:
        whom = {"@odata.id": f"{self._graph.wire.url}/users/{guid(person).text}"}
        self._graph.add(Ask("POST", links(owners), "add an owner", body=whom))

    def _remove(self, owners: Any, person: str, *, last: bool) -> None:
        ask = Ask("DELETE", link(owners, person), "take an owner away")
        if not last:
            answer = self._graph.ask(ask)
            if not answer.says(LAST_OWNER):
                if answer.status != 404:  # noqa: PLR2004 - HTTP: no owner any more; looking afterwards tells
                    self._graph.good(ask, answer)
                return
        raise Rejected(
            f"{self._graph.system}: the account is the last owner of {owners.template.split('/')[1]} "
            f"{owners.parts[1].text}, which would be left to nobody",
            system=self._graph.system,
            hint="Name a successor for this departure, or make somebody else an owner by hand.",
        )

    def _beyond(self, thing: dict[str, Any]) -> str:
        if _kind(thing) != "group":
            return ""
        if thing.get("onPremisesSyncEnabled"):
            return "it is synchronised from Active Directory: change its owner there."
        if thing.get("mailEnabled") and "Unified" not in (thing.get("groupTypes") or ()):
            return "it is a distribution list or mail-enabled security group: an Exchange administrator can."
        if thing.get("isAssignableToRole") and not self._graph.holds(WRITE_ROLES):
            return f"it may hold roles, and our app lacks {WRITE_ROLES}: grant it, or an administrator can."
        return ""


class ReportLists:
    """Who reports to whom in one tenant."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def all(self, account_id: str, successor_id: str) -> dict[str, Membership]:
        """Return who reports to the one or the other, by account id."""
        managers = [account_id, *([successor_id] if successor_id else [])]
        query = {"$select": "id,displayName,userPrincipalName,onPremisesSyncEnabled"}
        asks = [Ask("GET", at("users", guid(one), "directReports"), "read who reports", query) for one in managers]
        found: dict[str, Membership] = {}
        for manager, people in zip(managers, self._graph.lists(asks), strict=True):
            for person in people:
                person_id = str(person["id"]).casefold()
                label = f"{person.get('displayName') or person_id} ({person.get('userPrincipalName') or 'no login'})"
                beyond = ""
                if manager == account_id and person_id == successor_id.casefold():
                    beyond = "nobody reports to themselves: choose another manager by hand."
                elif manager == account_id and person.get("onPremisesSyncEnabled"):
                    beyond = "the account is synchronised from Active Directory: change its manager there."
                found[person_id] = Membership(label, {"manager": manager}, beyond=beyond)
        return found

    def bring(self, report_id: str, manager_id: str) -> None:
        """Write who the person reports to; nobody when ``manager_id`` is empty."""
        path = at("users", guid(report_id), "manager")
        if not manager_id:
            self._graph.take_away(Ask("DELETE", link(path), "take the manager away"))
            return
        whom = {"@odata.id": f"{self._graph.wire.url}/users/{guid(manager_id).text}"}
        self._graph.do(Ask("PUT", links(path), "set the manager", body=whom))


def _kind(thing: dict[str, Any]) -> str:
    return str(thing.get("@odata.type") or "").rpartition(".")[2]


def _key(thing: dict[str, Any]) -> str:
    word = _WORDS.get(_kind(thing))
    return f"{word}/{str(thing['id']).casefold()}" if word else ""


def _note(thing: dict[str, Any]) -> str:
    notes = []
    known = len(thing.get("passwordCredentials") or ()) + len(thing.get("keyCredentials") or ())
    if known:
        notes.append(
            f"It has {known} secret{'s' if known > 1 else ''} or certificate{'s' if known > 1 else ''} that the leaver "
            "may know: replace what is known, since whoever knows one acts as the app."
        )
    if "Team" in (thing.get("resourceProvisioningOptions") or ()):
        notes.append("It is a team: who is no owner any more may be no member either.")
    return " ".join(notes)
