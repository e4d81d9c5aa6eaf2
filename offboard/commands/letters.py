"""The letters: reading them, deciding on them, sending and printing them."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from offboard.commands import letters_out
from offboard.commands.letters_said import Ids, Number, chosen_of, counted
from offboard.commands.saying import Acting, AsJson, Config, firm_of, say, say_json, say_table, working
from offboard.domain.letter import Letter, LetterState, Mark, Marked
from offboard.engine.deciding import decide_letters
from offboard.engine.status import texts
from offboard.errors import BadInput
from offboard.letters.checking import check_templates
from offboard.settings import load_settings

FORMATS = ("text", "html", "pdf", "png")
EXPORTS = {"docx": "docx", "pdf": "pdf", "html": "html", "text": "txt"}


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    group = typer.Typer(help="The letters to the leaver's clients.", no_args_is_help=True)
    group.command("check")(check)
    group.command("list")(list_letters)
    group.command("preview")(preview)
    group.command("approve")(approve)
    group.command("reject")(reject)
    group.command("export")(export)
    letters_out.add_to(group)
    app.add_typer(group, name="letters")


def check(as_json: AsJson = False, config: Config = None) -> None:
    """Try every template in every language with every optional fact missing.

    Example: offboard letters check
    """
    settings, folder = load_settings(config)
    faults = check_templates(settings.company, folder=folder)
    if as_json:
        say_json({"ok": not faults, "faults": faults})
    else:
        say("\n".join(faults) if faults else "Every template renders, whatever is missing.")
    if faults:
        raise typer.Exit(1)


def list_letters(number: Number, as_json: AsJson = False, config: Config = None) -> None:
    """List the letters of a departure.

    Example: offboard letters list D-2026-0001
    """
    with firm_of(config) as firm:
        departure = firm.store.departures.get(number).number
        letters, marks = firm.store.letters.letters(departure), firm.store.letters.marks(departure)
        if as_json:
            say_json([letter.row() | {"marks": _told(marks.get(letter.id, {}))} for letter in letters])
        else:
            say_table(
                ("letter", "client", "contact", "language", "channel", "state", "warnings"),
                [
                    (
                        x.id,
                        x.client_name,
                        x.contact,
                        x.language,
                        x.channel,
                        x.state,
                        "; ".join([*x.warnings, x.reason]).strip("; "),
                    )
                    for x in letters
                ],
            )


def preview(
    letter: Annotated[str, typer.Argument(metavar="LETTER", help="A letter, or a departure for its automatic reply.")],
    kind: Annotated[str, typer.Option("--format", help="text, html, pdf or png.")] = "text",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it there instead of printing it.")] = None,
    config: Config = None,
) -> None:
    """Show one letter as its reader will see it; a departure's number shows the automatic reply.

    Example: offboard letters preview L-D-2026-0001-ALFKI --format pdf --out letter.pdf
    """
    if kind not in FORMATS:
        raise BadInput(f"--format: {kind!r} is unknown", hint=f"Use one of {', '.join(FORMATS)}.")
    with firm_of(config) as firm:
        if letter.upper().startswith("D-"):
            say("\n\n".join(texts(firm.office, firm.store.departures.get(letter))))
            return
        found = firm.store.letters.letter(letter)
        book = firm.book
        makers = {"text": lambda: book.text(found).encode(), "html": lambda: book.html(found).encode()}
        data = (makers | {"pdf": lambda: book.pdf(found), "png": lambda: book.png(found)})[kind]()
        if out:
            out.write_bytes(data)
            say(f"{out}: {len(data)} bytes")
        elif kind in makers:
            say(data.decode())
        else:
            raise BadInput(f"--format {kind} is not for a terminal", hint="Add --out FILE.")


def export(
    number: Number,
    kind: Annotated[str, typer.Option("--format", help="docx, for writing on by hand; or pdf, html, text.")] = "docx",
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the files go.")] = Path("letters"),
    config: Config = None,
) -> None:
    """Write every letter of a departure into a folder; nothing is marked, and nothing is ever read back from there.

    Example: offboard letters export D-2026-0001 --format docx --out word
    """
    if kind not in EXPORTS:
        raise BadInput(f"--format: {kind!r} is unknown", hint=f"Use one of {', '.join(EXPORTS)}.")
    with firm_of(config) as firm:
        letters, book = firm.store.letters.letters(firm.store.departures.get(number).number), firm.book
        makers: dict[str, Callable[[Letter], bytes]] = {
            "docx": book.docx,
            "pdf": book.pdf,
            "html": lambda x: book.html(x).encode(),
            "text": lambda x: book.text(x).encode(),
        }
        out.mkdir(parents=True, exist_ok=True)
        with working("writing", len(letters)) as advance:
            for letter in letters:
                (out / f"{letter.id}.{EXPORTS[kind]}").write_bytes(makers[kind](letter))
                advance()
        say(f"{len(letters)} files are in {out}")


def approve(number: Number, letters: Ids = None, as_: Acting = "", config: Config = None) -> None:
    """Approve letters exactly as they read now, all that wait or the ones named; the automatic reply with them.

    Example: offboard letters approve D-2026-0001 --as owner@acme.example
    """
    with firm_of(config) as firm:
        chosen = chosen_of(firm, number, letters)
        count = decide_letters(firm.office, number, chosen, as_, to=LetterState.APPROVED)
        say(
            f"{number.upper()}: {counted(count)} approved by {as_}, and the automatic reply with them; "
            "the text that was approved is the text that is sent"
        )


def reject(
    number: Number,
    letters: Ids = None,
    reason: Annotated[str, typer.Option(help='Why, such as "told by telephone".')] = "",
    as_: Acting = "",
    config: Config = None,
) -> None:
    """Refuse letters; these clients are not written to.

    Example: offboard letters reject D-2026-0001 L-… --reason "told by telephone" --as owner@acme.example
    """
    with firm_of(config) as firm:
        count = decide_letters(
            firm.office, number, chosen_of(firm, number, letters), as_, to=LetterState.REJECTED, reason=reason
        )
        say(f"{number.upper()}: {counted(count)} rejected by {as_}")


def _told(marks: dict[Mark, Marked]) -> dict[str, dict[str, str]]:
    return {mark.value: {"at": made.at, "person": made.person} for mark, made in marks.items()}
