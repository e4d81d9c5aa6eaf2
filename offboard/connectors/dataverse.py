"""Dataverse (Dynamics 365): accounts, contacts and what is open, and who owns each.

What is closed is never written, and what others own keeps its owner, though Dataverse itself would assign it along: see
``_dataverse_owners``. Source: https://learn.microsoft.com/power-apps/developer/data-platform/webapi/overview
"""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from offboard.connectors._crm_people import Users
from offboard.connectors._crm_register import CrmRegister, Place
from offboard.connectors._crm_wire import own_host
from offboard.connectors._dataverse_health import examine
from offboard.connectors._dataverse_link import Link
from offboard.connectors._dataverse_lists import Lists
from offboard.connectors._dataverse_owners import LOT, Owners
from offboard.connectors._dataverse_reading import SYNCED
from offboard.connectors._dataverse_tables import ACCOUNT, CONTACT, OWNER, Tables
from offboard.connectors._graph_tokens import Account
from offboard.connectors.entra import Address, Name  # noqa: TC001 - pydantic reads them
from offboard.settings import SecretRef, Section

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from offboard.domain.capabilities import Health, Vault
    from offboard.domain.clients import Client, Contact, OpenItem
    from offboard.errors import SystemFault

LOGIN: Final = "https://login.microsoftonline.com"
_HOSTS: Final = (
    ".dynamics.com", ".crm.microsoftdynamics.us", ".crm.appsplatform.us", ".crm.dynamics.cn",
)  # fmt: skip
"""Where environments are (https://learn.microsoft.com/power-platform/admin/new-datacenter-regions)."""

Known = Literal["value", "language", "region", "sector", "tier", "channel", "do_not_contact"]
Column = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,99}$")]


class Settings(Section):
    """``[systems.X]`` with ``kind = "dataverse"``; ``url`` is the environment's. Timeouts are in seconds.

    ``fields``: what we know of a client → the account's column (logical name) that says it.
    """

    kind: Literal["dataverse"] = "dataverse"
    url: str
    tenant: Name
    client_id: Name | None = None
    client_secret: SecretRef | None = None
    certificate: SecretRef | None = Field(default=None, description="private key and certificate in one PEM")
    passphrase: SecretRef | None = None
    managed_identity: bool = False
    authority: Address | None = None
    fields: dict[Known, Column] = Field(default_factory=dict)
    ca_file: Path | None = None
    connect_timeout: int = Field(default=5, ge=1, le=120)
    timeout: int = Field(default=60, ge=1, le=600)
    calls_at_once: int = Field(default=4, ge=1, le=16)

    @field_validator("url")
    @classmethod
    def _own_host(cls, value: str) -> str:
        return own_host(value, *_HOSTS)

    @model_validator(mode="after")
    def _one_proof(self) -> Self:
        given = [self.client_secret is not None, self.certificate is not None, self.managed_identity]
        if sum(given) != 1:
            raise ValueError("give exactly one of client_secret, certificate and managed_identity")
        if not self.managed_identity and not self.client_id:
            raise ValueError("client_id is missing: the application's id")
        if self.passphrase and not self.certificate:
            raise ValueError("passphrase belongs to a certificate")
        return self

    def account(self, system: str) -> Account:
        """Return who we are to Entra; tokens are for this environment alone."""
        return Account(
            system=system,
            tenant=self.tenant,
            client_id=self.client_id or "",
            secret=self.client_secret,
            certificate=self.certificate,
            passphrase=self.passphrase,
            managed=self.managed_identity,
            authority=self.authority or LOGIN,
            known_cloud=self.authority is None,
            audience=self.url,
            ca_file=self.ca_file,
            connect_timeout=self.connect_timeout,
            timeout=self.timeout,
        )


class Connection(CrmRegister):
    """A connection to one environment: ClientRegister, ClientContacts, OpenItems and OwnersTogether."""

    kind = "dataverse"
    client_object, contact_object, owner_field, together = ACCOUNT, CONTACT, OWNER, LOT

    def __init__(self, name: str, settings: Settings) -> None:
        self.name, self.calls_at_once = name, settings.calls_at_once
        self._link = Link(settings.url, settings.account(name))
        self._tables = Tables(self._link)
        self._lists = Lists(self._link, self._tables, dict(settings.fields.items()))
        self._owners = Owners(self._link, self._tables)
        self.users = Users(name, "Dataverse", self._lists.users)

    def open(self) -> None:
        """Sign in; fails with a ``SystemFault`` at once when that does not work."""
        self._link.wire.tokens.get()

    def close(self) -> None:
        """Give the connection back; never raises."""
        self._link.close()

    def health(self) -> Health:
        """Say whether the environment answers and what our application user may do there; changes nothing."""
        return examine(self._link, self._tables)

    def clients(self) -> list[Client]:
        """Return every active account, ordered by id, with its contacts and what is open."""
        return self._lists.clients(self.users)

    def client(self, client_id: str) -> Client | None:
        """Return one account, or ``None``."""
        return self._lists.client(client_id, self.users)

    def contacts(self) -> list[Contact]:
        """Return every active contact, those of no account too."""
        return self._lists.contacts(self.users)

    def items(self) -> list[OpenItem]:
        """Return what is open: opportunities, cases, leads, tasks, calls, meetings ahead, and further columns."""
        return self._lists.items(self.users)

    def item(self, item_id: str) -> OpenItem | None:
        """Return one item (``table/ID`` or ``table/ID/column``), a closed one too, or ``None``."""
        place = Place.of_item(item_id, OWNER)
        return self._lists.item(place, self.users) if place else None

    def owner_at(self, place: Place) -> str | None:
        """Return the id of who is written there."""
        return self._owners.at(place)

    def closed_among(self, places: Iterable[Place]) -> set[Place]:
        """Return those whose row is closed by now."""
        return self._lists.closed_among(places)

    def write_owners(self, owners: Mapping[Place, str]) -> dict[Place, SystemFault]:
        """Write users' ids, each in a transaction of its own that puts back what Dataverse assigns along."""
        return self._owners.write(owners)

    def beyond_us(self, item_id: str) -> str:
        """Return why nobody can pass a meeting on that came from Outlook, empty for everything else."""
        found = self.item(item_id) if item_id.startswith("appointment/") else None
        return SYNCED if found and found.beyond else ""


def connect(name: str, settings: Settings, vault: Vault) -> Connection:
    """Open a connection to the environment ``name``.

    Raises:
        Unreachable: nobody answers.
        Untrusted: its certificate is not one we trust.
        Denied: Entra refuses our application.
        BadSettings: the secret, the certificate or ca_file cannot be had.
    """
    del vault
    connection = Connection(name, settings)
    connection.open()
    return connection
