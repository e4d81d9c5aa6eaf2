"""A private Active Directory domain on loopback: Samba's domain controller, and a copy of it that replicates nothing.

Provisioned once per session, kept as a tar file, unpacked for each module of tests. Samba's ports are fixed, so each
controller has an address of its own.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tarfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from offboard.connectors._ldap_door import Address, Door, ldap3, leave
from offboard.errors import Unreachable
from tests.servers.authority import Authority, make_authority
from tests.servers.needed import needed
from tests.servers.samba_seed import ADMIN, ADMIN_PASSWORD, seed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PORTS = (389, 636)
STARTS_WITHIN = 20.0

_CONFIG = """\
[global]
netbios name = DC1
realm = CORP.TEST
workgroup = CORP
server role = active directory domain controller
server services = ldap
dcerpc endpoint servers = -dnsserver
interfaces = {address}/8
bind interfaces only = Yes
private dir = {folder}/private
state directory = {folder}/state
cache directory = {folder}/cache
lock directory = {folder}
pid directory = {folder}/run
ncalrpc dir = {folder}/ncalrpc
binddns dir = {folder}/bind-dns
ntp signd socket directory = {folder}/ntp_signd
winbindd socket directory = {folder}/winbindd
log file = {folder}/log/log.%m
logging = file
log level = 1
tls enabled = yes
tls keyfile = {folder}/server.key
tls certfile = {folder}/server.pem
tls cafile = {folder}/ca.pem
ldap server require strong auth = yes
"""


@dataclass
class Controller:
    """One running domain controller; everything it holds is under ``folder``."""

    address: str
    folder: Path
    ca_file: Path
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _admin: Any = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The address with TLS from the first byte."""
        return f"ldaps://{self.address}"

    @property
    def plain_url(self) -> str:
        """The address without TLS; StartTLS is offered there."""
        return f"ldap://{self.address}"

    def start(self) -> None:
        """Start the controller (again) on its address and wait until it answers."""
        log = (self.folder / "log" / "out").open("ab")
        self.process = subprocess.Popen(
            [needed("samba"), "-i", "-M", "single", "--no-process-group", "-s", str(self.folder / "etc" / "run.conf")],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        log.close()
        deadline = time.monotonic() + STARTS_WITHIN
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"samba did not start: {(self.folder / 'log' / 'out').read_text()[-2000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End the controller that this object started; harmless when it has ended."""
        admin, self._admin = self._admin, None
        if admin is not None:
            leave(admin)
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def bind(self, name: str, password: str) -> str:
        """Sign in and return what came of it: ``in``, or the code of Active Directory (``52e``, ``533`` …)."""
        result, connection = self._enter(name, password)
        leave(connection)
        if result["result"] == 0:
            return "in"
        return str(result["message"]).partition("data ")[2].partition(",")[0] or str(result["description"])

    def admin(self) -> Any:
        """Return a connection of the domain's administrator, who may do everything."""
        if self._admin is None:
            _, self._admin = self._enter(ADMIN, ADMIN_PASSWORD)
            self._admin.raise_exceptions = True
        return self._admin

    def read(self, name: str, attributes: list[str]) -> dict[str, list[bytes]]:
        """Return attributes of one entry by its name, raw; those that it lacks are left out."""
        admin = self.admin()
        admin.search(name, "(objectClass=*)", ldap3.BASE, attributes=attributes)
        (found,) = (entry for entry in admin.response if entry["type"] == "searchResEntry")
        return {key: list(values) for key, values in found["raw_attributes"].items() if values}

    def text(self, name: str, attribute: str) -> str:
        """Return the first value of an attribute as text, or nothing."""
        return next(iter(self.read(name, [attribute]).get(attribute, [])), b"").decode()

    def write(self, name: str, **values: Any) -> None:
        """Replace attributes of one entry by hand, as an administrator would; ``None`` takes one away."""
        self.admin().modify(
            name,
            {
                key: [(ldap3.MODIFY_REPLACE, [] if value is None else value if isinstance(value, list) else [value])]
                for key, value in values.items()
            },
        )

    def _enter(self, name: str, password: str) -> Any:
        address = Address("test", self.url, self.ca_file, connect_timeout=5, timeout=20)
        return Door(address).enter(name, password)

    def _answers(self) -> bool:
        try:
            _, connection = self._enter("", "")
        except Unreachable:
            return False
        leave(connection)
        return True


def free_address() -> str:
    """Return an address of this machine's loopback on which nobody uses the ports of LDAP."""
    while True:
        address = ".".join(["127", *(str(1 + secrets.randbelow(250)) for _ in range(3))])
        with suppress(OSError):
            for port in PORTS:
                with socket.socket() as probe:
                    probe.bind((address, port))
            return address


def _as_it_is(member: tarfile.TarInfo, _: str) -> tarfile.TarInfo:
    return member


def unpack(ground: Path, folder: Path, address: str, authority: Authority) -> Controller:
    """Make a controller in ``folder`` out of the tar file, for this address; it is not started."""
    folder.mkdir(parents=True)
    with tarfile.open(ground) as kept:
        # We packed it ourselves. As an attribute: Debian 12's Python has no such argument yet.
        kept.extraction_filter = _as_it_is
        kept.extractall(folder)  # noqa: S202
    for name in ("run", "ncalrpc", "cache", "log"):
        (folder / name).mkdir(exist_ok=True)
    for source, name in (
        (authority.ca_file, "ca.pem"),
        (authority.cert_file, "server.pem"),
        (authority.key_file, "server.key"),
    ):
        shutil.copy(source, folder / name)
    (folder / "server.key").chmod(0o600)
    (folder / "etc" / "run.conf").write_text(_CONFIG.format(folder=folder, address=address), encoding="utf-8")
    return Controller(address, folder, authority.ca_file)


def _refuse_unless_root() -> None:
    if os.geteuid() == 0:
        return
    reason = "Samba provisions a domain and uses ports 389 and 636 as root only"
    if os.environ.get("CI", "").casefold() == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def samba_ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provision the domain corp.test once, seed it, and return it as a tar file."""
    needed("samba")
    tool = needed("samba-tool")
    _refuse_unless_root()
    home = tmp_path_factory.mktemp("samba")
    raw = home / "raw"
    raw.mkdir()
    done = subprocess.run(
        [
            tool, "domain", "provision", f"--targetdir={raw}", "--realm=CORP.TEST", "--domain=CORP",
            f"--adminpass={ADMIN_PASSWORD}", "--server-role=dc", "--dns-backend=NONE", "--host-name=dc1",
            "--host-ip=127.0.0.1", "--use-rfc2307", "--option=interfaces=lo", "--option=bind interfaces only=yes",
            "--option=vfs objects=dfs_samba4 acl_xattr xattr_tdb",
        ],
        capture_output=True, check=False, timeout=300, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        pytest.fail(f"samba-tool domain provision: {done.stderr.decode()[-2000:]}")
    bare = _pack(raw, home / "bare.tar")
    address = free_address()
    first = unpack(bare, home / "seeding", address, make_authority(home, address))
    try:
        first.start()
        for place, sddl in seed(first.admin()):
            _grant(tool, first.folder, place, sddl)
    finally:
        first.stop()
    packed = _pack(first.folder, home / "domain.tar")
    shutil.rmtree(raw)
    shutil.rmtree(first.folder)
    return packed


def _grant(tool: str, folder: Path, place: str, sddl: str) -> None:
    """Add entries to a place's access list; what is in it inherits them."""
    database, config = folder / "private" / "sam.ldb", folder / "etc" / "run.conf"
    done = subprocess.run(
        [tool, "dsacl", "set", f"--objectdn={place}", f"--sddl={sddl}", "-H", str(database), "-s", str(config)],
        capture_output=True, check=False, timeout=60, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        pytest.fail(f"samba-tool dsacl: {done.stderr.decode()[-2000:]}")


def _pack(folder: Path, tar: Path) -> Path:
    with tarfile.open(tar, "w") as kept:
        kept.add(folder, arcname=".", filter=lambda member: None if member.name.endswith(".sock") else member)
    return tar


@dataclass
class Domain:
    """The domain corp.test: ``first`` is its controller, ``second`` a copy that replicates nothing, until started."""

    first: Controller
    second: Controller
    base: str = "DC=corp,DC=test"

    def settings(self, **more: Any) -> dict[str, Any]:
        """Return a ``[systems.X]`` table; the password stands in the variable OFFICE_AD_PASSWORD."""
        return {
            "kind": "active_directory",
            "url": self.first.url,
            "base": self.base,
            "bind_dn": ADMIN,
            "password": {"env": "OFFICE_AD_PASSWORD"},
            "ca_file": str(self.first.ca_file),
        } | more


@pytest.fixture(scope="module")
def domain(samba_ground: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Domain]:
    """Lend a domain of its own to one module of tests; the second controller is started by whoever needs it."""
    home = tmp_path_factory.mktemp("domain")
    addresses = free_address(), free_address()
    authority = make_authority(home, *addresses)
    lent = Domain(
        unpack(samba_ground, home / "dc1", addresses[0], authority),
        unpack(samba_ground, home / "dc2", addresses[1], authority),
    )
    try:
        lent.first.start()
        yield lent
    finally:
        lent.second.stop()
        lent.first.stop()
    shutil.rmtree(home)
