"""The forwarding report: one HTML page for IT and the owner, to read on a screen or on paper.

It holds its own style, no script and nothing from elsewhere; every text from a rule is escaped, and characters that
would change how the page reads (controls, direction marks) are shown by their number.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from html import escape
from typing import TYPE_CHECKING

from offboard.forwarding.addresses import bare_address
from offboard.forwarding.model import Action, Judged, Rule, Verdict
from offboard.forwarding.report_style import STYLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

_MEANING = {
    Verdict.ALARM: "look at it today",
    Verdict.SUSPICIOUS: "ask the person",
    Verdict.NOTICE: "good to know",
    Verdict.NONE: "nothing to do",
}
_DOES = {
    "forward": "forwards to",
    "redirect": "redirects to",
    "forward_as_attachment": "forwards as an attachment to",
    "delete": "deletes the mail",
    "file": "moves to the folder",
    "mark_read": "marks as read",
    "flag": "marks as",
    "lift": "lifts to the top:",
    "reply": "answers automatically",
    "notify": "sends a notification to",
    "include": "includes the script",
    "execute": "runs the program",
    "reject": "refuses the mail",
    "stop": "ends with this rule",
    "unknown": "does something that cannot be read:",
}
_FROM = {
    "sieve": "Sieve script",
    "exchange": "inbox rule",
    "graph": "inbox rule",
    "mailbox": "mailbox setting",
    "transport": "transport rule of the organisation",
}
_SOURCE = re.compile(r"\s*(\[[^\[\]]*\])(?=\.?$)")
_SENDING = frozenset({"forward", "redirect", "forward_as_attachment", "notify"})
_MOST_MAILBOXES = 6
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def report_html(
    judged: Sequence[Judged], *, company: str, generated_at: datetime, title: str = "Mail rules and forwarding"
) -> str:
    """Return the report as one self-contained HTML page, worst rules first; ``generated_at`` carries a zone."""
    ordered = sorted(judged, key=_order)
    shown = [one for one in ordered if one.verdict > Verdict.NONE]
    harmless = [one for one in ordered if one.verdict == Verdict.NONE]
    body = "\n".join(
        (
            f"<header><h1>{_safe(title)}</h1>",
            f"<p>{_safe(company)} · {generated_at:%-d %B %Y, %H:%M %Z}</p></header>",
            f'<p class="lead">{_lead(judged)}</p>',
            _tiles(judged),
            _destinations(judged),
            _section("What should be looked at", "\n".join(map(_card, shown))),
            _section("Without findings", _table(harmless)),
            _reading_help(),
        )
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{_safe(title)} · {_safe(company)}</title>\n<style>{STYLE}</style></head>\n"
        f"<body><main>\n{body}\n</main></body></html>\n"
    )


def _order(one: Judged) -> tuple[int, bool, str, str, str]:
    return -one.verdict, not one.rule.active, one.rule.mailbox.casefold(), one.rule.name.casefold(), one.rule.place


def _lead(judged: Sequence[Judged]) -> str:
    """Return the one sentence that the owner reads."""
    if not judged:
        return "No mail rule was found."
    outside = [one.rule for one in judged if any(action.external for action in _sending(one.rule))]
    mailboxes = len({rule.mailbox for rule in outside if rule.mailbox})
    count = f"{len(judged)} {_plural('rule was', 'rules were', len(judged))} read."
    if not outside:
        return f"{count} None of them is seen to send mail outside the company."
    running = sum(rule.active for rule in outside)
    state = "" if running == len(outside) else f" ({running} of them switched on)"
    origin = f", from {mailboxes} {_plural('mailbox', 'mailboxes', mailboxes)}" if mailboxes else ""
    sends = _plural("sends", "send", len(outside))
    return f"{count} <strong>{len(outside)} {sends} mail outside the company{state}</strong>{origin}."


def _tiles(judged: Iterable[Judged]) -> str:
    counts = Counter(one.verdict for one in judged)
    tiles = (
        f'<li class="{verdict.word}"><strong>{counts[verdict]}</strong>'
        f"<span><b>{verdict.word.capitalize()}</b>{_MEANING[verdict]}</span></li>"
        for verdict in sorted(Verdict, reverse=True)
    )
    return f'<ul class="tiles">{"".join(tiles)}</ul>'


def _destinations(judged: Iterable[Judged]) -> str:
    """Return the table of addresses outside that mail goes to; many people sending to one place stand out in it."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for one in judged:
        for action in _sending(one.rule):
            if action.external:
                found[(bare_address(action.target) or action.target).lower()].add(one.rule.mailbox or one.rule.name)
    rows = [
        f'<tr><td>{_safe(target)}</td><td class="number">{len(people)}</td><td>{_listed(sorted(people))}</td></tr>'
        for target, people in sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    ]
    head = '<tr><th>Address</th><th class="number">From</th><th>Mailbox or rule</th></tr>'
    return _section("Where mail leaves the company to", f"<table>{head}{''.join(rows)}</table>" if rows else "")


def _card(one: Judged) -> str:
    rule, word = one.rule, one.verdict.word
    parts = [
        ("When", _list(map(_safe, rule.conditions)) if rule.conditions else "every mail arrives"),
        ("It", _list(map(_does, rule.actions))),
        ("Copy", "stays in the mailbox" if rule.keeps_copy else "does not stay in the mailbox"),
        ("Why", _list((_reason(reason) for reason in one.reasons), "why")),
    ]
    rows = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in parts)
    return (
        f'<article class="{word}"><span class="verdict">{word.upper()}</span>'
        f'<h3>{_title(rule)}</h3><p class="where">{_where(rule)}</p><dl>{rows}</dl></article>'
    )


def _table(judged: Sequence[Judged]) -> str:
    if not judged:
        return ""
    rows = (
        f"<tr><td>{_safe(one.rule.mailbox)}</td><td>{_title(one.rule)}</td>"
        f"<td>{'; '.join(map(_does, one.rule.actions))}{'' if one.rule.active else ' (switched off)'}</td></tr>"
        for one in judged
    )
    return f"<table><tr><th>Mailbox</th><th>Rule</th><th>What it does</th></tr>{''.join(rows)}</table>"


def _title(rule: Rule) -> str:
    return _safe(rule.label or rule.name) or "(without a name)"


def _where(rule: Rule) -> str:
    kind = _FROM.get(rule.source, rule.source)
    script = f"{kind} “{rule.name}”, {rule.place}" if rule.place else kind
    system = "exported file" if rule.system == "file" else f"system {rule.system}" if rule.system else ""
    parts = [rule.mailbox, script, system, "" if rule.active else "switched off"]
    if rule.hidden:
        parts.append("hidden")
    if rule.changed_at is not None:
        parts.append(f"changed {rule.changed_at:%-d %B %Y, %H:%M %Z}")
    return " · ".join(_safe(part) for part in parts if part)


def _does(action: Action) -> str:
    words = _DOES.get(action.kind, action.kind)
    if action.kind not in _SENDING:
        return _safe(f"{words} {action.target}".strip())
    text = _safe(f"{words} {bare_address(action.target) or action.target}")
    tag = {True: ("outside", " outside"), False: ("inside", ""), None: ("cannot be told", "")}[action.external]
    return f'{text}<span class="tag{tag[1]}">{tag[0]}</span>'


def _reason(reason: str) -> str:
    text, source = reason, ""
    if found := _SOURCE.search(reason):
        text, source = f"{reason[: found.start()]}{reason[found.end() :]}", found.group(1).strip("[]")
    return f"{_safe(text)}{f' <span class=source>{_safe(source)}</span>' if source else ''}"


def _reading_help() -> str:
    return (
        "<footer><p><b>How to read this.</b> Alarm: mail leaves the company in a way that people use to take it along "
        "or to steal it. Suspicious: mail leaves the company, or mail of chosen senders disappears. Notice: mail moves "
        "inside the company, or nobody can tell before delivery what happens. A rule is a reason to ask, not proof of "
        "anything.</p><p>In MITRE's ATT&amp;CK catalogue T1114.003 is “Email Forwarding Rule”, T1564.008 “Email Hiding "
        "Rules”.</p></footer>"
    )


def _sending(rule: Rule) -> list[Action]:
    return [action for action in rule.actions if action.kind in _SENDING]


def _section(heading: str, body: str) -> str:
    return f"<section><h2>{heading}</h2>{body}</section>" if body else ""


def _list(items: Iterable[str], name: str = "plain") -> str:
    return f'<ul class="{name}">{"".join(f"<li>{item}</li>" for item in items)}</ul>'


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - _MOST_MAILBOXES
    return ", ".join(map(_safe, names[:_MOST_MAILBOXES])) + (f" and {rest} more" if rest > 0 else "")


def _plural(one: str, many: str, count: int) -> str:
    return one if count == 1 else many


def _safe(text: str) -> str:
    """Escape a text, and show controls, direction marks and invisible characters by their number."""
    visible = (f"[U+{ord(char):04X}]" if unicodedata.category(char) in _INVISIBLE else char for char in text)
    return escape("".join(visible))
