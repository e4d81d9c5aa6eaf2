"""Audit records of Microsoft 365 and Google Workspace that set up a rule: what the rule was, at the moment it was made.

Formats: the Exchange schema of the Office 365 Management Activity API (``Operation``, ``Parameters``), its wrapping by
Search-UnifiedAuditLog (``AuditData``), and Google's activity events.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from offboard.forwarding.addresses import bare_address, domain_of
from offboard.forwarding.besides import read_access, read_policy
from offboard.forwarding.exchange import (
    folder_action,
    lower_names,
    read_mailbox,
    read_properties,
    unknown_rule,
)
from offboard.forwarding.model import Action, Rule
from offboard.forwarding.recipients import passing_on, recipients_in
from offboard.forwarding.strict_json import read_json, record_digest
from offboard.forwarding.sweeping import read_sweep

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_INBOX = frozenset({"new-inboxrule", "set-inboxrule", "enable-inboxrule"})
_TRANSPORT = frozenset({"new-transportrule", "set-transportrule", "enable-transportrule"})
_BESIDES = {
    "add-mailboxpermission": read_access,
    "add-recipientpermission": read_access,
    "add-mailboxfolderpermission": read_access,
    "set-mailboxfolderpermission": read_access,
    "set-calendarprocessing": read_access,
    "new-remotedomain": read_policy,
    "set-remotedomain": read_policy,
    "new-hostedoutboundspamfilterpolicy": read_policy,
    "set-hostedoutboundspamfilterpolicy": read_policy,
}
_NAMED = frozenset({"set-mailbox", "add-mailboxpermission", "add-recipientpermission", "set-calendarprocessing"})
"""Whose ``Identity`` is the mailbox."""
_SWEEP = frozenset({"new-sweeprule", "set-sweeprule", "enable-sweeprule"})
_GOOGLE_FORWARDING = "email_forwarding_out_of_domain"
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)")
_OUTLOOK_ACTIONS = {
    "delete": Action("delete", keeps_copy=False),
    "permanentdelete": Action("delete", keeps_copy=False),
    "markasread": Action("mark_read"),
    "stopprocessing": Action("stop"),
    "stopprocessingrules": Action("stop"),
}
_LOOKS_AT = {"subject": "subject", "sender": "sender", "from": "sender", "body": "body", "recipient": "recipient"}


def read_audit(record: Any, *, system: str, domains: Sequence[str], name: str = "") -> list[Rule]:
    """Return the rules that one record sets up; none for the many records that are about something else.

    The mailbox's own domain and the tenant's (``OrganizationName``) count as the company's: Exchange hosts no mailbox
    in a domain that it does not accept. The acting user's does not: it may be a partner's.
    """
    fields = _unwrapped(record, name)
    if fields is None:
        return [unknown_rule(record, source="audit", mailbox="", system=system, why="It is no audit record we know.")]
    if "operation" not in fields:
        return list(_google(fields, record, system, domains))
    operation = str(fields["operation"]).lower()
    parameters = _pairs(fields.get("parameters"))
    mailbox = _mailbox(fields, parameters, operation)
    ours = [*domains, *filter(None, (domain_of(mailbox), str(fields.get("organizationname") or "")))]
    moment = read_moment(fields.get("creationtime") or fields.get("createddatetime"))
    if operation == "set-mailbox":
        found = read_mailbox(parameters, mailbox=mailbox, system=system, domains=ours, changed_at=moment)
        found += read_access(parameters, mailbox, system, ours)
    elif reader := _BESIDES.get(operation):
        found = list(reader(parameters, mailbox, system, ours))
    elif operation in _SWEEP:
        found = [read_sweep(parameters, mailbox=mailbox, system=system)]
    elif operation in _INBOX | _TRANSPORT:
        source = "exchange" if operation in _INBOX else "transport"
        rule = read_properties(
            parameters, source=source, mailbox=mailbox, system=system, domains=ours, changed_at=moment
        )
        found = [rule]
    elif operation == "updateinboxrules":
        found = list(_outlook(_pairs(fields.get("operationproperties")), mailbox, system, ours, moment))
    else:
        found = []
    digest = record_digest(record)
    return [
        replace(
            rule,
            raw_sha256=digest,
            mailbox=mailbox if rule.source not in {"transport", "policy"} else "",
            changed_at=moment,
        )
        for rule in found
    ]


def read_moment(text: Any) -> datetime | None:
    """Return a moment in UTC, which audit records are written in whether they say so or not."""
    found = _MOMENT.search(text) if isinstance(text, str) else None
    try:
        return datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=UTC) if found else None
    except ValueError:
        return None


def _unwrapped(record: Any, name: str) -> dict[str, Any] | None:
    if not isinstance(record, dict):
        return None
    fields = lower_names(record)
    inner = fields.get("auditdata")
    if isinstance(inner, str):
        inner = read_json(inner.encode("utf-8"), name=f"{name or 'audit record'}, AuditData")
    if isinstance(inner, dict):
        fields |= lower_names(inner)
    google = isinstance(fields.get("id"), dict) or "events" in fields
    return fields if "operation" in fields or google else None


def _pairs(value: Any) -> dict[str, Any]:
    """Return ``[{Name, Value}, …]`` as names in lower case with their values."""
    if isinstance(value, dict):
        return lower_names(value)
    pairs = [lower_names(item) for item in value if isinstance(item, dict)] if isinstance(value, list) else []
    return {str(pair.get("name", "")).lower(): pair.get("value") for pair in pairs}


def _mailbox(fields: Mapping[str, Any], parameters: Mapping[str, Any], operation: str) -> str:
    places = [parameters.get("mailbox")]
    named = operation in _NAMED
    if named:
        places.append(parameters.get("identity"))
    places += [fields.get("mailboxownerupn"), fields.get("userid"), fields.get("objectid")]
    texts = [text.strip() for text in places if isinstance(text, str) and text.strip()]
    if named:
        return texts[0] if texts else ""
    return next((text for text in texts if bare_address(text)), texts[0] if texts else "")


def _outlook(
    properties: Mapping[str, Any], mailbox: str, system: str, domains: Sequence[str], moment: datetime | None
) -> Iterator[Rule]:
    """Read UpdateInboxRules, which Outlook for Windows causes: conditions and actions are texts of their own."""
    if any(word in str(properties.get("ruleoperation", "")).lower() for word in ("delete", "remove")):
        return
    condition = str(properties.get("rulecondition") or "").strip()
    raw = properties.get("ruleactions")
    listed = read_json(raw.encode("utf-8"), name="RuleActions") if isinstance(raw, str) and raw.strip() else raw
    items = [lower_names(item) for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    actions = tuple(action for item in items for action in _outlook_actions(item, domains))
    actions = actions or (Action("unknown", "no readable action", external=None),)
    yield Rule(
        mailbox=mailbox,
        system=system,
        source="exchange",
        name=str(properties.get("rulename") or ""),
        active=str(properties.get("rulestate") or "Enabled").lower() != "disabled",
        conditions=(f"the mail fits {condition}",) if condition else (),
        actions=actions,
        keeps_copy=not {"delete", "redirect"} & {action.kind for action in actions},
        hidden=False,
        raw_sha256="",
        looks_at=tuple(sorted({what for word, what in _LOOKS_AT.items() if word in condition.lower()})),
        words=tuple(re.findall(r"[\"']([^\"']+)[\"']", condition)),
        changed_at=moment,
    )


def _outlook_actions(item: Mapping[str, Any], domains: Sequence[str]) -> Iterator[Action]:
    kind = str(item.get("actiontype") or "")
    if recipients := recipients_in(item.get("recipients")):
        redirects = "redirect" in kind.lower() or "preservesender" in str(item.get("forwardflags", "")).lower()
        for target in recipients:
            yield passing_on("redirect" if redirects else "forward", target, domains, keeps_copy=not redirects)
    elif kind.lower() in _OUTLOOK_ACTIONS:
        yield _OUTLOOK_ACTIONS[kind.lower()]
    elif kind.lower() in {"move", "copy"}:
        yield folder_action(str(item.get("destinationfolder") or item.get("folder") or item.get("folderid") or ""))
    else:
        yield Action("unknown", kind or "action", external=None)


def _google(fields: Mapping[str, Any], record: Any, system: str, domains: Sequence[str]) -> Iterator[Rule]:
    events = fields.get("events")
    listed = (
        [lower_names(event) for event in events if isinstance(event, dict)] if isinstance(events, list) else [fields]
    )
    actor, identity = fields.get("actor"), fields.get("id")
    for event in listed:
        if event.get("name") != _GOOGLE_FORWARDING:
            continue
        for target in recipients_in(_pairs(event.get("parameters")).get("email_forwarding_destination_address")):
            yield Rule(
                mailbox=str(actor.get("email") or "") if isinstance(actor, dict) else "",
                system=system,
                source="mailbox",
                name="automatic forwarding",
                active=True,
                conditions=(),
                actions=(passing_on("forward", target, domains),),
                keeps_copy=True,
                hidden=False,
                raw_sha256=record_digest(record),
                changed_at=read_moment(identity.get("time")) if isinstance(identity, dict) else None,
            )
