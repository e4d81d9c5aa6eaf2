"""Reviewing the mail rules of somebody who leaves: what each does, and what IT decides on it."""

from typing import Annotated

import typer

from offboard.commands.saying import Acting, AsJson, Config, firm_of, say, say_error, say_json, say_table
from offboard.domain.departure import ENDED, wall_time
from offboard.domain.rule_review import MEANING, RuleDecision
from offboard.engine.planning_anew import plan_at_once
from offboard.engine.reviewing import decide_rules, read_for_review, review
from offboard.errors import BadInput
from offboard.forwarding.reviewing import Reviewed
from offboard.forwarding.wording import sentence
from offboard.wiring import Firm

Number = Annotated[str, typer.Argument(metavar="D", help="A departure, such as D-2026-0001.")]


def add_to(group: typer.Typer) -> None:
    """Add these commands to ``rules``."""
    group.command("review")(list_rules)
    group.command("decide")(decide)


def list_rules(number: Number, as_json: AsJson = False, config: Config = None) -> None:
    """List every mail rule of the leaver: the verdict, what is suggested, and what was decided.

    The rules are read anew where the departure goes on; exit 3 when a mail system does not answer, and then what was
    read before is listed.

    Example: offboard rules review D-2026-0001
    """
    with firm_of(config) as firm:
        departure = firm.store.departures.get(number)
        ended = firm.store.departures.status(departure.number) in ENDED
        faults = [] if ended else read_for_review(firm.office, departure)
        rules = _rules(firm, departure.number)
        if as_json:
            say_json([one.to_json() for one in rules])
        else:
            _say(firm, rules)
    for fault in faults:
        say_error(fault)
    if faults:
        raise typer.Exit(3)


def decide(
    number: Number,
    rules: Annotated[
        list[str] | None, typer.Argument(metavar="[RULE]...", help="A rule's id, such as R-0123456789, or its name.")
    ] = None,
    stop: Annotated[bool, typer.Option("--stop", help=MEANING[RuleDecision.STOP])] = False,
    hand: Annotated[bool, typer.Option("--hand", help=MEANING[RuleDecision.HAND])] = False,
    keep: Annotated[bool, typer.Option("--keep", help=MEANING[RuleDecision.KEEP])] = False,
    leave: Annotated[bool, typer.Option("--leave", help=MEANING[RuleDecision.LEAVE])] = False,
    outside: Annotated[bool, typer.Option("--outside", help="Every working rule that sends mail outside.")] = False,
    because: Annotated[str, typer.Option(metavar="TEXT", help="Why; needed to leave a rule as it is.")] = "",
    as_: Acting = "",
    config: Config = None,
) -> None:
    """Decide on rules of the leaver; IT does that, never the leaver.

    Where the plan would be another one, it is made anew and has to be approved. A rule that was stopped already is
    woken by an undo of that change alone, which somebody approves.

    Example: offboard rules decide D-2026-0001 R-0123456789 --stop --because "it leads outside" --as it@acme.example
    """
    chosen = [word for word, given in zip(RuleDecision, (stop, hand, keep, leave), strict=True) if given]
    if len(chosen) != 1:
        raise BadInput("say one thing that becomes of the rule", hint="Add one of --stop, --hand, --keep, --leave.")
    if bool(rules) == outside:
        raise BadInput("say which rules", hint="Name them by id or name, or add --outside for all that lead outside.")
    with firm_of(config) as firm:
        departure = firm.store.departures.get(number)
        known = _rules(firm, departure.number)
        ids = [one.key.id for one in known if _leads_outside(one)] if outside else [_id(known, x) for x in rules or ()]
        domains = firm.settings.company.domains
        say(decide_rules(firm.office, domains, departure.number, ids, chosen[0], person=as_, because=because))
        if departure.number in firm.store.decisions.to_plan():
            plan_at_once(firm.office, departure.number, person=as_)
            say(f"{departure.number} is planned anew; read it: offboard plan {departure.number}")


def _rules(firm: Firm, number: str) -> list[Reviewed]:
    return review(firm.office, firm.settings.company.domains, number)


def _leads_outside(one: Reviewed) -> bool:
    return one.facts.outside and one.facts.active and not one.facts.house


def _id(known: list[Reviewed], word: str) -> str:
    """Return the id of the rule that is called so; what is unknown is left to whoever decides."""
    found = [one.key.id for one in known if word.casefold() == one.key.id.casefold()]
    found = found or [one.key.id for one in known if word in {one.key.name, one.label}]
    if len(found) > 1:
        raise BadInput(f"{word!r} is the name of {len(found)} rules", hint=f"Use the id: {', '.join(found)}.")
    return found[0] if found else word


def _say(firm: Firm, rules: list[Reviewed]) -> None:
    zone = firm.settings.company.timezone
    for one in rules:
        state = f"stopped by {one.stopped}" if one.stopped else "" if one.facts.active else "not active"
        say_table((one.verdict.word, one.key.id, one.mailbox, one.label, state), [])
        for part in one.judged:
            say(f"  {sentence(part.rule)}")
        for reason in dict.fromkeys(reason for part in one.judged for reason in part.reasons):
            say(f"  - {reason}")
        if one.decided:
            why = f": {one.decided.because}" if one.decided.because else ""
            at = wall_time(one.decided.at, zone)
            say(f"  decided: {one.decided.decision.value}, by {one.decided.by}, {at}{why}")
        else:
            say(f"  suggested: {one.suggestion.value}. {MEANING[one.suggestion]}")
        if one.before:
            say(f"  changed since {one.before.by} decided: {one.before.decision.value}; review it again")
    if not rules:
        say("There are no rules.")
