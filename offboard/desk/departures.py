"""The departures with their clocks, one departure with its plan, and approving it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from offboard.desk.rendering import Renderer
from offboard.desk.visiting import Posted, Visit, Visiting
from offboard.domain.approval import may_approve
from offboard.domain.change import Phase
from offboard.domain.departure import ENDED, Departure, Status, instant
from offboard.domain.people import Role
from offboard.domain.plan import PlanKind
from offboard.domain.question import heard
from offboard.domain.telling import ANSWERED_NO, PHASES, UNDOING, not_chosen
from offboard.errors import NotAllowed
from offboard.storage.desk_requests import PLANNED

router = APIRouter()
DECIDING = (Role.HR, Role.IT, Role.OWNER)
CLOSING = (Role.IT, Role.OWNER)
OPEN = frozenset({Status.PLANNED.value, Status.APPROVED.value, Status.SCHEDULED.value})
HANDS = dict.fromkeys(("requested", "first_write", "secured", "closed"), "")
SAID = {
    "approved": "Your approval is recorded.",
    "cancelled": "It is called off.",
    "undo": "The plan to put things back is made. Somebody else reads and approves it.",
    "settled": "It is recorded that this is settled, and why.",
    "answered": "Your answer is recorded.",
}
"""What was done a moment ago, by the word that stands in the address: no sentence comes from there."""


@router.get("/")
def listed(request: Request, visit: Visiting) -> Response:
    """Show every departure that this person may see, or their own tasks when they may see none."""
    if not visit.roles:
        return RedirectResponse("/tasks", 303)
    store = visit.needs.store
    rows = [
        {"number": d.number, "leaver": d.leaver.name, "status": status.value, "moment": instant(d.moment),
         "zone": d.timezone, "playbook": d.playbook, "successor": d.successor.name if d.successor else "",
         "clock": HANDS | store.departures.clock(d.number), "to_read": _to_read(visit, d, status)}
        for d, status in store.departures.every()
        if visit.may_see(d)
    ]  # fmt: skip
    planning = [one for one in store.requests.waiting() if not _concerns(visit, one.wanted.person)]
    render: Renderer = request.app.state.render
    return render.page("departures.html", visit=visit, rows=rows, planning=planning)


@router.get("/departures/{number}")
def one(request: Request, visit: Visiting, number: str, said: str = "") -> Response:
    """Show one departure: where it stands, its plan in words, and what this person can do."""
    departure = visit.departure(number)
    needs = visit.needs
    shown, plan = needs.show(departure.number), needs.show_plan(departure.number)
    undoing = plan["kind"] == PlanKind.UNDO.value
    approvals = _approvals(visit, plan)
    waits = (
        shown["status"] == Status.PLANNED.value or (undoing and not approvals) or _waits_in_part(shown, plan, approvals)
    )
    waiting = not_chosen(plan)
    outcomes = {row["id"]: row for row in shown["changes"] if row["plan"] == plan["kind"]}
    done = [row for row in shown["changes"] if row["outcome"] == "done" and row["plan"] == PlanKind.ACCESS.value]
    begun = any(row["outcome"] for row in outcomes.values()) if undoing else shown["clock"]["first_write"]
    decides = visit.is_any(*DECIDING)
    render: Renderer = request.app.state.render
    return render.page(
        "departure.html",
        visit=visit,
        departure=departure,
        shown=shown,
        plan=plan,
        phases=UNDOING if undoing else PHASES,
        outcomes=outcomes,
        one_way=[c for c in plan["changes"] if c["one_way"] and waiting.get(c["id"]) != ANSWERED_NO],
        asked=plan["questions"],
        waiting=waiting,
        heard=_heard(plan),
        troubled=[row for row in shown["changes"] if row["outcome"] and not row["settled"]],
        settles=visit.is_any(*CLOSING),
        decides=decides,
        back=[] if undoing or shown["status"] == Status.UNDONE.value or not decides else done,
        gaps=[gap for gap in plan["not_covered"] if gap["system"] and not gap.get("question")],
        approvals=approvals,
        waits=waits,
        hindered=_hindrance(visit, departure, plan),
        may_cancel=decides and not begun and (undoing or shown["status"] in OPEN),
        said=SAID.get(said, ""),
    )


@router.post("/departures/{number}/approve")
def approve(post: Posted, number: str) -> Response:
    """Approve the plan that was read, but for the changes that are declined."""
    visit = post.visit
    departure = visit.departure(number)
    plan = visit.needs.show_plan(departure.number)
    declined = [*post.texts("decline"), *not_chosen(plan)]
    one_way = any(change["one_way"] and change["id"] not in declined for change in plan["changes"])
    if one_way or plan["kind"] == PlanKind.UNDO.value:
        visit.need_fresh()
    visit.needs.decides.approve(
        departure.number,
        visit.person,
        decline=post.texts("decline"),
        read=post.text("digest") or "none",
        heard=post.text("heard") or "none",
    )
    return RedirectResponse(f"/departures/{departure.number}?said=approved", 303)


@router.post("/departures/{number}/cancel")
def cancel(post: Posted, number: str) -> Response:
    """Call a departure off before anything was written."""
    visit = post.visit
    visit.need(Role.HR, Role.IT, Role.OWNER)
    departure = visit.departure(number)
    visit.needs.decides.cancel(departure.number, visit.person)
    return RedirectResponse(f"/departures/{departure.number}?said=cancelled", 303)


@router.get("/requests/{request_id}")
def requested(request: Request, visit: Visiting, request_id: str) -> Response:
    """Show that a departure is being planned, then the plan, or why there is none."""
    visit.need(Role.HR, Role.IT, Role.OWNER)
    found = visit.needs.store.requests.get(request_id)
    if found and found.state == PLANNED:
        return RedirectResponse(f"/departures/{visit.departure(found.departure).number}", 303)
    if found and _concerns(visit, found.wanted.person):
        found = None
    render: Renderer = request.app.state.render
    return render.page("request.html", visit=visit, found=found, code=200 if found else 404)


def _heard(plan: dict[str, Any]) -> str:
    return heard({one["id"]: one["answer"]["yes"] for one in plan["questions"] if one["answer"]})


def _waits_in_part(shown: dict[str, Any], plan: dict[str, Any], approvals: list[dict[str, Any]]) -> bool:
    """Say whether a part still waits for an approval: all but the doors of an urgent one, or what was asked about."""
    if not approvals or shown["status"] in {status.value for status in ENDED}:
        return False
    whole = [approval for approval in approvals if _whole(approval)]
    return all(_answered(plan) & set(approval["held_back"]) for approval in whole) and (
        bool(whole) or shown["status"] != Status.INFORMING.value
    )


def _answered(plan: dict[str, Any]) -> set[str]:
    """Return the ids of the changes that somebody said yes or no to."""
    return {one["change"] for one in plan["questions"] if one["answer"] and one["change"]}


def _whole(approval: dict[str, Any]) -> bool:
    return set(approval["phases"]) >= {phase.value for phase in Phase}


def _concerns(visit: Visit, person: str) -> bool:
    """Say whether a request is about the one who looks."""
    known = visit.needs.store.requests.known(person)
    return visit.person in {person.casefold(), known.mail.casefold() if known else ""}


def _approvals(visit: Visit, plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [approval.to_json() for approval in visit.needs.store.plans.approvals(plan["digest"] or "")]


def _hindrance(visit: Visit, departure: Departure, plan: dict[str, Any]) -> str:
    """Return why this person cannot approve the plan, empty when they can."""
    if plan["kind"] is None:
        return "There is no plan yet."
    kind = PlanKind(plan["kind"])
    kept = visit.needs.store.plans.in_force(departure.number, kind)
    asked = {kept.asked_by if kept else "", departure.requested_by if kind is PlanKind.ACCESS else ""}
    mine = [one for one in _approvals(visit, plan) if one["person"] == visit.person and _whole(one)]
    if mine and not all(_answered(plan) & set(one["held_back"]) for one in mine):
        return "You have approved it."
    try:
        for asked_by in asked:
            may_approve(kind, visit.person, visit.roles, leaver=departure.leaver, asked_by=asked_by)
    except NotAllowed as error:
        return f"{error}. {error.hint}"
    return ""


def _to_read(visit: Visit, departure: Departure, status: Status) -> int:
    """Return how many letters wait for somebody to read them."""
    if status in {Status.CANCELLED, Status.UNDONE} or not visit.is_any(Role.OWNER):
        return 0
    return sum(
        1 for x in visit.needs.store.letters.letters(departure.number) if x.state.value in {"draft", "to_review"}
    )
