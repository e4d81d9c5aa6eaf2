"""A mail server that sends for us (RFC 5321), encrypted by STARTTLS (RFC 3207): one mail, one recipient, once."""

from __future__ import annotations

import base64
import smtplib
import ssl
import time
from contextlib import ExitStack
from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING, Literal, Self, cast

from pydantic import Field, model_validator

from offboard.connectors._loopback import is_loopback
from offboard.connectors._smtp_message import Checked, check_message
from offboard.domain.capabilities import Health, Unclear
from offboard.errors import Denied, Rejected, SystemFault, Throttled, Unreachable, Untrusted
from offboard.settings import SecretRef, Section

if TYPE_CHECKING:
    from socket import socket

    from offboard.domain.capabilities import Vault

OK, READY_FOR_DATA, SIGNED_IN, CLOSING = 250, 354, 235, 421
NO_ACCESS = frozenset({530, 534, 535, 538})
"""Replies that say that we are not let in (RFC 4954)."""

BROKEN = (smtplib.SMTPException, ssl.SSLError, OSError, UnicodeError)
"""Everything that smtplib raises."""

COME_BACK_LATER = 60.0
LAST_WELL_KNOWN = 1023


class Settings(Section):
    """``[systems.X]`` with ``kind = "smtp"``.

    ``starttls``: ``required`` (the default); on loopback also ``offered`` (the default there: used where the server
    offers it) and ``never``. ``per_minute``: at most so many mails. Timeouts are in seconds; ``answer_timeout`` is for
    the answer to a whole mail, for which RFC 5321 (4.5.3.2.6) asks for patience: giving up leaves a mail unclear.
    """

    kind: Literal["smtp"] = "smtp"
    host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65535)
    username: str = ""
    password: SecretRef | None = None
    ca_file: Path | None = None
    starttls: Literal["required", "offered", "never"] | None = None
    per_minute: float | None = Field(default=None, gt=0)
    timeout: float = Field(default=30, gt=0, le=600)
    answer_timeout: float = Field(default=300, gt=0, le=1200)
    calls_at_once: int = Field(default=2, ge=1, le=16)

    @model_validator(mode="after")
    def _only_encrypted(self) -> Self:
        if bool(self.username) != bool(self.password):
            raise ValueError("username and password: give both or neither")
        if self.starttls in ("offered", "never") and not is_loopback(self.host):
            raise ValueError("starttls: must be required, since this server is not on loopback")
        return self

    @property
    def practice(self) -> bool:
        """Whether it reaches nobody: on loopback, at a port that no mail server of a company has."""
        return is_loopback(self.host) and self.port > LAST_WELL_KNOWN

    @property
    def encryption(self) -> str:
        """Return whether STARTTLS is ``required``, used when ``offered``, or ``never``."""
        return self.starttls or ("offered" if is_loopback(self.host) else "required")


class Connection:
    """One mail server (capability ``Sender``); the connection is used for one mail after another."""

    kind = "smtp"

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self.calls_at_once = 1 if settings.per_minute else settings.calls_at_once
        self._settings = settings
        self._server: smtplib.SMTP | None = None
        self._not_before = 0.0

    def close(self) -> None:
        """Take leave of the server."""
        server, self._server = self._server, None
        if server is not None:
            try:
                server.quit()
            except BROKEN:
                server.close()

    def health(self) -> Health:
        """Sign in as for a mail, and send none."""
        started = time.monotonic()
        try:
            server = self._ready()
        except SystemFault as fault:
            reachable = not isinstance(fault, Unreachable)
            return Health(
                self.name, self.kind, reachable, "not reached", rights_missing=("send",), cannot=(str(fault),)
            )
        cannot = ["tell whether a mail arrived in the end: it says only that the server took it"]
        if not server.has_extn("smtputf8"):
            cannot.append("send to addresses with letters outside ASCII before the @")
        return Health(
            self.name,
            self.kind,
            reachable=True,
            tls=_tls(server),
            rights_held=("send",),
            cannot=tuple(cannot),
            latency_ms=round((time.monotonic() - started) * 1000),
        )

    def send(self, message: bytes, *, sender: str, recipient: str) -> None:
        """Hand one finished mail (RFC 5322, CRLF) over for one recipient, exactly once.

        Raises:
            Rejected: refused for good, by the server or because its bytes are not one mail for one person.
            Unreachable, Throttled, Denied, Untrusted: it was certainly not sent.
            Unclear: the mail was transmitted, and the connection broke before the answer came.
        """
        mail = check_message(self.name, message, sender=sender, recipient=recipient)
        self._keep_the_pace()
        server = self._ready()
        try:
            self._announce(server, mail)
            # Stuffed as RFC 5321, 4.5.2 wants it. Without the closing dot no server may deliver it.
            server.send(b"\r\n".join(_stuffed(line) for line in mail.content.split(b"\r\n")))
        except BROKEN as error:
            raise self._fault(f"the mail to {recipient}", error) from error
        self._finish(server, recipient)

    def _announce(self, server: smtplib.SMTP, mail: Checked) -> None:
        options = []
        for needed, extension, option in (
            (mail.utf8, "smtputf8", "SMTPUTF8"),
            (mail.eight_bit, "8bitmime", "BODY=8BITMIME"),
        ):
            if needed and not server.has_extn(extension):
                raise Rejected(
                    f"{self.name}: the mail to {mail.recipient} needs {option}, which the server does not offer",
                    system=self.name,
                )
            options += [option] if needed else []
        if server.has_extn("size"):
            options.append(f"size={len(mail.content)}")
        self._expect(OK, f"the sender {mail.sender}", server.mail(mail.sender, options))
        self._expect(OK, f"the recipient {mail.recipient}", server.rcpt(mail.recipient))
        self._expect(READY_FOR_DATA, f"the mail to {mail.recipient}", server.docmd("DATA"))

    def _finish(self, server: smtplib.SMTP, recipient: str) -> None:
        """Send the closing dot: from here on, no answer means that nobody can know."""
        try:
            server.send(b".\r\n")
            line = cast("socket", server.sock)
            line.settimeout(self._settings.answer_timeout)
            code, text = server.getreply()
            line.settimeout(self._settings.timeout)
        except BROKEN as error:
            self._give_up()
            raise self._unclear(recipient, _said(error)) from error
        if code // 100 not in (2, 4, 5):
            self._give_up()
            raise self._unclear(recipient, f"{code} {_plain(text)}")
        if code // 100 != OK // 100:
            raise self._refused(f"the mail to {recipient}", code, text)

    def _unclear(self, recipient: str, said: str) -> Unclear:
        return Unclear(
            f"{self.name}: the mail to {recipient} was transmitted, but the server's answer never came ({said}); "
            "it may or may not have been sent"
        )

    def _keep_the_pace(self) -> None:
        if self._settings.per_minute:
            time.sleep(max(0.0, self._not_before - time.monotonic()))
            self._not_before = time.monotonic() + 60 / self._settings.per_minute

    def _ready(self) -> smtplib.SMTP:
        """Return a server that waits for a mail: the one at hand if it still answers, else a new connection."""
        if self._server is not None:
            try:
                if self._server.rset()[0] == OK:
                    return self._server
            except BROKEN:
                pass  # servers end idle connections; nothing was under way
            self._give_up()
        settings = self._settings
        own = "localhost" if is_loopback(settings.host) else None
        with ExitStack() as otherwise:
            try:
                server = smtplib.SMTP(settings.host, settings.port, own, settings.timeout)
                otherwise.callback(server.close)
                self._enter(server)
            except BROKEN as error:
                raise self._fault("connecting", error) from error
            otherwise.pop_all()
        self._server = server
        return server

    def _enter(self, server: smtplib.SMTP) -> None:
        settings = self._settings
        server.ehlo_or_helo_if_needed()
        offered = server.has_extn("starttls")
        if settings.encryption == "required" and not offered:
            raise Untrusted(f"{self.name}: {settings.host} offers no encryption (STARTTLS)", system=self.name)
        if settings.encryption != "never" and offered:
            server.starttls(context=ssl.create_default_context(cafile=settings.ca_file))
            server.ehlo_or_helo_if_needed()
        if settings.username and settings.password:
            self._sign_in(server, settings.username, settings.password.resolve(f"systems.{self.name}.password"))

    def _sign_in(self, server: smtplib.SMTP, username: str, password: str) -> None:
        if "PLAIN" in server.esmtp_features.get("auth", "").upper().split():
            # smtplib's own takes no letters outside ASCII; RFC 4616 does.
            secret = base64.b64encode(f"\0{username}\0{password}".encode()).decode()
            self._expect(SIGNED_IN, f"signing in as {username}", server.docmd("AUTH", f"PLAIN {secret}"))
        else:
            server.login(username, password)

    def _give_up(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def _expect(self, wanted: int, what: str, reply: tuple[int, bytes]) -> None:
        code, text = reply
        if code != wanted and not (wanted == OK and code // 100 == OK // 100):
            raise self._refused(what, code, text)

    def _refused(self, what: str, code: int, text: bytes) -> SystemFault:
        said = f"{self.name}: {what}: {code} {_plain(text)}"
        if code in NO_ACCESS:
            starttls = b"STARTTLS" in text.upper()
            kind = Untrusted if starttls else Denied
            hint = 'Set starttls = "required".' if starttls else "Check username and password of this system."
            return kind(said, system=self.name, hint=hint)
        if code == CLOSING or code < 0:
            self._give_up()
            return Unreachable(said, system=self.name)
        if code // 100 == CLOSING // 100:
            return Throttled(said, system=self.name, retry_after=COME_BACK_LATER)
        return Rejected(said, system=self.name)

    def _fault(self, what: str, error: Exception) -> SystemFault:
        """Map what smtplib raised before a mail was transmitted."""
        if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
            return Untrusted(f"{self.name}: TLS was refused: {error.reason or error}", system=self.name)
        if isinstance(error, smtplib.SMTPResponseException):
            reply = error.smtp_error
            return self._refused(what, error.smtp_code, reply if isinstance(reply, bytes) else str(reply).encode())
        if isinstance(error, smtplib.SMTPNotSupportedError):
            return Denied(
                f"{self.name}: {what}: the server offers no way to sign in that we know", system=self.name,
                hint="Leave out username and password if this server needs none.",
            )  # fmt: skip
        if isinstance(error, UnicodeError):
            return Rejected(f"{self.name}: {what}: the server takes no letters outside ASCII", system=self.name)
        place = f"{self._settings.host}:{self._settings.port}"
        return Unreachable(f"{self.name}: {what}: no answer from {place} ({_said(error)})", system=self.name)


def connect(name: str, settings: Settings, vault: Vault) -> Connection:
    """Open a connection and sign in.

    Raises:
        Unreachable, Untrusted, Denied: there is no answer, no encryption that we trust, or we are not let in.
    """
    del vault
    connection = Connection(name, settings)
    connection._ready()  # noqa: SLF001 - the two are one
    return connection


def _stuffed(line: bytes) -> bytes:
    return b"." + line if line.startswith(b".") else line


def _tls(server: smtplib.SMTP) -> str:
    return (server.sock.version() or "TLS") if isinstance(server.sock, ssl.SSLSocket) else "none, loopback only"


def _said(error: Exception) -> str:
    return _plain(str(error).encode()) or type(error).__name__


def _plain(text: bytes) -> str:
    most = 200
    shown = "".join(c if c.isprintable() else " " for c in text.decode("utf-8", "replace"))
    return shown if len(shown) <= most else f"{shown[:most]}…"
