"""Which records and scripts of a mailbox are there because of us: nothing to be stopped, and no copy is wanted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from offboard.domain.capabilities import Mailboxes
from offboard.domain.mail import MailboxDelivery
from offboard.domain.people import fold
from offboard.steps._managed_script import NAME, managed_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from offboard.domain.capabilities import Script
    from offboard.domain.departure import Departure
    from offboard.domain.mail import ForwardingRules
    from offboard.domain.people import Person

FORWARDING = "forwarding"
"""What the forwarding of a whole mailbox is called among its records."""


def ours(departure: Departure, system: ForwardingRules, mailbox: str, scripts: Sequence[Script]) -> set[str]:
    """Return the names of what delivers mail to the successor, or lets them in."""
    heir = departure.successor
    if heir is None:
        return set()
    found = {script.name for script in scripts if script.part == "access" and _lets_in(script, heir)}
    return found | set(_delivery(system, mailbox, scripts, heir))


def _delivery(system: ForwardingRules, mailbox: str, scripts: Sequence[Script], heir: Person) -> Iterator[str]:
    if isinstance(system, MailboxDelivery) and isinstance(system, Mailboxes):
        box = system.mailbox(heir) if any(script.name == FORWARDING for script in scripts) else None
        if box and cast("dict[str, Any]", system.delivered(mailbox, box.id))["given"]:
            yield FORWARDING
        return
    there, parts = managed_in(scripts)
    if there and parts.copy_to and fold(parts.copy_to) == fold(heir.mail):
        yield NAME


def _lets_in(script: Script, heir: Person) -> bool:
    who = json.loads(script.content).get("Who")
    address = who.get("PrimarySmtpAddress") if isinstance(who, dict) else who
    return bool(address) and fold(str(address)) in {fold(heir.mail), fold(heir.login)}
