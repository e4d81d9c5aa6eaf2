"""The forwarding report: one HTML page for IT and the owner, to read on a screen or on paper.

It holds its own style, no script and nothing from elsewhere; every text from a rule is escaped, and characters that
would change how the page reads (controls, direction marks) are shown by their number.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from offboard.forwarding.addresses import bare_address
from offboard.forwarding.model import Judged, Rule, Verdict
from offboard.forwarding.report_cards import (
    SENDING,
    bullets,
    card,
    heading_of,
    plural,
    row,
    safe,
    section,
    source_of,
    table,
)
from offboard.forwarding.report_style import STYLE
from offboard.forwarding.sources import PAGES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from offboard.forwarding.model import Action

_MEANING = {
    Verdict.ALARM: "look at it today",
    Verdict.SUSPICIOUS: "ask the person",
    Verdict.NOTICE: "good to know",
    Verdict.NONE: "nothing to do",
}
UNREAD, UNSEEN = "unread", "unseen"
"""The sources of what stands for a mailbox that could not be read, and for what a system does not show."""

MOST_HARMLESS = 200
_MOST_MAILBOXES = 6


@dataclass(frozen=True, slots=True)
class About:
    """What a report of a scan says besides: how many mailboxes, since when something is new, and what is.

    ``new`` may still be filled while the rules are gone through.
    """

    mailboxes: int
    since: str = ""
    new: Collection[Judged] = ()


@dataclass(slots=True)
class _Sorted:
    """The rules as the page needs them; of those without findings only the first are held."""

    shown: list[Judged] = field(default_factory=list)
    harmless: list[Judged] = field(default_factory=list)
    unread: list[Rule] = field(default_factory=list)
    why: list[str] = field(default_factory=list)
    unseen: list[Judged] = field(default_factory=list)
    counts: Counter[Verdict] = field(default_factory=Counter)

    @property
    def rules(self) -> int:
        return self.counts.total()


def report_html(
    judged: Iterable[Judged],
    *,
    company: str,
    generated_at: datetime,
    title: str = "Mail rules and forwarding",
    about: About | None = None,
) -> str:
    """Return the report as one self-contained HTML page, worst rules first; ``generated_at`` carries a zone."""
    told = _sorted(judged)
    new = frozenset(about.new) if about else frozenset()
    body = "\n".join(
        (
            f"<header><h1>{safe(title)}</h1>",
            f"<p>{safe(company)} · {generated_at:%-d %B %Y, %H:%M %Z}</p></header>",
            f'<p class="lead">{_lead(told, about)}</p>',
            _tiles(told),
            _news(told.shown, new, about),
            section("What could not be read", _unread(told)),
            section("What cannot be seen", _unseen(told.unseen)),
            section("Where mail leaves the company to", _destinations(told.shown)),
            section("By mailbox", _by_mailbox(told.shown)),
            section("What should be looked at", "\n".join(card(one, new=one in new) for one in told.shown)),
            section("Without findings", _harmless(told)),
            _reading_help(told.shown),
        )
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{safe(title)} · {safe(company)}</title>\n<style>{STYLE}</style></head>\n"
        f"<body><main>\n{body}\n</main></body></html>\n"
    )


def _sorted(judged: Iterable[Judged]) -> _Sorted:
    told = _Sorted()
    for one in judged:
        if one.rule.source == UNREAD:
            told.unread.append(one.rule)
            told.why.append(" ".join(one.reasons))
        elif one.rule.source == UNSEEN:
            told.unseen.append(one)
        else:
            told.counts[one.verdict] += 1
            if one.verdict > Verdict.NONE:
                told.shown.append(one)
            elif len(told.harmless) < MOST_HARMLESS:
                told.harmless.append(one)
    told.shown.sort(key=_order)
    told.harmless.sort(key=_order)
    return told


def _order(one: Judged) -> tuple[int, bool, str, str, str]:
    return -one.verdict, not one.rule.active, one.rule.mailbox.casefold(), one.rule.name.casefold(), one.rule.place


def _lead(told: _Sorted, about: About | None) -> str:
    """Return the sentences that the owner reads."""
    many = "" if about is None else f" in {about.mailboxes:,} {plural('mailbox', 'mailboxes', about.mailboxes)}"
    missing = ""
    if told.unread:
        lost = len(told.unread)
        missing = (
            f" <strong>{lost:,} {plural('mailbox', 'mailboxes', lost)} could not be read</strong>: nothing is known "
            f"of {plural('it', 'them', lost)}."
        )
    if not told.rules:
        return f"No mail rule was found{many}.{missing}"
    outside = [one.rule for one in told.shown if any(action.external for action in _sending(one.rule))]
    mailboxes = len({rule.mailbox for rule in outside if rule.mailbox})
    count = f"{told.rules:,} {plural('rule was', 'rules were', told.rules)} read{many}."
    if not outside:
        return f"{count} None of them is seen to send mail outside the company.{missing}"
    running = sum(rule.active for rule in outside)
    state = "" if running == len(outside) else f" ({running} of them switched on)"
    origin = f", from {mailboxes} {plural('mailbox', 'mailboxes', mailboxes)}" if mailboxes else ""
    sends = plural("sends", "send", len(outside))
    return f"{count} <strong>{len(outside)} {sends} mail outside the company{state}</strong>{origin}.{missing}"


def _tiles(told: _Sorted) -> str:
    tiles = [
        f'<li class="{verdict.word}"><strong>{told.counts[verdict]:,}</strong>'
        f"<span><b>{verdict.word.capitalize()}</b>{_MEANING[verdict]}</span></li>"
        for verdict in sorted(Verdict, reverse=True)
    ]
    if told.unread:
        tiles.append(
            f'<li class="unread"><strong>{len(told.unread):,}</strong><span><b>Not read</b>nothing is known</span></li>'
        )
    return f'<ul class="tiles">{"".join(tiles)}</ul>'


def _news(shown: Sequence[Judged], new: frozenset[Judged], about: About | None) -> str:
    """Return what was not there at the scan before; without one, that nobody can tell."""
    if about is None:
        return ""
    if not about.since:
        return section("New", "<p>This is the first scan: the next one tells what has appeared since.</p>")
    heading = f"New since {safe(about.since)}"
    rows = (
        f'<tr class="{one.verdict.word}"><td><span class="verdict">{one.verdict.word.upper()}</span></td>'
        f"<td>{_owner(one.rule)}</td><td>{heading_of(one.rule)}</td></tr>"
        for one in shown
        if one in new
    )
    none = "<p>Nothing with a finding has appeared.</p>"
    return section(heading, table(("Verdict", "Mailbox", "Rule"), rows) or none)


def _unread(told: _Sorted) -> str:
    rows = (
        f"<tr><td>{safe(rule.mailbox) or 'every mailbox'}</td><td>{safe(rule.system)}</td><td>{safe(why)}</td></tr>"
        for rule, why in zip(told.unread, told.why, strict=True)
    )
    return table(("Mailbox", "System", "Why"), rows)


def _unseen(unseen: Sequence[Judged]) -> str:
    return "".join(
        f"<p>The system “{safe(one.rule.system)}” does not show everything:</p>{bullets(map(safe, one.reasons), 'why')}"
        for one in unseen
    )


def _destinations(judged: Iterable[Judged]) -> str:
    """Return the table of addresses outside that mail goes to; many people sending to one place stand out in it."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for one in judged:
        for action in _sending(one.rule):
            if action.external:
                found[(bare_address(action.target) or action.target).lower()].add(one.rule.mailbox or one.rule.name)
    rows = (
        f'<tr><td>{safe(target)}</td><td class="number">{len(people)}</td><td>{_listed(sorted(people))}</td></tr>'
        for target, people in sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    )
    return table(("Address", "From", "Mailbox or rule"), rows)


def _by_mailbox(shown: Sequence[Judged]) -> str:
    """Return how many findings each mailbox has, that with the worst first; nothing where there is one mailbox."""
    boxes: defaultdict[str, Counter[Verdict]] = defaultdict(Counter)
    for one in shown:
        boxes[_owner(one.rule)][one.verdict] += 1
    columns = (Verdict.ALARM, Verdict.SUSPICIOUS, Verdict.NOTICE)
    worst = sorted(boxes.items(), key=lambda box: tuple(-box[1][verdict] for verdict in columns))
    rows = (
        f"<tr><td>{owner}</td>{''.join(_count(counts[verdict], verdict) for verdict in columns)}</tr>"
        for owner, counts in worst
    )
    head = ("Mailbox", *(verdict.word.capitalize() for verdict in columns))
    return table(head, rows) if len(boxes) > 1 else ""


def _count(count: int, verdict: Verdict) -> str:
    return f'<td class="count {verdict.word}">{count}</td>' if count else '<td class="count"></td>'


def _harmless(told: _Sorted) -> str:
    rest = told.counts[Verdict.NONE] - len(told.harmless)
    more = f"<p>And {rest:,} more, which the list for programs (--json) holds.</p>" if rest else ""
    return table(("Mailbox", "Rule", "What it does"), map(row, told.harmless)) + more


def _owner(rule: Rule) -> str:
    return safe(rule.mailbox) or "The whole organisation"


def _reading_help(shown: Iterable[Judged]) -> str:
    cited = sorted(set(itertools.chain.from_iterable(map(_cited, shown))))
    sources = "; ".join(f"{safe(name)}{f' ({safe(PAGES[name])})' if name in PAGES else ''}" for name in cited)
    return (
        "<footer><p><b>How to read this.</b> Alarm: mail leaves the company in a way that people use to take it along "
        "or to steal it. Suspicious: mail leaves the company, or mail of chosen senders disappears. Notice: mail moves "
        "inside the company, or nobody can tell before delivery what happens. A rule is a reason to ask, not proof of "
        "anything. A copy of each rule is kept, byte for byte, under the SHA-256 that stands beside it.</p>"
        f"{f'<p><b>Sources.</b> {sources}.</p>' if sources else ''}</footer>"
    )


def _cited(one: Judged) -> set[str]:
    return {source for reason in one.reasons if (source := source_of(reason))}


def _sending(rule: Rule) -> list[Action]:
    return [action for action in rule.actions if action.kind in SENDING]


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - _MOST_MAILBOXES
    return ", ".join(map(safe, names[:_MOST_MAILBOXES])) + (f" and {rest} more" if rest > 0 else "")
