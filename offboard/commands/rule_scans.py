"""Mail rules of the whole company: reading them all, and what appeared since some day."""

import difflib
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from offboard.commands.saying import (
    AsJson,
    Config,
    firm_of,
    measured,
    say,
    say_error,
    say_json,
    say_json_list,
    say_table,
)
from offboard.domain.departure import wall_time
from offboard.engine.reading_rules import Read, mailboxes_of, rules_of
from offboard.engine.resolving import resolve_person
from offboard.engine.scan_results import Result, departure_of, results, since
from offboard.engine.scanning import scan as read_everybody
from offboard.errors import BadInput, NoSuchPerson, SystemFault
from offboard.forwarding.model import Judged, Verdict
from offboard.forwarding.report import About, report_html
from offboard.storage.rule_copies import Held, kept_name
from offboard.storage.scans import Scan
from offboard.wiring import Firm

Html = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Also write a page that can be printed.")]
MOST_NAMED = 5
Row = dict[str, Any]


def scan(
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew instead of going on where one stopped.")] = False,
    as_json: AsJson = False,
    html: Html = None,
    config: Config = None,
) -> None:
    """Read the rules of the whole company and keep a copy of each; one that was interrupted goes on.

    Exit 3 when a mailbox could not be read; it is listed, and never called clean.

    Example: offboard rules scan --html rules.html
    """
    with firm_of(config) as firm:
        with measured("reading mailboxes") as tell:
            done = read_everybody(firm.office, firm.settings.company.domains, fresh=fresh, tell=tell)
        if as_json:
            say_json_list(one.to_json() for one in results(firm.office, done))
        else:
            _say_results(firm, done)
        if html:
            html.write_text(scan_page(firm, done), encoding="utf-8")
        unread = list(firm.store.scans.unread(done.id))
    if unread:
        named = "; ".join(f"{label} of {system}: {why}" for system, label, why in unread[:MOST_NAMED])
        more = f"; and {len(unread) - MOST_NAMED} more" if len(unread) > MOST_NAMED else ""
        count = f"{len(unread)} {'mailbox' if len(unread) == 1 else 'mailboxes'} could not be read"
        hint = "They are listed as unread. Read what stands above, then scan again: offboard rules scan"
        say_error(SystemFault(f"{count}: {named}{more}", hint=hint))
        raise typer.Exit(3)


def diff(
    person: Annotated[
        str | None, typer.Argument(metavar="PERSON", help="Login, mail address or employee number, exactly.")
    ] = None,
    everybody: Annotated[bool, typer.Option("--all", help="The whole company, from what was read last.")] = False,
    since_when: Annotated[
        str, typer.Option("--since", metavar="WHEN", help="notice, scan, or a day; else the copy taken last.")
    ] = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show what changed in somebody's rules, or in everybody's; exit 1 when something did.

    Example: offboard rules diff ann.lee --since notice
    """
    if bool(person) == everybody:
        raise BadInput("rules diff: name one PERSON, or write --all", hint="Example: offboard rules diff ann.lee")
    with firm_of(config) as firm:
        changed = list(_of_everybody(firm, since_when) if everybody else _of_person(firm, str(person), since_when))
    if as_json:
        say_json(changed)
    else:
        for row in changed:
            say(f"{row['system']} {row['mailbox']} {row['name']}: {row['what']}")
            say(row["diff"])
        if not changed:
            say(f"Nothing changed since {since_when or 'the last copy'}.")
    if changed:
        raise typer.Exit(1)


def scan_page(firm: Firm, done: Scan) -> str:
    """Return the report of a scan as a page."""
    store, zone = firm.store, firm.settings.company.timezone
    before = store.scans.last(before=done.id)
    counts = store.scans.counts(done.id)
    new: set[Judged] = set()
    since_when = wall_time(before.ended, zone) if before else ""
    about = About(mailboxes=counts.get("read", 0), since=since_when, new=new)

    def told() -> Iterator[Judged]:
        for one in results(firm.office, done):
            if one.new and one.judged.verdict > Verdict.NONE:
                new.add(one.judged)
            yield one.judged

    ended = datetime.fromisoformat(done.ended).astimezone(ZoneInfo(zone))
    return report_html(told(), company=firm.settings.company.name, generated_at=ended, about=about)


def say_rule(one: Judged, *, new: bool | None = False) -> None:
    """Print one rule with its verdict and the reasons."""
    rule = one.rule
    named = f'"{rule.label}" in {rule.name}' if rule.label and rule.label != rule.name else rule.name
    called = named if rule.active else f"{named} (not active)"
    say_table((one.verdict.word, rule.mailbox or rule.system, f"{called} (new)" if new else called), [])
    for condition in rule.conditions:
        say(f"  if {condition}")
    for action in rule.actions:
        say(f"  {action.kind} {action.target}".rstrip())
    for reason in one.reasons:
        say(f"  - {reason}")


def rules_read(firm: Firm, person: str) -> list[Read]:
    """Return one person's rules, read now.

    Raises:
        NoSuchPerson: nobody is called so, or they have no mailbox.
    """
    known = resolve_person(firm.office, person)
    reads = rules_of(firm.office, known, firm.settings.company.domains)
    if not reads:
        raise NoSuchPerson(f"{known.name} has no mailbox in any connected mail system")
    return reads


def _say_results(firm: Firm, done: Scan) -> None:
    counted, new = Counter[Verdict](), 0
    for one in results(firm.office, done):
        counted[one.judged.verdict] += 1
        new += _say_result(one)
    counts = firm.store.scans.counts(done.id)
    verdicts = ", ".join(f"{counted[verdict]} {verdict.word}" for verdict in sorted(Verdict, reverse=True))
    say(f"{counts.get('read', 0)} mailboxes were read, {counts.get('unread', 0)} could not be: {verdicts}; {new} new.")


def _say_result(one: Result) -> bool:
    if one.judged.verdict > Verdict.NONE:
        say_rule(one.judged, new=one.new)
    return bool(one.new) and one.judged.verdict > Verdict.NONE


def _of_person(firm: Firm, person: str, when: str) -> Iterator[Row]:
    boxes = mailboxes_of(firm.office, resolve_person(firm.office, person))
    rules, before = firm.store.rules, dict[tuple[str, str], list[Held] | None]()
    for system, box, _ in boxes:
        moment = since(firm.office, when, departure_of(firm.office, system, box)) if when else ""
        # What it was is looked up before it is read again: reading is noted.
        before[system, box] = rules.at(system, box, moment) if when else rules.latest(system, box)
    for read in rules_read(firm, person):
        if (read.system, read.mailbox) in before and read.fault is None:
            now = [(kept_name(one.name), one.active, one.content) for one in read.scripts]
            yield from _changes(firm, (read.system, read.mailbox), before[read.system, read.mailbox], now)
        elif read.fault is not None:
            raise read.fault


def _of_everybody(firm: Firm, when: str) -> Iterator[Row]:
    rules = firm.store.rules
    last = firm.store.scans.last()
    if last is None:
        raise BadInput("rules diff --all: no scan has ended yet", hint="Make one: offboard rules scan")
    if when == "notice":
        leaving = [d for d, _ in firm.store.departures.every()]
        boxes = {(system, one.id): d for d in leaving for system, one in d.accounts.items()}
        for (system, box), departure in sorted(boxes.items(), key=lambda one: one[0]):
            moment = since(firm.office, when, departure)
            if rules.first_read(system, box):
                yield from _changes(
                    firm, (system, box), rules.at(system, box, moment), rules.latest(system, box), named=True
                )
        return
    earlier = firm.store.scans.last(before=last.id)
    if when in {"", "scan"} and earlier is None:
        raise BadInput("rules diff --all: only one scan has ended: nothing to compare it with", hint="Scan again.")
    moment = earlier.ended if when in {"", "scan"} and earlier else since(firm.office, when)
    for system, box in rules.changed_since(moment):
        yield from _changes(firm, (system, box), rules.at(system, box, moment), rules.latest(system, box), named=True)


def _changes(
    firm: Firm, place: tuple[str, str], before: list[Held] | None, now: Iterable[Held], *, named: bool = False
) -> Iterator[Row]:
    system, mailbox = place
    was = {name: (active, content) for name, active, content in before or ()}
    is_now = {name: (active, content) for name, active, content in now}
    first = firm.store.rules.first_read(system, mailbox) if before is None else ""
    label = firm.store.scans.label(system, mailbox) if named else mailbox
    for name in sorted(was.keys() | is_now.keys()):
        row = _differs(name, was.get(name), is_now.get(name))
        if row and first:
            row["what"] = f"was there when the mailbox was first read, on {first[:10]}: nobody can tell since when"
        if row:
            yield {"system": system, "mailbox": label, **row}


def _differs(name: str, before: Any, now: Any) -> Row | None:
    if before == now:
        return None
    what = "is new" if before is None else "is gone" if now is None else "was changed"
    if before and now and before[1] == now[1]:
        what = "was switched on" if now[0] else "was switched off"
    old, new = (side[1].decode("utf-8", "replace").splitlines() if side else [] for side in (before, now))
    told = difflib.unified_diff(old, new, "copy", "now", lineterm="")
    sha256 = hashlib.sha256(now[1]).hexdigest() if now else ""
    return {"name": name, "what": what, "diff": "\n".join(told), "raw_sha256": sha256}
