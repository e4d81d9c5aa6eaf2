"""HubSpot: companies, contacts and what is open, and who owns each.

Nothing moves by itself: deactivating somebody leaves their records with them, and giving a company away leaves its
contacts, deals, tickets, tasks and meetings where they are. Each is written by itself; what is closed is never written.
"""

from __future__ import annotations

import re
from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field, field_validator

from offboard.connectors._crm_fields import Known  # noqa: TC001 - pydantic reads it
from offboard.connectors._crm_reading import LotRegister
from offboard.connectors._crm_wire import Door, Wire, own_host
from offboard.connectors._hubspot_api import AT_ONCE, Api, Dialect
from offboard.connectors._hubspot_dealings import Diary
from offboard.connectors._hubspot_health import examine
from offboard.connectors._hubspot_reading import BEYOND, LINKS, OWNER, Reading
from offboard.connectors._hubspot_sorts import COMPANIES, CONTACTS
from offboard.errors import BadSettings
from offboard.settings import SecretRef, Section

if TYPE_CHECKING:
    from collections.abc import Mapping

    from offboard.connectors._crm_register import Place
    from offboard.domain.capabilities import Health, Vault
    from offboard.errors import SystemFault

Kind = Literal["companies", "contacts", "deals", "tickets", "tasks", "meetings"]


def _name(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,99}", name):
        raise ValueError(f"{name!r} is no internal name of a property; write it like second_owner")
    return name


Name = Annotated[str, AfterValidator(_name)]


class Settings(Section):
    """``[systems.X]`` with ``kind = "hubspot"``; ``token`` is a private app's. Timeouts are in seconds.

    ``fields``: what we know of a client → the company's property that says it. ``owner_properties``: kind of record →
    further properties that hold an owner. ``objects``: what may be open.
    """

    kind: Literal["hubspot"] = "hubspot"
    url: str = "https://api.hubapi.com"
    token: SecretRef
    objects: list[Literal["deals", "tickets", "tasks", "meetings"]] = Field(
        default=["deals", "tickets", "tasks", "meetings"]
    )
    owner_properties: dict[Kind, list[Name]] = Field(default_factory=dict)
    fields: dict[Known, Name] = Field(default_factory=dict)
    look_back_days: int = Field(default=365, ge=0, le=3650)  # how far back is read who dealt with whom; 0: not at all
    scheduling_pages: bool = True
    ca_file: Path | None = None
    connect_timeout: float = Field(default=5, gt=0, le=60)
    timeout: float = Field(default=60, gt=0, le=600)
    calls_at_once: int = Field(default=2, ge=1, le=16)

    @field_validator("url")
    @classmethod
    def _own_host(cls, value: str) -> str:
        return own_host(value, ".hubapi.com")


class Connection(LotRegister):
    """A connection to one account: ClientRegister, ClientContacts, OpenItems, OwnersTogether, dealings."""

    kind = "hubspot"
    client_object, contact_object, owner_field, together = COMPANIES, CONTACTS, OWNER, AT_ONCE

    def __init__(self, name: str, api: Api, reading: Reading, diary: Diary, *, calls_at_once: int) -> None:
        super().__init__(name, "HubSpot", reading, diary)
        self.calls_at_once = calls_at_once
        self._api, self._reading = api, reading

    def close(self) -> None:
        """Give the connection back; never raises."""
        self._api.wire.close()

    def health(self) -> Health:
        """Say whether HubSpot answers and what our app may do there; changes nothing, raises nothing."""
        return examine(self._api, self._reading)

    def beyond_us(self, item_id: str) -> str:
        """Return why a scheduling page stays with whom it is."""
        return BEYOND if item_id.startswith(f"{LINKS}/") else ""

    def owner_at(self, place: Place) -> str | None:
        """Return the id of who is written there."""
        return self._reading.owner_at(place)

    def knows(self, place: Place) -> bool:
        """Say whether an owner may stand there, as far as the settings say."""
        return self._reading.knows(place)

    def write_lot(self, kind: str, records: Mapping[str, Mapping[str, str]]) -> Mapping[str, SystemFault]:
        """Write a hundred records of a kind."""
        return self._api.update(kind, records, self._reading.write_right(kind))


def connect(name: str, settings: Settings, vault: Vault) -> Connection:
    """Open a connection; HubSpot is asked at first use.

    Raises:
        BadSettings: the token or ca_file cannot be had.
    """
    del vault
    token = settings.token.resolve(f"systems.{name}.token").strip()
    if not token or not token.isascii() or not token.isprintable():
        raise BadSettings(f"systems.{name}.token: that is no token; it is one line of plain letters and signs")
    door = Door(name, settings.url, "HubSpot", settings.ca_file, settings.connect_timeout, settings.timeout)
    api = Api(Wire(door), Dialect(name, token), token)
    owners = {str(kind): names for kind, names in settings.owner_properties.items()}
    fields = {str(ours): theirs for ours, theirs in settings.fields.items()}
    reading = Reading(api, settings.objects, owners, fields, links=settings.scheduling_pages)
    return Connection(name, api, reading, Diary(api, settings.look_back_days), calls_at_once=settings.calls_at_once)
