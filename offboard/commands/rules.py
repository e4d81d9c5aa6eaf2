"""Mail rules: what forwards, hides or lifts mail, for one person, for everybody, and from exported files."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from offboard.commands import rules_review
from offboard.commands.rule_scans import Html, diff, rules_read, say_rule, scan
from offboard.commands.saying import AsJson, Config, firm_of, say, say_error, say_json
from offboard.engine.reading_rules import Read
from offboard.errors import BadInput
from offboard.forwarding.crowding import together
from offboard.forwarding.judging import judge
from offboard.forwarding.model import Judged
from offboard.forwarding.reading import read_rules
from offboard.forwarding.report import report_html
from offboard.wiring import Firm

FORMATS = ("sieve", "exchange", "graph", "audit")
Who = Annotated[str, typer.Argument(metavar="PERSON", help="Login, mail address or employee number, exactly.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    group = typer.Typer(help="What mail rules do, and how suspicious that is.", no_args_is_help=True)
    group.command("show")(show)
    group.command("scan")(scan)
    group.command("diff")(diff)
    group.command("check")(check)
    rules_review.add_to(group)
    app.add_typer(group, name="rules")


def show(person: Who, as_json: AsJson = False, html: Html = None, config: Config = None) -> None:
    """Show one person's rules with the verdict on each.

    Example: offboard rules show ann.lee
    """
    with firm_of(config) as firm:
        reads = rules_read(firm, person)
        _say_rules(firm, reads, as_json=as_json, html=html)


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An exported file.")],
    kind: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")],
    domains: Annotated[str, typer.Option(help="The company's domains, with commas between.")],
    private: Annotated[str, typer.Option(help="Known private addresses of the person, with commas between.")] = "",
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
    rules = read_rules(data, kind, domains=ours, name=file.name)
    judged = together(judge(rule, domains=ours, private_addresses=private.split(",")) for rule in rules)
    _say_judged(judged, as_json=as_json)
    if html:
        _write_page(html, judged, company=ours[0])


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
        say_rule(one)
    if not judged:
        say("There are no rules.")


def _write_page(file: Path, judged: list[Judged], *, company: str, at: datetime | None = None) -> None:
    file.write_text(report_html(judged, company=company, generated_at=at or datetime.now(UTC)), encoding="utf-8")
