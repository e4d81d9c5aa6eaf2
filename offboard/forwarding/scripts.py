"""What was read of a mailbox as rules, whatever system it is from: Sieve scripts, and Exchange's records."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from offboard.errors import BadInput
from offboard.forwarding.exchange import lower_names, read_exchange, unknown_rule
from offboard.forwarding.model import Action, Rule
from offboard.forwarding.recipients import passing_on, recipients_in
from offboard.forwarding.sieve import read_sieve
from offboard.forwarding.strict_json import read_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offboard.domain.capabilities import Script


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
        reads = {"access": _access, "reply": _reply, "policy": _policy}.get(script.part)
        if reads is not None:
            rules = [reads(lower_names(record), mailbox, system, domains)]
        else:
            rules = read_exchange(record, mailbox=mailbox, system=system, domains=domains)
    digest = hashlib.sha256(script.content).hexdigest()
    return [replace(rule, active=rule.active and script.active, raw_sha256=digest) for rule in rules]


def _access(record: dict[str, Any], mailbox: str, system: str, domains: Sequence[str]) -> Rule:
    """Read that somebody else gets into a mailbox."""
    (who, *_) = recipients_in(record.get("who")) or ("somebody without a name",)
    rule = _plain("access", str(record.get("access") or ""), record, mailbox, system)
    return replace(rule, actions=(passing_on("access", who, domains),))


def _reply(record: dict[str, Any], mailbox: str, system: str, domains: Sequence[str]) -> Rule:
    """Read an automatic reply."""
    del domains
    audience = str(record.get("externalaudience") or "").casefold()
    to = {"none": "people inside the company", "known": "people inside and known contacts"}.get(audience, "everybody")
    rule = _plain("reply", "automatic reply", record, mailbox, system)
    return replace(rule, actions=(Action("reply", to),))


def _policy(record: dict[str, Any], mailbox: str, system: str, domains: Sequence[str]) -> Rule:
    """Read whether mail may leave by itself: for a remote domain, or by the outbound policy."""
    del domains
    kind, name = str(record.get("policy") or ""), str(record.get("name") or "")
    if "autoforwardingmode" in record:
        mode = str(record["autoforwardingmode"]).casefold()
        told = {
            "on": "lets rules forward mail outside the company",
            "off": "refuses mail that rules forward outside the company",
            "automatic": "leaves it to Microsoft, which refuses mail that rules forward outside the company",
        }.get(mode, f"says {mode!r} of forwarding outside the company, which is not known here")
    else:
        lets = "lets" if record.get("autoforwardenabled") else "does not let"
        told = f"{lets} rules forward mail to {record.get('domainname') or 'it'} (* means: anywhere)"
    rule = _plain("policy", f"{kind} {name}".strip(), record, mailbox, system)
    return replace(rule, notes=(f"The {kind} {told}.",))


def _plain(source: str, name: str, record: dict[str, Any], mailbox: str, system: str) -> Rule:
    (owner, *_) = recipients_in(record.get("mailbox")) or (mailbox,)
    return Rule(
        mailbox=owner, system=system, source=source, name=name, active=True, conditions=(), actions=(),
        keeps_copy=True, hidden=False, raw_sha256="",
    )  # fmt: skip
