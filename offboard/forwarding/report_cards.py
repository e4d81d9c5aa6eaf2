"""The parts of the forwarding report: one rule as a card or a row, and text from rules made safe to show."""

from __future__ import annotations

import re
import unicodedata
from html import escape
from typing import TYPE_CHECKING

from offboard.forwarding.wording import FROM, said

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from offboard.forwarding.model import Action, Judged, Rule

SENDING = frozenset({"forward", "redirect", "forward_as_attachment", "notify"})
_SOURCE = re.compile(r"\s*\[([^\[\]]*)\](?=\.?$)")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def card(one: Judged, *, new: bool) -> str:
    """Return a rule with all that is known of it."""
    rule, word = one.rule, one.verdict.word
    parts = [
        ("When", bullets(map(safe, rule.conditions)) if rule.conditions else "every mail arrives"),
        ("It", bullets(map(does, rule.actions))),
        ("Copy", "stays in the mailbox" if rule.keeps_copy else "does not stay in the mailbox"),
        ("Why", bullets((_reason(reason) for reason in one.reasons), "why")),
    ]
    if rule.raw_sha256:
        parts.append(("Copy kept", f"<code>SHA-256 {safe(rule.raw_sha256)}</code>"))
    rows = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in parts)
    mark = '<span class="new">new</span>' if new else ""
    return (
        f'<article class="{word}"><span class="verdict">{word.upper()}</span>{mark}'
        f'<h3>{heading_of(rule)}</h3><p class="where">{_where(rule)}</p><dl>{rows}</dl></article>'
    )


def row(one: Judged) -> str:
    """Return a rule without findings as a row of a table."""
    off = "" if one.rule.active else " (switched off)"
    what = "; ".join(map(does, one.rule.actions))
    return f"<tr><td>{safe(one.rule.mailbox)}</td><td>{heading_of(one.rule)}</td><td>{what}{off}</td></tr>"


def heading_of(rule: Rule) -> str:
    """Return what a rule is called."""
    return safe(rule.label or rule.name) or "(without a name)"


def does(action: Action) -> str:
    """Return what one action does; where mail goes is marked as outside, inside or not to be told."""
    text = safe(said(action))
    if action.kind not in SENDING:
        return text
    tag = {True: ("outside", " outside"), False: ("inside", ""), None: ("cannot be told", "")}[action.external]
    return f'{text}<span class="tag{tag[1]}">{tag[0]}</span>'


def source_of(reason: str) -> str:
    """Return what a reason cites, empty when nothing."""
    found = _SOURCE.search(reason)
    return found[1] if found else ""


def table(head: Sequence[str], rows: Iterable[str]) -> str:
    """Return a table of finished rows; empty when there are none."""
    body = "".join(rows)
    cells = "".join(f"<th>{name}</th>" for name in head)
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>" if body else ""


def section(heading: str, body: str) -> str:
    """Return a part of the page with its heading; empty when there is nothing in it."""
    return f"<section><h2>{heading}</h2>{body}</section>" if body else ""


def bullets(items: Iterable[str], name: str = "plain") -> str:
    """Return a list of finished items."""
    return f'<ul class="{name}">{"".join(f"<li>{item}</li>" for item in items)}</ul>'


def plural(one: str, many: str, count: int) -> str:
    """Return the word for so many."""
    return one if count == 1 else many


def safe(text: str) -> str:
    """Escape a text, and show controls, direction marks and invisible characters by their number."""
    visible = (f"[U+{ord(char):04X}]" if unicodedata.category(char) in _INVISIBLE else char for char in text)
    return escape("".join(visible))


def _where(rule: Rule) -> str:
    kind = FROM.get(rule.source, rule.source)
    script = f"{kind} “{rule.name}”, {rule.place}" if rule.place else kind
    system = "exported file" if rule.system == "file" else f"system {rule.system}" if rule.system else ""
    parts = [rule.mailbox or "the whole organisation", script, system, "" if rule.active else "switched off"]
    if rule.hidden:
        parts.append("hidden")
    if rule.changed_at is not None:
        parts.append(f"changed {rule.changed_at:%-d %B %Y, %H:%M %Z}")
    return " · ".join(safe(part) for part in parts if part)


def _reason(reason: str) -> str:
    cited = source_of(reason)
    if not cited:
        return safe(reason)
    text = _SOURCE.sub("", reason)
    return f'{safe(text)} <span class="source">{safe(cited)}</span>'
