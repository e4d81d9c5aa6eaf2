"""A PostgreSQL server: who may sign in, open sessions, memberships, and what people own in its databases.

A role is a person by what the comment on it says, ``Ann Lee <ann@acme.example> #1001``, or by ``people`` in the
settings: its name alone could be anybody's.
"""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING, Annotated, Literal, cast
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from offboard.errors import BadSettings
from offboard.settings import SecretRef, Section

if TYPE_CHECKING:
    from offboard.connectors._postgresql_parts import Parts
    from offboard.domain.canonical import Json
    from offboard.domain.capabilities import Health, Membership, Vault
    from offboard.domain.holdings import Kin
    from offboard.domain.people import Person


def _address(url: str) -> str:
    parts = urlsplit(url)
    try:
        right = parts.scheme in {"postgresql", "postgres"} and parts.hostname and parts.port != 0
    except ValueError:
        right = False
    if not right or parts.query or parts.fragment or "/" in parts.path.strip("/"):
        raise ValueError(f"{url!r} is no address of a server; write it like postgresql://db.acme.example:5432/postgres")
    if parts.username or parts.password:
        raise ValueError("the address holds a name or password; give them as username and password")
    return url


class Settings(Section):
    """``[systems.X]`` with ``kind = "postgresql"``.

    TLS with a verified certificate and host name is always used, but on loopback without ``ca_file``. ``databases``
    are those in which owned objects are handed over; none named means every one where something is owned.
    ``login_is_enough`` says that roles are called like people's logins, all from one list, so that a role of which
    nothing else is known is taken for that person's.
    """

    kind: Literal["postgresql"] = "postgresql"
    url: Annotated[str, AfterValidator(_address)]
    username: str = Field(min_length=1)
    password: SecretRef
    ca_file: Path | None = None
    databases: list[str] = Field(default=[])
    people: dict[str, str] = Field(default={})
    login_is_enough: bool = False
    connect_timeout: int = Field(default=5, ge=2, le=120, description="seconds")
    timeout: int = Field(default=30, ge=1, le=600, description="seconds")
    calls_at_once: int = Field(default=4, ge=1, le=64)


class Connection:
    """A connection to one server: Directory, Accounts, SignInSessions, Groups, Belongings, Twins and Reach."""

    kind = "postgresql"

    def __init__(self, name: str, settings: Settings, parts: Parts) -> None:
        self.name = name
        self.calls_at_once = settings.calls_at_once
        self._parts = parts

    def close(self) -> None:
        """Give the connection back; never raises."""
        self._parts.link.close()

    def find(self, key: str) -> list[Person]:
        """Return the people whose login, mail or employee number equals ``key`` (case does not count)."""
        return self._parts.roles.find(key)

    def near(self, key: str) -> list[Person]:
        """Return at most ten people whose login, mail, name or number is like ``key``; for messages only."""
        return self._parts.roles.near(key)

    def recognise(self, person: Person) -> list[Person]:
        """Return the roles that share at least one of login, mail, employee number with ``person``."""
        return self._parts.roles.recognise(person)

    def staff(self) -> int:
        """Return how many roles may sign in."""
        return self._parts.roles.staff()

    def twins(self, person: Person) -> list[Kin]:
        """Return other roles that may be this person's (adm-x, x_test, the same mail or number)."""
        return self._parts.roles.twins(person)

    def account(self, account_id: str) -> Json:
        """Return the state of sign-in, ``None`` when there is no such role; see ``Accounts.account``.

        An open state also says ``valid_until`` where the role's password ends by itself.
        """
        return self._parts.sign_in.state(self._parts.roles.one(account_id))

    def seal_account(self, account_id: str) -> None:
        """Note what shutting this account needs to be known; see ``Seals``."""
        self._parts.sign_in.seal(self._parts.roles.one(account_id))

    def set_account(self, account_id: str, state: Json) -> None:
        """Bring sign-in to a state; see ``Accounts.set_account``."""
        role = self._parts.roles.one(account_id)
        self._parts.sign_in.bring(role, account_id, cast("dict[str, Json]", state))

    def sign_in_sessions(self, account_id: str) -> Json:
        """Return how many sessions are open, in whichever database."""
        return {"open": self._parts.sign_in.sessions(self._parts.roles.one(account_id))}

    def end_sign_in_sessions(self, account_id: str) -> None:
        """End every session, and see that it has ended."""
        self._parts.sign_in.end_sessions(self._parts.roles.one(account_id))

    def memberships(self, account_id: str) -> dict[str, Membership]:
        """Return the role's direct memberships: the other role's immutable id → what it is."""
        return self._parts.groups.all(account_id)

    def membership(self, account_id: str, group_id: str) -> Json:
        """Return the state of one membership, ``None`` when the role is no member."""
        return self._parts.groups.one(account_id, group_id)

    def set_membership(self, account_id: str, group_id: str, state: Json) -> None:
        """Grant the membership as ``state`` says, or revoke it when ``state`` is ``None``."""
        self._parts.groups.bring(account_id, group_id, cast("dict[str, Json] | None", state))

    def belongings(self, account_id: str, successor_id: str) -> dict[str, Membership]:
        """Return what the one or the other owns; the state is ``{"leaver": bool, "successor": bool}``."""
        return self._parts.owned.all(account_id, successor_id)

    def set_belonging(self, account_id: str, successor_id: str, thing_id: str, state: Json) -> None:
        """Make the one or the other the owner; given back, everything is granted on it as it was before."""
        self._parts.owned.bring(account_id, successor_id, thing_id, cast("dict[str, Json]", state))

    def out_of_reach(self, account_id: str) -> list[str]:
        """Return why our role may not change this one, in sentences that name the right; empty when it may."""
        return self._parts.out_of_reach(account_id)

    def health(self) -> Health:
        """Say whether the server answers and what our role may do there; changes nothing, raises nothing."""
        return self._parts.health()


def connect(name: str, settings: Settings, vault: Vault) -> Connection:
    """Open a connection to the server ``name``.

    Raises:
        Unreachable: nobody answers.
        Untrusted: its certificate is not one we trust, or it offers no encryption.
        Denied: it refuses our role.
        BadSettings: psycopg is not installed, or the password cannot be had.
    """
    try:
        from offboard.connectors._postgresql_parts import Parts  # noqa: PLC0415 - kinds are listed without the extra
    except ImportError as error:
        raise BadSettings(
            f"systems.{name}: psycopg is not installed ({error})", hint="Install it: pip install 'offboard[postgresql]'"
        ) from error
    parts = Parts(name, settings, vault)
    parts.link.open()
    return Connection(name, settings, parts)
