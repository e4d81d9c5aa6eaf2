"""Where a departure stands, from what was done and decided: what is open, and the status that this makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from offboard.domain.approval import agreed
from offboard.domain.canonical import digest
from offboard.domain.change import SETTLED, Effect, Phase, Result
from offboard.domain.departure import ENDED, Status
from offboard.domain.guards import Reason, approvers_needed
from offboard.domain.letter import LETTER_SETTLED, LetterState
from offboard.domain.plan import PlanKind
from offboard.engine import clientele
from offboard.engine.drafts import drafts_recalled
from offboard.engine.looking import place_steps
from offboard.engine.questions import open_questions
from offboard.errors import Ended

if TYPE_CHECKING:
    from collections.abc import Collection

    from offboard.domain.change import Change, Outcome
    from offboard.domain.departure import Departure
    from offboard.domain.plan import Plan
    from offboard.domain.playbook import Entry
    from offboard.engine.office import Office
    from offboard.storage.plans import Kept

Standing: TypeAlias = "tuple[dict[str, Outcome], set[str]]"
"""The latest outcome of each change of a plan, and which changes a person closed with a reason."""

Pending: TypeAlias = "list[tuple[Change, Outcome | None]]"

READY = frozenset({Status.SECURING, Status.HANDING_OVER, Status.INFORMING, Status.ATTENTION})
"""The statuses in which informing may begin, once everything before it is settled."""

TROUBLED = frozenset({LetterState.HELD, LetterState.FAILED})


def pending(office: Office, plan: Plan, standing: Standing | None = None) -> Pending:
    """Return the changes that are settled neither by the systems nor by a person with a reason, each with its outcome.

    What was put back meanwhile is nobody's to carry out any more. ``standing`` is what the store says of the plan,
    where somebody has just read it.
    """
    known, by_people = office.store.outcomes.standing(plan.digest) if standing is None else standing
    left = [
        (change, known.get(change.id))
        for change in plan.changes
        if change.id not in by_people and not (change.id in known and known[change.id].settled)
    ]
    if plan.kind is PlanKind.UNDO or not any(outcome for _, outcome in left):
        return left
    back = _given_back(office, plan.departure, {Result.DONE, Result.ALREADY})
    return [(change, outcome) for change, outcome in left if change.id not in back]


def unsettled(office: Office, plan: Plan, standing: Standing | None = None) -> list[Change]:
    """Return the changes of :func:`pending`."""
    return [change for change, _ in pending(office, plan, standing)]


def blocking(office: Office, plan: Plan, left: Pending | None = None) -> list[Change]:
    """Return the unsettled changes that what comes later waits for.

    Those that still have time to show hold nothing up, nor do those that were approved to wait for an answer. ``left``
    is what :func:`pending` says, where somebody has just asked.
    """
    now, unanswered = office.now(), waiting_for_answers(office, plan)
    left = pending(office, plan) if left is None else left
    return [change for change, known in left if change.id not in unanswered and not (known and known.awaited(now))]


def waiting_for_answers(office: Office, plan: Plan) -> frozenset[str]:
    """Return the ids of the changes that the approvals of a plan hold back until what they ask is answered."""
    asking = {change.id for change in plan.changes if change.asks}
    if not asking:
        return frozenset()
    guards = next(kept.guards for kept in office.store.plans.every(plan.departure) if kept.plan.digest == plan.digest)
    needed = approvers_needed([Reason.from_json(guard) for guard in guards])
    return agreed(plan, office.store.plans.approvals(plan.digest), needed=needed).held_back & asking


def waiting(office: Office, plan: Plan, left: Pending | None = None) -> list[Change]:
    """Return the unsettled changes that were written and come into effect without us, in time or not."""
    return [change for change, known in (pending(office, plan) if left is None else left) if known and known.waits]


def waited_before(office: Office, change: Change, departure: Departure) -> bool:
    """Say whether the same thing waits under an earlier plan already, and was not put back since."""
    place, back = (change.step, change.system, change.target), put_back(office, departure)
    return any(
        outcomes[other.id].waits
        for kept in office.store.plans.every(departure.number)
        if kept.plan.kind is not PlanKind.UNDO
        for outcomes in [office.store.outcomes.of(kept.plan.digest)]
        for other in kept.plan.changes
        if (other.step, other.system, other.target) == place and other.id in outcomes and other.id not in back
    )


def undo_under_way(office: Office, departure: Departure) -> Kept | None:
    """Return the undo that was planned and is not finished, or ``None``."""
    kept = office.store.plans.in_force(departure.number, PlanKind.UNDO)
    return kept if kept and unsettled(office, kept.plan) else None


def access_settled(office: Office, departure: Departure) -> bool:
    """Say whether securing and handing over are behind us, which is what informing waits for."""
    if office.store.departures.status(departure.number) not in READY:
        return False
    kept = office.store.plans.in_force(departure.number, PlanKind.ACCESS)
    if kept is None:
        return False
    if blocking(office, kept.plan) or unread(office, departure, kept.plan):
        return False
    return undo_under_way(office, departure) is None


def access_to_do(office: Office, departure: Departure) -> bool:
    """Say whether a run of the access plan has anything to do, be it to look whether what waits has come about."""
    if not access_settled(office, departure):
        return True
    kept = office.store.plans.in_force(departure.number, PlanKind.ACCESS)
    return bool(kept and waiting(office, kept.plan))


def check_open(office: Office, departure: Departure) -> None:
    """Check that there may still be something to do.

    Raises:
        Ended: the departure is over, and no undo is under way.
    """
    status = office.store.departures.status(departure.number)
    if status in ENDED and undo_under_way(office, departure) is None:
        raise Ended(f"{departure.number} is {status.value}")


def unread(office: Office, departure: Departure, plan: Plan) -> frozenset[Phase]:
    """Return the phases before informing for which a system did not answer at planning, so that the plan lacks them."""
    lacking = {gap.step for gap in plan.not_covered if gap.unread}
    entries = office.playbook(departure.playbook).entries if lacking else ()
    return frozenset(e.phase for e in entries if e.step in lacking and e.phase is not Phase.INFORM)


def may_have_changed(office: Office, kept: Kept) -> list[Change]:
    """Return the changes of a plan that are done, or that were under way when the answer, or the run, was lost."""
    known = office.store.outcomes.of(kept.plan.digest)
    intended = office.store.outcomes.intents(kept.plan.digest)

    def may(change: Change) -> bool:
        outcome = known.get(change.id)
        if outcome is None or outcome.result is Result.DONE:
            return outcome is not None or change.id in intended
        lost = outcome.unreachable or outcome.effect is Effect.ACCEPTED or outcome.result is Result.PARKED
        return lost and change.id in intended

    return [change for change in kept.plan.changes if may(change)]


def put_back(office: Office, departure: Departure) -> set[str]:
    """Return the ids of the changes that an undo has put back."""
    return _given_back(office, departure.number, SETTLED)


def _given_back(office: Office, number: str, results: Collection[Result]) -> set[str]:
    return {
        change_id.removeprefix("u")
        for kept in office.store.plans.every(number)
        if kept.plan.kind is PlanKind.UNDO
        for change_id, outcome in office.store.outcomes.of(kept.plan.digest).items()
        if outcome.result in results
    }


def settle_status(office: Office, departure: Departure) -> None:
    """Set the status that the letters, the automatic reply and what still waits leave a departure in.

    None is closed while a client, a contact or an open item of the leaver is without anybody and without a reason.
    """
    status = status_to_be(office, departure)
    asked = status is Status.CLOSED or clientele.seen_left(office, departure)
    if asked and not clientele.nobody_alone(office, departure):
        status = Status.ATTENTION
    stamp = "closed" if status is Status.CLOSED else None
    office.store.departures.set_status(departure.number, status, stamp=stamp)


def status_to_be(office: Office, departure: Departure) -> Status:
    """Return where a departure stands whose access is settled, as far as time allows."""
    letters = {letter.id: letter.state for letter in office.store.letters.letters(departure.number)}
    states = set(letters.values())
    unapproved = [text for text in texts(office, departure) if not approvers_of(office, departure, text)]
    sending = office.store.plans.in_force(departure.number, PlanKind.SENDING)
    access = office.store.plans.in_force(departure.number, PlanKind.ACCESS)
    left = [(kept.plan, pending(office, kept.plan)) for kept in (access, sending) if kept]
    # What became of a letter is told by its own state, which the owner may have changed since.
    failing = [c for plan, of_plan in left for c in blocking(office, plan, of_plan) if c.target not in letters]
    if failing or states & TROUBLED:
        return Status.ATTENTION
    waits = any(waiting(office, plan, of_plan) for plan, of_plan in left)
    # Only a letter can have a draft.
    waits = waits or (bool(letters) and drafts_recalled(office, departure.number))
    if states - LETTER_SETTLED or unapproved or waits:
        return Status.INFORMING
    return Status.ATTENTION if access and open_questions(office, access.plan) else Status.CLOSED


def informing_entries(office: Office, departure: Departure) -> list[Entry]:
    """Return the playbook's steps that tell people something."""
    playbook = office.playbook(departure.playbook)
    return [e for e in playbook.entries if e.phase is Phase.INFORM and not office.step(e.step).prepares]


def texts(office: Office, departure: Departure) -> list[str]:
    """Return the texts that will be published beside the letters (the automatic reply), where a system can."""
    return [text for published in texts_by_step(office, departure).values() for text in published]


def texts_by_step(office: Office, departure: Departure) -> dict[str, list[str]]:
    """Return the texts that each informing step publishes, where a system can."""
    placed, _ = place_steps(office, departure, informing_entries(office, departure), {})
    return {word: office.step(word).texts(departure) for word in dict.fromkeys(p.entry.step for p in placed)}


def text_digest(text: str) -> str:
    """SHA-256 (hex) under which a published text is approved."""
    return digest("text", text)


def approvers_of(office: Office, departure: Departure, text: str) -> list[str]:
    """Return who approved this very text for this departure."""
    approvals = office.store.plans.approvals(text_digest(text))
    return [approval.person for approval in approvals if approval.departure == departure.number]
