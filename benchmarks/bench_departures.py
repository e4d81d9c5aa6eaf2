"""1,000 leavers on a real slapd, beside a bare ldap3 loop that makes the same calls.

Both sides shut the account, prove it by a refused sign-in over a connection of its own, take the leaver out of five
groups and read everything back. Ours also checks the approval, records intents and outcomes durably in the evidence,
and runs several departures side by side.
"""

from __future__ import annotations

import json
import os
import socket
import ssl
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import ldap3

from offboard.connectors._ldap_link import Link
from offboard.domain.departure import read_moment
from offboard.engine.deciding import approve
from offboard.engine.driving import carry_out
from offboard.engine.showing import show
from offboard.engine.starting import Request, start
from offboard.settings import Settings
from offboard.wiring import Firm
from tests.servers.authority import make_authority
from tests.servers.slapd import Slapd, person, start_slapd
from tests.servers.workplace import settings_of

LEAVERS = int(os.environ.get("OFFBOARD_BENCH_LEAVERS", "1000"))
GROUPS_EACH, GROUPS, WORKERS, SIDE_BY_SIDE, BATCH = 5, 100, 2, 4, 100
WORKER: list[tuple[Firm, Counter[str]]] = []
"""The company as one worker process has it open."""

GOAL = 2.0
PEOPLE = "ou=people,dc=corp,dc=test"
PLAYBOOK = "playbook: bench\nsecure:\n  - disable_account: {on: all}\n  - leave_groups: {on: all}\n"
MOMENT, ZONE = read_moment("2026-01-05T17:00", "Europe/London")
CALLS = ("search", "pages", "modify", "accepts", "compare")


def run(leavers: int = LEAVERS) -> list[dict[str, Any]]:
    """Let as many people leave both ways, in turns of a hundred, and return one row."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        server = start_slapd(place / "slapd", make_authority(place), durable=True)
        try:
            os.environ["OFFICE_LDAP_PASSWORD"] = server.password
            seed(server, 2 * leavers)
            return [compare(server, place, leavers)]
        finally:
            server.stop()


def compare(server: Slapd, place: Path, leavers: int) -> dict[str, Any]:
    """Measure both sides in turns, so that a busy moment of the machine meets both."""
    (place / "playbooks").mkdir()
    (place / "playbooks" / "bench.yaml").write_text(PLAYBOOK, encoding="utf-8")
    data = settings(server)
    firm = Firm(Settings(**data), place)
    numbers = [plan(firm, f"a{n}") for n in range(leavers)]
    bare = Bare(server)
    ours = theirs = 0.0
    calls: Counter[str] = Counter()
    spawned = get_context("spawn")
    with ProcessPoolExecutor(WORKERS, spawned, begin, (data, place)) as pool:
        calls += sum(pool.map(carry_out_all, [[]] * WORKERS), Counter())
        for first in range(0, leavers, BATCH):
            batch = range(first, min(first + BATCH, leavers))
            began = time.perf_counter()
            shares = [[numbers[n] for n in batch[worker::WORKERS]] for worker in range(WORKERS)]
            calls += sum(pool.map(carry_out_all, shares), Counter())
            ours += time.perf_counter() - began
            began = time.perf_counter()
            for n in batch:
                bare.let_leave(f"b{n}")
            theirs += time.perf_counter() - began
    wrong = [n for n in numbers if {c["effect"] for c in show(firm.office, n)["changes"]} != {"effective"}]
    if wrong:
        sys.exit(f"{len(wrong)} departures did not take effect, {wrong[0]} first")
    firm.close()
    return {
        "name": f"{leavers} leavers on slapd: lock, {GROUPS_EACH} groups, refused sign-in, read back (ms each)",
        "ours": round(ours / leavers * 1000, 2),
        "theirs": round(theirs / leavers * 1000, 2),
        "ratio": round(ours / theirs, 2),
        "goal": GOAL,
        "note": f"calls per leaver: ours {per_leaver(calls, leavers)}, bare {per_leaver(bare.calls, leavers)}; "
        f"ours by {WORKERS} processes, {SIDE_BY_SIDE} side by side in each; both wait for their disks",
    }


def seed(server: Slapd, people: int) -> None:
    """Put people and groups into the directory; half of the people leave each way."""
    half = people // 2
    logins = [f"a{n}" for n in range(half)] + [f"b{n}" for n in range(half)]
    for first in range(0, people, 500):
        chosen = range(first, min(first + 500, people))
        server.add("".join(person(logins[n], f"Person {logins[n].upper()}", f"7{n:05d}") for n in chosen))
    members: dict[int, list[str]] = {g: [] for g in range(GROUPS)}
    for place, login in enumerate(logins):
        for k in range(GROUPS_EACH):
            members[(place * GROUPS_EACH + k) % GROUPS].append(login)
    server.add(
        "".join(
            f"dn: cn=g{g},ou=groups,dc=corp,dc=test\nobjectClass: groupOfNames\ncn: g{g}\n"
            + "".join(f"member: uid={login},{PEOPLE}\n" for login in [*there, "carol"])
            + "\n"
            for g, there in members.items()
        )
    )


def settings(server: Slapd) -> dict[str, Any]:
    """Return the settings of a company with nothing but this directory."""
    data = settings_of(office=server.settings(bind_dn="cn=offboard,ou=services,dc=corp,dc=test"))
    data["company"]["playbooks"] = "playbooks"
    data["guards"] = {"max_departures_per_hour": 10**6, "max_share_of_staff": 1.0}
    return data


def begin(data: dict[str, Any], place: Path) -> None:
    """Open the company in a process that carries departures out."""
    WORKER.append((Firm(Settings(**data), place), counted_calls()))


def carry_out_all(numbers: list[str]) -> Counter[str]:
    """Carry these departures out, some side by side, and return what was asked of the directory."""
    firm, calls = WORKER[0]
    calls.clear()
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        list(pool.map(lambda number: carry_out(firm.office, number), numbers))
    return Counter(calls)


def plan(firm: Firm, login: str) -> str:
    """Return the number of an approved departure; planning is not part of what is measured."""
    number = start(firm.office, Request(login, MOMENT, ZONE, "bench", "", "erin@corp.test")).departure.number
    approve(firm.office, number, "dave@corp.test")
    return number


def counted_calls() -> Counter[str]:
    """Count what our connector asks of the directory from now on."""
    calls: Counter[str] = Counter()
    for name in CALLS:
        original = getattr(Link, name)

        def call(self: Link, *args: Any, _original: Any = original, _name: str = name, **kwargs: Any) -> Any:
            calls[_name] += 1
            return _original(self, *args, **kwargs)

        setattr(Link, name, call)
    return calls


def per_leaver(calls: Counter[str], leavers: int) -> str:
    """Return the calls of one leaver in words."""
    return ", ".join(f"{calls[name] / leavers:g} {name}" for name in CALLS if calls[name])


class Bare:
    """The same calls with ldap3 and nothing else."""

    def __init__(self, server: Slapd) -> None:
        self.calls: Counter[str] = Counter()
        tls = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=str(server.ca_file))
        self._server = ldap3.Server("127.0.0.1", server.ldaps_port, use_ssl=True, tls=tls, get_info=ldap3.NONE)
        self._base = server.base
        service = f"cn=offboard,ou=services,{server.base}"
        self._writer, self._reader = (self._connect(service, server.password) for _ in range(2))
        if not (self._writer.bind() and self._reader.bind()):
            sys.exit("the bare loop cannot sign in")

    def let_leave(self, login: str) -> None:
        """Shut the account, prove it, leave the groups, read back."""
        dn = f"uid={login},{PEOPLE}"
        self._account(self._writer, dn)
        self._account(self._writer, dn)
        lock = [(ldap3.MODIFY_REPLACE, ["000001010000Z"])]
        password = [(ldap3.MODIFY_REPLACE, [f"random password of {login}"])]
        self._modify(dn, {"userPassword": password, "pwdAccountLockedTime": lock})
        self._account(self._reader, dn)
        self.calls["accepts"] += 1
        proof = self._connect(dn, f"random password of {login}")
        if proof.bind():
            sys.exit(f"{login} can still sign in")
        proof.unbind()
        self._account(self._writer, dn)
        for group in self._groups(self._writer, dn):
            self._search(self._writer, group, "(objectClass=groupOfNames)", ["cn"], ldap3.BASE)
            self._modify(group, {"member": [(ldap3.MODIFY_DELETE, [dn])]})
        self._account(self._reader, dn)
        if self._groups(self._reader, dn):
            sys.exit(f"{login} is still in a group")

    def _connect(self, dn: str, password: str) -> Any:
        """Open a connection that sends at once, as ours do: otherwise each bind would wait some 40 ms for nothing."""
        connection = ldap3.Connection(self._server, dn, password)
        connection.open(read_server_info=False)
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _account(self, connection: Any, dn: str) -> None:
        self._search(
            connection, dn, "(objectClass=*)", ["entryUUID", "userPassword", "pwdAccountLockedTime"], ldap3.BASE
        )

    def _groups(self, connection: Any, dn: str) -> list[str]:
        names = f"(|(member={dn})(uniqueMember={dn})(memberUid={dn.split('=', 1)[1].split(',', maxsplit=1)[0]}))"
        self._search(connection, self._base, names, ["entryUUID", "cn", "objectClass"], ldap3.SUBTREE)
        return [found["dn"] for found in connection.response]

    def _search(self, connection: Any, base: str, filter_: str, attributes: list[str], scope: Any) -> None:
        self.calls["search"] += 1
        connection.search(base, filter_, scope, attributes=attributes)

    def _modify(self, dn: str, changes: Any) -> None:
        self.calls["modify"] += 1
        if not self._writer.modify(dn, changes):
            sys.exit(f"{dn}: {self._writer.result}")


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]) if len(sys.argv) > 1 else LEAVERS), indent=2))
