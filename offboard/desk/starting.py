"""Starting a departure: HR finds the person, says when, and ``serve`` plans it."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from offboard.desk.rendering import Renderer
from offboard.desk.visiting import Post, Posted, Visit, Visiting
from offboard.domain.departure import instant, read_moment
from offboard.domain.people import Person, Role, fold
from offboard.errors import BadInput, NotAllowed, OffboardError
from offboard.storage.desk_requests import Wanted

router = APIRouter()
FIRST = "employee"


@router.get("/start")
def form(request: Request, visit: Visiting) -> Response:
    """Show where HR looks for the person."""
    visit.need(Role.HR, Role.IT, Role.OWNER)
    return _page(request, visit)


@router.post("/start/find")
def find(request: Request, post: Posted) -> Response:
    """Show who is meant; what was typed stands in no address."""
    post.visit.need(Role.HR, Role.IT, Role.OWNER)
    words = post.text("words")
    return _page(request, post.visit, words=words, found=post.visit.needs.store.requests.find(words))


@router.post("/start/chosen")
def chosen(request: Request, post: Posted) -> Response:
    """Show the person's card, and ask when and what."""
    post.visit.need(Role.HR, Role.IT, Role.OWNER)
    person = post.visit.needs.store.requests.known(post.text("person"))
    if person is None:
        raise BadInput("nobody of that name is known here", hint="Look for the person again.")
    return _page(request, post.visit, person=person)


@router.post("/start/ask")
def ask(request: Request, post: Posted) -> Response:
    """Keep the request; the page that follows shows what becomes of it."""
    visit = post.visit
    visit.need(Role.HR, Role.IT, Role.OWNER)
    person = visit.needs.store.requests.known(post.text("person"))
    if person is None:
        raise BadInput("nobody of that name is known here", hint="Look for the person again.")
    try:
        wanted = _wanted(post, person)
    except OffboardError as error:
        return _page(request, visit, person=person, post=post, said=f"{error}.", code=400)
    return RedirectResponse(f"/requests/{visit.needs.store.requests.add(wanted)}", 303)


def _wanted(post: Post, person: Person) -> Wanted:
    """Return what was filled in.

    Raises:
        BadInput: a field is wrong.
        NotAllowed: somebody asks for their own departure.
    """
    visit = post.visit
    if person.answers_to(visit.person):
        raise NotAllowed("nobody starts their own departure here; somebody else has to")
    successor = _successor(visit, post.text("successor"))
    if successor and fold(successor) == fold(person.login):
        raise BadInput("the successor is the person who leaves; name somebody else")
    playbook = post.text("playbook")
    if playbook not in visit.needs.playbooks():
        raise BadInput("choose a playbook from the list")
    zone = post.text("zone") or visit.needs.company.timezone
    moment, zone = read_moment(f"{post.text('day')}T{post.text('time')}", zone)
    return Wanted(
        person=person.login,
        name=person.name,
        moment=instant(moment),
        timezone=zone,
        playbook=playbook,
        successor=successor,
        asked_by=visit.person,
    )


def _successor(visit: Visit, typed: str) -> str:
    """Return the login of the one person whom these words mean, empty for nobody.

    Raises:
        BadInput: nobody, or more than one person, is meant.
    """
    if not typed.strip():
        return ""
    exact = visit.needs.store.requests.known(typed)
    found = [exact] if exact else visit.needs.store.requests.find(typed)
    if len(found) != 1:
        near = ", ".join(f"{one.name} ({one.login})" for one in found[:5])
        raise BadInput(f"the successor: {typed.strip()!r} means {near or 'nobody who is known here'}; write the login")
    return found[0].login


def _page(
    request: Request, visit: Visit, *, words: str = "", found: list[Person] | None = None,
    person: Person | None = None, post: Post | None = None, said: str = "", code: int = 200,
) -> Response:  # fmt: skip
    needs = visit.needs
    names = sorted(needs.playbooks(), key=lambda name: (name != FIRST, name))
    filled = {name: post.text(name) if post else "" for name in ("day", "time", "successor", "playbook")}
    render: Renderer = request.app.state.render
    return render.page(
        "start.html",
        visit=visit,
        code=code,
        words=words,
        found=found,
        person=person,
        playbooks=names,
        filled=filled,
        said=said,
        read=needs.store.requests.people_read(),
        tz=needs.company.timezone,
    )
