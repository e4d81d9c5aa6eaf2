"""A private OpenLDAP server on loopback, seeded with people and groups, driven by OpenLDAP's own command-line tools."""

from __future__ import annotations

import base64
import os
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.servers.needed import free_port, needed
from tests.servers.slapd_seed import CONFIG, GROUPS, LOCKOUT, PEOPLE, person

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.authority import Authority

__all__ = ["Slapd", "person", "slapd", "start_slapd"]

NO_SUCH_CREDENTIALS = 49


@dataclass
class Slapd:
    """One running server; everything it holds is under ``folder``."""

    port: int
    ldaps_port: int
    ca_file: Path
    folder: Path
    base: str = "dc=corp,dc=test"
    bind_dn: str = "cn=admin,dc=corp,dc=test"
    password: str = "secret"
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The address with TLS from the first byte."""
        return f"ldaps://127.0.0.1:{self.ldaps_port}"

    @property
    def plain_url(self) -> str:
        """The address without TLS; StartTLS is offered there."""
        return f"ldap://127.0.0.1:{self.port}"

    def settings(self, **more: Any) -> dict[str, Any]:
        """Return a ``[systems.X]`` table; the password stands in the variable OFFICE_LDAP_PASSWORD."""
        return {
            "kind": "ldap",
            "url": self.url,
            "base": self.base,
            "bind_dn": self.bind_dn,
            "password": {"env": "OFFICE_LDAP_PASSWORD"},
            "ca_file": str(self.ca_file),
        } | more

    def add(self, ldif: str) -> None:
        """Add the entries of an LDIF text."""
        self._tool("ldapadd", ldif)

    def modify(self, ldif: str) -> None:
        """Carry out the changes of an LDIF text (``changetype: modify``, ``modrdn``, ``delete``)."""
        self._tool("ldapmodify", ldif)

    def bind(self, dn: str, password: str) -> bool:
        """Say whether somebody can sign in; anything but yes and 'invalid credentials' is a failure."""
        done = self._run("ldapwhoami", "-D", dn, "-w", password)
        if done.returncode not in (0, NO_SUCH_CREDENTIALS):
            pytest.fail(f"ldapwhoami: {done.stderr.decode()}")
        return done.returncode == 0

    def search(self, filter_: str, attributes: list[str] | None = None) -> list[dict[str, list[str]]]:
        """Return the entries that match, each as attribute → values, with ``dn``; operational ones when named."""
        done = self._run(
            "ldapsearch", "-LLL", "-o", "ldif-wrap=no", "-D", self.bind_dn, "-w", self.password,
            "-b", self.base, filter_, *(attributes or []),
        )  # fmt: skip
        if done.returncode:
            pytest.fail(f"ldapsearch: {done.stderr.decode()}")
        return [_entry(block) for block in done.stdout.decode().split("\n\n") if block.strip()]

    def stop(self) -> None:
        """End the server that this object started; harmless when it has ended."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=20)
            self.process = None

    def start(self) -> None:
        """Start the server (again) on its ports and wait until it answers."""
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(
            [needed("slapd"), "-d", "0", "-f", str(self.folder / "slapd.conf"), "-h", f"{self.plain_url} {self.url}"],
            stdout=log,
            stderr=log,
        )
        log.close()
        deadline = time.monotonic() + 20
        while self._run("ldapsearch", "-s", "base", "-b", "", "1.1").returncode:
            if self.process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"slapd did not start: {(self.folder / 'log').read_text()}")
            time.sleep(0.02)

    def _tool(self, tool: str, ldif: str) -> None:
        done = self._run(tool, "-D", self.bind_dn, "-w", self.password, given=ldif)
        if done.returncode:
            pytest.fail(f"{tool}: {done.stderr.decode()}")

    def _run(self, tool: str, *arguments: str, given: str = "") -> subprocess.CompletedProcess[bytes]:
        # The other LDAPTLS_ and LDAP variables of the machine must not matter.
        surroundings = {"PATH": os.environ.get("PATH", ""), "LDAPNOINIT": "1"}
        return subprocess.run(
            [needed(tool), "-x", "-H", self.plain_url, *arguments],
            input=given.encode(), capture_output=True, check=False, env=surroundings, timeout=60,
        )  # fmt: skip


def _entry(block: str) -> dict[str, list[str]]:
    entry: dict[str, list[str]] = {}
    for line in block.strip().splitlines():
        name, _, value = line.partition(":")
        if value.startswith(":"):
            value = base64.b64decode(value[1:]).decode("utf-8", "surrogateescape")
        entry.setdefault(name, []).append(value.removeprefix(" "))
    return entry


def start_slapd(
    folder: Path, authority: Authority, *, lockout: bool = True, durable: bool = False, config: str = CONFIG
) -> Slapd:
    """Start a server in ``folder`` and seed it.

    ``lockout`` says whether a password policy with ``pwdLockout TRUE`` is in force; ``durable`` whether every write
    waits for the disk, as it does in production. ``config`` is the server's, with the same blanks as ``CONFIG``.
    """
    (folder / "db").mkdir(parents=True)
    filled = config.format(
        folder=folder,
        ca=authority.ca_file,
        cert=authority.cert_file,
        key=authority.key_file,
        sync="" if durable else "dbnosync",
    )
    (folder / "slapd.conf").write_text(filled, encoding="utf-8")
    server = Slapd(port=free_port(), ldaps_port=free_port(), ca_file=authority.ca_file, folder=folder)
    server.start()
    # Over the wire, and groups after people: slapadd would pass the memberof overlay by.
    server.add(PEOPLE + (LOCKOUT if lockout else "") + GROUPS)
    return server


@pytest.fixture
def slapd(tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slapd]:
    server = start_slapd(tmp_path / "slapd", authority)
    monkeypatch.setenv("OFFICE_LDAP_PASSWORD", server.password)
    yield server
    server.stop()
