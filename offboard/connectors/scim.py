"""Any product that speaks SCIM 2.0 (RFC 7643, RFC 7644): people, sign-in and groups."""

from __future__ import annotations

import base64
from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING, Literal, Self, cast
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from offboard.connectors._loopback import is_loopback
from offboard.connectors._scim_accounts import SignIn
from offboard.connectors._scim_api import Address, Api
from offboard.connectors._scim_groups import GroupLists
from offboard.connectors._scim_health import examine
from offboard.connectors._scim_lists import Lists
from offboard.connectors._scim_offers import Offers, Product, read_offers
from offboard.connectors._scim_people import People
from offboard.errors import BadSettings
from offboard.settings import SecretRef, Section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.domain.canonical import Json
    from offboard.domain.capabilities import Health, Membership, Vault
    from offboard.domain.holdings import Kin
    from offboard.domain.people import Person


class Settings(Section):
    """``[systems.X]`` with ``kind = "scim"``; ``url`` is what stands before ``/Users``. Timeouts are in seconds.

    ``product`` names one whose documented differences are known here; see docs/scim.md.
    """

    kind: Literal["scim"] = "scim"
    url: str
    token: SecretRef | None = None
    username: str = ""
    password: SecretRef | None = None
    ca_file: Path | None = None
    product: Product = "generic"
    connect_timeout: float = Field(default=5, gt=0, le=60)
    timeout: float = Field(default=30, gt=0, le=600)
    calls_at_once: int = Field(default=4, ge=1, le=64)

    @model_validator(mode="after")
    def _only_encrypted(self) -> Self:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("url: write it like https://saas.example/scim/v2")
        if parts.username or parts.password:
            raise ValueError("url: it must hold no password; that belongs into token or password")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise ValueError("url: use https://; with http:// the token could be read on its way (only loopback may)")
        return self

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if (self.token is not None) == bool(self.username) or bool(self.username) != (self.password is not None):
            raise ValueError("give either token, or username and password")
        return self


class Connection:
    """A connection to one SCIM server: Directory, Accounts, Groups, Twins and Reach."""

    kind = "scim"

    def __init__(self, name: str, api: Api, offers: Offers, *, calls_at_once: int) -> None:
        self.name = name
        self.calls_at_once = calls_at_once
        self._api = api
        self._offers = offers
        lists = Lists(api, offers)
        self._people = People(lists)
        self._sign_in = SignIn(api, offers)
        self._groups = GroupLists(lists)

    def close(self) -> None:
        """Give the connection back; never raises."""
        self._api.close()

    def health(self) -> Health:
        """Say whether the server answers and what we may read there; changes nothing, raises nothing."""
        return examine(self._api, self._offers)

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
        """Return how many people there are; counted at most once a minute."""
        return self._people.staff()

    def twins(self, person: Person) -> list[Kin]:
        """Return other accounts that may be this person's (adm-x, x-test, the same number)."""
        return self._people.twins(person)

    def everybody(self) -> Iterator[Person]:
        """Yield every person there is."""
        return self._people.everybody()

    def account(self, account_id: str) -> Json:
        """Return the state of sign-in, ``None`` when there is no such account; see ``Accounts.account``.

        SCIM lets nobody try a sign-in: *shut* means that the server answers a fresh request with ``active`` false.
        """
        return self._sign_in.state(account_id)

    def set_account(self, account_id: str, state: Json) -> None:
        """Bring sign-in to a state; see ``Accounts.set_account``. No password is touched."""
        self._sign_in.bring(account_id, cast("dict[str, Json]", state))

    def out_of_reach(self, account_id: str) -> list[str]:
        """Return why we may not change this account, in sentences; empty when nothing says so."""
        return self._sign_in.out_of_reach(account_id)

    def memberships(self, account_id: str) -> dict[str, Membership]:
        """Return the account's direct memberships: the group's immutable id → what it is."""
        return self._groups.all(account_id)

    def membership(self, account_id: str, group_id: str) -> Json:
        """Return the state of one membership, ``None`` when the account is no member."""
        return self._groups.one(account_id, group_id)

    def set_membership(self, account_id: str, group_id: str, state: Json) -> None:
        """Add the account to the group as ``state`` says, or remove it when ``state`` is ``None``."""
        self._groups.bring(account_id, group_id, cast("dict[str, Json] | None", state))


def connect(name: str, settings: Settings, vault: Vault) -> Connection:
    """Open a connection and ask the server what it supports.

    Raises:
        Unreachable: nobody answers.
        Untrusted: its certificate is not one we trust.
        Denied: it refuses our account.
        Rejected: it does not speak SCIM.
        BadSettings: the token, the password or ca_file cannot be had.
    """
    del vault
    address = Address(name, settings.url, settings.ca_file, settings.connect_timeout, settings.timeout)
    authorization, secret = _authorization(name, settings)
    api = Api(address, authorization, secret)
    try:
        return Connection(name, api, read_offers(api, settings.product), calls_at_once=settings.calls_at_once)
    except BaseException:
        api.close()
        raise


def _authorization(name: str, settings: Settings) -> tuple[str, str]:
    """Return the header that signs us in, and the secret in it."""
    if settings.token is not None:
        token = settings.token.resolve(f"systems.{name}.token").strip()
        if not token.isascii() or not token.isprintable() or not token:
            raise BadSettings(f"systems.{name}.token: that is no token; it is one line of plain letters and signs")
        return f"Bearer {token}", token
    password = settings.password.resolve(f"systems.{name}.password") if settings.password else ""
    both = base64.b64encode(f"{settings.username}:{password}".encode()).decode()
    return f"Basic {both}", password
