"""What the plan in force asks, and answering it.

An open question holds nothing up but what it is about: doors are shut at once. The departure stays open until all of
them are answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from offboard.domain.change import Phase
from offboard.domain.departure import ENDED, Status
from offboard.domain.people import fold
from offboard.domain.plan import TWINS, PlanKind
from offboard.domain.question import declined_by, heard, questions_of, unanswered
from offboard.errors import BadInput, NoSuchDeparture, SaysNo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offboard.domain.canonical import Json
    from offboard.domain.departure import Departure
    from offboard.domain.plan import Plan
    from offboard.domain.question import Question
    from offboard.engine.office import Office


def answer(
    office: Office, number: str, questions: Sequence[str], person: str, *, yes: bool, because: str = ""
) -> list[Question]:
    """Record what ``person`` answers to questions of the plan in force; return those that are still open.

    A question is named by its id, or by words that stand in no other question of the plan.

    Raises:
        BadInput: the words stand in several questions.
        NoSuchDeparture: the plan does not ask this (any more).
        NotAllowed: not listed, an auditor, or the leaver.
        SaysNo: a no without a reason; a plan that is approved already; a yes for an account that has no departure.
    """
    departure = office.store.departures.get(number)
    office.may_ask(person, departure)
    kept = office.store.plans.in_force(departure.number, PlanKind.ACCESS)
    asked = questions_of(kept.plan) if kept else []
    wanted = {name: _meant(asked, name) for name in questions}
    unknown = [name for name, found in wanted.items() if found is None]
    if kept is None or unknown:
        raise NoSuchDeparture(
            f"{departure.number} does not ask {', '.join(unknown) or 'anything'} (any more)",
            hint=f"Read its plan as it is now: offboard plan {departure.number}",
        )
    chosen = list(dict.fromkeys(found for found in wanted.values() if found))
    if _approved_with_answers(office, kept.plan, chosen):
        raise SaysNo(
            f"{departure.number} is approved with the answers that it had",
            hint=f"Have it planned anew, which voids the approval: offboard plan {departure.number} --again --as EMAIL",
        )
    if not yes and not because.strip():
        raise SaysNo(
            "a no is answered with a reason",
            hint='Say why it stays as it is, such as "the auditors use it" (on the command line: --because TEXT).',
        )
    for one in chosen if yes else ():
        _check_leaves_too(office, departure, one)
    office.store.answers.give(
        departure.number, chosen, yes=yes, because=" ".join(because.split()), person=person, os_user=office.os_user
    )
    return open_questions(office, kept.plan)


def _approved_with_answers(office: Office, plan: Plan, questions: Sequence[Question]) -> bool:
    """Say whether somebody approved the plan when one of these questions was answered already."""
    given = office.store.answers.of(plan.departure)
    whole = [one for one in office.store.plans.approvals(plan.digest) if set(Phase) <= set(one.phases)]
    return any(
        one.change and one.id in given and one.change not in approval.held_back
        for one in questions
        for approval in whole
    )


def _meant(asked: Sequence[Question], name: str) -> Question | None:
    """Return the question of that id, or the one with these words."""
    words = fold(name)
    found = [one for one in asked if words == fold(one.id)] or [
        one for one in asked if words and words in fold(one.text)
    ]
    if len(found) > 1:
        raise BadInput(
            f"{name!r} stands in {len(found)} questions", hint=f"Use the id: {', '.join(one.id for one in found)}."
        )
    return found[0] if found else None


def leaves_too(office: Office, departure: Departure, account_id: str) -> bool:
    """Say whether this account has a departure of its own: under way, or closed since this one was asked for."""
    return any(
        account_id in {other.leaver.id, *(account.id for account in other.accounts.values())}
        and (status not in ENDED or (status is Status.CLOSED and other.requested_at >= departure.requested_at))
        for other, status in office.store.departures.every()
        if other.number != departure.number
    )


def open_questions(office: Office, plan: Plan) -> list[Question]:
    """Return the questions of a plan that nobody has answered."""
    return unanswered(questions_of(plan), office.store.answers.of(plan.departure))


def questions_json(office: Office, plan: Plan | None) -> list[Json]:
    """Return each question of a plan with its answer or ``None``, as ``plan --json`` prints them."""
    asked = questions_of(plan) if plan else []
    given = office.store.answers.of(plan.departure) if plan and asked else {}
    return [
        {
            "id": one.id,
            "step": one.step,
            "system": one.system,
            "text": one.text,
            "yes": one.yes,
            "no": one.no,
            "change": one.change or None,
            "answer": cast("Json", given[one.id].to_json()) if one.id in given else None,
        }
        for one in asked
    ]


def decided(office: Office, plan: Plan) -> tuple[list[str], list[str], list[Question]]:
    """Return the changes that a no declines, those that wait for an answer, and the questions that are open."""
    asked = questions_of(plan)
    given = office.store.answers.of(plan.departure) if asked else {}
    left = unanswered(asked, given)
    return declined_by(asked, given), [one.change for one in left if one.change], left


def heard_now(office: Office, plan: Plan) -> str:
    """SHA-256 (hex) of the answers to a plan's questions as they are now."""
    asked = questions_of(plan)
    given = office.store.answers.of(plan.departure) if asked else {}
    return heard({one.id: given[one.id].yes for one in asked if one.id in given})


def _check_leaves_too(office: Office, departure: Departure, question: Question) -> None:
    """Check that an account that shall be shut as well has a departure of its own: nothing else shuts it."""
    if question.step == TWINS and not leaves_too(office, departure, question.about):
        raise SaysNo(
            f"{question.id}: no departure shuts this account yet: {question.text}",
            hint=f"{question.yes[:1].upper()}{question.yes[1:]}; then answer yes. "
            f"The departure of {departure.leaver.name} does not touch it.",
        )
