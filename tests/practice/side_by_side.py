"""The practice directory beside a real slapd, with the same people: every exchange is carried out with both."""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ldap3
import pytest

from offboard.practice.directory import Directory
from offboard.practice.founding import read_ldif
from offboard.practice.ldap_server import LdapServer
from tests.servers.slapd import start_slapd
from tests.servers.slapd_seed import GROUPS, LOCKOUT, PEOPLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BASE = "dc=corp,dc=test"
ROOT = f"cn=admin,{BASE}"
POLICY = f"cn=default,ou=policies,{BASE}"
ALICE, BOB, CAROL = (f"uid={login},ou=people,{BASE}" for login in ("alice", "bob", "carol"))
STAFF, VPN, SALES, PRINTERS = (f"cn={name},ou=groups,{BASE}" for name in ("staff", "vpn", "sales", "printers"))
FOR_EVER = "000001010000Z"
PASSWORD = "secret"
ADD, DELETE, REPLACE = ldap3.MODIFY_ADD, ldap3.MODIFY_DELETE, ldap3.MODIFY_REPLACE
POLICY_CONTROL = ("1.3.6.1.4.1.42.2.27.8.5.1", False, None)
PAGING = "1.2.840.113556.1.4.319"

OF_THE_SERVER = {
    "entryUUID", "entryCSN", "createTimestamp", "modifyTimestamp", "pwdChangedTime", "creatorsName", "modifiersName",
}  # fmt: skip
"""Attributes whose values no two servers share."""


@dataclass
class Pair:
    """The two servers."""

    urls: tuple[str, str]

    def ask(self, exchange: Callable[[str], Any]) -> tuple[Any, Any]:
        """Carry the same exchange out with both; return what the real one and ours answered."""
        real, ours = (exchange(url) for url in self.urls)
        return real, ours


@pytest.fixture(scope="module")
def pair(tmp_path_factory, authority) -> Iterator[Pair]:
    slapd = start_slapd(tmp_path_factory.mktemp("side-by-side") / "slapd", authority)
    # Failed attempts are not counted by the practice directory, and no lock may hang over from one test to the next.
    slapd.modify(f"dn: {POLICY}\nchangetype: modify\ndelete: pwdMaxFailure\n")
    directory = Directory(BASE, ROOT, slapd.password, frozenset(), POLICY)
    for name, attributes in read_ldif(PEOPLE + LOCKOUT.replace("pwdMaxFailure: 5\n", "") + GROUPS):
        directory.load(name, attributes)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.cert_file, authority.key_file)
    server = LdapServer(directory, context, secure=False)
    server.start()
    yield Pair((slapd.plain_url, server.url))
    server.stop()
    slapd.stop()


@contextmanager
def connect(
    url: str, user: str | None = ROOT, password: str | None = PASSWORD, *, info: str = ldap3.NONE
) -> Iterator[ldap3.Connection]:
    # check_names=False and no schema: the server, not the client, is to say what is wrong.
    server = ldap3.Server(url, get_info=info)
    connection = ldap3.Connection(server, user, password, auto_bind=True, check_names=False)
    try:
        yield connection
    finally:
        connection.unbind()


def said(connection: ldap3.Connection) -> tuple[int, str, str]:
    result = connection.result
    return result["result"], result["message"], result["dn"]


def entries(connection: ldap3.Connection) -> list[tuple[str, dict[str, Any]]]:
    return sorted(
        (found["dn"], {k: "…" if k in OF_THE_SERVER else sorted(v or []) for k, v in found["raw_attributes"].items()})
        for found in connection.response
    )


def bound(user: str, password: str, *, asks_why: bool = False) -> Callable[[str], Any]:
    def exchange(url: str) -> Any:
        connection = ldap3.Connection(ldap3.Server(url, get_info=ldap3.NONE), user, password)
        connection.open()
        connection.bind(controls=[POLICY_CONTROL] if asks_why else None)
        why = [control["value"] for control in (connection.result.get("controls") or {}).values()]
        answer = (*said(connection), why)
        connection.unbind()
        return answer

    return exchange


def changed(dn: str, *steps: dict[str, list[tuple[str, list[Any]]]], user: str | None = ROOT, password="secret"):  # noqa: S107 - a made-up person
    def exchange(url: str) -> Any:
        with connect(url, user, password) as connection:
            answers = []
            for changes in steps:
                connection.modify(dn, changes)
                answers.append(said(connection))
            connection.search(dn, "(objectClass=*)", ldap3.BASE, attributes=["*", "pwdAccountLockedTime"])
            return answers, entries(connection) if connection.result["result"] == 0 else said(connection)

    return exchange


def searched(filter_: str, attributes: list[str] | None = None, base: str = BASE, **more: Any) -> Callable[[str], Any]:
    def exchange(url: str) -> Any:
        with connect(url) as connection:
            connection.search(base, filter_, attributes=attributes or ["1.1"], **more)
            return said(connection), entries(connection)

    return exchange


def edit(attribute: str, verb: str, *values: Any) -> dict[str, list[tuple[str, list[Any]]]]:
    return {attribute: [(verb, list(values))]}
