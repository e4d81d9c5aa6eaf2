"""Companies, contacts and what is open in HubSpot, as the register's words have them.

Sources: HubSpot's guides to companies, contacts, deals, tickets, tasks, meetings, pipelines, owners, and the library
"Meetings" (scheduling pages, which its interface reads and does not change).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from offboard.connectors._crm_fields import agreed
from offboard.connectors._crm_people import User
from offboard.connectors._crm_register import Place
from offboard.connectors._hubspot_sorts import COMPANIES, CONTACTS, SORTS, Sort, is_closed, open_filters
from offboard.domain.clients import Client, Contact, ContactRole, ItemKind, OpenItem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from offboard.connectors._crm_people import Users
    from offboard.connectors._hubspot_api import Api, Record

OWNER: Final = "hubspot_owner_id"
LINKS: Final = "meeting-links"
BEYOND: Final = (
    "HubSpot cannot pass a scheduling page on: whoever takes over makes one of their own, and an administrator of "
    "HubSpot takes this one off the web page, the mails and the sequences that offer it"
)

_COMPANY: Final = ("name", OWNER, "address", "zip", "city", "state", "country", "industry", "notes_last_contacted")
_CONTACT: Final = (
    "firstname", "lastname", "jobtitle", "email", "phone", OWNER, "associatedcompanyid", "hs_email_optout",
    "hs_buying_role",
)  # fmt: skip
_ROLES: Final = {
    "DECISION_MAKER": ContactRole.DECIDES,
    "BUDGET_HOLDER": ContactRole.PAYS,
    "END_USER": ContactRole.USES,
    "CHAMPION": ContactRole.REFERS,
}


class Reading:
    """Reads one account; ``fields`` says in which property of a company what else we know stands."""

    def __init__(
        self,
        api: Api,
        objects: Sequence[str],
        owner_properties: Mapping[str, Sequence[str]],
        fields: Mapping[str, str],
        *,
        links: bool,
    ) -> None:
        self._api, self._objects, self._fields, self._links = api, tuple(objects), dict(fields), links
        self._more = {kind: tuple(names) for kind, names in owner_properties.items()}
        self._by_user: dict[str, str] = {}

    def users(self) -> Iterator[User]:
        """Yield every owner, those who were deactivated too; users and owners have different ids."""
        self._by_user = {}
        for archived in ("false", "true"):
            rows = self._api.listed(
                "/crm/v3/owners", doing="read the owners", right="crm.objects.owners.read", limit=500, archived=archived
            )
            for row in rows:
                user = row.get("userId") or row.get("userIdIncludingInactive")
                if user is not None:
                    self._by_user.setdefault(str(user), str(row["id"]))
                name = f"{row.get('firstName') or ''} {row.get('lastName') or ''}".strip()
                yield User(str(row["id"]), row.get("email") or "", name, archived == "false")

    def scopes(self) -> list[str]:
        """Return every scope that our app needs."""
        kinds = {COMPANIES, CONTACTS, *self._objects, *self._more}
        needed = {"crm.objects.owners.read", *(scope for kind in kinds for scope in SORTS[kind].scopes())}
        return sorted(needed | ({"scheduler.meetings.meeting-link.read"} if self._links else set()))

    def knows(self, place: Place) -> bool:
        """Say whether an owner may stand there, as far as the settings say."""
        fields = {OWNER} if place.object in {COMPANIES, CONTACTS, *self._objects} else set()
        return is_id(place.id) and place.field in fields | set(self._more.get(place.object, ()))

    def owner_at(self, place: Place) -> str | None:
        """Return the id of who stands there."""
        if not self.knows(place):
            return None
        rows = self._read(place.object, [place.id], [place.field])
        return (rows[0]["properties"].get(place.field) or "") if rows else None

    def clients(self, users: Users, *only: str) -> list[Client]:
        """Return every client, or those of these ids."""
        names = [*_COMPANY, *self._fields.values()]
        rows = self._read(COMPANIES, only, names) if only else self._all(COMPANIES, names)
        people, things = defaultdict[str, list[Contact]](list), defaultdict[str, list[OpenItem]](list)
        for contact in self.contacts(users):
            people[contact.client].append(contact)
        for item in self.items(users):
            things[item.client].append(item)
        found = [self._client(row, users, people.get(row["id"], []), things.get(row["id"], [])) for row in rows]
        return sorted(found, key=lambda client: client.id)

    def client(self, client_id: str, users: Users) -> Client | None:
        """Return one client, or ``None``."""
        return next(iter(self.clients(users, client_id)), None) if is_id(client_id) else None

    def contacts(self, users: Users) -> list[Contact]:
        """Return every contact."""
        return [self._contact(row, users) for row in self._all(CONTACTS, _CONTACT)]

    def items(self, users: Users) -> list[OpenItem]:
        """Return everything that is open, ordered by id."""
        found: list[OpenItem] = []
        closed = self._closed_stages()
        for kind in self._objects:
            sort, right = SORTS[kind], SORTS[kind].scopes()[0]
            ids = self._api.search(kind, open_filters(kind, closed), right)
            names = [OWNER, *self._more.get(kind, ())]
            rows = self._read(kind, ids, [sort.title, sort.due, sort.state, *names])
            mine = self._api.companies_of(kind, [row["id"] for row in rows], right)
            for row in rows:
                if not is_closed(kind, row, closed):
                    found += self._items_of(kind, row, mine.get(row["id"], [""])[0], names, users)
        for kind in sorted(set(self._more) - set(self._objects)):
            names = list(self._more[kind])
            for row in self._all(kind, [SORTS[kind].title, "associatedcompanyid", *names]):
                client = row["id"] if kind == COMPANIES else row["properties"].get("associatedcompanyid") or ""
                found += self._items_of(kind, row, client, names, users)
        return sorted([*found, *self._scheduling_pages(users)], key=lambda item: item.id)

    def item(self, place: Place, users: Users) -> OpenItem | None:
        """Return one item, a closed one too, or ``None``."""
        if place.object == LINKS:
            return next((one for one in self._scheduling_pages(users) if one.id == f"{LINKS}/{place.id}"), None)
        if not self.knows(place):
            return None
        sort = SORTS[place.object]
        rows = self._read(place.object, [place.id], [sort.title, sort.due, sort.state, place.field])
        if not rows:
            return None
        mine = {} if place.object == COMPANIES else self._api.companies_of(place.object, [place.id], sort.scopes()[0])
        client = mine.get(place.id, [place.id if place.object == COMPANIES else ""])[0]
        closed = is_closed(place.object, rows[0], self._closed_stages())
        return self._item(place.object, rows[0], client, place.field, users, closed=closed)

    def closed_among(self, places: Iterable[Place]) -> set[Place]:
        """Return those whose record is closed by now."""
        asked = defaultdict[str, list[Place]](list)
        for place in places:
            if SORTS.get(place.object, Sort()).state and self.knows(place):
                asked[place.object].append(place)
        found: set[Place] = set()
        stages = self._closed_stages() if "tickets" in asked else frozenset()
        for kind, mine in asked.items():
            rows = self._read(kind, [place.id for place in mine], [SORTS[kind].state])
            over = {row["id"] for row in rows if is_closed(kind, row, stages)}
            found |= {place for place in mine if place.id in over}
        return found

    def write_right(self, kind: str) -> str:
        """Return the scope that writes a kind of record."""
        return SORTS[kind].scopes()[1]

    def _all(self, kind: str, properties: Sequence[str]) -> list[Record]:
        doing, names = f"read {kind}", ",".join(filter(None, properties))
        path = f"/crm/v3/objects/{kind}"
        return list(self._api.listed(path, doing=doing, right=SORTS[kind].scopes()[0], properties=names))

    def _read(self, kind: str, ids: Sequence[str], properties: Sequence[str]) -> list[Record]:
        known = [one for one in ids if is_id(one)]
        return self._api.read(kind, known, [name for name in properties if name], SORTS[kind].scopes()[0])

    def _closed_stages(self) -> frozenset[str]:
        """Return the stages of tickets that mean closed: each account has its own."""
        if "tickets" not in self._objects:
            return frozenset()
        rows = self._api.listed("/crm/v3/pipelines/tickets", doing="read the stages of tickets", right="tickets")
        return frozenset(
            str(stage["id"])
            for row in rows
            for stage in row.get("stages", ())
            if (stage.get("metadata") or {}).get("ticketState") == "CLOSED"
        )

    def _items_of(self, kind: str, row: Record, client: str, names: Sequence[str], users: Users) -> Iterator[OpenItem]:
        for name in names:
            if row["properties"].get(name):
                yield self._item(kind, row, client, name, users)

    @staticmethod
    def _item(kind: str, row: Record, client: str, name: str, users: Users, *, closed: bool = False) -> OpenItem:
        sort, told = SORTS[kind], row["properties"]
        title = str(told.get(sort.title) or row["id"])
        return OpenItem(
            id=Place(kind, row["id"], name).item_id(OWNER),
            client=client,
            kind=sort.kind if name == OWNER else ItemKind.OTHER,
            title=title if name == OWNER else f"{name} of {title}",
            owner=users.address(told.get(name)),
            due=str(told.get(sort.due) or "")[:10] if sort.due else "",
            closed=closed,
        )

    def _scheduling_pages(self, users: Users) -> Iterator[OpenItem]:
        if not self._links:
            return
        users.address("-")  # who has which user id is known once the owners were read
        rows = self._api.listed(
            "/scheduler/v3/meetings/meeting-links",
            doing="read scheduling pages",
            right="scheduler.meetings.meeting-link.read",
        )
        for row in rows:
            owner = users.address(self._by_user.get(str(row.get("organizerUserId"))))
            title = f"scheduling page {row.get('name') or row.get('slug') or row['id']}"
            yield OpenItem(f"{LINKS}/{row['id']}", "", ItemKind.OTHER, title, owner=owner, beyond=BEYOND)

    @staticmethod
    def _contact(row: Record, users: Users) -> Contact:
        told = row["properties"]
        name = f"{told.get('firstname') or ''} {told.get('lastname') or ''}".strip()
        roles = [_ROLES[one] for one in str(told.get("hs_buying_role") or "").split(";") if one in _ROLES]
        return Contact(
            name=name,
            title=told.get("jobtitle") or "",
            email=told.get("email") or "",
            phone=told.get("phone") or "",
            roles=tuple(roles),
            id=row["id"],
            client=told.get("associatedcompanyid") or "",
            owner=users.address(told.get(OWNER)),
            do_not_contact=told.get("hs_email_optout") == "true",
        )

    def _client(self, row: Record, users: Users, people: list[Contact], things: list[OpenItem]) -> Client:
        told = row["properties"]
        known = {ours: str(told[theirs]) for ours, theirs in self._fields.items() if told.get(theirs)}
        return Client(
            id=row["id"],
            name=told.get("name") or row["id"],
            responsible=users.address(told.get(OWNER)),
            contact=people[0] if people else Contact(),
            others=tuple(people[1:]),
            address=told.get("address") or "",
            postcode=told.get("zip") or "",
            city=told.get("city") or "",
            country=told.get("country") or "",
            region=known.get("region", told.get("state") or ""),
            sector=known.get("sector", told.get("industry") or ""),
            language=known.get("language", ""),
            channel=known.get("channel", ""),
            tier=known.get("tier", ""),
            **agreed(known),
            value=_whole(known.get("value", "")),
            do_not_contact=known.get("do_not_contact", "").casefold() == "true",
            last_contact=str(told.get("notes_last_contacted") or "")[:10],
            open_items=len(things),
            items=tuple(things),
        )


def is_id(text: str) -> bool:
    """Say whether this is an id as HubSpot writes it: a number."""
    return text.isascii() and text.isdecimal() and not text.startswith("0")


def _whole(value: Any) -> int:
    try:
        return round(float(value))
    except (ValueError, OverflowError):
        return 0
