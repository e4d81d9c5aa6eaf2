"""What rules do, in words for people: the same in the report, at the desk and in tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offboard.forwarding.addresses import bare_address

if TYPE_CHECKING:
    from offboard.forwarding.model import Action, Rule

DOES = {
    "forward": "forwards to",
    "redirect": "redirects to",
    "forward_as_attachment": "forwards as an attachment to",
    "delete": "deletes the mail",
    "file": "moves to the folder",
    "sweep": "sweeps into the folder",
    "copy": "puts a copy into the folder",
    "mark_read": "marks as read",
    "flag": "marks as",
    "lift": "lifts to the top:",
    "reply": "answers automatically",
    "notify": "sends a notification to",
    "include": "includes the script",
    "execute": "runs the program",
    "reject": "refuses the mail",
    "stop": "ends with this rule",
    "access": "lets in",
    "lets_out": "lets rules forward mail to",
    "holds_back": "refuses mail that rules forward to",
    "unseen": "does more than can be read:",
    "unknown": "does something that cannot be read:",
}
FROM = {
    "sieve": "Sieve script",
    "exchange": "inbox rule",
    "graph": "inbox rule",
    "mailbox": "mailbox setting",
    "transport": "transport rule of the organisation",
    "sweep": "sweep rule",
    "access": "access for others",
    "reply": "automatic reply",
    "policy": "setting of the organisation",
}
"""Where a rule stands, by its source."""

_BARE = frozenset({"forward", "redirect", "forward_as_attachment", "notify"})


def said(action: Action) -> str:
    """Return what one action does: ``moves to the folder Clients``."""
    target = action.target if action.kind not in _BARE else bare_address(action.target) or action.target
    return f"{DOES.get(action.kind, action.kind)} {target}".strip()


def sentence(rule: Rule) -> str:
    """Return what a rule does in one sentence: ``when …: it moves to the folder Clients; marks as read``."""
    when = f"when {' and '.join(rule.conditions)}" if rule.conditions else "for every mail"
    return f"{when}: it {'; '.join(map(said, rule.actions))}"
