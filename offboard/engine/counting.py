"""What became of a leaver's clients, contacts and open items, in figures."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from offboard.domain.change import Result
from offboard.domain.parts import PartKind, kind_and_id
from offboard.domain.plan import PlanKind
from offboard.engine.clientele import STEP, keeps_open, seen_left

if TYPE_CHECKING:
    from offboard.domain.canonical import Json
    from offboard.domain.departure import Departure
    from offboard.engine.office import Office
    from offboard.storage.plans import Kept

WORDS = ("reassigned", "skipped", "orphaned", "given_back")


def count_clients(office: Office, departure: Departure, plans: list[Kept]) -> dict[str, Json]:
    """Count the leaver's clients, contacts and open items, each under its own name.

    They are reassigned, skipped by somebody with a reason, orphaned, or given back; ``kept_open_by`` says in words what
    of them keeps the departure from being closed.
    """
    stands = _stands(office, departure, plans)
    counted = {kind: Counter(word for target, word in stands.items() if _kind(target) is kind) for kind in PartKind}
    return {
        "clients": _figures(counted[PartKind.CLIENT]),
        "contacts": _figures(counted[PartKind.CONTACT]),
        "items": _figures(counted[PartKind.ITEM]),
        "kept_open_by": keeps_open(office, departure),
    }


def _stands(office: Office, departure: Departure, plans: list[Kept]) -> dict[str, str]:
    stands: dict[str, str] = {}
    for kept in plans:
        if kept.plan.kind is PlanKind.SENDING:
            continue
        undo = kept.plan.kind is PlanKind.UNDO
        known = office.store.outcomes.of(kept.plan.digest)
        by_people = office.store.outcomes.settled_by_people(kept.plan.digest)
        for change in kept.plan.changes:
            if change.step != STEP:
                continue
            outcome = known.get(change.id)
            done = outcome is not None and outcome.result in {Result.DONE, Result.ALREADY}
            if undo and not done:
                continue
            settled = "given_back" if undo else "reassigned"
            stands[change.target] = settled if done else "skipped" if change.id in by_people else "orphaned"
    for part in seen_left(office, departure) or ():
        stands[str(part["target"])] = "orphaned"
    # What was decided on counts as that, unless it was passed on after all.
    return stands | {target: "skipped" for target in departure.skips if stands.get(target, "orphaned") == "orphaned"}


def _figures(counted: Counter[str]) -> dict[str, Json]:
    return {"total": sum(counted.values()), **{word: counted[word] for word in WORDS}}


def _kind(target: str) -> PartKind:
    return kind_and_id(target)[0]
