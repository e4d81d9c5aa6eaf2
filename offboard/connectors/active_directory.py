"""Active Directory, by LDAP over TLS: people, sign-in, groups, places, second accounts.

Every object is found and written by its ``objectGUID``; what one controller says is checked on every other one that the
settings name.
"""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING, Literal, cast

from pydantic import Field

from offboard.connectors._ad_groups import GroupLists
from offboard.connectors._ad_health import examine
from offboard.connectors._ad_link import AdLink, Objects
from offboard.connectors._ad_people import LOGIN, Kinship, Staff
from offboard.connectors._ad_places import Places
from offboard.connectors._ad_rights import Rights
from offboard.connectors._ad_sign_in import SignIn
from offboard.connectors._directory_settings import AttributeName, DirectoryUrl  # noqa: TC001 - pydantic reads them
from offboard.connectors._ldap_door import Address, Door
from offboard.connectors._ldap_people import Attributes
from offboard.settings import SecretRef, Section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.domain.canonical import Json
    from offboard.domain.capabilities import Health, Membership, Vault
    from offboard.domain.holdings import Kin
    from offboard.domain.people import Person


class Settings(Section):
    """``[systems.X]`` with ``kind = "active_directory"``.

    ``bind_dn`` is our account in any form that a controller takes: ``svc@corp.example``, or a whole name.
    ``controllers`` are further domain controllers, which must agree before an account counts as shut. ``ticket_hours``
    is how long a Kerberos ticket lives (MaxTicketAge of the group policy); without it the directory is asked, which
    seldom knows, and ten hours are taken.
    """

    kind: Literal["active_directory"] = "active_directory"
    url: DirectoryUrl
    controllers: tuple[DirectoryUrl, ...] = ()
    base: str = Field(min_length=1)
    bind_dn: str = Field(min_length=1)
    password: SecretRef
    ca_file: Path | None = None
    people_base: str = ""
    employee_number: AttributeName = "employeeID"
    full_name: AttributeName = "displayName"
    clear_logon_hours: bool = False
    ticket_hours: int | None = Field(default=None, ge=0, le=99_999, description="hours")
    connect_timeout: int = Field(default=5, ge=1, le=120, description="seconds")
    timeout: int = Field(default=30, ge=1, le=600, description="seconds")
    calls_at_once: int = Field(default=4, ge=1, le=64)


class Connection:
    """A connection to one domain: Directory, Accounts, Groups, Placement, Twins and Reach."""

    kind = "active_directory"

    def __init__(self, name: str, settings: Settings, vault: Vault) -> None:
        self.name = name
        self.calls_at_once = settings.calls_at_once

        def secret() -> str:
            return settings.password.resolve(f"systems.{name}.password")

        def controller(url: str) -> Objects:
            address = Address(name, url, settings.ca_file, settings.connect_timeout, settings.timeout)
            return Objects(AdLink(Door(address), settings.bind_dn, secret), settings.base)

        urls = dict.fromkeys((settings.url, *settings.controllers))
        self._controllers = [controller(url) for url in urls]
        first = self._controllers[0]
        self._people_base = settings.people_base or settings.base
        names = Attributes(
            LOGIN, "mail", settings.employee_number, settings.full_name, "title", "telephoneNumber", "manager"
        )
        self._people = Staff(first, self._people_base, names)
        self._kinship = Kinship(first, self._people, names)
        self._sign_in = SignIn(
            self._controllers, vault, clear_hours=settings.clear_logon_hours, ticket_hours=settings.ticket_hours
        )
        self._groups = GroupLists(first)
        self._places = Places(first)
        self._rights = Rights(first, clear_hours=settings.clear_logon_hours)

    def open(self) -> None:
        """Connect and sign in; fails with a ``SystemFault`` at once when that does not work."""
        self._controllers[0].link.open()

    def close(self) -> None:
        """Give the connections back; never raises."""
        for controller in self._controllers:
            controller.link.close()

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
        """Return how many accounts of people there are; counted at most once a minute."""
        return self._people.staff()

    def everybody(self) -> Iterator[Person]:
        """Yield every person there is."""
        return self._people.everybody()

    def account(self, account_id: str) -> Json:
        """Return the state of sign-in, ``None`` when there is no such account; see ``SignIn.state``."""
        return self._sign_in.state(account_id)

    def seal_account(self, account_id: str) -> None:
        """Note what shutting this account needs to be known; see ``Seals``."""
        self._sign_in.seal(account_id)

    def set_account(self, account_id: str, state: Json) -> None:
        """Bring sign-in to a state; see ``Accounts.set_account``."""
        self._sign_in.bring(account_id, cast("dict[str, Json]", state))

    def memberships(self, account_id: str) -> dict[str, Membership]:
        """Return the account's direct memberships and its primary group: the group's id → what it is."""
        return self._groups.all(account_id)

    def membership(self, account_id: str, group_id: str) -> Json:
        """Return the state of one membership, ``None`` when the account is no member."""
        return self._groups.one(account_id, group_id)

    def set_membership(self, account_id: str, group_id: str, state: Json) -> None:
        """Add the account to the group, or remove it when ``state`` is ``None``."""
        self._groups.bring(account_id, group_id, cast("dict[str, Json] | None", state))

    def placement(self, account_id: str) -> Json:
        """Return ``{"in": name of the organisational unit}``, ``None`` when there is no such account."""
        return self._places.state(account_id)

    def set_placement(self, account_id: str, state: Json) -> None:
        """Move the account."""
        self._places.bring(account_id, cast("dict[str, Json]", state))

    def twins(self, person: Person) -> list[Kin]:
        """Return other accounts that may be this person's, or that they answer for."""
        return self._kinship.twins(person)

    def out_of_reach(self, account_id: str) -> list[str]:
        """Return why our account may not change this one, in sentences that name the right; empty when it may."""
        return self._rights.out_of_reach(account_id)

    def health(self) -> Health:
        """Say whether the domain answers and what we may do there; changes nothing, raises nothing."""
        return examine(self._controllers, self._rights, self._people_base)


def connect(name: str, settings: Settings, vault: Vault) -> Connection:
    """Open a connection to the domain ``name``.

    Raises:
        Unreachable: the first controller does not answer.
        Untrusted: its certificate is not one we trust, or it offers no encryption.
        Denied: it refuses our account.
        BadSettings: the password or ca_file cannot be had.
    """
    connection = Connection(name, settings, vault)
    connection.open()
    return connection
