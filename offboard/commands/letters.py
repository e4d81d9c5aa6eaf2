"""The letters: reading them, deciding on them, sending and printing them."""

from pathlib import Path
from typing import Annotated

import typer

from offboard.commands.departures import exit_as_it_stands
from offboard.commands.saying import Acting, AsJson, Config, firm_of, say, say_json, say_table, working
from offboard.domain.departure import Departure
from offboard.domain.letter import Channel, Letter, LetterState
from offboard.engine.deciding import decide_letters
from offboard.engine.driving import deliver
from offboard.engine.status import access_settled, texts
from offboard.errors import BadInput, NoSuchDeparture, SaysNo
from offboard.letters.checking import check_templates
from offboard.settings import load_settings
from offboard.wiring import Firm, os_user

Number = Annotated[str, typer.Argument(metavar="D", help="A departure, such as D-2026-0001.")]
Ids = Annotated[list[str] | None, typer.Argument(metavar="[LETTER]...", help="Letters; none means all that wait.")]
UNDECIDED = frozenset({LetterState.DRAFT, LetterState.TO_REVIEW})
FORMATS = ("text", "html", "pdf", "png")


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    group = typer.Typer(help="The letters to the leaver's clients.", no_args_is_help=True)
    group.command("check")(check)
    group.command("list")(list_letters)
    group.command("preview")(preview)
    group.command("approve")(approve)
    group.command("reject")(reject)
    group.command("send")(send)
    group.command("print")(print_letters)
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
        letters = firm.store.letters.letters(firm.store.departures.get(number).number)
        if as_json:
            say_json([letter.row() for letter in letters])
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


def approve(number: Number, letters: Ids = None, as_: Acting = "", config: Config = None) -> None:
    """Approve letters exactly as they read now, all that wait or the ones named; the automatic reply with them.

    Example: offboard letters approve D-2026-0001 --as owner@acme.example
    """
    with firm_of(config) as firm:
        chosen = _chosen(firm, number, letters)
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
            firm.office, number, _chosen(firm, number, letters), as_, to=LetterState.REJECTED, reason=reason
        )
        say(f"{number.upper()}: {counted(count)} rejected by {as_}")


def send(number: Number, as_json: AsJson = False, config: Config = None) -> None:
    """Send the approved letters that go by mail, once everything before is settled.

    Exit 1 when somebody has to look, 3 when a system could not be reached.

    Example: offboard letters send D-2026-0001
    """
    with firm_of(config) as firm:
        with working("sending"):
            deliver(firm.office, number)
        _say_states(firm, number, as_json=as_json)
        exit_as_it_stands(firm, number)


def print_letters(
    number: Number,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the PDF files go.")] = Path("letters"),
    as_: Acting = "",
    every: Annotated[bool, typer.Option("--all", help="Also write those that go by mail; marks nothing.")] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Write the approved letters that go by post as PDF files, ordered by country and postcode, and mark them sent.

    Example: offboard letters print D-2026-0001 --out post --as owner@acme.example
    """
    with firm_of(config) as firm:
        departure = firm.store.departures.get(number)
        letters = firm.store.letters.letters(departure.number)
        by_post = [x for x in letters if x.channel is Channel.POST and x.state is LetterState.APPROVED]
        chosen = letters if every else sorted(by_post, key=lambda x: (x.address[-1:], x.address[-2:-1], x.client_name))
        out.mkdir(parents=True, exist_ok=True)
        if not every and chosen:
            _check_may_go_out(firm, departure, as_)
        with working("printing", len(chosen)) as advance:
            for place, letter in enumerate(chosen, start=1):
                (out / f"{place:04d}-{letter.id}.pdf").write_bytes(firm.book.pdf(letter))
                if not every:
                    _mark_printed(firm, letter, as_)
                advance()
        if not every:
            deliver(firm.office, number)
        _say_states(firm, number, as_json=as_json)
        if not as_json:
            say(f"{len(chosen)} PDF files are in {out}")


def counted(count: int) -> str:
    """Return a number of letters in words."""
    return f"{count} letter{'' if count == 1 else 's'}"


def _check_may_go_out(firm: Firm, departure: Departure, person: str) -> None:
    firm.office.may_ask(person, departure)
    with firm.store.database.read() as connection:
        firm.store.leases.check_running(connection)
    if not access_settled(firm.office, departure):
        raise SaysNo(
            f"{departure.number}: letters go out when access is shut and the clients are handed over, not before",
            hint=f"See where it stands: offboard show {departure.number}; read them with --all meanwhile.",
        )


def _mark_printed(firm: Firm, letter: Letter, person: str) -> None:
    firm.store.letters.move(
        letter.id,
        to=LetterState.SENT,
        expect=[LetterState.APPROVED],
        reason=f"printed for the post by {person} ({os_user()})",
    )


def _chosen(firm: Firm, number: str, ids: list[str] | None) -> list[Letter]:
    letters = firm.store.letters.letters(firm.store.departures.get(number).number)
    if not ids:
        return [letter for letter in letters if letter.state in UNDECIDED]
    by_id = {letter.id: letter for letter in letters}
    unknown = [letter_id for letter_id in ids if letter_id not in by_id]
    if unknown:
        raise NoSuchDeparture(
            f"{number} has no letter {', '.join(unknown)}", hint=f"List them: offboard letters list {number}"
        )
    return [by_id[letter_id] for letter_id in ids]


def _say_states(firm: Firm, number: str, *, as_json: bool) -> None:
    letters = firm.store.letters.letters(firm.store.departures.get(number).number)
    if as_json:
        say_json([letter.row() for letter in letters])
        return
    counts: dict[str, int] = {}
    for letter in letters:
        counts[letter.state.value] = counts.get(letter.state.value, 0) + 1
    say(f"{number.upper()}: " + (", ".join(f"{n} {state}" for state, n in sorted(counts.items())) or "no letters"))
