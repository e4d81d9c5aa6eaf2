"""Mail rules: what forwards, hides or lifts mail, for one person, for everybody, and from exported files."""

import difflib
import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from offboard.commands.saying import AsJson, Config, firm_of, say, say_error, say_json, say_table, working
from offboard.engine.reading_rules import Read, mailboxes_of, rules_of, rules_of_everybody
from offboard.engine.resolving import resolve_person
from offboard.errors import BadInput, NoSuchPerson
from offboard.forwarding.judging import judge
from offboard.forwarding.model import Judged, Rule
from offboard.forwarding.reading import read_rules
from offboard.forwarding.report import report_html
from offboard.wiring import Firm

FORMATS = ("sieve", "exchange", "graph", "audit")
Who = Annotated[str, typer.Argument(metavar="PERSON", help="Login, mail address or employee number, exactly.")]
Html = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Also write a page that can be printed.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    group = typer.Typer(help="What mail rules do, and how suspicious that is.", no_args_is_help=True)
    group.command("show")(show)
    group.command("scan")(scan)
    group.command("diff")(diff)
    group.command("check")(check)
    app.add_typer(group, name="rules")


def show(person: Who, as_json: AsJson = False, html: Html = None, config: Config = None) -> None:
    """Show one person's rules with the verdict on each.

    Example: offboard rules show ann.lee
    """
    with firm_of(config) as firm:
        reads = _of(firm, person)
        _say_rules(firm, reads, as_json=as_json, html=html)


def scan(as_json: AsJson = False, html: Html = None, config: Config = None) -> None:
    """Read the rules of the whole company and keep a copy of each.

    Exit 3 when a mailbox could not be read; it is listed, and never called clean.

    Example: offboard rules scan --html rules.html
    """
    with firm_of(config) as firm:
        with working("reading mailboxes") as advance:
            reads = list(rules_of_everybody(firm.office, firm.settings.company.domains, advance))
        _say_rules(firm, reads, as_json=as_json, html=html)


def diff(person: Who, as_json: AsJson = False, config: Config = None) -> None:
    """Show what changed in one person's rules since the copy that was taken last; exit 1 when something did.

    Example: offboard rules diff ann.lee
    """
    with firm_of(config) as firm:
        before = {
            (system, name): (active, content)
            for system, mailbox in mailboxes_of(firm.office, resolve_person(firm.office, person))
            for name, active, content in firm.store.rules.latest(system, mailbox)
        }
        reads = _of(firm, person)
        now = {(read.system, s.name): (s.active, s.content) for read in reads for s in read.scripts}
    rows = [_differs(key, before.get(key), now.get(key)) for key in sorted(before.keys() | now.keys())]
    changed = [row for row in rows if row]
    if as_json:
        say_json(changed)
    else:
        for row in changed:
            say(f"{row['system']} {row['name']}: {row['what']}")
            say(row["diff"])
        if not changed:
            say("Nothing changed since the last copy.")
    if changed:
        raise typer.Exit(1)


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An exported file.")],
    kind: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")],
    domains: Annotated[str, typer.Option(help="The company's domains, with commas between.")],
    as_json: AsJson = False,
    html: Html = None,
) -> None:
    """Judge exported rules, without any server or settings.

    Example: offboard rules check rules.json --format exchange --domains acme.example
    """
    if kind not in FORMATS:
        raise BadInput(f"--format: {kind!r} is unknown", hint=f"Use one of {', '.join(FORMATS)}.")
    ours = [domain.strip() for domain in domains.split(",") if domain.strip()]
    if not ours:
        raise BadInput("--domains: empty", hint="Name the company's own domains; every other address is external.")
    try:
        data = file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file}: cannot be read ({error.strerror})", hint="Name a file that exists.") from error
    judged = [judge(rule, domains=ours) for rule in read_rules(data, kind, domains=ours, name=file.name)]
    _say_judged(judged, as_json=as_json)
    if html:
        _write_page(html, judged, company=ours[0])


def _of(firm: Firm, person: str) -> list[Read]:
    known = resolve_person(firm.office, person)
    reads = rules_of(firm.office, known, firm.settings.company.domains)
    if not reads:
        raise NoSuchPerson(f"{known.name} has no mailbox in any connected mail system")
    return reads


def _say_rules(firm: Firm, reads: list[Read], *, as_json: bool, html: Path | None) -> None:
    judged = sorted((one for read in reads for one in read.judged), key=lambda one: -one.verdict)
    _say_judged(judged, as_json=as_json)
    if html:
        _write_page(html, judged, company=firm.settings.company.name, at=firm.now())
    faults = [read.fault for read in reads if read.fault]
    for fault in faults:
        say_error(fault)
    if faults:
        raise typer.Exit(3)


def _say_judged(judged: list[Judged], *, as_json: bool) -> None:
    if as_json:
        say_json([one.to_json() for one in judged])
        return
    for one in judged:
        rule = one.rule
        say_table((one.verdict.word, rule.mailbox, _called(rule)), [])
        for condition in rule.conditions:
            say(f"  if {condition}")
        for action in rule.actions:
            say(f"  {action.kind} {action.target}".rstrip())
        for reason in one.reasons:
            say(f"  - {reason}")
    if not judged:
        say("There are no rules.")


def _called(rule: Rule) -> str:
    """Return what a rule is called: by its own label where several stand in one script."""
    named = f'"{rule.label}" in {rule.name}' if rule.label and rule.label != rule.name else rule.name
    return named if rule.active else f"{named} (not active)"


def _write_page(file: Path, judged: list[Judged], *, company: str, at: datetime | None = None) -> None:
    file.write_text(report_html(judged, company=company, generated_at=at or datetime.now(UTC)), encoding="utf-8")


def _differs(key: tuple[str, str], before: Any, now: Any) -> dict[str, str] | None:
    if before == now:
        return None
    what = "is new" if before is None else "is gone" if now is None else "was changed"
    if before and now and before[1] == now[1]:
        what = "was switched on" if now[0] else "was switched off"
    old, new = (one[1].decode("utf-8", "replace").splitlines() if one else [] for one in (before, now))
    lines = difflib.unified_diff(old, new, "copy", "now", lineterm="")
    sha256 = hashlib.sha256(now[1]).hexdigest() if now else ""
    return {"system": key[0], "name": key[1], "what": what, "diff": "\n".join(lines), "raw_sha256": sha256}
