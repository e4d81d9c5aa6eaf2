"""What Get-InboxRule, Get-Mailbox and Get-TransportRule print, as rules.

Names and meanings are those of Microsoft's cmdlet references (learn.microsoft.com, module ExchangePowerShell).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from offboard.forwarding.besides import BY_MARK, read_access
from offboard.forwarding.exchange_names import (
    ABOUT_ITSELF,
    HARMLESS,
    INBOX_MARKS,
    MAILBOX_MARKS,
    NAMED,
    SENDING,
    SWITCHES,
    TRANSPORT_MARKS,
)
from offboard.forwarding.folders import lifts
from offboard.forwarding.model import Action, Rule
from offboard.forwarding.predicates import is_set, read_predicates, texts_in
from offboard.forwarding.recipients import passing_on, recipients_in
from offboard.forwarding.strict_json import record_digest
from offboard.forwarding.sweeping import MARKS as SWEEP_MARKS
from offboard.forwarding.sweeping import read_sweep

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime


_LONG_NUMBER = 10
_NO_ACTION = ABOUT_ITSELF | HARMLESS


def read_exchange(record: Mapping[str, Any], *, mailbox: str, system: str, domains: Sequence[str]) -> list[Rule]:
    """Return the rules in one object that a cmdlet printed, and what else lets mail or people through.

    A mailbox without forwarding gives none; an object of another kind gives one rule with the action *unknown*.
    """
    properties = lower_names(record)
    digest = record_digest(record)
    found: list[Rule] | None = None
    if MAILBOX_MARKS & properties.keys():
        found = read_mailbox(properties, mailbox=mailbox, system=system, domains=domains)
        found += read_access(properties, _owner(properties) or mailbox, system, domains)
    elif SWEEP_MARKS & properties.keys():
        found = [read_sweep(properties, mailbox=_owner(properties) or mailbox, system=system)]
    elif reader := next((BY_MARK[name] for name in BY_MARK if name in properties), None):
        found = list(reader(properties, _owner(properties) or mailbox, system, domains))
    if found is not None:
        return [replace(rule, raw_sha256=digest) for rule in found]
    for marks, source, owner in ((TRANSPORT_MARKS, "transport", ""), (INBOX_MARKS, "exchange", mailbox)):
        if marks & properties.keys():
            rule = read_properties(properties, source=source, mailbox=owner, system=system, domains=domains)
            return [replace(rule, raw_sha256=digest)]
    return [unknown_rule(record, source="exchange", mailbox=mailbox, system=system, why="It is no rule that we know.")]


def read_properties(
    properties: Mapping[str, Any],
    *,
    source: str,
    mailbox: str,
    system: str,
    domains: Sequence[str],
    changed_at: datetime | None = None,
) -> Rule:
    """Return one inbox or transport rule from its properties by lower-case name.

    Every property that carries a value and is neither a condition, nor about the rule itself, nor known to be harmless
    becomes an action; one that we do not know becomes *unknown*. A rule in which no action can be read is *unknown*.
    Whoever holds the record itself sets ``raw_sha256``.
    """
    carried = {name: value for name, value in properties.items() if is_set(value)}
    scope, conditions = read_predicates(carried)
    actions = tuple(
        action
        for name, value in carried.items()
        if name not in conditions and name not in _NO_ACTION
        for action in _actions(name, value, domains)
    )
    if HARMLESS.isdisjoint(carried) and not _is_of_exchange(properties):
        actions = actions or (Action("unknown", "no readable action", external=None),)
    if properties.get("supportedbytask") is False:
        actions += (Action("unseen", "parts of it exist in Outlook only", external=None),)
    away = {"delete", "redirect", "reject"} & {action.kind for action in actions}
    return Rule(
        mailbox=_owner(properties) or mailbox,
        system=system,
        source=source,
        name=str(properties.get("name") or properties.get("identity") or ""),
        active=_is_on(properties),
        conditions=scope.sentences,
        actions=actions,
        keeps_copy=not away,
        hidden=is_set(properties.get("hidden")) or is_set(properties.get("ishidden")),
        raw_sha256="",
        looks_at=scope.looks_at,
        words=scope.words,
        exceptions_only=scope.exceptions_only,
        notes=(*scope.notes, *_notes(properties)),
        changed_at=changed_at,
        turn=_turn(properties),
    )


def read_mailbox(
    properties: Mapping[str, Any],
    *,
    mailbox: str,
    system: str,
    domains: Sequence[str],
    changed_at: datetime | None = None,
) -> list[Rule]:
    """Return the forwarding of a whole mailbox: ``ForwardingAddress`` wins over ``ForwardingSmtpAddress``.

    Whoever holds the record itself sets ``raw_sha256``.
    """
    found: list[Rule] = []
    copies = is_set(properties.get("delivertomailboxandforward"))
    for name, shown in (("forwardingaddress", "ForwardingAddress"), ("forwardingsmtpaddress", "ForwardingSmtpAddress")):
        if not is_set(properties.get(name)):
            continue
        targets = recipients_in(properties[name])
        ignored = ("Exchange ignores it as long as ForwardingAddress is set.",) if found else ()
        found.append(
            Rule(
                mailbox=_owner(properties) or " ".join(texts_in(properties.get("identity"))) or mailbox,
                system=system,
                source="mailbox",
                name=shown,
                active=not found,
                conditions=(),
                actions=tuple(passing_on("forward", target, domains, keeps_copy=copies) for target in targets),
                keeps_copy=copies,
                hidden=False,
                raw_sha256="",
                notes=ignored,
                changed_at=changed_at,
            )
        )
    return found


def unknown_rule(record: Any, *, source: str, mailbox: str, system: str, why: str) -> Rule:
    """Return the rule that stands for something nobody can read: never dropped, never called clean."""
    return Rule(
        mailbox=mailbox,
        system=system,
        source=source,
        name="",
        active=True,
        conditions=(),
        actions=(Action("unknown", "record", external=None),),
        keeps_copy=True,
        hidden=False,
        raw_sha256=record_digest(record),
        notes=(why,),
    )


def lower_names(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record by lower-case names, without the type notes (``X@odata.type``) that come beside each value."""
    return {name.lower(): value for name, value in record.items() if "@" not in name}


def folder_action(folder: str) -> Action:
    """Return what moving into ``folder`` amounts to."""
    return Action("lift" if lifts(folder) else "file", folder)


def _actions(name: str, value: Any, domains: Sequence[str]) -> Iterator[Action]:
    if name in SENDING:
        kind, keeps = SENDING[name]
        for target in recipients_in(value):
            yield passing_on(kind, target, domains, keeps_copy=keeps)
    elif name in SWITCHES:
        yield SWITCHES[name]
    elif name == "movetofolder":
        yield folder_action(" ".join(texts_in(value)))
    elif name == "copytofolder":
        yield Action("copy", " ".join(texts_in(value)))
    elif name in {"markimportance", "applyimportance"}:
        importance = " ".join(texts_in(value))
        yield Action("lift" if importance.lower() in {"high", "2"} else "flag", f"importance {importance}")
    elif name in NAMED:
        unknown = NAMED[name] == "unknown"
        target = f"{name} {' '.join(texts_in(value))}" if unknown else " ".join(texts_in(value))
        yield Action(NAMED[name], target, external=None if unknown else False)
    else:
        yield Action("unknown", name, external=None)


def _is_on(properties: Mapping[str, Any]) -> bool:
    if str(properties.get("mode") or "enforce").lower() != "enforce":
        return False
    if "state" in properties:
        return str(properties["state"]).lower() in {"enabled", "0"}
    return is_set(properties.get("enabled", True))


def _is_of_exchange(properties: Mapping[str, Any]) -> bool:
    """Say whether it is one of the hidden rules by which Exchange itself sorts junk and sends automatic replies."""
    return str(properties.get("name") or "").startswith(("Junk E-mail Rule", "Microsoft.Exchange.OOF."))


def _turn(properties: Mapping[str, Any]) -> int | None:
    text = str(properties.get("priority", properties.get("sequence", "")))
    return int(text) if text.isascii() and text.isdigit() and len(text) < _LONG_NUMBER else None


def _owner(properties: Mapping[str, Any]) -> str:
    for name in ("mailbox", "mailboxownerid", "primarysmtpaddress", "userprincipalname", "windowsemailaddress"):
        if found := recipients_in(properties.get(name)):
            return found[0]
    # The identity of an inbox rule is "mailbox\number", that of a mailbox its name.
    identity = " ".join(texts_in(properties.get("identity")))
    return identity.rpartition("\\")[0] if "\\" in identity else ""


def _notes(properties: Mapping[str, Any]) -> Iterator[str]:
    if is_set(properties.get("inerror")) or properties.get("isvalid") is False:
        yield "Exchange reports an error in the rule: it may not run as it reads."
    if properties.get("supportedbytask") is False:
        yield "Changing any rule of this mailbox by a cmdlet would lose the parts that exist in Outlook only."
    if _is_of_exchange(properties):
        yield "By its name it is one of the rules that Exchange makes in every mailbox."
    if str(properties.get("setauditseverity", "")).lower() == "donotaudit":
        yield "The rule asks Exchange not to record what it does."
    if str(properties.get("mode") or "enforce").lower() != "enforce":
        yield f"The rule only tests ({properties['mode']}): it does not act yet."
