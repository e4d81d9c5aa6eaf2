"""What every connector promises that sends mail (``Sender``): each mail exactly once, or a name for why not.

Sending has no former state, so that there is neither *already* nor undo nor drift: the ledger of letters tells what
went out (``tests/engine``). What cannot happen is named in :data:`UNTOLD`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from offboard.domain.capabilities import Sender, Unclear
from offboard.errors import Denied, Rejected, SystemFault, Throttled, Unreachable, Untrusted
from tests.connectors.test_smtp_message import RECIPIENT, SENDER, mail
from tests.servers.faulty import Trouble

if TYPE_CHECKING:
    from tests.contracts.smtp_bench import SmtpBench

UNTOLD: Final = {
    Trouble.CONFLICT: "a mail clashes with nothing",
    Trouble.STALE: "a mail changes nothing that could have been changed meanwhile",
    Trouble.LYING: "who takes a mail and drops it cannot be told from one who delivers it: doctor says so",
}

NAMED: Final[dict[Trouble, type[Exception]]] = {
    Trouble.DENIED: Denied,
    Trouble.MISSING: Rejected,
    Trouble.THROTTLED: Throttled,
    Trouble.FAILING: Unreachable,
    Trouble.SILENT: Unclear,
    Trouble.HALF_OPEN: Unclear,
    Trouble.CUT: Unreachable,
    Trouble.UNTRUSTED: Untrusted,
}
"""Trouble → what it is called. Silence after the whole mail went out leaves it unclear, done or not."""

LARGE: Final = "\n".join(["x" * 70] * 300_000)

REACHED: Final = {Trouble.HALF_OPEN}
"""The troubles after which the mail may have been sent all the same."""


def send(connection: Any, recipient: str = RECIPIENT, *, body: str = "Hello.\n") -> None:
    """Send a mail."""
    connection.send(mail(To=recipient, body=body), sender=SENDER, recipient=recipient)


class SenderContract:
    """Inherited by a class of tests that has a fixture ``bench``."""

    def test_every_trouble_is_spoken_of(self):
        assert set(NAMED) | set(UNTOLD) == set(Trouble) - {Trouble.TWICE}

    def test_a_mail_arrives_once_for_its_recipient_alone(self, bench: SmtpBench):
        with bench.connected() as connection:
            assert isinstance(connection, Sender)
            send(connection)
            assert bench.arrived(RECIPIENT) == 1
            send(connection, "other@client.example")
        assert (bench.arrived(RECIPIENT), bench.arrived("other@client.example")) == (1, 1)

    def test_looking_sends_nothing(self, bench: SmtpBench):
        with bench.connected() as connection:
            assert connection.health().reachable
        assert bench.sink.envelopes == []

    @pytest.mark.parametrize("trouble", NAMED)
    def test_trouble_has_its_name_and_nothing_goes_out_twice(self, bench: SmtpBench, trouble: Trouble):
        with bench.planted(trouble), pytest.raises((SystemFault, Unclear)) as caught, bench.connected() as connection:
            # More than any buffer takes, so that what breaks off breaks off within it.
            send(connection, body=LARGE if trouble is Trouble.CUT else "Hello.\n")
        assert type(caught.value) is NAMED[trouble]
        assert bench.arrived(RECIPIENT) == (1 if trouble in REACHED else 0)
        with bench.connected() as other:
            send(other, "next@client.example")
        assert bench.arrived("next@client.example") == 1
        assert bench.arrived(RECIPIENT) == (1 if trouble in REACHED else 0)

    @pytest.mark.parametrize("k", [1, 2, 3])
    def test_one_that_is_refused_stops_no_other(self, bench: SmtpBench, k: int):
        people = [f"client{number}@client.example" for number in (1, 2, 3)]
        bench.sink.answers[people[k - 1]] = "550 5.1.1 no such user"
        refused = []
        with bench.connected() as connection:
            for one in people:
                try:
                    send(connection, one)
                except Rejected:
                    refused.append(one)
        assert refused == [people[k - 1]]
        assert [bench.arrived(one) for one in people] == [0 if one in refused else 1 for one in people]
