"""Who takes each client over, whom the owner calls first, what clients answer, and who depends on one person."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from markupsafe import Markup
from starlette.responses import RedirectResponse

from offboard.desk.rendering import Renderer
from offboard.desk.visiting import Post, Posted, Visit, Visiting
from offboard.domain.clients import Standing
from offboard.domain.exposure import Exposure
from offboard.domain.exposure_page import LEGEND, exposure_plot, trend_plot
from offboard.domain.people import Role, fold
from offboard.domain.trend import in_words, trend
from offboard.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence

router = APIRouter()
SAID = {
    "asked": "It is on its way: it is planned anew within a minute, and the plan then has to be approved again.",
    "briefed": "It is on its way: within a minute the letters say so on which nobody has decided yet.",
    "called": "The call is recorded; the letter goes as soon as it is approved.",
    "answered": "The answer is on its way into the register.",
}
MOST_CALLS = 1000
MOST = 20
"""So many decisions of the desk are shown, the newest first."""


@router.get("/clients")
def exposed(request: Request, visit: Visiting) -> Response:
    """Show who depends on one person, and how that has changed."""
    visit.need(Role.HR, Role.OWNER)
    book = visit.needs.store.clients
    view, weeks = book.view("exposure"), trend(book.weeks())
    names = visit.needs.store.requests.names()
    given = [Exposure.from_json(row) for row in view.data["rows"]] if view else []
    rows = [replace(row, person=names.get(fold(row.person), row.person)) for row in given]
    alone = sorted(
        ((row.person, client) for row in rows for client in row.each if client.alone),
        key=lambda one: (-one[1].value, one[1].id),
    )
    render: Renderer = request.app.state.render
    return render.page(
        "clients_exposure.html",
        visit=visit,
        view=view,
        rows=rows,
        without=view.data["without_responsible"] if view else 0,
        alone=alone[:100],
        legend=LEGEND,
        # Both plots escape every name themselves.
        plot=Markup(exposure_plot(rows)),  # noqa: S704
        over_time=Markup(trend_plot(weeks)) if len(weeks) > 1 else "",  # noqa: S704
        change=in_words(weeks),
    )


@router.get("/departures/{number}/clients")
def proposed(request: Request, visit: Visiting, number: str, said: str = "") -> Response:
    """Show who could take over each client, who is chosen, and what was decided."""
    visit.need(Role.HR, Role.OWNER)
    departure = visit.departure(number)
    store = visit.needs.store
    view = store.clients.view(f"proposals {departure.number}")
    shown = visit.needs.show(departure.number)
    passed = {change["target"]: change["label"] for change in shown["changes"] if _passed_on(change)}
    rows = view.data["rows"] if view else []
    traits = sorted({f"{trait}={value}" for row in rows for trait, value in row["traits"].items() if value})
    render: Renderer = request.app.state.render
    return render.page(
        "clients.html",
        visit=visit,
        departure=departure,
        shown=shown,
        view=view,
        rows=rows,
        people=view.data["people"] if view else [],
        called=_called(view.data["people"]) if view else {},
        traits=traits,
        passed=passed,
        answers=[standing.value for standing in Standing if standing and _may_say(visit, standing)],
        decided=list(reversed(store.clients.requests(departure.number)))[:MOST],
        said=SAID.get(said, ""),
    )


@router.get("/departures/{number}/calls")
def calls(request: Request, visit: Visiting, number: str, said: str = "") -> Response:
    """Show whom the owner calls before a letter goes out."""
    visit.need(Role.HR, Role.OWNER)
    departure = visit.departure(number)
    render: Renderer = request.app.state.render
    return render.page(
        "clients_calls.html",
        visit=visit,
        departure=departure,
        calls=visit.needs.store.clients.calls(departure.number),
        calling=visit.is_any(Role.OWNER),
        said=SAID.get(said, ""),
    )


@router.post("/departures/{number}/clients/assign")
def assign(post: Posted, number: str) -> Response:
    """Let somebody take over the ticked clients, or all that have something in common."""
    if not post.text("to"):
        raise BadInput("choose who takes over", hint="Go back and choose somebody.")
    wanted = {"do": "assign", "clients": _chosen(post, number), "to": post.text("to")}
    return _ask(post, number, wanted, voids=True)


@router.post("/departures/{number}/clients/accept")
def accept(post: Posted, number: str) -> Response:
    """Take the proposals over for the ticked clients."""
    return _ask(post, number, {"do": "accept", "clients": _chosen(post, number)}, voids=True)


@router.post("/departures/{number}/clients/skip")
def skip(post: Posted, number: str) -> Response:
    """Leave the ticked clients where they are, with a reason."""
    if not post.text("reason").strip():
        raise BadInput("say why they stay with somebody who leaves", hint="Go back and write it in a sentence.")
    return _ask(post, number, {"do": "skip", "clients": _chosen(post, number), "reason": post.text("reason")})


@router.post("/departures/{number}/clients/brief")
def brief(post: Posted, number: str) -> Response:
    """Record that the successors of the ticked clients were told how things stand with them."""
    return _ask(post, number, {"do": "brief", "clients": _chosen(post, number)}, said="briefed")


@router.post("/departures/{number}/clients/answer")
def answer(post: Posted, number: str) -> Response:
    """Record what a client answered."""
    standing = next((one for one in Standing if one and one.value == post.text("standing")), None)
    if standing is None or not post.text("client"):
        raise BadInput("choose the client and what they answered", hint="Go back and choose both.")
    if not _may_say(post.visit, standing):
        post.visit.need(Role.OWNER)
    to = post.text("to") if standing is Standing.SOMEONE_ELSE else ""
    wanted = {"do": "answer", "client": post.text("client"), "standing": standing.value, "to": to,
              "note": post.text("note")}  # fmt: skip
    return _ask(post, number, wanted, said="answered")


@router.post("/departures/{number}/calls/choose")
def choose_calls(post: Posted, number: str) -> Response:
    """Say how many of the most valuable clients the owner calls first."""
    post.visit.need(Role.OWNER)
    first = post.text("first").strip()
    if not first.isdecimal() or int(first) > MOST_CALLS:
        raise BadInput(f"write how many, from 0 to {MOST_CALLS}", hint="Go back and write a number.")
    return _ask(post, number, {"do": "calls", "first": int(first)})


@router.post("/departures/{number}/calls/called")
def called(post: Posted, number: str) -> Response:
    """Record that the owner called a client."""
    departure = post.visit.departure(number)
    post.visit.need(Role.OWNER)
    post.visit.needs.decides.called(departure.number, post.visit.person, post.text("client"), note=post.text("note"))
    return RedirectResponse(f"/departures/{departure.number}/calls?said=called", 303)


def _ask(post: Post, number: str, wanted: dict[str, Any], *, voids: bool = False, said: str = "asked") -> Response:
    """Keep a decision for the resident process, which alone can reach a register."""
    visit = post.visit
    visit.need(Role.HR, Role.OWNER)
    departure = visit.departure(number)
    # What was approved must not be carried out with somebody else in it; what has begun is the engine's to judge.
    begun = visit.needs.store.outcomes.begun(departure.number)
    visit.needs.store.clients.ask(departure.number, wanted, by=visit.person, voids=voids and not begun)
    return RedirectResponse(f"/departures/{departure.number}/clients?said={said}", 303)


def _chosen(post: Post, number: str) -> list[str]:
    """Return the ticked clients and those that share the chosen trait."""
    departure = post.visit.departure(number)
    view = post.visit.needs.store.clients.view(f"proposals {departure.number}")
    rows = view.data["rows"] if view else []
    trait, _, value = post.text("all_of").partition("=")
    shared = [row["client"] for row in rows if trait and fold(str(row["traits"].get(trait, ""))) == fold(value)]
    found = list(dict.fromkeys([*post.texts("client"), *shared]))
    if not found:
        raise BadInput("no client is chosen", hint="Go back and tick at least one, or choose what they have in common.")
    return found


def _called(people: Sequence[dict[str, str]]) -> dict[str, str]:
    """Return what people are called by, of those whose name is nobody else's too."""
    often = Counter(one["name"] for one in people)
    return {one["key"]: one["name"] for one in people if often[one["name"]] == 1}


def _passed_on(change: dict[str, Any]) -> bool:
    return (
        change["step"] == "reassign_clients" and change["outcome"] in {"done", "already"} and change["plan"] != "undo"
    )


def _may_say(visit: Visit, standing: Standing) -> bool:
    """Say whether this person may record that; only the owner lets a client go."""
    return visit.is_any(Role.OWNER) if standing is Standing.LET_GO else visit.is_any(Role.HR, Role.OWNER)
