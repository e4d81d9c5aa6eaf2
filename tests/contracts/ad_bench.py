"""The bench of the connector ``active_directory``: a Samba domain controller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from offboard.connectors import active_directory
from tests.contracts.bench import Bench
from tests.servers.faulty_ldap import LdapProxy
from tests.servers.samba_seed import (
    ADMIN_PASSWORD,
    BASE,
    LEAVERS,
    PASSWORD,
    SERVICE,
    SERVICE_PASSWORD,
    STAFF,
    add_group,
    add_person,
    protect,
)
from tests.servers.scim import GROUPS, PEOPLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.authority import Authority
    from tests.servers.samba import Domain

_KEPT = ["userAccountControl", "accountExpires", "logonHours", "displayName", "mail", "title", "employeeID"]
_HERE_ALREADY = 1


class AdBench(Bench):
    """Samba behind the proxy."""

    people = len(PEOPLE) + _HERE_ALREADY
    patience = 2.0
    gives_password_back = False

    def __init__(self, lent: Domain, proxy: LdapProxy, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self._monkeypatch = monkeypatch
        self.domain, self.proxy, self._authority = lent, proxy, authority
        self._admin = lent.first.admin()
        self._delegated = False
        self.ticket_hours: int | None = 0
        self._ids = {name: self._read_id(name) for name in (*PEOPLE, *GROUPS)}

    def connect(self) -> Any:
        more = {"bind_dn": SERVICE} if self._delegated else {}
        settings = self.domain.settings(
            url=f"ldaps://127.0.0.1:{self.proxy.port}",
            ca_file=str(self._authority.ca_file),
            people_base=STAFF,
            connect_timeout=int(self.patience),
            timeout=int(self.patience),
            ticket_hours=self.ticket_hours,
            **more,
        )
        return active_directory.connect(self.name, active_directory.Settings(**settings), self.vault)

    def id_of(self, login: str) -> str:
        return self._ids.get(login) or self._read_id(login)

    group_id = id_of

    def _read_id(self, name: str) -> str:
        return str(UUID(bytes_le=self.domain.first.read(_entry(name), ["objectGUID"])["objectGUID"][0]))

    def person(self, login: str) -> Any:
        return self.domain.first.read(f"<GUID={self.id_of(login)}>", _KEPT)

    def place_of(self, login: str) -> str:
        """Return where somebody's account is."""
        return self.domain.first.text(f"<GUID={self.id_of(login)}>", "distinguishedName").partition(",")[2]

    def raise_above_us(self, login: str) -> str:
        """Protect an account as the domain does administrators', and sign in as one with delegated rights."""
        protect(self._admin, _entry(login))
        self._monkeypatch.setenv("OFFICE_AD_PASSWORD", SERVICE_PASSWORD)
        self._delegated = True
        return ""

    def groups(self) -> dict[str, list[str]]:
        found = {name: self.domain.first.read(_entry(name), ["member"]) for name in GROUPS}
        return {name: sorted(one.decode() for one in values.get("member", [])) for name, values in found.items()}

    def groups_of(self, login: str) -> set[str]:
        return {name for name, members in self.groups().items() if _entry(login) in members}

    def means(self, listed: str, login: str) -> bool:
        return listed == _entry(login)

    def signs_in(self, login: str) -> bool:
        return self.domain.first.bind(f"{login}@corp.test", PASSWORD) == "in"

    def leave_by_hand(self, login: str, group: str) -> None:
        self._admin.modify(_entry(group), {"member": [("MODIFY_DELETE", [_entry(login)])]})

    def relist_by_hand(self, login: str) -> str:
        del login
        return ""

    def about(self, group: str) -> str:
        return f"<GUID={self.group_id(group)}>"

    def add_by_hand(self, login: str, name: str, number: str, mail: str) -> None:
        add_person(self._admin, login, name, rdn=f"CN={login}", employeeID=number, mail=mail)


def _entry(name: str) -> str:
    return f"CN={name},{STAFF}"


class Staffed:
    """A domain with our people and groups in it, who are made anew when anything in it was changed."""

    def __init__(self, lent: Domain) -> None:
        self.domain = lent
        self._made_at = b""

    def restore(self) -> None:
        """Make people and groups as they were on the first day, unless the domain counts no change since then."""
        if self._count() == self._made_at:
            return
        admin = self.domain.first.admin()
        people = "".join(f"(sAMAccountName={login})" for login in PEOPLE)
        ours = "(!(|(objectClass=organizationalUnit)(sAMAccountName=rosa)))"
        for place, wanted, depth in (
            (BASE, f"(|{people})", "SUBTREE"),
            (STAFF, ours, "LEVEL"),
            (LEAVERS, ours, "LEVEL"),
        ):
            admin.search(place, wanted, depth)
            for found in [one["dn"] for one in admin.response if one["type"] == "searchResEntry"]:
                admin.delete(found)
        for login, (name, number, title) in PEOPLE.items():
            add_person(admin, login, name, rdn=f"CN={login}", employeeID=number, title=title)
        for group, logins in GROUPS.items():
            add_group(admin, group, [_entry(login) for login in logins])
        self._made_at = self._count()

    def _count(self) -> bytes:
        return self.domain.first.read("", ["highestCommittedUSN"])["highestCommittedUSN"][0]


@pytest.fixture(scope="module")
def staffed(domain: Domain) -> Staffed:
    return Staffed(domain)


@pytest.fixture
def ad_bench(
    staffed: Staffed,
    authority: Authority,
    stranger: Authority,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[AdBench]:
    monkeypatch.setenv("OFFICE_AD_PASSWORD", ADMIN_PASSWORD)
    staffed.restore()
    lent = staffed.domain
    with LdapProxy((lent.first.address, 636), authority, stranger) as proxy:
        yield AdBench(lent, proxy, authority, monkeypatch)
