"""A mail server on loopback that keeps what it is given, refuses whom it is told to, and can break off."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from tests.servers.needed import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiosmtpd.smtp import Envelope, Session

    from tests.servers.authority import Authority

__all__ = ["SmtpSink", "smtp_sink", "start_smtp_sink"]


@dataclass
class SmtpSink:
    """What the server is to do, and what it was given.

    ``answers`` maps a recipient to the reply that their RCPT gets (``"550 5.1.1 unknown"``), a sender to that of MAIL;
    ``after_data`` is the reply to a whole message. ``trouble`` is ``""``; ``"cut off"``: it hangs up while a message is
    on its way; ``"drop"``: it takes a message and hangs up in place of the answer; ``"silence"``: it takes a message
    and never answers. ``connections`` counts them.
    """

    port: int
    user: str = ""
    password: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    after_data: str = "250 2.0.0 queued"
    trouble: str = ""
    envelopes: list[Envelope] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    connections: int = 0

    def settings(self, **more: Any) -> dict[str, Any]:
        """Return a ``[systems.X]`` table that points here."""
        return {"kind": "smtp", "host": "127.0.0.1", "port": self.port} | more

    def to(self, recipient: str) -> list[Envelope]:
        """Return what arrived for one recipient."""
        return [envelope for envelope in self.envelopes if recipient in envelope.rcpt_tos]

    # aiosmtpd calls the following by their names.

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("2"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        if self.after_data.startswith("2"):
            self.envelopes.append(envelope)
            self.encrypted.append(session.ssl is not None)
        if self.trouble == "drop":
            server.transport.abort()
        if self.trouble == "silence":
            await asyncio.Event().wait()
        return self.after_data

    def authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: Any) -> AuthResult:
        """Let in whoever has the password."""
        right = (data.login, data.password) == (self.user.encode(), self.password.encode())
        return AuthResult(success=right, handled=False)


class _Server(SMTP):
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - as above
        if self.event_handler.trouble == "cut off":
            await self.push("354 go on")
            self.transport.abort()
        else:
            await super().smtp_DATA(arg)


class _Controller(Controller):
    def factory(self) -> _Server:
        self.handler.connections += 1
        return _Server(self.handler, **self.SMTP_kwargs)


@contextmanager
def start_smtp_sink(
    authority: Authority | None = None,
    *,
    user: str = "",
    password: str = "",
    require_tls: bool = False,
    utf8: bool = True,
) -> Iterator[SmtpSink]:
    """Run a server: with STARTTLS when ``authority`` is given, with AUTH when ``user`` is; ``utf8``: with SMTPUTF8."""
    sink = SmtpSink(free_port(), user, password)
    context = None
    if authority:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority.cert_file, authority.key_file)
    controller = _Controller(
        sink,
        hostname="127.0.0.1",
        port=sink.port,
        enable_SMTPUTF8=utf8,
        tls_context=context,
        require_starttls=require_tls,
        authenticator=sink.authenticate if user else None,
        auth_required=bool(user),
        auth_require_tls=bool(authority),
    )
    controller.start()
    sink.connections = 0  # the controller tries its own door
    try:
        yield sink
    finally:
        controller.stop()


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    with start_smtp_sink() as sink:
        yield sink
