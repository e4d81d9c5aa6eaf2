"""Answering what planning asks: second accounts, ways in from outside, meetings with clients."""

from typing import Annotated

import typer

from offboard.commands.saying import Acting, AsJson, Config, firm_of, say, say_json
from offboard.domain.plan import PlanKind
from offboard.engine import questions as asking
from offboard.errors import BadInput

WORDS = {"yes": True, "no": False}


def answer_command(
    number: Annotated[str, typer.Argument(metavar="D", help="A departure, such as D-2026-0001.")],
    questions: Annotated[
        list[str], typer.Argument(metavar="QUESTION...", help="An id, such as Q-0123456789, or words of the question.")
    ],
    word: Annotated[str, typer.Argument(metavar="yes|no", help="The answer to all of them.")],
    because: Annotated[str, typer.Option(metavar="TEXT", help="Why; needed for a no.")] = "",
    as_: Acting = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Answer what planning asks; until then it stays as it is, and the departure is not closed.

    A yes has the change carried out that hangs on it, a no declines it. 'offboard plan D' lists the questions with what
    either answer means. Until a plan is approved with an answer, that can be given anew.

    Example: offboard answer D-2026-0001 Q-0123456789 no --because "the auditors use it" --as it@acme.example
    """
    if word.casefold() not in WORDS:
        raise BadInput(f"{word!r} is neither yes nor no", hint="offboard answer D QUESTION yes|no --as EMAIL")
    yes = WORDS[word.casefold()]
    with firm_of(config) as firm:
        left = asking.answer(firm.office, number, questions, as_, yes=yes, because=because)
        departure = firm.store.departures.get(number)
        if as_json:
            kept = firm.store.plans.in_force(departure.number, PlanKind.ACCESS)
            shape = asking.questions_json(firm.office, kept.plan if kept else None)
            say_json({"departure": departure.number, "open": [one.id for one in left], "questions": shape})
            return
        say(f"{departure.number}: {', '.join(questions)} answered {word.casefold()} by {as_}")
        for one in left:
            say(f"Still open: {one.id} on {one.system}: {one.text}")
        if not left:
            say(f"Nothing is open any more. Next: offboard approve {departure.number} --as EMAIL")
