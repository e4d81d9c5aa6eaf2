"""The leaver's mail rules, as they were read for the review, and what IT decides on each; no system is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from offboard.desk.rendering import Renderer
from offboard.desk.rule_words import InWords
from offboard.desk.visiting import Posted, Visit, Visiting
from offboard.domain.departure import ENDED, Departure
from offboard.domain.people import Role
from offboard.domain.plan import PlanKind
from offboard.domain.rule_review import MEANING, RuleDecision, objection
from offboard.errors import BadInput, NoSuchDeparture, SaysNo
from offboard.forwarding.model import Verdict
from offboard.forwarding.reviewing import Reviewed

router = APIRouter()
READERS = (Role.IT, Role.OWNER, Role.AUDITOR)
OPEN = "open"
"""What the filter calls the rules that nobody has decided on."""

VERDICTS = tuple(verdict.word for verdict in sorted(Verdict, reverse=True))
SAID = {
    "recorded": "It is recorded. The plan stays as it is.",
    "anew": "It is recorded. The plan is made anew with it, which takes a moment, and then has to be approved.",
    "undo": "It is recorded. What was done to the rule is put back once somebody else has approved that.",
}
"""What was done a moment ago, by the word that stands in the address."""


@router.get("/departures/{number}/rules")
def listed(request: Request, visit: Visiting, number: str, show: str = "", said: str = "") -> Response:
    """Show every rule with the verdict, what it does, its copy, and where IT decides on it."""
    visit.need(*READERS)
    departure = visit.departure(number)
    rules = visit.needs.review(departure.number)
    counts = Counter(one.verdict.word for one in rules) | Counter({OPEN: sum(one.decided is None for one in rules)})
    store = visit.needs.store
    render: Renderer = request.app.state.render
    return render.page(
        "rules.html",
        visit=visit,
        departure=departure,
        rules=[one for one in rules if _shown(one, show)],
        all=len(rules),
        counts=counts,
        filters=[(word, counts[word]) for word in (OPEN, *VERDICTS) if counts[word]],
        show=show if show in {OPEN, *VERDICTS} else "",
        seen=store.decisions.newest(departure.number),
        may_decide=visit.is_any(Role.IT) and store.departures.status(departure.number) not in ENDED,
        outside=[one.key.id for one in _outside(rules)],
        quiet=[one.key.id for one in _quiet(rules)],
        choices=lambda one: _choices(departure, one),
        meaning=MEANING,
        in_words=InWords,
        waits=departure.number in store.decisions.to_plan(),
        said=SAID.get(said, ""),
    )


@router.get("/departures/{number}/rules/{rule}/copy")
def copy(visit: Visiting, number: str, rule: str) -> Response:
    """Give the copy of a rule out, byte for byte."""
    visit.need(*READERS)
    departure = visit.departure(number)
    one = next((one for one in visit.needs.review(departure.number) if one.key.id == rule), None)
    if one is None:
        raise NoSuchDeparture("there is no such mail rule, or it was changed since")
    kind = "sieve" if one.script.format == "sieve" else "json"
    headers = {"Content-Disposition": f'attachment; filename="{departure.number}-{one.key.id}.{kind}"'}
    return Response(one.script.content, media_type="application/octet-stream", headers=headers)


@router.post("/departures/{number}/rules/decide")
def decide(post: Posted, number: str) -> Response:
    """Record what becomes of one rule."""
    visit = post.visit
    departure = _decidable(visit, number)
    word = post.text("decision")
    if word not in set(RuleDecision):
        raise BadInput("choose what becomes of the rule", hint="Go back and choose one of the four.")
    rule = post.text("rule")
    return _decided(post, departure, [rule], RuleDecision(word), anchor=rule)


@router.post("/departures/{number}/rules/stop-outside")
def stop_outside(post: Posted, number: str) -> Response:
    """Record that every working rule that leads outside, and that was on the page, is stopped."""
    return _all_of(post, number, _outside, RuleDecision.STOP)


@router.post("/departures/{number}/rules/keep-suggested")
def keep_suggested(post: Posted, number: str) -> Response:
    """Record that every rule that was on the page, and for which that is suggested, is kept for evidence."""
    return _all_of(post, number, _quiet, RuleDecision.KEEP)


def _all_of(
    post: Posted, number: str, which: Callable[[list[Reviewed]], list[Reviewed]], decision: RuleDecision
) -> Response:
    departure = _decidable(post.visit, number)
    rules = [one.key.id for one in which(post.visit.needs.review(departure.number))]
    if rules != post.texts("rules"):
        raise SaysNo("these are other rules than when you opened this; nothing was recorded", hint="Open it anew.")
    return _decided(post, departure, rules, decision, anchor="")


def _decidable(visit: Visit, number: str) -> Departure:
    visit.need(Role.IT)
    return visit.departure(number)


def _decided(post: Posted, departure: Departure, rules: list[str], decision: RuleDecision, *, anchor: str) -> Response:
    visit, seen = post.visit, post.text("seen")
    if not seen.isdecimal():
        raise SaysNo("the page did not say what you had seen; nothing was recorded", hint="Open the page anew.")
    visit.needs.decides.rules(
        departure.number, rules, decision, visit.person, because=post.text("because"), seen=int(seen)
    )
    store = visit.needs.store
    undo = visit.needs.show_plan(departure.number)["kind"] == PlanKind.UNDO.value
    said = "undo" if undo else "anew" if departure.number in store.decisions.to_plan() else "recorded"
    return RedirectResponse(f"/departures/{departure.number}/rules?said={said}{'#' if anchor else ''}{anchor}", 303)


def _shown(one: Reviewed, show: str) -> bool:
    return show not in {OPEN, *VERDICTS} or show == (OPEN if show == OPEN and one.decided is None else one.verdict.word)


def _outside(rules: list[Reviewed]) -> list[Reviewed]:
    """Return the working rules that lead outside and that nobody has decided on yet."""
    return [
        one for one in rules if one.facts.outside and one.facts.active and not one.facts.house and one.decided is None
    ]


def _quiet(rules: list[Reviewed]) -> list[Reviewed]:
    """Return the rules that nobody has decided on yet and for which it is suggested that they are kept."""
    return [one for one in rules if one.decided is None and one.suggestion is RuleDecision.KEEP]


def _choices(departure: Departure, one: Reviewed) -> list[tuple[RuleDecision, str]]:
    """Return each decision with why it cannot be taken on this rule, empty where it can."""
    successor = departure.successor is not None
    found = []
    for decision in RuleDecision:
        no = objection(decision, one.facts, because="given in the form", successor=successor)
        found.append((decision, no[0] if no else ""))
    return found
