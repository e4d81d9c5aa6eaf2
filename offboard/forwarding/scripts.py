"""What was read of a mailbox as rules, whatever system it is from: Sieve scripts, and Exchange's records."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from offboard.errors import BadInput
from offboard.forwarding.besides import read_access, read_policy, read_reply
from offboard.forwarding.exchange import lower_names, read_exchange, unknown_rule
from offboard.forwarding.graph import read_graph
from offboard.forwarding.including import follow_includes
from offboard.forwarding.sieve import read_sieve
from offboard.forwarding.strict_json import read_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offboard.domain.capabilities import Script
    from offboard.forwarding.model import Rule


def read_scripts(
    scripts: Sequence[Script], *, mailbox: str, system: str, domains: Sequence[str]
) -> list[tuple[Script, Rule]]:
    """Return all rules of one mailbox, each with the script that it stands in; included scripts count as running."""
    found = [
        (script, rule)
        for script in scripts
        for rule in read_script(script, mailbox=mailbox, system=system, domains=domains)
    ]
    rules = follow_includes(rule for _, rule in found)
    return [(script, rule) for (script, _), rule in zip(found, rules, strict=True)]


def read_script(script: Script, *, mailbox: str, system: str, domains: Sequence[str]) -> list[Rule]:
    """Return the rules in one script or record; one that cannot be read is *unknown*, never none."""
    if script.format == "sieve":
        return read_sieve(
            script.content, mailbox=mailbox, system=system, name=script.name, active=script.active, domains=domains
        )
    try:
        record = read_json(script.content, name=script.name)
    except BadInput as fault:
        rules = [unknown_rule(script.name, source="exchange", mailbox=mailbox, system=system, why=str(fault))]
    else:
        reads = {"access": read_access, "reply": read_reply, "policy": read_policy}.get(script.part)
        if reads is not None:
            rules = list(reads(lower_names(record), mailbox, system, domains))
        elif script.format == "graph":
            rules = [read_graph(record | {"isEnabled": script.active}, mailbox=mailbox, system=system, domains=domains)]
        else:
            rules = read_exchange(record, mailbox=mailbox, system=system, domains=domains)
    digest = hashlib.sha256(script.content).hexdigest()
    return [
        replace(rule, active=rule.active and script.active, raw_sha256=digest, turn=script.place or rule.turn)
        for rule in rules
    ]
