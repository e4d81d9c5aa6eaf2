"""The exposure as one page that stands alone: to read, to print, to send to the owner."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from offboard.domain.trend import in_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from offboard.domain.exposure import Exposure
    from offboard.domain.trend import Point

_PLOT_WIDTH = 460
_NUMBER_WIDTH = 120
LEGEND = "Dark: nobody else ever dealt with them, and what these are worth. Light: somebody else knows them too."
"""What the bars mean."""

_LISTED = 200
"""So many clients are listed one by one."""

_STYLE = """
:root { color-scheme: light; --ink: #1d2733; --soft: #5a6776; --line: #d9dfe6; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 54rem; padding: 2.5rem 1.5rem; color: var(--ink); background: #fff;
       font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "Source Sans 3", Roboto, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem; }
p { margin: .3rem 0; max-width: 44rem; }
.soft { color: var(--soft); }
svg { display: block; width: 100%; min-width: 34rem; height: auto; }
svg text { font: 14px system-ui, -apple-system, "Segoe UI", "Source Sans 3", Roboto, sans-serif; fill: var(--ink); }
.scroll { overflow-x: auto; }
.bars { list-style: none; margin: .8rem 0; padding: 0; font-variant-numeric: tabular-nums; }
.bars li { display: grid; grid-template-columns: 13rem minmax(6rem, 1fr) 5rem 6rem; gap: 0 .8rem; padding: .2rem 0;
           align-items: center; }
.bars svg { min-width: 0; height: 1rem; }
.bars .person { overflow-wrap: anywhere; }
.bars .worth { text-align: right; }
@media (max-width: 40rem) { .bars li { grid-template-columns: minmax(0, 1fr) auto auto; padding: .4rem 0; }
                            .bars svg { grid-row: 2; grid-column: 1 / -1; } }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .45rem .6rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; }
th { font-weight: 600; color: var(--soft); font-size: .85rem; border-bottom-width: 2px; }
th:first-child, td:first-child { text-align: left; overflow-wrap: break-word; min-width: 9rem; max-width: 18rem; }
@media print { body { padding: 0; max-width: none; font-size: 11pt; } tr, svg { break-inside: avoid; } }
@page { margin: 18mm; }
"""


def exposure_html(
    rows: Sequence[Exposure],
    *,
    company: str,
    generated_at: datetime,
    without_responsible: int = 0,
    weeks: Sequence[Point] = (),
) -> str:
    """Return the page as HTML; it loads nothing from anywhere and runs no script.

    ``without_responsible`` is the number of clients that nobody is responsible for; the page says so. ``weeks`` are
    those that were kept so far, the oldest first.
    """
    title = f"Who depends on one person: {company}"
    stamp = generated_at.strftime("%Y-%m-%d %H:%M %Z").strip()
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{escape(title)}</h1>\n"
        f'<p class="soft">As of {escape(stamp)}. Look at this before anybody leaves.</p>\n'
        f"{_summary(rows, without_responsible)}"
        f"<h2>Clients by person</h2>\n"
        f'<p class="soft">{LEGEND}</p>\n'
        f"{exposure_plot(rows)}{_over_time(weeks)}<h2>In figures</h2>\n{_table(rows)}"
        f"<h2>One by one</h2>\n{_one_by_one(rows)}</body>\n</html>\n"
    )


def _summary(rows: Sequence[Exposure], without_responsible: int) -> str:
    clients, sole = sum(row.clients for row in rows), sum(row.sole_contact for row in rows)
    value = sum(row.value_at_risk for row in rows)
    lines = (
        f"<p><strong>{sole:,}</strong> of {_count(clients)} have a single contact on our side; "
        f"together they are worth <strong>{value:,}</strong>.</p>\n"
    )
    if without_responsible:
        lines += f"<p><strong>Nobody is responsible for {_count(without_responsible)}.</strong></p>\n"
    return lines


def _count(clients: int) -> str:
    return "1 client" if clients == 1 else f"{clients:,} clients"


def exposure_plot(rows: Sequence[Exposure]) -> str:
    """Return the bars, a person a line, as a list that loads nothing; every line says its figures in words as well."""
    most = max((row.clients for row in rows), default=0)
    if not most:
        return "<p>There are no clients yet.</p>\n"
    return f'<ul class="bars">\n{"".join(_bar(row, most) for row in rows)}</ul>\n'


def _bar(row: Exposure, most: int) -> str:
    total, sole = (f"{100 * count / most:.2f}" for count in (row.clients, row.sole_contact))
    return (
        f'<li><span class="person">{escape(row.person)}</span>'
        '<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{total}" height="10" fill="#c9d6df"/><rect width="{sole}" height="10" fill="#2f6f8f"/></svg>'
        f'<span class="of">{row.sole_contact:,} of {row.clients:,}</span>'
        f'<span class="worth">{row.value_at_risk:,}</span></li>\n'
    )


def _over_time(weeks: Sequence[Point]) -> str:
    if len(weeks) < 2:  # noqa: PLR2004 - a line has two ends
        return ""
    return (
        f'<h2>Value at risk, week by week</h2>\n<p class="soft">{escape(in_words(list(weeks)))}</p>\n'
        f"{trend_plot(weeks)}"
    )


def trend_plot(weeks: Sequence[Point]) -> str:
    """Return the value at risk over the weeks as a line, as SVG that stands alone; the scale begins at nothing."""
    most = max(week.value_at_risk for week in weeks) or 1
    width, height, left, top = _PLOT_WIDTH + 2 * _NUMBER_WIDTH, 170, _NUMBER_WIDTH, 20
    step, tall = _PLOT_WIDTH / max(len(weeks) - 1, 1), height - top - 34
    points = [(left + place * step, top + tall * (1 - week.value_at_risk / most)) for place, week in enumerate(weeks)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="#2f6f8f"/>' for x, y in points)
    ends = (
        f'<text x="{left}" y="{height - 8}">{weeks[0].week}</text>'
        f'<text x="{left + _PLOT_WIDTH}" y="{height - 8}" text-anchor="end">{weeks[-1].week}</text>'
        f'<text x="{left - 10}" y="{points[0][1] + 5:.1f}" text-anchor="end">{weeks[0].value_at_risk:,}</text>'
        f'<text x="{left + _PLOT_WIDTH + 10}" y="{points[-1][1] + 5:.1f}">{weeks[-1].value_at_risk:,}</text>'
    )
    base = f'<path d="M{left} {top + tall}H{left + _PLOT_WIDTH}" stroke="#d9dfe6"/>'
    label = "Value at risk, week by week"
    svg = (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{label}">\n{base}'
        f'<polyline points="{line}" fill="none" stroke="#2f6f8f" stroke-width="2"/>{dots}{ends}</svg>'
    )
    return f'<div class="scroll">{svg}</div>\n'


def _one_by_one(rows: Sequence[Exposure]) -> str:
    """List the clients who depend on one person alone, with the days since the owner spoke to each."""
    found = [(row.person, client) for row in rows for client in row.each if client.alone]
    found.sort(key=lambda one: (-one[1].value, one[1].id))
    if not found:
        return "<p>Every client is known to at least two of us.</p>\n"
    more = f"<p>And {len(found) - _LISTED:,} more.</p>\n" if len(found) > _LISTED else ""
    body = "".join(
        f"<tr><td>{escape(client.name)}</td><td>{escape(person)}</td><td>{client.value:,}</td>"
        f"<td>{_days(client.without_owner_days)}</td></tr>\n"
        for person, client in found[:_LISTED]
    )
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("Client", "Known to", "Value", "Without the owner"))
    return (
        '<p class="soft">Whom nobody else of us ever dealt with; whoever reads this can call one today.</p>\n'
        f'<div class="scroll"><table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}</tbody>\n</table></div>\n{more}'
    )


def _table(rows: Sequence[Exposure]) -> str:
    heads = (
        "Person",
        "Clients",
        "Known to nobody else",
        "Value of these",
        "Longest without the owner",
        "Never met the owner",
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    body = "".join(
        f"<tr><td>{escape(row.person)}</td><td>{row.clients:,}</td><td>{row.sole_contact:,}</td>"
        f"<td>{row.value_at_risk:,}</td><td>{_days(row.longest_without_owner_days)}</td>"
        f"<td>{row.never_met_owner:,}</td></tr>\n"
        for row in rows
    )
    return f'<div class="scroll"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table></div>\n'


def _days(days: int | None) -> str:
    if days is None:
        return "never"
    return "1 day" if days == 1 else f"{days:,} days"
