"""Dataverse (Dynamics 365): accounts, contacts and what is open, and who owns each.

What is closed is never written, and what others own keeps its owner, though Dataverse itself would assign it along: see
``_dataverse_owners``. Source: https://learn.microsoft.com/power-apps/developer/data-platform/webapi/overview
"""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from offboard.connectors._crm_fields import Known  # noqa: TC001 - pydantic reads it
from offboard.connectors._crm_reading import ReadRegister
from offboard.connectors._crm_wire import own_host
from offboard.connectors._dataverse_dealings import Diary
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
    from collections.abc import Mapping

    from offboard.connectors._crm_register import Place
    from offboard.domain.capabilities import Health, Vault
    from offboard.errors import SystemFault

LOGIN: Final = "https://login.microsoftonline.com"
_HOSTS: Final = (
    ".dynamics.com", ".crm.microsoftdynamics.us", ".crm.appsplatform.us", ".crm.dynamics.cn",
)  # fmt: skip
"""Where environments are (https://learn.microsoft.com/power-platform/admin/new-datacenter-regions)."""

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
    look_back_days: int = Field(default=365, ge=0, le=3650)  # how far back is read who dealt with whom; 0: not at all
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


class Connection(ReadRegister):
    """A connection to one environment: ClientRegister, ClientContacts, OpenItems, OwnersTogether, dealings."""

    kind = "dataverse"
    client_object, contact_object, owner_field, together = ACCOUNT, CONTACT, OWNER, LOT

    def __init__(self, name: str, settings: Settings) -> None:
        self.calls_at_once = settings.calls_at_once
        self._link = Link(settings.url, settings.account(name))
        self._tables = Tables(self._link)
        self._owners = Owners(self._link, self._tables)
        lists = Lists(self._link, self._tables, dict(settings.fields.items()))
        super().__init__(name, "Dataverse", lists, Diary(self._link, lists, settings.look_back_days))

    def open(self) -> None:
        """Sign in; fails with a ``SystemFault`` at once when that does not work."""
        self._link.wire.tokens.get()

    def close(self) -> None:
        """Give the connection back; never raises."""
        self._link.close()

    def health(self) -> Health:
        """Say whether the environment answers and what our application user may do there; changes nothing."""
        return examine(self._link, self._tables)

    def owner_at(self, place: Place) -> str | None:
        """Return the id of who is written there."""
        return self._owners.at(place)

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
