"""Microsoft Entra ID by Microsoft Graph v1.0: people, sign-in, groups, roles, apps, devices, licences and files.

Sources: https://learn.microsoft.com/graph/api/overview and, for each call, the page of that call.
"""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self, cast
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from offboard.connectors._entra_accounts import SignIn
from offboard.connectors._entra_belongings import BelongingLists, ReportLists
from offboard.connectors._entra_consents import ConsentLists
from offboard.connectors._entra_devices import DeviceLists, LicenceLists
from offboard.connectors._entra_files import DriveLists
from offboard.connectors._entra_groups import GroupLists
from offboard.connectors._entra_health import examine
from offboard.connectors._entra_methods import MethodLists
from offboard.connectors._entra_people import People
from offboard.connectors._entra_rights import right_for
from offboard.connectors._entra_roles import RoleLists
from offboard.connectors._graph_link import Graph
from offboard.connectors._graph_tokens import Account
from offboard.settings import SecretRef, Section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.domain.canonical import Json
    from offboard.domain.capabilities import Health, Membership, Vault
    from offboard.domain.holdings import Kin
    from offboard.domain.people import Person

CLOUDS: Final = {
    "global": ("https://graph.microsoft.com", "https://login.microsoftonline.com"),
    "us-government": ("https://graph.microsoft.us", "https://login.microsoftonline.us"),
    "us-defence": ("https://dod-graph.microsoft.us", "https://login.microsoftonline.us"),
    "china": ("https://microsoftgraph.chinacloudapi.cn", "https://login.chinacloudapi.cn"),
}
"""Cloud → where Microsoft Graph and the sign-in answer (https://learn.microsoft.com/graph/deployments)."""


def _https(url: str) -> str:
    parts = urlsplit(url)
    try:
        right = parts.scheme == "https" and parts.hostname and parts.port != 0
    except ValueError:
        right = False
    if not right or parts.query or parts.fragment or parts.username:
        raise ValueError(f"{url!r} is no address that begins with https://")
    return url.rstrip("/")


Address = Annotated[str, AfterValidator(_https)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*$")]


class Settings(Section):
    """``[systems.X]`` with ``kind = "entra"``; ``url`` and ``authority`` are for other addresses than the cloud's."""

    kind: Literal["entra"] = "entra"
    tenant: Name
    client_id: Name | None = None
    client_secret: SecretRef | None = None
    certificate: SecretRef | None = Field(default=None, description="private key and certificate in one PEM")
    passphrase: SecretRef | None = None
    managed_identity: bool = False
    cloud: Literal["global", "us-government", "us-defence", "china"] = "global"
    url: Address | None = None
    authority: Address | None = None
    ca_file: Path | None = None
    reset_password: bool = True
    revoke_again_after: float = Field(default=0, ge=0, le=60, description="seconds")
    connect_timeout: int = Field(default=5, ge=1, le=120, description="seconds")
    timeout: int = Field(default=30, ge=1, le=600, description="seconds")
    calls_at_once: int = Field(default=8, ge=1, le=64)

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
        """Return who we are to Entra."""
        graph, login = CLOUDS[self.cloud]
        return Account(
            system=system,
            tenant=self.tenant,
            client_id=self.client_id or "",
            secret=self.client_secret,
            certificate=self.certificate,
            passphrase=self.passphrase,
            managed=self.managed_identity,
            authority=self.authority or login,
            known_cloud=self.authority is None,
            audience=graph,
            ca_file=self.ca_file,
            connect_timeout=self.connect_timeout,
            timeout=self.timeout,
        )


class Connection:
    """A connection to one tenant."""

    kind = "entra"

    def __init__(self, name: str, settings: Settings, vault: Vault) -> None:
        self.name = name
        self.calls_at_once = settings.calls_at_once
        self._settings = settings
        url = settings.url or f"{CLOUDS[settings.cloud][0]}/v1.0"
        self._graph = graph = Graph(url, settings.account(name), right_for)
        self.request_ids = graph.wire.request_ids
        self._people = People(graph)
        self._sign_in = SignIn(graph, vault, reset_password=settings.reset_password, pause=settings.revoke_again_after)
        self._groups = GroupLists(graph)
        self._roles = RoleLists(graph)
        self._consents = ConsentLists(graph)
        self._methods = MethodLists(graph)
        self._devices = DeviceLists(graph)
        self._licences = LicenceLists(graph)
        self._belongings = BelongingLists(graph)
        self._reports = ReportLists(graph)
        self._drives = DriveLists(graph)

    def open(self) -> None:
        """Sign in; fails with a ``SystemFault`` at once when that does not work."""
        self._graph.wire.tokens.get()

    def close(self) -> None:
        """Give the connection back; never raises."""
        self._graph.close()

    def find(self, key: str) -> list[Person]:
        """Return the people whose login, mail or employee number equals ``key`` (case does not count)."""
        return self._people.find(key)

    def near(self, key: str) -> list[Person]:
        """Return at most ten people whose login, mail, name or number is like ``key``; for messages only."""
        return self._people.near(key)

    def recognise(self, person: Person) -> list[Person]:
        """Return the accounts here that share at least one of login, mail, employee number with ``person``."""
        return self._people.recognise(person)

    def staff(self) -> int:
        """Return how many accounts there are; counted at most once a minute."""
        return self._people.staff()

    def twins(self, person: Person) -> list[Kin]:
        """Return other accounts that may be this person's."""
        return self._people.twins(person)

    def everybody(self) -> Iterator[Person]:
        """Yield every person there is."""
        return self._people.everybody()

    def account(self, account_id: str) -> Json:
        """Return the state of sign-in, ``None`` when there is no such account; see ``Accounts.account``.

        Shut is what Graph reads back as disabled. ``"synced": true`` says that Active Directory decides: it opens the
        account again unless it is shut there.
        """
        return self._sign_in.state(account_id)

    def seal_account(self, account_id: str) -> None:
        """Note that the password is to be replaced; see ``Seals``."""
        self._sign_in.seal(account_id)

    def set_account(self, account_id: str, state: Json) -> None:
        """Bring sign-in to a state; see ``Accounts.set_account``. The former password cannot be put back."""
        self._sign_in.bring(account_id, cast("dict[str, Json]", state))

    def out_of_reach(self, account_id: str) -> list[str]:
        """Return why we may not change this account, in sentences that name the right; empty when we may."""
        return self._sign_in.out_of_reach(account_id)

    def sign_in_sessions(self, account_id: str) -> Json:
        """Return ``{"open": instant}``: since when sessions that are still valid may date."""
        return self._sign_in.sessions(account_id)

    def end_sign_in_sessions(self, account_id: str) -> None:
        """End every session, twice; access tokens already handed out run out within 90 minutes."""
        self._sign_in.end_sessions(account_id)

    def memberships(self, account_id: str) -> dict[str, Membership]:
        """Return the account's direct memberships: the group's immutable id → what it is."""
        return self._groups.all(account_id)

    def membership(self, account_id: str, group_id: str) -> Json:
        """Return the state of one membership, ``None`` when the account is no member."""
        return self._groups.one(account_id, group_id)

    def set_membership(self, account_id: str, group_id: str, state: Json) -> None:
        """Add the account to the group, or remove it when ``state`` is ``None``."""
        self._groups.bring(account_id, group_id, state)

    def roles(self, account_id: str) -> dict[str, Membership]:
        """Return the roles in the order in which they must be taken away: eligible, active, in apps."""
        return self._roles.all(account_id)

    def set_role(self, account_id: str, role_id: str, state: Json) -> None:
        """Give a role as ``state`` says, or take it away."""
        self._roles.bring(account_id, role_id, state)

    def consents(self, account_id: str) -> dict[str, Membership]:
        """Return what this one person agreed to."""
        return self._consents.all(account_id)

    def set_consent(self, account_id: str, consent_id: str, state: Json) -> None:
        """Take a consent back, or give it again as ``state`` says."""
        self._consents.bring(account_id, consent_id, state)

    def sign_in_methods(self, account_id: str) -> dict[str, Membership]:
        """Return the methods, the likely default last; the password is none of them."""
        return self._methods.all(account_id)

    def set_sign_in_method(self, account_id: str, method_id: str, state: Json) -> None:
        """Remove a method, or register it again where that can be done for somebody else."""
        self._methods.bring(account_id, method_id, state)

    def devices(self, account_id: str) -> dict[str, Membership]:
        """Return the devices that the account owns or registered."""
        return self._devices.all(account_id)

    def set_device(self, account_id: str, device_id: str, state: Json) -> None:
        """Enable or disable a device."""
        del account_id
        self._devices.bring(device_id, state)

    def licences(self, account_id: str) -> dict[str, Membership]:
        """Return the licences; those that come with a group are beyond us and leave with it."""
        return self._licences.all(account_id)

    def set_licence(self, account_id: str, licence_id: str, state: Json) -> None:
        """Take a licence away, or give it again."""
        self._licences.bring(account_id, licence_id, state)

    def belongings(self, account_id: str, successor_id: str) -> dict[str, Membership]:
        """Return the groups and apps that the one or the other owns."""
        return self._belongings.all(account_id, successor_id)

    def set_belonging(self, account_id: str, successor_id: str, thing_id: str, state: Json) -> None:
        """Make them owners, or not; never is a thing left without any owner."""
        self._belongings.bring(account_id, successor_id, thing_id, state)

    def reports(self, account_id: str, successor_id: str) -> dict[str, Membership]:
        """Return who reports to the one or the other."""
        return self._reports.all(account_id, successor_id)

    def set_manager(self, report_id: str, manager_id: str) -> None:
        """Write who the person reports to."""
        self._reports.bring(report_id, manager_id)

    def shares(self, account_id: str) -> dict[str, Membership]:
        """Return every link into the person's files, and everybody outside who was let in."""
        return self._drives.shares(account_id)

    def end_share(self, account_id: str, share_id: str) -> None:
        """Close one of them."""
        del account_id
        self._drives.end_share(share_id)

    def drive_access(self, account_id: str, successor_id: str) -> dict[str, Membership]:
        """Return the drive → the successor's access to all of it."""
        return self._drives.access(account_id, successor_id)

    def set_drive_access(self, account_id: str, successor_id: str, drive_id: str, state: Json) -> None:
        """Let the successor in as ``state`` says, or no longer."""
        del account_id
        self._drives.bring(drive_id, successor_id, state)

    def health(self) -> Health:
        """Say whether the tenant answers and what our app may do there; changes nothing, raises nothing."""
        return examine(self._graph, reset_password=self._settings.reset_password)


def connect(name: str, settings: Settings, vault: Vault) -> Connection:
    """Open a connection to the tenant ``name``.

    Raises:
        Unreachable: nobody answers.
        Untrusted: its certificate is not one we trust.
        Denied: Entra refuses our app.
        BadSettings: the secret, the certificate or ca_file cannot be had.
    """
    connection = Connection(name, settings, vault)
    connection.open()
    return connection
