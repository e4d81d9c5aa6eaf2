"""The bench of the connector ``dovecot``: a real Dovecot with Pigeonhole, whose people are those of slapd."""

from __future__ import annotations

import json
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest

from offboard.connectors import dovecot
from tests.contracts.mail_bench import BesideDirectory
from tests.servers.dovecot import API_KEY, Dovecot, running_dovecot
from tests.servers.faulty import Request, Trouble
from tests.servers.faulty_http import HttpProxy

if TYPE_CHECKING:
    import imaplib
    from collections.abc import Iterator

    from tests.servers.authority import Authority
    from tests.servers.slapd import Slapd
    from tests.servers.smtp import SmtpSink

EXIT_CODES = {Trouble.DENIED: 77, Trouble.MISSING: 68, Trouble.CONFLICT: 65, Trouble.STALE: 2, Trouble.FAILING: 75}
"""How doveadm says these (sysexits.h), all within an answer that HTTP calls a success."""

WRITES = {"kick", "sievePut", "sieveActivate", "sieveDeactivate", "sieveDelete"}


class DovecotBench(BesideDirectory):
    """Dovecot behind the proxy."""

    name = "mail"

    def __init__(self, server: Dovecot, slapd: Slapd, proxy: HttpProxy) -> None:
        super().__init__(slapd)
        self.server, self.proxy = server, proxy
        self._sessions: dict[str, imaplib.IMAP4_SSL] = {}

    def connect(self) -> Any:
        settings = self.server.settings(
            url=f"https://127.0.0.1:{self.proxy.port}/doveadm/v1", timeout=self.patience, connect_timeout=self.patience
        )
        return dovecot.connect(self.name, dovecot.Settings(**settings), self.vault)

    def sign_in_by_hand(self, login: str) -> None:
        session = self.server.imap_login(login, f"{login}pw")
        assert session is not None
        self._sessions[login] = session

    def still_signed_in(self, login: str) -> bool:
        return self.server.alive(self._sessions[login])

    def signed_out(self, login: str) -> bool:
        """Say whether the session ended, or does so in a moment."""
        return self.server.ended(self._sessions[login])

    def write_rule(self, login: str, name: str, text: str, *, active: bool = True) -> None:
        """Let somebody have a rule, past the connector."""
        self.server.put_script(login, name, text, active=active)

    def rules_of(self, login: str) -> Any:
        """Return somebody's rules, and which of them is in force, as the server keeps them on its disk."""
        folder = self.server.folder / "home" / login / "sieve"
        kept = {path.stem: path.read_bytes() for path in sorted(folder.glob("*.sieve"))}
        return kept, self.server.active_script(login)

    def close(self) -> None:
        """End what was left open by hand."""
        for session in self._sessions.values():
            with suppress(OSError):
                session.shutdown()


def _is_write(_method: str, _path: str, body: bytes) -> bool:
    return bool(body) and json.loads(body)[0][0] in WRITES


def _refuse(trouble: Trouble, request: Request) -> bytes:
    tag = json.loads(request.raw)[0][2] if request.raw else ""
    if trouble is Trouble.LYING:
        return json.dumps([["doveadmResponse", [], tag]]).encode()
    return json.dumps([["error", {"type": "exitCode", "exitCode": EXIT_CODES.get(trouble, 75)}, tag]]).encode()


@pytest.fixture
def dovecot_bench(
    slapd: Slapd, smtp_sink: SmtpSink, authority: Authority, stranger: Authority, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DovecotBench]:
    monkeypatch.setenv("DOVEADM_API_KEY", API_KEY)
    with (
        running_dovecot(authority, slapd, submission_port=smtp_sink.port, tls=True) as server,
        HttpProxy(("127.0.0.1", server.http_port), authority, stranger, is_write=_is_write) as proxy,
    ):
        proxy.statuses |= dict.fromkeys([*EXIT_CODES, Trouble.LYING], HTTPStatus.OK)
        proxy.refuse = _refuse
        made = DovecotBench(server, slapd, proxy)
        yield made
        made.close()
