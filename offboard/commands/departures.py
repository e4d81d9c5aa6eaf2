"""Reading, deciding on and carrying out departures."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from offboard.commands.answering import answer_command
from offboard.commands.saying import Acting, AsJson, Config, firm_of, say, say_error, say_json, say_table, working
from offboard.commands.starting import start_command
from offboard.commands.words import plan_in_words, show_in_words
from offboard.domain.change import Change, Outcome
from offboard.domain.departure import ENDED, Status
from offboard.engine import deciding
from offboard.engine.driving import carry_out
from offboard.engine.showing import plan_json, show, show_plan
from offboard.engine.starting import plan_again
from offboard.engine.status import blocking, unsettled
from offboard.engine.undoing import plan_undo
from offboard.engine.verifying import Verified, verify
from offboard.errors import SaysNo
from offboard.wiring import Firm

Number = Annotated[str, typer.Argument(metavar="D", help="A departure, such as D-2026-0001.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    commands: list[Callable[..., None]] = [
        start_command, plan_command, approve_command, cancel_command, stop_command, resume_command,
        answer_command, apply_command, verify_command, undo_command, settle_command, list_command, show_command,
    ]  # fmt: skip
    for command in commands:
        app.command(command.__name__.removesuffix("_command"))(command)


def plan_command(
    number: Number,
    again: Annotated[bool, typer.Option("--again", help="Look again and plan anew; this voids the approval.")] = False,
    as_: Acting = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Print the plan in words: what, where, before and after, why, and what cannot be undone.

    Example: offboard plan D-2026-0001
    """
    with firm_of(config) as firm:
        departure = firm.store.departures.get(number)
        if again:
            firm.office.may_ask(as_, departure)
            with working(f"planning {number.upper()}", firm=firm):
                plan_again(firm.office, departure, asked_by=as_)
        plan = show_plan(firm.office, number)
        if as_json:
            say_json(plan)
        else:
            plan_in_words(plan)


def approve_command(
    number: Number,
    decline: Annotated[list[str] | None, typer.Option(metavar="CHANGE", help="A change that shall not happen.")] = None,
    as_: Acting = "",
    config: Config = None,
) -> None:
    """Approve the plan in force, but for the changes you decline; what planning asks has to be answered first.

    Example: offboard approve D-2026-0001 --decline c004 --as it@acme.example
    """
    with firm_of(config) as firm:
        say(deciding.approve(firm.office, number, as_, decline=decline or []))


def cancel_command(number: Number, as_: Acting = "", config: Config = None) -> None:
    """Call a departure off before anything was written, or an undo before it began.

    Example: offboard cancel D-2026-0001 --as hr@acme.example
    """
    with firm_of(config) as firm:
        say(deciding.cancel(firm.office, number, as_))


def stop_command(as_: Acting = "", config: Config = None) -> None:
    """Stop everything at once: no system is written to until somebody resumes.

    Example: offboard stop --as it@acme.example
    """
    with firm_of(config) as firm:
        deciding.stop(firm.office, as_)
        say("Everything is stopped. Go on with: offboard resume --as EMAIL")


def resume_command(as_: Acting = "", config: Config = None) -> None:
    """Let things go on after a stop.

    Example: offboard resume --as it@acme.example
    """
    with firm_of(config) as firm:
        deciding.resume(firm.office, as_)
        say("Things go on.")


def apply_command(
    number: Number,
    now: Annotated[bool, typer.Option("--now", help="Do not wait for the last moment.")] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Carry out whatever is approved; run again, it settles what was left open.

    Exit 0 when all of that is done, 1 when somebody has to look, 3 when a system could not be reached.

    Example: offboard apply D-2026-0001
    """
    with firm_of(config) as firm:
        with working(f"carrying out {number.upper()}", firm=firm):
            carry_out(firm.office, number, now=now)
        _finish(firm, number, as_json=as_json)


def verify_command(number: Number, as_json: AsJson = False, config: Config = None) -> None:
    """Look again over fresh connections; exit 1 when any access is left.

    Example: offboard verify D-2026-0001
    """
    with firm_of(config) as firm:
        with working(f"verifying {number.upper()}", firm=firm):
            verified = verify(firm.office, number)
        if as_json:
            say_json(verified.to_json())
        else:
            say(f"{verified.departure}: " + verdict(verified))
            rows = [
                (one.change.system, one.change.step, one.change.label, _short(one.found), _short(one.change.after))
                for one in verified.left
            ]
            if rows:
                say_table(("system", "step", "what", "found", "wanted"), rows)
        if verified.unreachable:
            raise typer.Exit(3)
        if not verified.holds:
            raise typer.Exit(1)


def verdict(verified: Verified) -> str:
    """Return in words what verifying found."""
    if verified.undone:
        return "it holds: what was to be put back is back" if verified.holds else "it does not hold: not all is back"
    if not verified.holds:
        return "it does not hold: access is left"
    going_on = [f"{one.why} until {one.until} ({one.change.system}: {one.change.label})" for one in verified.residual]
    return f"it holds; {'; '.join(going_on)}" if going_on else "it holds: no access is left"


def undo_command(
    number: Number,
    change: Annotated[list[str] | None, typer.Option(metavar="CHANGE", help="Only this change.")] = None,
    as_: Acting = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Plan to put back what was changed; somebody else approves it, then apply carries it out.

    Example: offboard undo D-2026-0001 --as it@acme.example
    """
    with firm_of(config) as firm:
        undo = plan_undo(firm.office, number, asked_by=as_, only=change or [])
        if as_json:
            say_json(show_plan(firm.office, number))
            return
        plan_in_words(show_plan(firm.office, number))
        who = "an owner" if undo.owner_decides else "somebody else"
        say(
            f"Next, {who} approves it: offboard approve {number.upper()} --as EMAIL; "
            f"then: offboard apply {number.upper()}"
        )


def settle_command(
    number: Number,
    change: Annotated[str, typer.Argument(metavar="CHANGE", help="The change that could not be carried out.")],
    reason: Annotated[str, typer.Option(help="Why it may stay as it is.")] = "",
    as_: Acting = "",
    config: Config = None,
) -> None:
    """Close a change that failed, drifted or was parked, with a reason.

    Example: offboard settle D-2026-0001 c004 --reason "the server was scrapped" --as it@acme.example
    """
    with firm_of(config) as firm:
        deciding.settle(firm.office, number, change, as_, reason)
        say(f"{number.upper()}: {change} is closed by {as_}")


def list_command(as_json: AsJson = False, config: Config = None) -> None:
    """List the departures and where each stands.

    Example: offboard list
    """
    with firm_of(config) as firm:
        rows = [
            {
                "departure": d.number,
                "status": status.value,
                "leaver": d.leaver.name,
                "moment": plan_json(d, None)["moment"],
                "playbook": d.playbook,
                "successor": d.successor.name if d.successor else None,
            }
            for d, status in firm.store.departures.every()
        ]
        if as_json:
            say_json(rows)
        elif rows:
            say_table(tuple(rows[0]), [tuple(row.values()) for row in rows])
        else:
            say("There is no departure yet. Start one: offboard start PERSON --last-moment … --as EMAIL")


def show_command(number: Number, as_json: AsJson = False, config: Config = None) -> None:
    """Show where a departure stands, with the clock per system.

    Example: offboard show D-2026-0001
    """
    with firm_of(config) as firm:
        shown = show(firm.office, number)
        if as_json:
            say_json(shown)
        else:
            show_in_words(shown)


def _finish(firm: Firm, number: str, *, as_json: bool) -> None:
    shown = show(firm.office, number)
    if as_json:
        say_json(shown)
    else:
        show_in_words(shown)
    exit_as_it_stands(firm, number)


def exit_as_it_stands(firm: Firm, number: str) -> None:
    """Say what failed and why, and exit 3 when a system could not be reached, 1 when somebody has to look."""
    departure = firm.store.departures.get(number)
    known: dict[str, Outcome] = {}
    waiting: list[Change] = []
    silent: list[Change] = []
    for kept in firm.store.plans.every(departure.number):
        if not kept.voided:
            known |= firm.store.outcomes.of(kept.plan.digest)
            waiting += [change for change in blocking(firm.office, kept.plan) if change.id in known]
            silent += [c for c in unsettled(firm.office, kept.plan) if c.id in known and known[c.id].unreachable]
    status = firm.store.departures.status(departure.number)
    if status in ENDED:
        return
    told = {change.id: known[change.id] for change in (*waiting, *silent)}
    for error, hint in dict.fromkeys((outcome.error, outcome.hint) for outcome in told.values()):
        say_error(SaysNo(error or "something was not done", hint=hint or f"See: offboard show {departure.number}"))
    if silent:
        raise typer.Exit(3)
    if waiting or status is Status.ATTENTION:
        raise typer.Exit(1)


def _short(state: Any) -> str:
    return (
        "not there"
        if state is None
        else ", ".join(f"{k}: {v}" for k, v in state.items())
        if isinstance(state, dict)
        else str(state)
    )
