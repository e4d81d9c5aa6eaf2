"""How letters leave the house: sent, printed, taken to the post; and what they wait for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from offboard.commands.departures import exit_as_it_stands
from offboard.commands.letters_said import Ids, Number, chosen_of, counted, say_states
from offboard.commands.saying import Acting, AsJson, Config, firm_of, say, say_json, say_note, working
from offboard.domain.departure import read_moment
from offboard.domain.letter import Letter, LetterState, Mark
from offboard.engine.driving import deliver
from offboard.engine.letting_out import hold_letters, let_go, release_letters, set_embargo, why_they_wait
from offboard.engine.sparing import spare
from offboard.wiring import Firm
from offboard.wiring_paper import Paper

Reason = Annotated[str, typer.Option(help='Why, such as "wait for the new price list".')]


def add_to(group: typer.Typer) -> None:
    """Add these commands."""
    group.command("hold")(hold)
    group.command("release")(release)
    group.command("embargo")(embargo)
    group.command("send")(send)
    group.command("go")(go)
    group.command("print")(print_letters)
    group.command("posted")(posted)


def hold(number: Number, letters: Ids = None, reason: Reason = "", as_: Acting = "", config: Config = None) -> None:
    """Stop letters until they are released; an approval that they had is void.

    Example: offboard letters hold D-2026-0001 L-… --reason "I will call them first" --as owner@acme.example
    """
    with firm_of(config) as firm:
        count = hold_letters(firm.office, number, chosen_of(firm, number, letters), as_, reason)
        say(f"{number.upper()}: {counted(count)} held by {as_}")


def release(number: Number, letters: Ids = None, as_: Acting = "", config: Config = None) -> None:
    """Let held letters go on; they wait to be read and approved. Without names: all that a person holds.

    Example: offboard letters release D-2026-0001 --as owner@acme.example
    """
    with firm_of(config) as firm:
        marks = firm.store.letters.marks(firm.store.departures.get(number).number)
        held = [x for x in _all(firm, number) if x.state is LetterState.HELD and Mark.HELD in marks.get(x.id, {})]
        count = release_letters(firm.office, number, chosen_of(firm, number, letters) if letters else held, as_)
        say(f"{number.upper()}: {counted(count)} released by {as_}; read and approve them")


def embargo(
    number: Number,
    moment: Annotated[str, typer.Argument(metavar="MOMENT", help="Such as 2026-12-03T09:00; none takes it back.")],
    tz: Annotated[str, typer.Option("--tz", help="The time zone of MOMENT.")] = "",
    as_: Acting = "",
    config: Config = None,
) -> None:
    """Let no letter of a departure go out before a moment, whatever else is approved.

    Example: offboard letters embargo D-2026-0001 2026-12-03T09:00 --tz Europe/London --as hr@acme.example
    """
    with firm_of(config) as firm:
        until = None if moment == "none" else read_moment(moment, tz or None)[0]
        say(set_embargo(firm.office, number, until, as_))


def send(number: Number, as_json: AsJson = False, config: Config = None) -> None:
    """Send the approved letters that go by mail, once everything before is settled.

    Exit 1 when somebody has to look, 3 when a system could not be reached.

    Example: offboard letters send D-2026-0001
    """
    with firm_of(config) as firm:
        with working("sending"):
            deliver(firm.office, number)
        say_states(firm, number, as_json=as_json)
        if firm.left_off:
            say_note(f"note: {firm.left_off}")
        letters = _all(firm, number)
        known = firm.store.departures.get(number).number
        why = why_they_wait(firm.office, known, letters, firm.store.letters.marks(known))
        if why and not as_json:
            say(why.replace("letters go D", f"letters go {number.upper()} --as EMAIL"))
        exit_as_it_stands(firm, number)


def go(number: Number, as_: Acting = "", config: Config = None) -> None:
    """Say that the first letters are right: the others go out.

    Example: offboard letters go D-2026-0001 --as owner@acme.example
    """
    with firm_of(config) as firm:
        let_go(firm.office, number, as_)
        say(f"{number.upper()}: {as_} lets the letters go; send them with: offboard letters send {number.upper()}")


def print_letters(
    number: Number,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the PDF files go.")] = Path("letters"),
    as_: Acting = "",
    every: Annotated[bool, typer.Option("--all", help="Also write those that go by mail; marks nothing.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Those printed and not yet posted, once more.")] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Write the approved letters that go by post as PDF files, and mark them printed: by country and postcode.

    Beside one tagged file for each letter there is printer/letters.pdf with all of them in this order, untagged.

    Example: offboard letters print D-2026-0001 --out post --as owner@acme.example
    """
    with firm_of(config) as firm:
        paper = Paper(firm.office, firm.book)
        if not every:
            spare(firm.office, firm.store.departures.get(number))
        chosen = _all(firm, number) if every else paper.chosen(number, as_, again=again)
        out.mkdir(parents=True, exist_ok=True)
        with working("printing", len(chosen)) as advance:
            for place, letter in enumerate(chosen, start=1):
                (out / f"{place:04d}-{letter.id}.pdf").write_bytes(firm.book.pdf(letter))
                advance()
        if not every and chosen:
            batch = out / "printer" / "letters.pdf"
            batch.parent.mkdir(exist_ok=True)
            with batch.open("w+b") as file:
                paper.print(chosen, as_, file)
        if not every:
            deliver(firm.office, number)
        say_states(firm, number, as_json=as_json)
        if not as_json:
            say(f"{len(chosen)} PDF files are in {out}")


def posted(
    number: Number, letters: Ids = None, as_: Acting = "", as_json: AsJson = False, config: Config = None
) -> None:
    """Record that printed letters were taken to the post, by whom and when; none named means all that are printed.

    Example: offboard letters posted D-2026-0001 --as owner@acme.example
    """
    with firm_of(config) as firm:
        departure = firm.store.departures.get(number)
        chosen = chosen_of(firm, number, letters) if letters else _all(firm, number)
        done = Paper(firm.office, firm.book).posted(chosen, departure.number, as_)
        if as_json:
            say_json(done)
        else:
            say(f"{departure.number}: {counted(len(done))} taken to the post by {as_}")


def _all(firm: Firm, number: str) -> list[Letter]:
    return firm.store.letters.letters(firm.store.departures.get(number).number)
