"""An organisation with many mailboxes in a process of its own, where every cmdlet takes 20 ms and few run at once.

``python -m benchmarks.slow_exchange FOLDER MAILBOXES`` prints how to reach it as one line of JSON, and ends with its
input. More calls at once than our connector allows itself are refused with 429.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.slow_mailboxes import EVERY, Forgetful
from benchmarks.slow_systems import PER_CALL, secret
from offboard.connectors._exchange_link import SERVICE
from offboard.connectors._graph_wire import AT_ONCE
from offboard.practice.exchange import ExchangeStandIn
from offboard.practice.exchange.commands import not_found
from offboard.practice.graph import Limit, Reply
from offboard.practice.graph.calls import Refused

if TYPE_CHECKING:
    from offboard.practice.exchange.organisation import Thing
    from offboard.practice.graph import GraphStandIn


class SlowExchange(ExchangeStandIn):
    """An endpoint that takes its time, and finds a mailbox without looking through all of them."""

    def __init__(self, graph: GraphStandIn) -> None:
        super().__init__(graph)
        self.places = Limit(at_once=AT_ONCE[SERVICE])
        self._named: dict[str, Thing] = {}

    def respond(self, method: str, target: str, headers: dict[str, str], raw: bytes) -> Reply:
        """Wait, then answer; the place is taken all the time."""
        try:
            self.places.enter()
        except Refused as refused:
            return Reply(429, None, refused.headers)
        try:
            time.sleep(PER_CALL)
            reply = super().respond(method, target, headers, raw)
            self.commands.clear()
            return reply
        finally:
            self.places.leave()

    def add_mailbox(self, who: str) -> Thing:
        """Give somebody a mailbox, and remember what requests call it."""
        box = super().add_mailbox(who)
        self._named |= {str(box[key]).casefold(): box for key in ("Guid", "UserPrincipalName", "PrimarySmtpAddress")}
        return box

    def mailbox(self, identity: str) -> Thing:
        """Return a mailbox by its id, login or address."""
        if found := self._named.get(identity.casefold()):
            return found
        raise not_found(identity)

    def recipient(self, identity: str) -> Thing:
        """Return the same: nobody else is in this address book."""
        return self.mailbox(identity)

    def settle(self) -> None:
        """Let nothing come about: no mailbox becomes a shared one here."""


def main() -> None:
    """Run it until the input ends."""
    folder, mailboxes = Path(sys.argv[1]), int(sys.argv[2])
    graph = Forgetful(folder)
    exchange = SlowExchange(graph)
    boxes = [exchange.add_mailbox(graph.add_person(f"Person N{number}")) for number in range(mailboxes)]
    for number, box in enumerate(boxes[::EVERY]):
        exchange.add_rule(box, "Lists", MoveToFolder="Lists", SubjectContainsWords=["list"])
        exchange.add_rule(box, "Copies", ForwardTo=[f"p{number}@privatepost.example"])
        exchange.let_in(box, boxes[number])
    graph.start()
    sys.setswitchinterval(0.0005)
    table: dict[str, Any] = {
        "kind": "exchange",
        "tenant": graph.tenant,
        "client_id": graph.client_id,
        "client_secret": {"file": secret(folder, graph.client_secret)},
        "url": exchange.url,
        "graph_url": graph.url,
        "authority": graph.url,
        "ca_file": str(graph.ca_file),
    }
    print(json.dumps(table), flush=True)
    sys.stdin.read()
    graph.stop()


if __name__ == "__main__":
    main()
