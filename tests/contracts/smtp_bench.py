"""The bench of the connector ``smtp``: a mail server with STARTTLS that keeps what it is given."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from offboard.connectors import smtp
from tests.connectors.test_smtp_message import RECIPIENT
from tests.servers.faulty import Trouble
from tests.servers.memory_vault import MemoryVault
from tests.servers.smtp import SmtpSink, start_smtp_sink

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.authority import Authority

REPLIES = {
    Trouble.DENIED: "530 5.7.0 Authentication required",
    Trouble.MISSING: "550 5.1.1 no such user",
    Trouble.THROTTLED: "451 4.7.1 come back later",
    Trouble.FAILING: "421 4.3.2 closing",
}
BREAKS = {Trouble.CUT: "cut off", Trouble.HALF_OPEN: "drop"}


class SmtpBench:
    """aiosmtpd; what arrived is looked at in the server."""

    name = "outbox"

    def __init__(self, sink: SmtpSink, trusted: Path, stranger: Path) -> None:
        self.sink, self._trusted, self._stranger = sink, trusted, stranger
        self._ca_file = trusted

    def connect(self) -> Any:
        settings = self.sink.settings(
            ca_file=str(self._ca_file), starttls="required", host="127.0.0.1", timeout=2, answer_timeout=0.5
        )
        return smtp.connect(self.name, smtp.Settings(**settings), MemoryVault())

    @contextmanager
    def connected(self) -> Iterator[Any]:
        """Open a new connection for a while."""
        connection = self.connect()
        try:
            yield connection
        finally:
            connection.close()

    @contextmanager
    def planted(self, trouble: Trouble) -> Iterator[None]:
        """Let something go wrong for a while."""
        after = self.sink.after_data
        if trouble in REPLIES:
            self.sink.answers[RECIPIENT] = REPLIES[trouble]
        elif trouble is Trouble.SILENT:
            # The server takes the whole mail, keeps none of it and never answers.
            self.sink.trouble, self.sink.after_data = "silence", "451 4.0.0 never said"
        elif trouble is Trouble.UNTRUSTED:
            self._ca_file = self._stranger
        else:
            self.sink.trouble = BREAKS[trouble]
        try:
            yield
        finally:
            self.sink.answers.pop(RECIPIENT, None)
            self.sink.trouble, self.sink.after_data = "", after
            self._ca_file = self._trusted

    def arrived(self, recipient: str) -> int:
        """Return how many mails the server took for somebody."""
        return len(self.sink.to(recipient))


@pytest.fixture
def smtp_bench(authority: Authority, stranger: Authority) -> Iterator[SmtpBench]:
    with start_smtp_sink(authority) as sink:
        yield SmtpBench(sink, authority.ca_file, stranger.ca_file)
