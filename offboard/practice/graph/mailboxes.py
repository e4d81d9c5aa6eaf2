"""Answers about mailboxes: automatic replies, and the rules of the inbox as far as Graph shows them.

What Graph does not show is not here either: forwarding by the mailbox itself, and hidden rules.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from offboard.practice.graph.calls import Ask, Refused, Reply, answers
from offboard.practice.graph.directory import person
from offboard.practice.graph.listing import many, one

if TYPE_CHECKING:
    from offboard.practice.graph.tenant import Thing

NO_MAILBOX = "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
READ_ONLY = "The rule is read-only and cannot be changed by this interface."
STATUSES = {"disabled", "alwaysEnabled", "scheduled"}
RULES = "/users/{id}/mailFolders/inbox/messageRules"


@answers("GET /users/{id}/mailboxSettings")
def read_settings(ask: Ask, who: str) -> Reply:
    """Return a mailbox's settings, the automatic reply among them."""
    return _settings(ask, _mailbox(ask, who))


@answers("PATCH /users/{id}/mailboxSettings")
def change_settings(ask: Ask, who: str) -> Reply:
    """Write settings; a part of the automatic reply that is not named stays as it is."""
    found, body = _mailbox(ask, who), dict(ask.call.body)
    reply = body.pop("automaticRepliesSetting", None) or {}
    if reply.get("status", "disabled") not in STATUSES:
        raise Refused(400, "ErrorInvalidRequest", f"{reply['status']} is no status of automatic replies.")
    if reply.get("status") == "scheduled" and not reply.get("scheduledEndDateTime"):
        raise Refused(400, "ErrorInvalidTimeInterval", "A scheduled reply needs a start and an end.")
    found["_settings"] = found["_settings"] | body
    found["_settings"]["automaticRepliesSetting"] = found["_settings"]["automaticRepliesSetting"] | reply
    return _settings(ask, found)


@answers(f"GET {RULES}")
def list_rules(ask: Ask, who: str) -> Reply:
    """Return the rules; one that Graph cannot express comes without conditions and actions."""
    found = sorted(_mailbox(ask, who)["_rules"].values(), key=lambda rule: int(rule["sequence"]))
    return many(
        ask, [_seen(rule) for rule in found], "messageRule", f"users('{who}')/mailFolders('inbox')/messageRules"
    )


@answers(f"POST {RULES}")
def create_rule(ask: Ask, who: str) -> Reply:
    """Make a rule, which does nothing unless it is said to be enabled."""
    rules, body = _mailbox(ask, who)["_rules"], ask.call.body
    if not body.get("displayName") or not body.get("actions"):
        raise Refused(400, "ErrorInvalidRequest", "A rule needs a name and an action.")
    made = {
        "id": f"{secrets.token_urlsafe(9)}=", "sequence": len(rules) + 1, "isEnabled": False, "hasError": False,
        "isReadOnly": False,
    } | dict(body)  # fmt: skip
    rules[made["id"]] = made
    return _rule_reply(ask, made, 201)


@answers(f"GET {RULES}/{{id}}")
def read_rule(ask: Ask, who: str, rule: str) -> Reply:
    """Return one rule."""
    return _rule_reply(ask, _rule(ask, who, rule))


@answers(f"PATCH {RULES}/{{id}}")
def change_rule(ask: Ask, who: str, rule: str) -> Reply:
    """Write a rule."""
    found = _rule(ask, who, rule)
    if found["isReadOnly"]:
        raise Refused(403, "ErrorAccessDenied", READ_ONLY)
    found.update(ask.call.body)
    return _rule_reply(ask, found)


@answers(f"DELETE {RULES}/{{id}}")
def delete_rule(ask: Ask, who: str, rule: str) -> Reply:
    """Delete a rule."""
    if _rule(ask, who, rule)["isReadOnly"]:
        raise Refused(403, "ErrorAccessDenied", READ_ONLY)
    del _mailbox(ask, who)["_rules"][rule]
    return Reply(204)


def _mailbox(ask: Ask, who: str) -> Thing:
    found = person(ask, who)
    if "_settings" not in found:
        raise Refused(404, "MailboxNotEnabledForRESTAPI", NO_MAILBOX)
    return found


def _settings(ask: Ask, found: Thing) -> Reply:
    context = f"{ask.base}/$metadata#users('{found['id']}')/mailboxSettings"
    return Reply(200, {"@odata.context": context} | found["_settings"])


def _rule(ask: Ask, who: str, rule: str) -> Thing:
    rules: dict[str, Thing] = _mailbox(ask, who)["_rules"]
    if rule not in rules:
        raise Refused(404, "ErrorItemNotFound", "The specified object was not found in the store.")
    return rules[rule]


def _seen(rule: Thing) -> Thing:
    hidden = {"conditions", "actions", "exceptions"} if rule["isReadOnly"] else set()
    return {name: value for name, value in rule.items() if name not in hidden}


def _rule_reply(ask: Ask, rule: Thing, status: int = 200) -> Reply:
    return one(ask, _seen(rule), "messageRule", "messageRules", status=status)
