"""The letters: a list with filters, each letter beside its page, and the owner's decisions."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from offboard.desk.bulk import Bulk, bulk_of, digest_of
from offboard.desk.letter_list import LetterList, Listed
from offboard.desk.rendering import Renderer
from offboard.desk.visiting import Post, Posted, Visit, Visiting
from offboard.domain.letter import Letter, LetterState, Mark
from offboard.domain.people import Role
from offboard.errors import NoSuchDeparture, NotAllowed, OffboardError, SaysNo

if TYPE_CHECKING:
    from offboard.domain.letter_sending import Marks

router = APIRouter()
PER_PAGE = 50
UNDECIDED = frozenset({LetterState.DRAFT, LetterState.TO_REVIEW})
EDITABLE = frozenset(LetterState) - {LetterState.SENDING, LetterState.SENT}
SAID = {
    "approved": "Approved. This text, and no other, is what is sent.",
    "rejected": "Rejected. This client is not written to.",
    "edited": "Your text is kept. It waits to be approved.",
    "bulk": "Approved. These texts, and no others, are what is sent.",
    "posted": "It is recorded that they are at the post.",
    "go": "The others go out now, one after the other.",
    "held": "Held. It does not go out until you let it go on.",
    "released": "It goes on, and waits to be approved.",
}
READERS = (Role.OWNER, Role.HR, Role.AUDITOR)
STALE = "this letter was changed after you opened the page, in another tab or by somebody else; nothing was done"
NOT_KEPT = "You changed the text and have not kept it. Nothing was approved: keep your text, read it, and approve then."
STALE_HINT = "Open the letter again, read it as it is now, and decide then."


@router.get("/departures/{number}/letters")
def listed(
    request: Request, visit: Visiting, number: str, state: str = "", language: str = "", channel: str = "",
    only: str = "", page: int = 1, said: str = "",
) -> Response:  # fmt: skip
    """Show the letters of a departure, filtered, fifty at a time."""
    visit.need(*READERS)
    departure = visit.departure(number)
    store = visit.needs.store.letters
    letters, marks = _list(request).of(departure.number), _list(request).marks(departure.number)
    chosen = [
        x
        for x in letters
        if (not state or x.state == state)
        and (not language or x.language == language)
        and (not channel or x.channel == channel)
        and (only != "warnings" or x.warnings)
        and (only != "edited" or x.by_hand)
    ]
    pages = max(1, -(-len(chosen) // PER_PAGE))
    page = min(max(page, 1), pages)
    render: Renderer = request.app.state.render
    return render.page(
        "letters.html",
        visit=visit,
        departure=departure,
        rows=chosen[(page - 1) * PER_PAGE : page * PER_PAGE],
        found=len(chosen),
        total=len(letters),
        number=page,
        pages=pages,
        opened=store.opened(departure.number, visit.person),
        states=sorted(state.value for state in {x.state for x in letters}),
        languages=sorted({x.language for x in letters}),
        channels=sorted(channel.value for channel in {x.channel for x in letters}),
        filters={"state": state, "language": language, "channel": channel, "only": only},
        bulk=_bulk(visit, departure.number, letters),
        decides=visit.is_any(Role.OWNER),
        paper=_paper(visit, departure.number, letters, marks),
        why=visit.needs.why_letters_wait(departure.number, letters, marks) if _approved(letters) else "",
        said=SAID.get(said, ""),
    )


@router.get("/letters/{letter_id}")
def one(request: Request, visit: Visiting, letter_id: str, said: str = "") -> Response:
    """Show one letter beside its page; that it was opened is recorded, for approving many at once."""
    letter = _letter(visit, letter_id)
    visit.needs.store.letters.open(letter, visit.person)
    return _page(request, visit, letter, said=SAID.get(said, ""))


@router.get("/letters/{letter_id}/page.png")
def picture(visit: Visiting, letter_id: str) -> Response:
    """Return the letter's first page as a picture."""
    return Response(visit.needs.pages.png(_letter(visit, letter_id)), media_type="image/png")


@router.get("/letters/{letter_id}/letter.pdf")
def pdf(visit: Visiting, letter_id: str) -> Response:
    """Return the letter as the tagged PDF that is sent or printed."""
    content = visit.needs.pages.pdf(_letter(visit, letter_id))
    return Response(content, media_type="application/pdf", headers={"Content-Disposition": "inline"})


@router.post("/letters/{letter_id}/preview")
def preview(request: Request, post: Posted, letter_id: str) -> Response:
    """Show the page that the text in the form would make; nothing is kept."""
    letter = _read(post, letter_id)
    new = post.visit.needs.pages.edited(letter, post.text("subject"), post.text("body"))
    return _page(request, post.visit, letter, new=new if new.digest != letter.digest else None)


@router.post("/letters/{letter_id}/save")
def save(request: Request, post: Posted, letter_id: str) -> Response:
    """Keep the text that the owner wrote; it waits to be approved, and is never approved among many unread."""
    visit = post.visit
    letter = _letter(visit, letter_id)
    try:
        new = visit.needs.pages.edited(letter, post.text("subject"), post.text("body"))
        visit.needs.decides.edit(_as_read(letter, post), new, visit.person)
    except OffboardError as error:
        # What somebody wrote is not thrown away because it could not be kept.
        typed = replace(letter, subject=post.text("subject"), body=post.text("body"))
        return _page(request, visit, letter, typed=typed, fault=f"{error}. {error.hint}", code=409)
    return RedirectResponse(f"/letters/{letter.id}?said=edited", 303)


@router.post("/letters/{letter_id}/approve")
def approve(request: Request, post: Posted, letter_id: str) -> Response:
    """Approve exactly the text that was on the page; one that was typed and not kept is not what it says."""
    visit = post.visit
    letter = _read(post, letter_id)
    typed = visit.needs.pages.edited(letter, post.text("subject"), post.text("body"))
    if typed.digest != letter.digest:
        return _page(request, visit, letter, typed=typed, fault=NOT_KEPT, code=409)
    visit.need_fresh()
    visit.needs.decides.letters(letter.departure, [letter], visit.person, to=LetterState.APPROVED)
    return RedirectResponse(f"/departures/{letter.departure}/letters?said=approved", 303)


@router.post("/letters/{letter_id}/reject")
def reject(post: Posted, letter_id: str) -> Response:
    """Reject a letter, with a reason."""
    letter = _read(post, letter_id)
    reason = _reason(post, "rejected")
    post.visit.needs.decides.letters(
        letter.departure, [letter], post.visit.person, to=LetterState.REJECTED, reason=reason
    )
    return RedirectResponse(f"/departures/{letter.departure}/letters?said=rejected", 303)


@router.post("/letters/{letter_id}/hold")
def hold(post: Posted, letter_id: str) -> Response:
    """Hold a letter back, with a reason: it is neither sent nor refused."""
    letter = _read(post, letter_id)
    post.visit.needs.decides.hold(letter, post.visit.person, reason=_reason(post, "held"))
    return RedirectResponse(f"/departures/{letter.departure}/letters?said=held", 303)


@router.post("/letters/{letter_id}/release")
def release(post: Posted, letter_id: str) -> Response:
    """Let a letter go on that was held; it waits to be approved."""
    letter = _read(post, letter_id)
    post.visit.needs.decides.release(letter, post.visit.person)
    return RedirectResponse(f"/letters/{letter.id}?said=released", 303)


@router.post("/departures/{number}/letters/approve")
def approve_many(request: Request, post: Posted, number: str) -> Response:
    """Approve every letter that nobody wrote by hand, after one of each kind was opened."""
    visit = post.visit
    departure = visit.departure(number)
    visit.need(Role.OWNER)
    bulk = _bulk(visit, departure.number, _list(request).of(departure.number))
    bulk.check(digest=post.text("digest"), typed=post.text("count"))
    visit.need_fresh()
    chosen = {row.id for row in bulk.letters}
    letters = [x for x in visit.needs.store.letters.letters(departure.number) if x.id in chosen]
    if digest_of(letters) != bulk.digest:
        raise SaysNo(STALE, hint=STALE_HINT)
    visit.needs.decides.letters(departure.number, letters, visit.person, to=LetterState.APPROVED)
    return RedirectResponse(f"/departures/{departure.number}/letters?said=bulk", 303)


def _approved(letters: list[Listed]) -> bool:
    return any(x.state is LetterState.APPROVED for x in letters)


def _paper(visit: Visit, number: str, letters: list[Listed], marks: Marks) -> dict[str, int]:
    """Return how many letters wait for the printer, and how many are printed and not yet at the post."""
    if not visit.is_any(Role.OWNER, Role.HR):
        return {"waiting": 0, "printed": 0}
    uncalled = visit.needs.paper.uncalled(number, letters)
    ready = [x for x in letters if x.by_post and x.state is LetterState.APPROVED and x.id not in uncalled]
    return {
        "waiting": sum(1 for x in ready if Mark.PRINTED not in marks.get(x.id, {})),
        "printed": sum(1 for found in marks.values() if Mark.PRINTED in found and Mark.POSTED not in found),
    }


def _list(request: Request) -> LetterList:
    found: LetterList = request.app.state.letters
    return found


def _bulk(visit: Visit, number: str, letters: list[Listed]) -> Bulk:
    store = visit.needs.store.letters
    return bulk_of(letters, opened=store.opened(number, visit.person))


def _letter(visit: Visit, letter_id: str) -> Letter:
    visit.need(*READERS)
    letter = visit.needs.store.letters.letter(letter_id)
    try:
        visit.departure(letter.departure)
    except NoSuchDeparture as error:
        raise NoSuchDeparture(f"there is no letter {letter_id!r}") from error
    return letter


def _read(post: Post, letter_id: str) -> Letter:
    """Return the letter as it was on the page that the form stood on.

    Raises:
        SaysNo: it was changed since.
        NotAllowed: this person decides nothing on it.
    """
    letter = _letter(post.visit, letter_id)
    if not _may_decide(post.visit, letter):
        raise NotAllowed(f"{post.visit.person} reads the letters and decides nothing on them")
    return _as_read(letter, post)


def _reason(post: Post, done: str) -> str:
    reason = post.text("reason").strip()
    if not reason:
        raise SaysNo(
            f"a letter is {done} with a reason only", hint='Go back and write it, such as "told by telephone".'
        )
    return reason


def _as_read(letter: Letter, post: Post) -> Letter:
    if letter.digest != post.text("digest"):
        raise SaysNo(STALE, hint=STALE_HINT)
    return letter


def _may_decide(visit: Visit, letter: Letter) -> bool:
    return visit.is_any(Role.OWNER) or (letter.to_leaver and visit.is_any(Role.HR))


def _page(
    request: Request, visit: Visit, letter: Letter, *, new: Letter | None = None, typed: Letter | None = None,
    fault: str = "", said: str = "", code: int = 200,
) -> Response:  # fmt: skip
    needs = visit.needs
    seen = new or letter
    picture = f"/letters/{letter.id}/page.png"
    if new:
        picture = "data:image/png;base64," + base64.b64encode(needs.pages.png(new)).decode()
    facts: dict[str, Any] = {
        "letter": letter,
        "departure": needs.store.departures.get(letter.departure),
        "typed": typed or seen,
        "seen": seen,
        "unsaved": new is not None,
        "text": needs.pages.text(seen),
        "picture": picture,
        "edited_by": needs.store.letters.edited_by(letter.id),
        "decides": _may_decide(visit, letter),
        "editable": letter.state in EDITABLE,
        "held": needs.store.letters.held(letter.id),
        "fault": fault,
        "said": said,
    }
    render: Renderer = request.app.state.render
    return render.page("letter.html", visit=visit, code=code, **facts)
