"""The two doors for mail: SMTP with STARTTLS takes what the company sends, LMTP (RFC 2033) what others send to it."""

from __future__ import annotations

import asyncio
import ssl  # noqa: TC003 - a type of a public signature
import threading
from typing import TYPE_CHECKING, Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP

from offboard.practice.mailboxes import NoMailbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiosmtpd.smtp import Envelope, Session

    from offboard.practice.delivering import Delivering
    from offboard.practice.mailboxes import Mailboxes
    from offboard.practice.outbox import Outbox

_READY = 10.0


class _Outgoing:
    """Takes every mail for anybody."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        sent = self._outbox.take(envelope.mail_from or "", envelope.rcpt_tos, bytes(envelope.original_content or b""))
        return f"250 2.0.0 kept as {sent.file.name}"


class _Incoming:
    """Takes mail for people of the company."""

    def __init__(self, mailboxes: Mailboxes, delivering: Delivering) -> None:
        self._mailboxes = mailboxes
        self._delivering = delivering

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self._mailboxes.of_address(address) is None:
            return f"550 5.1.1 <{address}> User doesn't exist: {address}"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        content = bytes(envelope.original_content or b"")
        try:
            for recipient in envelope.rcpt_tos:
                self._delivering.deliver_bytes(envelope.mail_from or "", recipient, content)
        except NoMailbox:
            return "550 5.1.1 User doesn't exist"
        return "250 2.0.0 Saved"


class MailPorts:
    """Both doors on loopback, in a thread of their own; ``smtp`` and ``lmtp`` are their ports once started."""

    def __init__(self, mailboxes: Mailboxes, delivering: Delivering, outbox: Outbox, context: ssl.SSLContext) -> None:
        self.smtp = self.lmtp = 0
        self._outgoing = _Outgoing(outbox)
        self._incoming = _Incoming(mailboxes, delivering)
        self._context = context
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="practice-mail")
        self._servers: list[asyncio.Server] = []

    def start(self) -> None:
        """Listen from now on."""
        self._thread.start()
        self.smtp = self._listen(
            lambda: SMTP(
                self._outgoing,
                hostname="mail.practice.invalid",
                tls_context=self._context,
                require_starttls=True,
                enable_SMTPUTF8=True,
                loop=self._loop,
            )
        )
        self.lmtp = self._listen(
            lambda: LMTP(self._incoming, hostname="mail.practice.invalid", enable_SMTPUTF8=True, loop=self._loop)
        )

    def stop(self) -> None:
        """Close both doors."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(_READY)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_READY)
        self._loop.close()

    def _listen(self, protocol: Callable[[], Any]) -> int:
        listening = self._loop.create_server(protocol, "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(listening, self._loop).result(_READY)
        self._servers.append(server)
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        # One more round lets the transports of ended connections close.
        await asyncio.sleep(0)
