"""A tenant with many mailboxes in a process of its own, where every call takes 20 ms and Outlook's limit holds.

``python -m benchmarks.slow_mailboxes FOLDER MAILBOXES`` prints how to reach it as one line of JSON, and ends with its
input. It keeps no record of its calls: that would be what is measured.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

from benchmarks.slow_systems import PER_CALL, secret
from offboard.practice.graph import GraphStandIn, Limit, Reply

EVERY: Final = 10
"""Every so manieth mailbox has rules."""

OUTLOOK_AT_ONCE: Final = 4


class Forgetful(GraphStandIn):
    """A tenant that does not remember who asked for what."""

    def _recorded(self, call: Any, reply: Reply) -> Reply:
        del call
        return reply


def main() -> None:
    """Run it until the input ends."""
    folder, mailboxes = Path(sys.argv[1]), int(sys.argv[2])
    tenant = Forgetful(folder)
    tenant.limits["outlook"] = Limit(at_once=OUTLOOK_AT_ONCE)
    people = [tenant.add_person(f"Person N{number}") for number in range(mailboxes)]
    for who in people:
        tenant.add_mailbox(who)
    for number, who in enumerate(people[::EVERY]):
        address = {"emailAddress": {"address": f"p{number}@privatepost.example", "name": ""}}
        tenant.add_rule(who, "Lists", {"moveToFolder": "Lists"}, conditions={"subjectContains": ["list"]})
        tenant.add_rule(who, "Copies", {"forwardTo": [address]})
    tenant.start()
    tenant.quirks.latency = PER_CALL
    sys.setswitchinterval(0.0005)
    table = {
        "kind": "graph_rules",
        "tenant": tenant.tenant,
        "client_id": tenant.client_id,
        "client_secret": {"file": secret(folder, tenant.client_secret)},
        "url": f"{tenant.url}/v1.0",
        "authority": tenant.url,
        "ca_file": str(tenant.ca_file),
    }
    print(json.dumps(table), flush=True)
    sys.stdin.read()
    tenant.stop()


if __name__ == "__main__":
    main()
