"""BottleCRM: accounts, contacts, deals, cases, tasks and leads, and who each is assigned to.

Its interface knows no versions, so that a change of somebody else's in the same instant cannot be told from ours; what
was written is read back at once. Whoever is assigned anew gets a mail of BottleCRM's own.
"""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from offboard.connectors._bottlecrm_api import ASSIGNED, KINDS, Api
from offboard.connectors._crm_people import User, Users
from offboard.connectors._crm_register import CrmRegister, Place
from offboard.connectors._crm_wire import Door, missing
from offboard.connectors._loopback import is_loopback
from offboard.domain.capabilities import Health
from offboard.domain.clients import Client, Contact, ItemKind, OpenItem
from offboard.errors import RETRIED, OffboardError, Rejected, SystemFault, Unreachable, Untrusted
from offboard.settings import SecretRef, Section

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from offboard.connectors._bottlecrm_api import Row
    from offboard.domain.capabilities import Vault

_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ITEMS: Final = {
    "opportunities": ItemKind.OPPORTUNITY, "cases": ItemKind.CASE, "tasks": ItemKind.TASK, "leads": ItemKind.OTHER,
}  # fmt: skip
_TOGETHER: Final = (
    "it is assigned to several people at once, and nobody can tell whose it is: somebody takes the leaver off in "
    "BottleCRM"
)
_CANNOT: Final = (
    "notice that somebody else assigns a record in the same instant: the interface knows no versions",
    "keep BottleCRM from mailing whoever is assigned anew",
    "assign to a deactivated user: BottleCRM would leave the record with nobody, so it is refused here",
    "pass on what several people are assigned to: each such record is named in the plan",
    "see meetings: BottleCRM has none",
)


class Settings(Section):
    """``[systems.X]`` with ``kind = "bottlecrm"``; ``token`` is an administrator's own one. Timeouts in seconds."""

    kind: Literal["bottlecrm"] = "bottlecrm"
    url: str
    token: SecretRef
    ca_file: Path | None = None
    connect_timeout: float = Field(default=5, gt=0, le=60)
    timeout: float = Field(default=60, gt=0, le=600)
    calls_at_once: int = Field(default=4, ge=1, le=16)

    @field_validator("url")
    @classmethod
    def _encrypted(cls, value: str) -> str:
        parts = urlsplit(value)
        known = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
        if not known or not parts.hostname or parts.username or parts.query or parts.fragment or parts.path.strip("/"):
            raise ValueError("url: write it like https://crm.acme.example; http:// is for this machine alone")
        return value.rstrip("/")


class Connection(CrmRegister):
    """A connection to one organisation: ClientRegister, ClientContacts, OpenItems and OwnersTogether."""

    kind = "bottlecrm"
    client_object, contact_object, owner_field, together = "accounts", "contacts", ASSIGNED, 1

    def __init__(self, name: str, settings: Settings) -> None:
        self.name, self.calls_at_once = name, settings.calls_at_once
        door = Door(name, settings.url, "BottleCRM", settings.ca_file, settings.connect_timeout, settings.timeout)
        self._api = Api(door, lambda: settings.token.resolve(f"systems.{name}.token"))
        self.users = Users(name, "BottleCRM", self._people)

    def close(self) -> None:
        """Give the connection back; never raises."""
        self._api.wire.close()

    def health(self) -> Health:
        """Say whether BottleCRM answers and whether our user is one of its administrators; changes nothing."""
        try:
            started = time.monotonic()
            self._api.get("users", "read who is a user")
        except OffboardError as fault:
            answers = not isinstance(fault, (Unreachable, Untrusted))
            missing_ = ("the role ADMIN",) if answers and isinstance(fault, SystemFault) else ()
            text = (f"{fault}. {fault.hint}",)
            tls = self._api.wire.tls
            return Health(self.name, self.kind, reachable=answers, tls=tls, rights_missing=missing_, cannot=text)
        took = round((time.monotonic() - started) * 1000)
        tls = self._api.wire.tls
        return Health(self.name, self.kind, True, tls, ("the role ADMIN",), cannot=_CANNOT, latency_ms=took)  # noqa: FBT003

    def clients(self) -> list[Client]:
        """Return every active account, ordered by id, with its contacts and what is open."""
        contacts, items = self.contacts(), self.items()
        return [self._client(row, contacts, items) for row in self._api.every(KINDS["accounts"])]

    def client(self, client_id: str) -> Client | None:
        """Return one account, or ``None``."""
        row = self._row(Place("accounts", client_id, ASSIGNED))
        return (
            None if row is None or KINDS["accounts"].closed(row) else self._client(row, self.contacts(), self.items())
        )

    def contacts(self) -> list[Contact]:
        """Return every active contact, those of no account too."""
        rows = [row for row in self._api.every(KINDS["contacts"]) if not KINDS["contacts"].closed(row)]
        return [
            Contact(
                id=str(row["id"]),
                client=_client_of("contacts", row),
                name=" ".join(filter(None, (row.get("first_name"), row.get("last_name")))),
                title=row.get("title") or "",
                email=row.get("email") or "",
                phone=row.get("phone") or "",
                owner=self._owner(row),
            )
            for row in rows
        ]

    def items(self) -> list[OpenItem]:
        """Return open deals, cases, tasks and leads; of whatever several people share, one item for each of them."""
        found: list[OpenItem] = []
        for path, kind in KINDS.items():
            for row in self._api.every(kind):
                if not kind.closed(row):
                    found += [self._item(Place(path, str(row["id"]), ASSIGNED), row)] if path in _ITEMS else []
                    found += self._shared(path, row)
        return sorted(found, key=lambda item: item.id)

    def item(self, item_id: str) -> OpenItem | None:
        """Return one item (``kind/ID``, or ``kind/ID/PROFILE`` of what several share), a closed one too."""
        place = Place.of_item(item_id, ASSIGNED)
        row = self._row(place) if place else None
        if place is None or row is None:
            return None
        if place.field != ASSIGNED:
            return next((item for item in self._shared(place.object, row) if item.id == item_id), None)
        return self._item(place, row) if place.object in _ITEMS else None

    def owner_at(self, place: Place) -> str | None:
        """Return the id of the one it is assigned to, empty for nobody; several are named one after the other."""
        row = self._row(place)
        return None if row is None or place.field != ASSIGNED else ", ".join(one["id"] for one in _assigned(row))

    def closed_among(self, places: Iterable[Place]) -> set[Place]:
        """Return those whose record is closed by now."""
        found = {place: self._row(place) for place in places if place.object in _ITEMS}
        return {place for place, row in found.items() if row is not None and KINDS[place.object].closed(row)}

    def write_owners(self, owners: Mapping[Place, str]) -> dict[Place, SystemFault]:
        """Assign records, one by one, and look at once whether each is assigned so."""
        refused: dict[Place, SystemFault] = {}
        active = {user.id for user in self._people() if user.active}
        for place, user in owners.items():
            try:
                fault = self._refusal(place, user, active) or self._assign(place, user)
            except RETRIED:
                raise
            except SystemFault as told:
                fault = told
            if fault is not None:
                refused[place] = fault
        return refused

    def beyond_us(self, item_id: str) -> str:
        """Return why nobody can pass on what several people share, empty for everything else."""
        place = Place.of_item(item_id, ASSIGNED)
        return _TOGETHER if place and place.field != ASSIGNED and self.item(item_id) else ""

    def _assign(self, place: Place, user: str) -> SystemFault | None:
        """Assign a record and look; return why it is not so."""
        self._api.assign(place.object, place.id, user)
        if self.owner_at(place) == user:
            return None
        text = f"{self.name}: {place.object}/{place.id} was assigned and is not: somebody else wrote as well"
        return Rejected(text, system=self.name, hint="Look at the record in BottleCRM.")

    def _refusal(self, place: Place, user: str, active: set[str]) -> SystemFault | None:
        row = self._row(place)
        if row is None or place.field != ASSIGNED:
            return missing(self.name, place.object, place.id)
        if len(_assigned(row)) > 1:
            return Rejected(f"{self.name}: {place.object}/{place.id}: {_TOGETHER}", system=self.name)
        if user not in active:
            return Rejected(
                f"{self.name}: {self.users.address(user)} is deactivated, and can be assigned nothing",
                system=self.name,
                hint="Activate this user in BottleCRM, or choose somebody else.",
            )
        return None

    def _people(self) -> list[User]:
        told = self._api.get("users", "read who is a user", limit="1000")
        rows = [
            *(told.get("active_users") or {}).get("active_users", []),
            *(told.get("inactive_users") or {}).get("inactive_users", []),
        ]
        return [
            User(
                row["id"], row["user_details"]["email"], row["user_details"].get("name") or "", active=row["is_active"]
            )
            for row in self._api.wire.rows(rows, "read who is a user")
        ]

    def _row(self, place: Place) -> Row | None:
        if place.object not in KINDS or not _ID.fullmatch(place.id):
            return None
        return self._api.one(place.object, place.id)

    def _owner(self, row: Row) -> str:
        return ", ".join(self.users.address(one["id"]) for one in _assigned(row))

    def _address(self, place: Place) -> str | None:
        row = self._row(place)
        return None if row is None else self._owner(row)

    def _client(self, row: Row, contacts: list[Contact], items: list[OpenItem]) -> Client:
        people = [contact for contact in contacts if contact.client == row["id"]]
        mine = tuple(item for item in items if item.client == row["id"])
        made = Client(
            id=str(row["id"]),
            name=row.get("name") or "",
            responsible=self._owner(row),
            address=row.get("address_line") or "",
            postcode=row.get("postcode") or "",
            city=row.get("city") or "",
            country=row.get("country") or "",
            notes=row.get("description") or "",
            region=row.get("state") or "",
            sector=row.get("industry") or "",
            items=mine,
            open_items=len(mine),
        )
        return replace(made, contact=people[0], others=tuple(people[1:])) if people else made

    def _item(self, place: Place, row: Row) -> OpenItem:
        kind = KINDS[place.object]
        return OpenItem(
            id=place.item_id(ASSIGNED),
            client=_client_of(place.object, row),
            kind=_ITEMS.get(place.object, ItemKind.OTHER),
            title=row.get(kind.title) or "without a title",
            owner=self._owner(row),
            due=(row.get(kind.due) or "")[:10] if kind.due else "",
            closed=kind.closed(row),
        )

    def _shared(self, path: str, row: Row) -> list[OpenItem]:
        """Return, of a record that several people share, one item for each of them."""
        people = _assigned(row)
        if len(people) < 2:  # noqa: PLR2004 - several
            return []
        whole = self._item(Place(path, str(row["id"]), ASSIGNED), row)
        return [
            replace(whole, id=f"{whole.id}/{one['id']}", kind=ItemKind.OTHER, owner=self.users.address(one["id"]),
                    beyond=_TOGETHER)
            for one in people
        ]  # fmt: skip


def _assigned(row: Row) -> list[Row]:
    found = row.get(ASSIGNED)
    return sorted((one for one in found if isinstance(one, dict)), key=lambda one: str(one["id"])) if found else []


def _client_of(path: str, row: Row) -> str:
    if path == "accounts":
        return str(row["id"])
    # Contacts name the account by its id, everything else by id and name.
    account = row.get("account")
    return str((account.get("id") if isinstance(account, dict) else account) or "")


def connect(name: str, settings: Settings, vault: Vault) -> Connection:
    """Open a connection to the CRM ``name``; whether the token is good shows with the first call.

    Raises:
        BadSettings: ``ca_file`` holds no certificate that can be read.
    """
    del vault
    return Connection(name, settings)
