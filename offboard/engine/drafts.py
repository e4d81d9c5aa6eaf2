"""The letters that lie as drafts in the owner's own mailbox: which were sent from there, and which are taken away."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from offboard.domain.drafting import Drafted, Drafter
from offboard.domain.letter import LetterState, Mark
from offboard.errors import SystemFault

if TYPE_CHECKING:
    from offboard.domain.departure import Departure
    from offboard.domain.letter import Letter, Marked
    from offboard.engine.office import Office

GONE = (
    "the draft is gone from the owner's mailbox, and was not sent as far as that shows: approve it again, or reject it"
)
STILL_THERE = "the mailbox said that the draft was deleted, and still shows it"
NOT_CONNECTED = "the system that laid the draft is not connected any more: connect it again, or delete the draft there"
TRY_AGAIN = timedelta(minutes=10)
"""How long nobody asks again for a draft that could not be taken away."""


def look_at_drafts(office: Office, departure: Departure) -> None:
    """Record which letters the owner sent from their Drafts, and take away what was decided anew on since.

    A letter keeps what is known of its draft until that is gone, so that none is written twice; one that was sent
    before it could be taken away is sent.
    """
    box = office.store.letters
    marks = box.marks(departure.number)
    by_system: dict[str, list[tuple[Letter, str]]] = {}
    for letter in box.letters(departure.number):
        own = marks.get(letter.id, {})
        if Mark.DRAFTED in own and (letter.state is LetterState.HELD or Mark.RECALLED in own):
            name, _, draft = own[Mark.DRAFTED].note.partition("/")
            by_system.setdefault(name, []).append((letter, draft))
    for name, drafts in by_system.items():
        recalled = [(letter, draft) for letter, draft in drafts if Mark.RECALLED in marks[letter.id]]
        try:
            if name in office.systems.having(Drafter):
                _look(office, name, [one for one in drafts if one not in recalled])
                _take_away(office, name, recalled)
            else:
                _note(office, recalled, NOT_CONNECTED)
        except SystemFault as fault:
            _note(office, recalled, str(fault))


def draft_to_take_away(office: Office, number: str) -> bool:
    """Say whether a draft is to be taken away now: nobody tried yet, or long enough ago."""
    marks = office.store.letters.marks(number).values()
    return any(_due(office, own[Mark.RECALLED]) for own in marks if Mark.RECALLED in own)


def drafts_recalled(office: Office, number: str) -> bool:
    """Say whether a draft of a letter on which was decided anew still lies in the owner's mailbox."""
    return any(Mark.RECALLED in own for own in office.store.letters.marks(number).values())


def _look(office: Office, name: str, drafts: list[tuple[Letter, str]]) -> None:
    box = office.store.letters
    if not drafts:
        return
    with office.systems.reader(name) as system:
        for letter, draft in drafts:
            found = system.drafted(draft, sender=office.people.owner[0])
            if found is Drafted.SENT:
                box.mailed(letter, note=f"sent by the owner from their own mailbox ({name})")
            elif found is Drafted.GONE and letter.reason != GONE:
                box.move(letter.id, to=LetterState.HELD, expect=[LetterState.HELD], reason=GONE)


def _take_away(office: Office, name: str, drafts: list[tuple[Letter, str]]) -> None:
    box = office.store.letters
    if not drafts:
        return
    with office.systems.writer(name) as system:
        for letter, draft in drafts:
            if office.store.leases.stopped():
                return
            found = system.withdraw(draft, sender=office.people.owner[0])
            if found is Drafted.SENT:
                box.mailed(letter, note=f"sent by the owner from their own mailbox ({name}), as it read before")
            elif found is Drafted.GONE:
                box.withdrawn(letter)
            else:
                _note(office, [(letter, draft)], STILL_THERE)


def _note(office: Office, drafts: list[tuple[Letter, str]], why: str) -> None:
    """Keep why a draft could not be taken away, and when that was tried, as long as it is still to be."""
    if not drafts:
        return
    box = office.store.letters
    marks = box.marks(drafts[0][0].departure)
    for letter, _ in drafts:
        if Mark.RECALLED in marks.get(letter.id, {}):
            box.mark(letter, Mark.RECALLED, person=marks[letter.id][Mark.RECALLED].person, note=why)


def _due(office: Office, recalled: Marked) -> bool:
    return not recalled.note or office.now() >= datetime.fromisoformat(recalled.at) + TRY_AGAIN
