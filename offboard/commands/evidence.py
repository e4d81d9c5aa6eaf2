"""The evidence of a departure."""

import json
from pathlib import Path
from typing import Annotated

import typer

from offboard.commands.saying import AsJson, Config, firm_of, say, say_json, say_table
from offboard.errors import EvidenceBroken
from offboard.storage import bundle

File = Annotated[Path, typer.Argument(metavar="FILE", help="The bundle, a ZIP file.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    group = typer.Typer(help="What was done, in entries that nobody can change unnoticed.", no_args_is_help=True)
    group.command("show")(show)
    group.command("export")(export)
    group.command("check")(check)
    app.add_typer(group, name="evidence")


def show(number: str, as_json: AsJson = False, config: Config = None) -> None:
    """Print every entry of a departure.

    Example: offboard evidence show D-2026-0001
    """
    with firm_of(config) as firm:
        entries = [json.loads(line) for line in firm.store.evidence.lines(firm.store.departures.get(number).number)]
    if as_json:
        say_json(entries)
    else:
        say_table(
            ("seq", "at", "kind", "what"),
            [(e["seq"], e["at"], e["kind"], _short(e["body"])) for e in entries],
        )


def export(number: str, file: File, as_json: AsJson = False, config: Config = None) -> None:
    """Write one bundle that an auditor can check offline.

    Example: offboard evidence export D-2026-0001 evidence.zip
    """
    with firm_of(config) as firm:
        checked = bundle.export(firm.store, firm.store.departures.get(number), file)
        key = firm.store.signing_key.public_key().public_bytes_raw().hex()
    if as_json:
        say_json(checked.to_json() | {"public_key": key})
    elif checked.ok:
        say(f"{file}: {checked.entries} entries, head {checked.head}")
        say(f"Give the auditor this key once, by another way: {key}")
    if not checked.ok:
        raise EvidenceBroken(f"the evidence of {number.upper()} was altered in the store: {checked.reason}")


def check(
    file: File,
    key: Annotated[str, typer.Option(help="The public key that you noted, in hex.")] = "",
    head: Annotated[str, typer.Option(help="The head that you noted, in hex.")] = "",
    as_json: AsJson = False,
) -> None:
    """Check a bundle offline; exit 1 and the reason when anything was altered or cut.

    Example: offboard evidence check evidence.zip
    """
    checked = bundle.check(file, public_key=key, head=head)
    if as_json:
        say_json(checked.to_json())
    elif checked.ok:
        say(f"{file}: ok, {checked.entries} entries, head {checked.head}")
    else:
        place = f" (entry {checked.first_bad})" if checked.first_bad is not None else ""
        say(f"{file}: not ok{place}: {checked.reason}")
    if not checked.ok:
        raise typer.Exit(1)


def _short(body: dict[str, object]) -> str:
    text = ", ".join(f"{key}={value}" for key, value in body.items() if key not in {"plan", "request"})
    longest = 160
    return text if len(text) <= longest else text[: longest - 1] + "…"
