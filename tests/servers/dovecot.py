"""A private Dovecot with Pigeonhole on loopback, whose people are those of the test's slapd."""

from __future__ import annotations

import base64
import grp
import http.client
import imaplib
import json
import os
import pwd
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.servers.dovecot_config import LDAP, MAIN
from tests.servers.needed import free_port, needed
from tests.servers.waiting import within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.authority import Authority
    from tests.servers.slapd import Slapd
    from tests.servers.smtp import SmtpSink

__all__ = ["Dovecot", "dovecot", "running_dovecot", "start_dovecot"]

API_KEY = "throw-away-key"


@dataclass
class Dovecot:
    """One running server; everything it holds is under ``folder``."""

    folder: Path
    ca_file: Path
    imap_port: int
    imaps_port: int
    sieve_port: int
    lmtp_port: int
    http_port: int
    tls: bool = False
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The address of the doveadm API."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.http_port}/doveadm/v1"

    def settings(self, **more: Any) -> dict[str, Any]:
        """Return a ``[systems.X]`` table; the key stands in the variable DOVEADM_API_KEY."""
        table = {"kind": "dovecot", "url": self.url, "api_key": {"env": "DOVEADM_API_KEY"}}
        return table | ({"ca_file": str(self.ca_file)} if self.tls else {}) | more

    def imap_login(self, user: str, password: str) -> imaplib.IMAP4_SSL | None:
        """Sign in over TLS and return the open session, or ``None`` when the server refuses the password."""
        trust = ssl.create_default_context(cafile=self.ca_file)
        session = imaplib.IMAP4_SSL("127.0.0.1", self.imaps_port, ssl_context=trust, timeout=20)
        try:
            session.login(user, password)
        except imaplib.IMAP4.error as error:
            session.shutdown()
            if "AUTHENTICATIONFAILED" not in str(error):
                raise
            return None
        session.select()
        return session

    def alive(self, session: imaplib.IMAP4_SSL) -> bool:
        """Say whether an open session still answers; a dead one is closed."""
        try:
            return session.noop()[0] == "OK"
        except (imaplib.IMAP4.abort, OSError):
            session.shutdown()
            return False

    def ended(self, session: imaplib.IMAP4_SSL) -> bool:
        """Say whether a session ends within five seconds: the server answers a kick when it has sent the signal.

        What the process was asked in the same moment it may still answer.
        """
        return any(not self.alive(session) for _ in within(seconds=5))

    def deliver(self, sender: str, recipient: str, subject: str, body: str = "Hello.") -> None:
        """Hand one mail in by LMTP, as the company's mail server does; when this returns, Sieve has run."""
        text = (
            f"From: {sender}\r\nTo: {recipient}\r\nSubject: {subject}\r\nMessage-ID: <{time.monotonic_ns()}@corp.test>"
        )
        with smtplib.LMTP("127.0.0.1", self.lmtp_port) as server:
            server.sendmail(sender, [recipient], f"{text}\r\n\r\n{body}\r\n".encode(), ["BODY=8BITMIME"])

    def put_script(self, user: str, name: str, text: str | bytes, *, active: bool = True) -> None:
        """Store a Sieve script and make it the active one."""
        content = text if isinstance(text, str) else text.decode("utf-8", "surrogateescape")
        self.doveadm("sievePut", user=user, scriptname=name, file=content)
        if active:
            self.doveadm("sieveActivate", user=user, scriptname=name)

    def script_file(self, user: str, name: str) -> Path:
        """Return where the server keeps this script."""
        return self.folder / "home" / user / "sieve" / f"{name}.sieve"

    def active_script(self, user: str) -> str | None:
        """Return the name of the active script, read from the link that Sieve itself follows."""
        link = self.folder / "home" / user / ".dovecot.sieve"
        return link.readlink().stem if link.is_symlink() else None

    def inbox(self, user: str) -> list[bytes]:
        """Return the mails that arrived in somebody's inbox."""
        return [path.read_bytes() for path in sorted((self.folder / "home" / user / "Maildir" / "new").glob("*"))]

    def doveadm(self, command: str, **parameters: Any) -> Any:
        """Run one doveadm command past the connector; anything but success is a failure."""
        body = json.dumps([[command, parameters, "test"]], ensure_ascii=False).encode("utf-8", "surrogateescape")
        key = base64.b64encode(API_KEY.encode()).decode()
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=20)
        if self.tls:
            trust = ssl.create_default_context(cafile=self.ca_file)
            connection = http.client.HTTPSConnection("127.0.0.1", self.http_port, timeout=20, context=trust)
        connection.request(
            "POST", "/doveadm/v1", body, {"Authorization": f"X-Dovecot-API {key}", "Content-Type": "application/json"}
        )
        ((word, payload, _),) = json.loads(connection.getresponse().read())
        connection.close()
        assert word == "doveadmResponse", f"{command}: {payload}"
        return payload

    def start(self) -> None:
        """Start the server (again) on its ports and wait until it answers."""
        user, group = _identity()
        as_other = {"user": user, "group": group, "extra_groups": []} if os.geteuid() == 0 else {}
        with (self.folder / "out").open("ab") as out:
            self.process = subprocess.Popen(
                [needed("dovecot"), "-F", "-c", str(self.folder / "dovecot.conf")],
                stdout=out,
                stderr=out,
                start_new_session=True,
                **as_other,
            )
        deadline = time.monotonic() + 20
        for port in (self.http_port, self.imaps_port, self.lmtp_port):
            while not _listens(port):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    said = [path.read_text() for path in (self.folder / "out", self.folder / "log") if path.exists()]
                    pytest.fail(f"dovecot did not start: {said}")
                time.sleep(0.01)

    def stop(self) -> None:
        """End the server that this object started; harmless when it has ended."""
        if self.process is not None:
            # The group, not the master alone: the master would give each of its processes seconds to end.
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=20)
            self.process = None


def start_dovecot(
    folder: Path,
    authority: Authority,
    slapd: Slapd,
    *,
    submission_port: int,
    tls: bool = False,
    auth_cache: int = 0,
    one_name: bool = True,
) -> Dovecot:
    """Start a server in ``folder``, an empty one that everybody may enter.

    It hands mail on to ``submission_port``. ``tls``: the doveadm API speaks https. ``auth_cache``: bytes in which it
    remembers who signed in with which password. ``one_name``: whatever people sign in with, the server calls them by
    their login. Root starts it as ``nobody``, anybody else as themselves.
    """
    needed("dovecot"), needed("doveadm")
    user, group = _identity()
    server = Dovecot(folder, authority.ca_file, *(free_port() for _ in range(5)), tls=tls)
    for part in ("run", "state", "home"):
        (folder / part).mkdir()
    for source, name in (
        (authority.cert_file, "server.pem"),
        (authority.key_file, "server.key"),
        (slapd.ca_file, "ca.pem"),
    ):
        shutil.copy(source, folder / name)
    main = MAIN.format(
        folder=folder, user=user, group=group, api_key=API_KEY, submission_port=submission_port, auth_cache=auth_cache,
        imap_port=server.imap_port, imaps_port=server.imaps_port, sieve_port=server.sieve_port,
        lmtp_port=server.lmtp_port, http_port=server.http_port, http_tls="yes" if tls else "no",
    )  # fmt: skip
    ldap = LDAP.format(
        folder=folder, ldaps_port=slapd.ldaps_port, bind_dn=slapd.bind_dn, password=slapd.password, base=slapd.base,
        pass_attrs="uid=user" if one_name else "", user_attrs="uid=user" if one_name else f"uid=home={folder}/home/%$",
    )  # fmt: skip
    # Two files of the same text: Dovecot keeps one connection for each, so that looking up does not wait for a bind.
    for name, text in (("dovecot.conf", main), ("ldap.conf", ldap), ("ldap-users.conf", ldap)):
        (folder / name).write_text(text, encoding="utf-8")
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, user, group)
    try:
        server.start()
    except BaseException:
        server.stop()
        raise
    return server


def _identity() -> tuple[str, str]:
    """Return the user and group that everything runs as: mail processes refuse to run as root."""
    entry = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    return entry.pw_name, grp.getgrgid(entry.pw_gid).gr_name


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running_dovecot(authority: Authority, slapd: Slapd, **options: Any) -> Iterator[Dovecot]:
    """Run a server in a folder of its own, with the options of :func:`start_dovecot`, and stop it whatever happens."""
    # Not tmp_path: when root runs the tests, nobody else may enter it.
    with tempfile.TemporaryDirectory(prefix="dovecot-", ignore_cleanup_errors=True) as folder:
        server = start_dovecot(Path(folder), authority, slapd, **options)
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture
def dovecot(
    authority: Authority, slapd: Slapd, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Dovecot]:
    monkeypatch.setenv("DOVEADM_API_KEY", API_KEY)
    with running_dovecot(authority, slapd, submission_port=smtp_sink.port) as server:
        yield server
