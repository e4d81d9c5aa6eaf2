"""Accounts, contacts and what is open in Salesforce, as the register's words have them.

Source: Object Reference for the Salesforce Platform: Account, Contact, Opportunity, Case, Task, Event, Lead, User.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from offboard.connectors._crm_fields import agreed
from offboard.connectors._crm_people import User
from offboard.connectors._crm_register import Place
from offboard.connectors._salesforce_api import is_id, listed
from offboard.domain.clients import Client, Contact, ItemKind, OpenItem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from offboard.connectors._crm_people import Users
    from offboard.connectors._salesforce_api import Api, Record

OWNER: Final = "OwnerId"
ACCOUNT, CONTACT = "Account", "Contact"

_ACCOUNT_FIELDS: Final = (
    "Id", "Name", OWNER, "BillingStreet", "BillingPostalCode", "BillingCity", "BillingState", "BillingCountry",
    "Industry", "LastActivityDate",
)  # fmt: skip
_CONTACT_FIELDS: Final = ("Id", "Name", "Title", "Email", "Phone", "AccountId", OWNER, "HasOptedOutOfEmail")


@dataclass(frozen=True, slots=True)
class Sort:
    """One kind of record that may be open: how it is called, whom it belongs to, and when it is closed."""

    kind: ItemKind = ItemKind.OTHER
    title: str = "Name"
    client: str = ""
    due: str = ""
    closed: str = ""

    def fields(self) -> list[str]:
        """Return the fields that are read of it."""
        return [field for field in (self.title, self.client, self.due, self.closed) if field and field != "Id"]

    def is_open(self) -> str:
        """Return the condition that finds what is not closed, empty where nothing ever is."""
        if self.closed == "EndDateTime":
            return f"EndDateTime > {_now()} AND IsChild = false"
        return f"{self.closed} = false" if self.closed else ""

    def is_closed(self, record: Record) -> bool:
        """Say whether a record is closed."""
        if self.closed == "EndDateTime":
            return str(record.get("EndDateTime") or "")[:19] <= _now()[:19]
        return bool(self.closed) and record.get(self.closed) is True


SORTS: Final[Mapping[str, Sort]] = {
    "Opportunity": Sort(ItemKind.OPPORTUNITY, "Name", "AccountId", "CloseDate", "IsClosed"),
    "Case": Sort(ItemKind.CASE, "Subject", "AccountId", "", "IsClosed"),
    "Task": Sort(ItemKind.TASK, "Subject", "AccountId", "ActivityDate", "IsClosed"),
    # An invited colleague's copy of a meeting is a record of its own (IsChild); it follows the organiser's.
    "Event": Sort(ItemKind.MEETING, "Subject", "AccountId", "StartDateTime", "EndDateTime"),
    "Account": Sort(client="Id"),
    "Contact": Sort(client="AccountId"),
    "Lead": Sort(closed="IsConverted"),
}


class Reading:
    """Reads one organisation; ``fields`` says in which field of an account what else we know stands."""

    def __init__(
        self, api: Api, objects: Sequence[str], owner_fields: Mapping[str, Sequence[str]], fields: Mapping[str, str]
    ) -> None:
        self._api, self._objects, self._fields = api, tuple(objects), dict(fields)
        self.owner_fields = {kind: tuple(names) for kind, names in owner_fields.items()}

    def users(self) -> Iterator[User]:
        """Yield every user; a guest of a portal owns nothing."""
        soql = "SELECT Id, Name, Email, IsActive, UserType FROM User"
        for row in self._api.query(soql, doing="read the users", right="View Setup, or Read on User"):
            yield User(row["Id"], row["Email"] or "", row["Name"], row["IsActive"], row["UserType"] == "Standard")

    def knows(self, place: Place) -> bool:
        """Say whether an owner may stand there, as far as the settings say."""
        return is_id(place.id) and place.field in self.places().get(place.object, ())

    def places(self) -> dict[str, set[str]]:
        """Return every kind of record that is read → the fields of it that are written."""
        found: dict[str, set[str]] = {"User": set()}
        for kind in (ACCOUNT, CONTACT, *self._objects):
            found[kind] = {OWNER}
        for kind, names in self.owner_fields.items():
            found.setdefault(kind, set()).update(names)
        return found

    def owner_at(self, place: Place) -> str | None:
        """Return the id of who stands there."""
        found = self._one(place.object, place.id, [place.field]) if self.knows(place) else None
        return None if found is None else found[place.field] or ""

    def clients(self, users: Users, *only: str) -> list[Client]:
        """Return every client, or those of these ids."""
        fields = [*_ACCOUNT_FIELDS, *self._fields.values()]
        rows = self._query(ACCOUNT, fields, [f"Id IN {listed(only)}"] if only else [])
        people, things = defaultdict[str, list[Contact]](list), defaultdict[str, list[OpenItem]](list)
        for contact in self.contacts(users, *only):
            people[contact.client].append(contact)
        for item in self.items(users, *only):
            things[item.client].append(item)
        found = [self._client(row, users, people.get(row["Id"], []), things.get(row["Id"], [])) for row in rows]
        return sorted(found, key=lambda client: client.id)

    def client(self, client_id: str, users: Users) -> Client | None:
        """Return one client, or ``None``."""
        return next(iter(self.clients(users, client_id)), None) if is_id(client_id) else None

    def contacts(self, users: Users, *only: str) -> list[Contact]:
        """Return every contact, or those of these clients."""
        rows = self._query(CONTACT, _CONTACT_FIELDS, [f"AccountId IN {listed(only)}"] if only else [])
        return [
            Contact(
                name=row["Name"] or "",
                title=row["Title"] or "",
                email=row["Email"] or "",
                phone=row["Phone"] or "",
                id=row["Id"],
                client=row["AccountId"] or "",
                owner=users.address(row[OWNER]),
                do_not_contact=row["HasOptedOutOfEmail"] is True,
            )
            for row in rows
        ]

    def items(self, users: Users, *only: str) -> list[OpenItem]:
        """Return everything that is open, or what is open with these clients, ordered by id."""
        wanted = defaultdict[str, list[str]](list)
        for kind in self._objects:
            wanted[kind].append(OWNER)
        for kind, further in self.owner_fields.items():
            wanted[kind] += further
        found: list[OpenItem] = []
        for kind, names in wanted.items():
            sort = SORTS.get(kind, Sort())
            if only and not sort.client:
                continue
            where = [sort.is_open()] if sort.closed else []
            where.append("(" + " OR ".join(f"{name} != null" for name in names) + ")")
            where += [f"{sort.client} IN {listed(only)}"] if only else []
            for row in self._query(kind, ["Id", *sort.fields(), *names], where):
                found += [self._item(kind, row, name, users) for name in names if row[name]]
        return sorted(found, key=lambda item: item.id)

    def item(self, place: Place, users: Users) -> OpenItem | None:
        """Return one item, a closed one too, or ``None``."""
        if not self.knows(place):
            return None
        row = self._one(place.object, place.id, [*SORTS.get(place.object, Sort()).fields(), place.field])
        return self._item(place.object, row, place.field, users) if row else None

    def closed_among(self, places: Iterable[Place]) -> set[Place]:
        """Return those whose record is closed by now."""
        asked = defaultdict[str, list[Place]](list)
        for place in places:
            if SORTS.get(place.object, Sort()).closed and self.knows(place):
                asked[place.object].append(place)
        closed: set[Place] = set()
        for kind, mine in asked.items():
            sort = SORTS[kind]
            rows = self._query(kind, ["Id", sort.closed], [f"Id IN {listed([place.id for place in mine])}"])
            over = {row["Id"] for row in rows if sort.is_closed(row)}
            closed |= {place for place in mine if place.id in over}
        return closed

    def _one(self, kind: str, record_id: str, fields: Sequence[str]) -> Record | None:
        rows = self._query(kind, list(dict.fromkeys(["Id", *fields])), [f"Id = {listed([record_id])[1:-1]}"])
        return rows[0] if rows else None

    def _query(self, kind: str, fields: Sequence[str], where: Sequence[str]) -> list[Record]:
        condition = f" WHERE {' AND '.join(where)}" if where else ""
        soql = f"SELECT {', '.join(dict.fromkeys(fields))} FROM {kind}{condition}"  # noqa: S608 - names by the settings' pattern; texts by listed()
        right = f"Read on {kind} (and View All Data, or records of others stay hidden)"
        return self._api.query(soql, doing=f"read {kind}", right=right)

    def _item(self, kind: str, row: Record, name: str, users: Users) -> OpenItem:
        sort = SORTS.get(kind, Sort())
        title = str(row[sort.title] or row["Id"])
        place = Place(kind, row["Id"], name)
        return OpenItem(
            id=place.item_id(OWNER),
            client=(row[sort.client] or "") if sort.client else "",
            kind=sort.kind if name == OWNER else ItemKind.OTHER,
            title=title if name == OWNER else f"{name} of {title}",
            owner=users.address(row[name]),
            due=str(row[sort.due] or "")[:10] if sort.due else "",
            closed=sort.is_closed(row),
        )

    def _client(self, row: Record, users: Users, people: list[Contact], things: list[OpenItem]) -> Client:
        known = {ours: row[theirs] for ours, theirs in self._fields.items() if row[theirs] not in (None, "")}
        return Client(
            id=row["Id"],
            name=row["Name"],
            responsible=users.address(row[OWNER]),
            contact=people[0] if people else Contact(),
            others=tuple(people[1:]),
            address=row["BillingStreet"] or "",
            postcode=row["BillingPostalCode"] or "",
            city=row["BillingCity"] or "",
            country=row["BillingCountry"] or "",
            region=str(known.get("region", row["BillingState"] or "")),
            sector=str(known.get("sector", row["Industry"] or "")),
            language=str(known.get("language", "")),
            channel=str(known.get("channel", "")),
            tier=str(known.get("tier", "")),
            **agreed(known),
            value=_whole(known.get("value", 0)),
            do_not_contact=known.get("do_not_contact") is True,
            last_contact=row["LastActivityDate"] or "",
            open_items=len(things),
            items=tuple(things),
        )


def _whole(value: Any) -> int:
    return round(value) if isinstance(value, (int, float)) else 0


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
