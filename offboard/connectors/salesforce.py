"""Salesforce: accounts, contacts and what is open, and who owns each.

What an owner's change does not do by this interface, it does not do here: contacts, opportunities, cases, tasks and
meetings keep their owners until each is written itself (Salesforce Help, "Mass update Account ownership with Data
Loader"). What is closed is never written.
"""

from __future__ import annotations

import re
from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from offboard.connectors._crm_fields import Known  # noqa: TC001 - pydantic reads it
from offboard.connectors._crm_reading import LotRegister
from offboard.connectors._crm_wire import Door, Wire, own_host
from offboard.connectors._salesforce_api import AT_ONCE, Api
from offboard.connectors._salesforce_dealings import Diary
from offboard.connectors._salesforce_health import examine
from offboard.connectors._salesforce_reading import ACCOUNT, CONTACT, OWNER, Reading
from offboard.connectors._salesforce_sign_in import App, SignIn
from offboard.connectors._salesforce_teams import Teams
from offboard.settings import SecretRef, Section

if TYPE_CHECKING:
    from collections.abc import Mapping

    from offboard.connectors._crm_register import Place
    from offboard.domain.capabilities import Health, Vault
    from offboard.errors import SystemFault


def _name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,79}", name):
        raise ValueError(f"{name!r} is no API name; write it like Second_Owner__c")
    return name


Name = Annotated[str, AfterValidator(_name)]


class Settings(Section):
    """``[systems.X]`` with ``kind = "salesforce"``; ``url`` is the organisation's My Domain. Timeouts are in seconds.

    Either ``client_secret`` (client credentials), or ``key`` and ``username`` (JWT bearer; ``audience`` is
    ``https://test.salesforce.com`` for a sandbox). ``fields``: what we know of a client → the account's field that says
    it. ``owner_fields``: kind of record → further fields that name one of us. ``objects``: what may be open.
    """

    kind: Literal["salesforce"] = "salesforce"
    url: str
    client_id: str = Field(min_length=1)
    client_secret: SecretRef | None = None
    key: SecretRef | None = None
    username: str = ""
    audience: str = "https://login.salesforce.com"
    version: str = Field(default="62.0", pattern=r"^[0-9]{2,3}\.0$")
    objects: list[Literal["Opportunity", "Case", "Task", "Event"]] = Field(
        default=["Opportunity", "Case", "Task", "Event"]
    )
    owner_fields: dict[Name, list[Name]] = Field(default_factory=dict)
    fields: dict[Known, Name] = Field(default_factory=dict)
    look_back_days: int = Field(default=365, ge=0, le=3650)  # how far back is read who dealt with whom; 0: not at all
    account_teams: bool = False  # the organisation uses them: they are put back, since changing an owner removes them
    ca_file: Path | None = None
    connect_timeout: float = Field(default=5, gt=0, le=60)
    timeout: float = Field(default=60, gt=0, le=600)
    calls_at_once: int = Field(default=2, ge=1, le=16)

    @field_validator("url")
    @classmethod
    def _own_host(cls, value: str) -> str:
        return own_host(value, ".my.salesforce.com", ".salesforce.com", ".my.salesforce.mil")

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if (self.client_secret is None) == (self.key is None) or (self.key is not None) != bool(self.username):
            raise ValueError("give either client_secret, or key and username")
        return self


class Connection(LotRegister):
    """A connection to one organisation: ClientRegister, ClientContacts, OpenItems, OwnersTogether, dealings."""

    kind = "salesforce"
    client_object, contact_object, owner_field, together = ACCOUNT, CONTACT, OWNER, AT_ONCE

    def __init__(
        self, name: str, api: Api, reading: Reading, diary: Diary, teams: Teams | None, *, calls_at_once: int
    ) -> None:
        super().__init__(name, "Salesforce", reading, diary)
        self.calls_at_once = calls_at_once
        self._api, self._reading, self._teams = api, reading, teams

    def close(self) -> None:
        """Give the connection back; never raises."""
        self._api.wire.close()

    def health(self) -> Health:
        """Say whether Salesforce answers and what our user may do there; changes nothing, raises nothing."""
        return examine(self._api, self._reading, teams=self._teams is not None)

    def owner_at(self, place: Place) -> str | None:
        """Return the id of who is written there."""
        return self._reading.owner_at(place)

    def knows(self, place: Place) -> bool:
        """Say whether an owner may stand there, as far as the settings say."""
        return self._reading.knows(place)

    def write_lot(self, kind: str, records: Mapping[str, Mapping[str, str]]) -> Mapping[str, SystemFault]:
        """Write two hundred records of a kind; the teams of accounts are put back, where there are any."""
        teams = self._teams if self._teams and kind == ACCOUNT else None
        before = teams.members(records) if teams else []
        faults = self._api.update(kind, records)
        if teams:
            teams.put_back(before)
        return faults


def connect(name: str, settings: Settings, vault: Vault) -> Connection:
    """Open a connection; Salesforce is asked at first use.

    Raises:
        BadSettings: ca_file cannot be read.
    """
    del vault
    door = Door(name, settings.url, "Salesforce", settings.ca_file, settings.connect_timeout, settings.timeout)
    wire = Wire(door)
    app = App(settings.client_id, settings.client_secret, settings.key, settings.username, settings.audience)
    api = Api(wire, SignIn(wire, app), settings.version)
    owners = {str(kind): names for kind, names in settings.owner_fields.items()}
    fields = {str(ours): theirs for ours, theirs in settings.fields.items()}
    reading = Reading(api, settings.objects, owners, fields)
    teams = Teams(api) if settings.account_teams else None
    diary = Diary(api, settings.objects, settings.look_back_days)
    return Connection(name, api, reading, diary, teams, calls_at_once=settings.calls_at_once)
