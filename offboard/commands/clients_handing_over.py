"""Who takes each client over, whom the owner calls first, and what clients answer."""

from enum import StrEnum
from typing import Annotated

import typer

from offboard.commands.saying import Acting, AsJson, Config, firm_of, say, say_error, say_json, say_table
from offboard.domain.clients import Standing
from offboard.domain.departure import wall_time
from offboard.domain.parts import left_alone
from offboard.engine import briefing, calling, clientele, passing_on
from offboard.engine.answering import Answer, record_answer

Number = Annotated[str, typer.Argument(metavar="D", help="A departure, such as D-2026-0001.")]
Clients = Annotated[list[str] | None, typer.Option("--client", metavar="C", help="A client's id; may be repeated.")]
AllOf = Annotated[
    str, typer.Option("--all-of", metavar="WHAT", help="Many at once: region=South, language=de …, or everything.")
]


class Said(StrEnum):
    """What a client may have answered, as it is typed."""

    FINE = "fine"
    SOMEONE_ELSE = "someone-else"
    OWNER = "owner"
    LEAVING = "leaving"
    LET_GO = "let-go"


def add_handing_over(group: typer.Typer) -> None:
    """Add these commands to the clients' own."""
    group.command("propose")(propose_successors)
    group.command("assign")(assign)
    group.command("skip")(skip)
    group.command("briefed")(briefed)
    group.command("left")(show_left)
    group.command("calls")(show_calls)
    group.command("called")(called)
    group.command("answer")(answer)


def propose_successors(
    number: Number,
    accept: Annotated[bool, typer.Option("--accept", help="Take the proposals over and plan anew.")] = False,
    client: Clients = None,
    as_: Acting = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Propose who takes over each of the leaver's clients, and why; --accept takes all of them, or those of --client.

    Example: offboard clients propose D-2026-0001
    """
    with firm_of(config) as firm:
        departure = firm.store.departures.get(number)
        if accept:
            passing_on.accept(firm.office, departure, as_, clients=client or ())
            departure = firm.store.departures.get(number)
        found = passing_on.proposals(firm.office, departure)
    if found.fault:
        say_error(found.fault)
    rows = found.to_json()
    if as_json:
        say_json(rows)
    else:
        say_table(
            ("client", "name", "value", "proposed", "why", "chosen so far"),
            [(r["client"], r["name"], r["value"], r["successor"], r["why"], r["chosen"]) for r in rows],
        )


def assign(
    number: Number,
    to: Annotated[str, typer.Option("--to", metavar="PERSON", help="Who takes over: login, mail or number.")],
    client: Clients = None,
    all_of: AllOf = "",
    as_: Acting = "",
    config: Config = None,
) -> None:
    """Let somebody take over one client or many, with all that hangs on them; it is planned anew.

    Example: offboard clients assign D-2026-0001 --all-of region=South --to dora --as hr@acme.example
    """
    with firm_of(config) as firm:
        departure = firm.store.departures.get(number)
        mine = [c for c in clientele.clients(firm.office) if departure.leaver.answers_to(c.responsible)]
        wanted = [*(client or []), *(passing_on.chosen_by(mine, all_of) if all_of else [])]
        count = passing_on.assign(firm.office, departure, as_, list(dict.fromkeys(wanted)), to)
        say(f"{departure.number}: {to} takes over {_count(count)}; it is planned anew and has to be approved")


def skip(
    number: Number,
    what: Annotated[list[str], typer.Argument(metavar="WHAT", help="Clients, or what 'clients left' names.")],
    reason: Annotated[str, typer.Option(help="Why it stays with somebody who leaves.")] = "",
    as_: Acting = "",
    config: Config = None,
) -> None:
    """Leave a client, a contact or an open item where it is, with a reason: a departure is closed only then.

    Example: offboard clients skip D-2026-0001 C-1033 --reason "the company was dissolved" --as hr@acme.example
    """
    with firm_of(config) as firm:
        departure = firm.store.departures.get(number)
        for label in passing_on.skip(firm.office, departure, as_, what, reason):
            say(f"{label} stays as it is: {reason.strip()}")
        say(f"{departure.number} is {firm.store.departures.status(departure.number).value.replace('_', ' ')}")


def briefed(
    number: Number, client: Clients = None, all_of: AllOf = "", as_: Acting = "", config: Config = None
) -> None:
    """Record that whoever takes clients over was told how things stand: their letters say so, once it is true.

    Example: offboard clients briefed D-2026-0001 --client C-1009 --as hr@acme.example
    """
    with firm_of(config) as firm:
        departure = firm.store.departures.get(number)
        mine = (
            [c for c in clientele.clients(firm.office) if departure.leaver.answers_to(c.responsible)] if all_of else []
        )
        wanted = [*(client or []), *(passing_on.chosen_by(mine, all_of) if all_of else [])]
        count = briefing.brief(firm.office, departure, as_, list(dict.fromkeys(wanted)))
        say(f"{departure.number}: {_count(len(set(wanted)))} briefed; {count} of their letters say so now")


def show_left(number: Number, as_json: AsJson = False, config: Config = None) -> None:
    """Show what is the leaver's now and has nobody yet, or stays so by a decision; exit 1 when anything is left alone.

    Example: offboard clients left D-2026-0001
    """
    with firm_of(config) as firm:
        departure = firm.store.departures.get(number)
        mine = clientele.parts(firm.office, departure)
    alone = left_alone(mine, departure)
    rows = [
        part.to_json()
        | {"left_alone": part in alone, "reason": skips.reason if (skips := departure.skips.get(part.target)) else ""}
        for part in mine
    ]
    if as_json:
        say_json(rows)
    elif rows:
        say_table(
            ("what", "name", "to whom", "stays because"),
            [
                (
                    part.target,
                    part.label,
                    part.beyond or ((person.name if (person := part.successor(departure)) else "") or "nobody"),
                    row["reason"],
                )
                for part, row in zip(mine, rows, strict=True)
            ],
        )
    else:
        say(f"Nothing is {departure.leaver.name}'s any more.")
    raise typer.Exit(1 if alone else 0)


def show_calls(
    number: Number,
    first: Annotated[int | None, typer.Option(help="Put so many of the most valuable clients on the list.")] = None,
    as_: Acting = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show whom the owner calls before a letter goes out; with --first the owner says how many.

    Example: offboard clients calls D-2026-0001 --first 5 --as owner@acme.example
    """
    with firm_of(config) as firm:
        departure = firm.store.departures.get(number)
        if first is not None:
            calling.choose_calls(firm.office, departure, as_, first)
        calls, zone = firm.store.clients.calls(departure.number), firm.settings.company.timezone
    if as_json:
        say_json([call.to_json() for call in calls])
    elif calls:
        say_table(
            ("client", "name", "value", "speak with", "phone", "called"),
            [
                (c.client, c.name, c.value, c.contact, c.phone, wall_time(c.called_at, zone) if c.called_at else "")
                for c in calls
            ],
        )
    else:
        say(f"Nobody is called first; the owner decides: offboard clients calls {number} --first 5 --as EMAIL")


def called(
    number: Number,
    client: Annotated[str, typer.Argument(metavar="CLIENT", help="A client of the call list.")],
    note: Annotated[str, typer.Option(help="What was said, in a sentence.")] = "",
    as_: Acting = "",
    config: Config = None,
) -> None:
    """Say that the owner has called a client, so that the letter to them may go.

    Example: offboard clients called D-2026-0001 C-1033 --note "knows Dora, is content" --as owner@acme.example
    """
    with firm_of(config) as firm:
        departure = firm.store.departures.get(number)
        calling.called(firm.office, departure, as_, client, note)
        say(f"{client}: the call is recorded; the letter goes as soon as it is approved")


def answer(
    client: Annotated[str, typer.Argument(metavar="CLIENT", help="A client's id.")],
    said: Annotated[Said, typer.Argument(help="What they answered; let-go is the owner's own decision.")],
    to: Annotated[str, typer.Option("--to", metavar="PERSON", help="With someone-else: who takes over.")] = "",
    note: Annotated[str, typer.Option(help="What they said, in a sentence.")] = "",
    as_: Acting = "",
    config: Config = None,
) -> None:
    """Record what a client answered to the change; the register follows.

    Example: offboard clients answer C-1033 someone-else --to dora --as owner@acme.example
    """
    with firm_of(config) as firm:
        standing = Standing(said.value.replace("-", "_"))
        say(record_answer(firm.office, Answer(client, standing, as_, to, note.strip())))


def _count(clients: int) -> str:
    return "1 client" if clients == 1 else f"{clients} clients"
