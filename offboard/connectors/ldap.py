"""Any directory that speaks LDAP (RFC 4511): people, sign-in and groups.

What OpenLDAP, 389 Directory Server and their kin have in common; Active Directory locks accounts in another way.
"""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING, Literal, Self, cast

from pydantic import Field, PrivateAttr, model_validator

from offboard.connectors._directory_settings import AttributeName, DirectoryUrl  # noqa: TC001 - pydantic reads them
from offboard.connectors._ldap_accounts import SignIn
from offboard.connectors._ldap_dialects import Dialect, Word, read_dialect
from offboard.connectors._ldap_door import Address, Door, OwnCertificate
from offboard.connectors._ldap_entries import Entries
from offboard.connectors._ldap_groups import GroupLists
from offboard.connectors._ldap_health import examine
from offboard.connectors._ldap_link import Link
from offboard.connectors._ldap_people import Attributes, People
from offboard.connectors._ldap_rights import Rights
from offboard.connectors._ldap_seen import Seen
from offboard.connectors._ldap_ssh_keys import KeyLists
from offboard.connectors._ldap_twins import TwinSearch
from offboard.settings import SecretRef, Section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.domain.canonical import Json
    from offboard.domain.capabilities import Health, Membership, Vault
    from offboard.domain.holdings import Kin
    from offboard.domain.people import Person


class Settings(Section):
    """``[systems.X]`` with ``kind = "ldap"``; names of attributes default to those of inetOrgPerson (RFC 2798).

    ``dialect`` says how accounts are locked: ``openldap`` (password policy), ``389ds`` (nsAccountLock), ``posix``
    (shadowExpire and loginShell alone), or ``auto``: as the schema shows, and POSIX accounts on machines besides.
    With ``sign_in = "external"`` our account is who ``certificate_file`` names (SASL EXTERNAL, RFC 4422 appendix A);
    its key is in ``key_file``, or in the same file.
    """

    kind: Literal["ldap"] = "ldap"
    url: DirectoryUrl
    base: str = Field(min_length=1)
    bind_dn: str = ""
    password: SecretRef | None = None
    ca_file: Path | None = None
    people_base: str = ""
    groups_base: str = ""
    person_class: AttributeName = "inetOrgPerson"
    id_attribute: AttributeName = "entryUUID"
    login: AttributeName = "uid"
    mail: AttributeName = "mail"
    employee_number: AttributeName = "employeeNumber"
    full_name: AttributeName = "cn"
    title: AttributeName = "title"
    phone: AttributeName = "telephoneNumber"
    manager: AttributeName = "manager"
    connect_timeout: int = Field(default=5, ge=1, le=120, description="seconds")
    timeout: int = Field(default=30, ge=1, le=600, description="seconds")
    calls_at_once: int = Field(default=4, ge=1, le=64)
    dialect: Word = "auto"
    ssh_key: AttributeName = "sshPublicKey"
    sign_in: Literal["simple", "external"] = "simple"
    certificate_file: Path | None = None
    key_file: Path | None = None
    _seen: Seen = PrivateAttr(default_factory=Seen)

    @model_validator(mode="after")
    def _name_and_password(self) -> Self:
        if self.sign_in == "external":
            if not self.certificate_file or self.bind_dn or self.password:
                raise ValueError('sign_in = "external" needs certificate_file, and neither bind_dn nor password')
            return self
        if bool(self.bind_dn) != (self.password is not None):
            raise ValueError("bind_dn and password belong together: give both, or neither to read anonymously")
        return self

    @property
    def seen(self) -> Seen:
        """What the connections of these settings tell each other."""
        return self._seen


class Connection:
    """A connection to one directory: Directory, Accounts, Groups, SshKeys, Twins and Reach."""

    kind = "ldap"

    def __init__(self, name: str, settings: Settings, vault: Vault) -> None:
        self.name = name
        self.calls_at_once = settings.calls_at_once
        self._settings = settings
        address = Address(name, settings.url, settings.ca_file, settings.connect_timeout, settings.timeout)
        secret = settings.password
        own = OwnCertificate(settings.certificate_file, settings.key_file) if settings.certificate_file else None
        self._link = Link(
            Door(address, own, external=settings.sign_in == "external"),
            settings.bind_dn,
            lambda: secret.resolve(f"systems.{name}.password") if secret else "",
        )
        # By id an entry is looked for below the whole base: people who leave are moved out of people_base.
        entries = Entries(self._link, settings.base, settings.id_attribute)
        attributes = Attributes(
            settings.login,
            settings.mail,
            settings.employee_number,
            settings.full_name,
            settings.title,
            settings.phone,
            settings.manager,
        )
        self._people = People(entries, settings.people_base or settings.base, settings.person_class, attributes)
        self._entries = entries
        self._dialect: Dialect | None = None
        self._sign_in = SignIn(entries, vault, self._spoken)
        self._keys = KeyLists(entries, settings.ssh_key)
        self._twins = TwinSearch(entries, settings.base, attributes)
        self._groups = GroupLists(entries, vault, settings.seen, settings.groups_base or settings.base, settings.login)

    def open(self) -> None:
        """Connect and sign in; fails with a ``SystemFault`` at once when that does not work."""
        self._link.open()

    def close(self) -> None:
        """Give the connection back; never raises."""
        self._link.close()

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

    def everybody(self) -> Iterator[Person]:
        """Yield every person there is."""
        return self._people.everybody()

    def account(self, account_id: str) -> Json:
        """Return the state of sign-in, ``None`` when there is no such account; see ``Accounts.account``.

        An open state also says ``locked`` and ``must_change`` where the account was locked, or its owner had to change
        the password, before we came.
        """
        return self._sign_in.state(account_id)

    def seal_account(self, account_id: str) -> None:
        """Note what shutting this account needs to be known; see ``Seals``."""
        self._sign_in.seal(account_id)

    def set_account(self, account_id: str, state: Json) -> None:
        """Bring sign-in to a state; see ``Accounts.set_account``."""
        self._sign_in.bring(account_id, cast("dict[str, Json]", state))

    def memberships(self, account_id: str) -> dict[str, Membership]:
        """Return the account's direct memberships: the group's immutable id → what it is."""
        return self._groups.all(account_id)

    def membership(self, account_id: str, group_id: str) -> Json:
        """Return the state of one membership, ``None`` when the account is no member."""
        return self._groups.one(account_id, group_id)

    def seal_membership(self, group_id: str, state: Json) -> None:
        """Note what leaving this group needs to be known; see ``SealsGroups``."""
        self._groups.seal(group_id, cast("dict[str, Json]", state))

    def set_membership(self, account_id: str, group_id: str, state: Json) -> None:
        """Add the account to the group as ``state`` says, or remove it when ``state`` is ``None``."""
        self._groups.bring(account_id, group_id, cast("dict[str, Json] | None", state))

    def ssh_keys(self, account_id: str) -> dict[str, Membership]:
        """Return the keys by their SHA-256 fingerprint; the state is ``{"key": the line as it is listed}``."""
        return self._keys.all(account_id)

    def set_ssh_key(self, account_id: str, key_id: str, state: Json) -> None:
        """List a key, or no longer."""
        self._keys.bring(account_id, key_id, cast("dict[str, Json] | None", state))

    def twins(self, person: Person) -> list[Kin]:
        """Return other accounts that may be this person's (adm-x, x-test, the same number) or that they answer for."""
        return self._twins.all(person)

    def out_of_reach(self, account_id: str) -> list[str]:
        """Return why our account may not change this one, in sentences that name the right; empty when it may."""
        return self._rights().out_of_reach(account_id)

    def _spoken(self) -> Dialect:
        """Return how this directory locks accounts; found out once."""
        if self._dialect is None:
            self._dialect = read_dialect(self._link, self._settings.dialect)
        return self._dialect

    def _rights(self) -> Rights:
        return Rights(self._entries, self._settings.bind_dn, self._spoken(), self._settings.ssh_key)

    def health(self) -> Health:
        """Say whether the directory answers and what we may do there; changes nothing, raises nothing."""
        settings = self._settings
        return examine(
            self._link,
            base=settings.base,
            people=(settings.people_base or settings.base, settings.person_class),
            groups_base=settings.groups_base or settings.base,
            id_attribute=settings.id_attribute,
            rights=self._rights,
        )


def connect(name: str, settings: Settings, vault: Vault) -> Connection:
    """Open a connection to the directory ``name``.

    Raises:
        Unreachable: nobody answers.
        Untrusted: its certificate is not one we trust, or it offers no encryption.
        Denied: it refuses our account.
        BadSettings: the password or ca_file cannot be had.
    """
    connection = Connection(name, settings, vault)
    connection.open()
    return connection
