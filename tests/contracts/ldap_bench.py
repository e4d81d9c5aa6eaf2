"""The bench of the connector ``ldap``: OpenLDAP's slapd."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from offboard.connectors import ldap
from tests.contracts.bench import Bench
from tests.servers.faulty_ldap import LdapProxy
from tests.servers.slapd import Slapd, person, start_slapd
from tests.servers.slapd_dialects import WITH_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.authority import Authority

_SERVICE = "cn={},ou=services,dc=corp,dc=test"
_LISTS = ["member", "uniqueMember", "memberUid"]


class LdapBench(Bench):
    """slapd behind the proxy; our account is the one of ``ou=services`` that may write people and groups."""

    rights_are_ours = True

    def __init__(self, server: Slapd, proxy: LdapProxy) -> None:
        super().__init__()
        self.server, self.proxy = server, proxy
        self.bind_dn = _SERVICE.format("offboard")

    def connect(self) -> Any:
        settings = self.server.settings(
            url=f"ldaps://127.0.0.1:{self.proxy.port}",
            bind_dn=self.bind_dn,
            timeout=int(self.patience),
            connect_timeout=int(self.patience),
        )
        return ldap.connect(self.name, ldap.Settings(**settings), self.vault)

    def id_of(self, login: str) -> str:
        return self.server.search(f"(uid={login})", ["entryUUID"])[0]["entryUUID"][0]

    def group_id(self, name: str) -> str:
        return self.server.search(f"(&(cn={name})(!(uid=*)))", ["entryUUID"])[0]["entryUUID"][0]

    def person(self, login: str) -> Any:
        return self.server.search(f"(uid={login})", ["*", "pwdAccountLockedTime", "pwdReset"])

    def groups(self) -> dict[str, list[str]]:
        found = self.server.search("(|(member=*)(uniqueMember=*)(memberUid=*))", ["cn", *_LISTS])
        return {one["cn"][0]: sorted(value for key in _LISTS for value in one.get(key, [])) for one in found}

    def groups_of(self, login: str) -> set[str]:
        return {
            name for name, members in self.groups().items() if any(self.means(one, login) for one in members if one)
        }

    def means(self, listed: str, login: str) -> bool:
        return listed in {"", login} or listed.casefold().startswith(f"uid={login},")

    def signs_in(self, login: str) -> bool:
        return self.server.bind(f"uid={login},ou=people,dc=corp,dc=test", f"{login}pw")

    def leave_by_hand(self, login: str, group: str) -> None:
        attribute, value = self._listed(login, group)
        lines = [f"delete: {attribute}", f"{attribute}: {value}"]
        self._change(group, *lines)

    def relist_by_hand(self, login: str) -> str:
        second = f"{login}.second"
        entry = f"dn: uid={login},ou=people,dc=corp,dc=test\nchangetype: modify\nadd: uid\nuid: {second}\n"
        self.server.modify(entry)
        self._change("printers", "add: memberUid", f"memberUid: {second}")
        return "printers"

    def about(self, group: str) -> str:
        return f"cn={group},"

    def add_by_hand(self, login: str, name: str, number: str, mail: str) -> None:
        self.server.add(person(login, name, number).replace(f"mail: {login}@corp.test", f"mail: {mail}"))

    def raise_above_us(self, login: str) -> str:
        """Sign in as an account that may not write people: a directory's rights hang on ours, not on theirs."""
        del login
        self.bind_dn = _SERVICE.format("reader")
        return ""

    def _listed(self, login: str, group: str) -> tuple[str, str]:
        (found,) = self.server.search(f"(&(cn={group})(!(uid=*)))", _LISTS)
        return next((key, one) for key in _LISTS for one in found.get(key, []) if self.means(one, login))

    def _change(self, group: str, *lines: str) -> None:
        start = [f"dn: cn={group},ou=groups,dc=corp,dc=test", "changetype: modify"]
        self.server.modify("\n".join([*start, *lines]) + "\n")


@pytest.fixture
def ldap_bench(slapd: Slapd, authority: Authority, stranger: Authority) -> Iterator[LdapBench]:
    with LdapProxy(("127.0.0.1", slapd.ldaps_port), authority, stranger) as proxy:
        yield LdapBench(slapd, proxy)


@pytest.fixture
def keys_bench(
    tmp_path: Path, authority: Authority, stranger: Authority, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LdapBench]:
    """Lend one whose directory lists keys to machines."""
    server = start_slapd(tmp_path / "keys", authority, config=WITH_KEYS)
    monkeypatch.setenv("OFFICE_LDAP_PASSWORD", server.password)
    try:
        with LdapProxy(("127.0.0.1", server.ldaps_port), authority, stranger) as proxy:
            made = LdapBench(server, proxy)
            made.bind_dn = server.bind_dn
            yield made
    finally:
        server.stop()
