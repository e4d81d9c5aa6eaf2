"""Enough of IMAP (RFC 9051) to sign in, to hold a session open, and to see that it was ended from outside."""

from __future__ import annotations

import re
import socketserver
import threading
from contextlib import suppress
from socket import IPPROTO_TCP, TCP_NODELAY
from typing import TYPE_CHECKING

from offboard.practice.mailboxes import INBOX

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from socket import socket

    from offboard.practice.mailboxes import Mail, Mailboxes, Session

_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
_CAPABILITIES = "IMAP4rev1 SASL-IR LITERAL+ ENABLE IDLE"
_LOOK_EVERY = 0.05
_HANGING_UP = 2.0
_LONGEST = 8192


class _Ended(Exception):
    """The session was ended from outside."""


class _Connection(socketserver.BaseRequestHandler):
    """One client."""

    server: ImapServer
    request: socket

    def handle(self) -> None:
        self._session: Session | None = None
        self._over = False
        self._told, self._gone = threading.Event(), threading.Event()
        try:
            with suppress(OSError):
                self.request.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
                self.request = self.server.context.wrap_socket(self.request, server_side=True)
                self.request.settimeout(_LOOK_EVERY)
                self._say(f"* OK [CAPABILITY {_CAPABILITIES}] Practice company ready.")
                for line in self._lines():
                    self._answer(line)
        except _Ended:
            with suppress(OSError):
                self._say("* BYE Server shutting down.")

    def finish(self) -> None:
        with suppress(OSError):
            self.request.close()
        if self._session:
            self.server.mailboxes.forget(self._session)
        self._gone.set()

    def _hang_up(self) -> None:
        self._told.set()
        self._gone.wait(_HANGING_UP)

    def _lines(self) -> Iterator[str]:
        data = b""
        while not self._over:
            line, found, rest = data.partition(b"\r\n")
            if found:
                data = rest
                yield line.decode("utf-8", "replace")
                continue
            if self.server.closing.is_set() or self._told.is_set():
                raise _Ended
            with suppress(TimeoutError):
                more = self.request.recv(4096)
                if not more or len(data) > _LONGEST:
                    return
                data += more

    def _say(self, line: str) -> None:
        self.request.sendall(f"{line}\r\n".encode())

    def _answer(self, line: str) -> None:
        tag, *words = [quoted.replace("\\", "") or plain for quoted, plain in _WORD.findall(line)] or ["*"]
        command = words[0].upper() if words else ""
        if command == "LOGIN" and len(words) == 3:  # noqa: PLR2004 - LOGIN, name and password
            self._login(tag, words[1], words[2])
        elif command == "CAPABILITY":
            self._say(f"* CAPABILITY {_CAPABILITIES}")
            self._say(f"{tag} OK Capability completed.")
        elif command == "NOOP":
            self._say(f"{tag} OK NOOP completed.")
        elif command == "LOGOUT":
            self._say("* BYE Logging out")
            self._say(f"{tag} OK Logout completed.")
            self._over = True
        elif command in {"SELECT", "EXAMINE"} and self._session:
            folders = self.server.mailboxes.find(self._session.login).folders
            self._select(tag, command, folders, words[1] if words[1:] else INBOX)
        else:
            self._say(f"{tag} BAD Error in IMAP command received by server.")

    def _login(self, tag: str, name: str, password: str) -> None:
        self._session = self.server.mailboxes.sign_in(name, password, ip=self.client_address[0], hang_up=self._hang_up)
        if self._session:
            self._say(f"{tag} OK [CAPABILITY {_CAPABILITIES}] Logged in")
        else:
            self._say(f"{tag} NO [AUTHENTICATIONFAILED] Authentication failed.")

    def _select(self, tag: str, command: str, folders: dict[str, list[Mail]], name: str) -> None:
        if name not in folders:
            self._say(f"{tag} NO [NONEXISTENT] Mailbox doesn't exist: {name}")
            return
        self._say("* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)")
        self._say(f"* {len(folders[name])} EXISTS")
        self._say("* 0 RECENT")
        self._say("* OK [UIDVALIDITY 1] UIDs valid")
        self._say(f"{tag} OK [READ-{'WRITE' if command == 'SELECT' else 'ONLY'}] {command.title()} completed.")


class ImapServer(socketserver.ThreadingTCPServer):
    """IMAP on loopback, with TLS from the first byte."""

    daemon_threads = True

    def __init__(self, mailboxes: Mailboxes, context: ssl.SSLContext) -> None:
        self.mailboxes = mailboxes
        self.context = context
        self.closing = threading.Event()
        super().__init__(("127.0.0.1", 0), _Connection)
        self._thread = threading.Thread(
            target=self.serve_forever, args=(_LOOK_EVERY,), daemon=True, name="practice-imap"
        )

    @property
    def port(self) -> int:
        """The port that clients connect to."""
        return int(self.server_address[1])

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Close the port and end every session."""
        self.closing.set()
        self.shutdown()
        self.server_close()
        self._thread.join(5)
