"""The letters that the owner approved are mailed, each exactly as approved and at most once."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from offboard.domain.capabilities import Sender, Unclear
from offboard.domain.departure import instant
from offboard.domain.drafting import Drafter
from offboard.domain.letter import Letter, LetterState, Mark
from offboard.domain.letter_sending import CALLED_FIRST, Going, Way, going, rehearsed
from offboard.errors import RETRIED, Drifted, NoSuchDeparture, NotFound, OffboardError, Rejected, SystemFault, Throttled
from offboard.steps.base import Options, Step, Waiting, Wish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from offboard.domain.change import Snapshot, State
    from offboard.domain.departure import Departure
    from offboard.domain.letter_sending import Marks

DRAFTED, STOPPED = "drafted", "stopped"
"""What is seen of a held letter: a draft of it lies in the owner's mailbox, or a person stopped it."""

UNCLEAR = {
    LetterState.SENDING.value: "a run was interrupted while it was being sent",
    LetterState.HELD.value: "nobody can know whether it was sent",
    LetterState.FAILED.value: "the mail server refused it; the owner decides on it again",
}
WHY = {
    Way.SENT: "The owner approved this letter.",
    Way.REHEARSED: "It goes to the owner alone first, to be looked at.",
}
ONE_WAY = {
    Way.SENT: "A letter that was sent cannot be called back; the owner can write again.",
    Way.REHEARSED: "The owner keeps the copy that they looked at.",
}
LIES_THERE = (
    "it lies in the Drafts of {owner}: send it from there. To stop it, reject or hold the letter here: that draft is "
    "taken away then"
)
TAKEN_AWAY_FIRST = "an older draft of it lies in the Drafts of {owner}, and is taken away before another is laid there"


class SendLetters(Step[Sender]):
    """An approved letter by mail has been handed to the mail server. Letters by post wait to be printed."""

    needs = (Sender,)
    from_our_store = True
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "smtp": ("send",),
        "graph_mail": ("Mail.Read", "Mail.ReadWrite", "Mail.Send"),
    }

    def observe(self, departure: Departure, system: Sender) -> Snapshot:
        """Return letter → how its mail stands in our ledger; a mail server cannot be asked."""
        del system
        box = self.house.box
        marks = box.marks(departure.number)
        return {
            letter.id: {"state": seen(letter, marks), "digest": letter.digest}
            for letter in box.letters(departure.number)
            if letter.by_mail
        }

    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Wish]:
        """Yield what may be done now with each letter that is approved: mail it, or show it to the owner first."""
        del options
        for letter, way in self._going(departure).ways.items():
            if way is not Way.WAITS and letter in snapshot:
                before = cast("dict[str, str]", snapshot[letter])
                after = {"state": way.value, "digest": before["digest"]}
                yield Wish(
                    letter, before=snapshot[letter], after=cast("State", after), why=WHY[way], one_way=ONE_WAY[way]
                )

    def held_back(self, departure: Departure, target: str, after: State) -> Waiting | None:
        """Say that the embargo is not over, a call or a look at the first ones is missing, or an older draft lies."""
        found = self._going(departure)
        if target in found.uncalled:
            return Waiting("", CALLED_FIRST)
        if target in found.lying:
            return Waiting("", TAKEN_AWAY_FIRST.format(owner=self.house.company.owner_mail))
        if found.ways.get(target) in {None, cast("dict[str, str]", after)["state"]}:
            return None
        return Waiting(instant(found.until) if found.until else "", found.why)

    def waiting(self, found: State, wanted: State) -> Waiting | None:
        """A draft in the owner's mailbox is sent when they send it."""
        del wanted
        if not found or cast("dict[str, str]", found)["state"] != DRAFTED:
            return None
        return Waiting("", LIES_THERE.format(owner=self.house.company.owner_mail))

    def write(self, departure: Departure, system: Sender, target: str, state: State) -> None:
        """Mark the letter in the ledger, send it, mark it again.

        Raises:
            Drifted: the letter is not the one that was approved, or its client is not to be written to any more.
            Throttled: it may not go out yet.
            Unclear: the mail server's answer never came; the letter is held for a person.
        """
        box, wanted = self.house.box, cast("dict[str, str]", state)
        try:
            letter = box.letter(target)
        except NoSuchDeparture as error:
            raise NotFound(f"letter {target} is gone", system=system.name) from error
        if letter.digest != wanted["digest"] or box.approved(target) != wanted["digest"]:
            raise Drifted(f"letter {target} is not the one that was approved", system=system.name)
        if closed := self.held_back(departure, target, state):
            raise Throttled(f"letter {target}: {closed.why}", system=system.name, retry_after=0.0)
        if wanted["state"] == Way.REHEARSED:
            self._rehearse(letter, system)
            return
        if why := self.house.must_not_go(letter):
            box.reopen(departure.number, why, clients=[letter.client])
            raise Drifted(f"letter {target} stays here: {why}", system=system.name)
        message = self._made(letter, system, self.house.book.message)
        if not box.move(target, to=LetterState.SENDING, expect=[LetterState.APPROVED]):
            raise Drifted(f"letter {target} is no longer approved", system=system.name)
        self._hand_over(letter, system, message)

    def unclear(self, found: State) -> str | None:
        """Say why nobody can know whether this letter went out, if so."""
        return UNCLEAR.get(cast("dict[str, str]", found)["state"]) if found else None

    def _going(self, departure: Departure) -> Going:
        box, number = self.house.box, departure.number
        now, rules = self.house.now(), self.house.sending
        return going(box.letters(number), box.marks(number), rules, box.gate(number), now)

    def _hand_over(self, letter: Letter, system: Sender, message: bytes) -> None:
        box, owner = self.house.box, self.house.company.owner_mail
        try:
            if isinstance(system, Drafter) and system.leaves_drafts:
                draft = system.draft(message, sender=owner, recipient=letter.recipient)
                box.mark(letter, Mark.DRAFTED, note=f"{system.name}/{draft}")
                reason = LIES_THERE.format(owner=owner)
                box.move(letter.id, to=LetterState.HELD, expect=[LetterState.SENDING], reason=reason)
                return
            system.send(message, sender=owner, recipient=letter.recipient)
        except Unclear as unclear:
            box.move(letter.id, to=LetterState.HELD, expect=[LetterState.SENDING], reason=str(unclear))
            raise
        except RETRIED:
            # Certainly not sent: it may be tried again.
            box.move(letter.id, to=LetterState.APPROVED, expect=[LetterState.SENDING])
            raise
        except SystemFault as fault:
            box.move(letter.id, to=LetterState.FAILED, expect=[LetterState.SENDING], reason=str(fault))
            raise
        box.mailed(letter)

    def _rehearse(self, letter: Letter, system: Sender) -> None:
        """Show the letter to the owner; should that copy be lost, nobody else is any the worse for it."""
        message, owner = self._made(letter, system, self.house.book.rehearsal), self.house.company.owner_mail
        note = ""
        try:
            if isinstance(system, Drafter) and system.leaves_drafts:
                system.draft(message, sender=owner, recipient=owner)
            else:
                system.send(message, sender=owner, recipient=owner)
        except Unclear as unclear:
            note = str(unclear)
        self.house.box.mark(letter, Mark.REHEARSED, note=note)

    def _made(self, letter: Letter, system: Sender, make: Callable[[Letter], bytes]) -> bytes:
        try:
            return make(letter)
        except SystemFault:
            raise
        except OffboardError as error:
            raise Rejected(
                f"letter {letter.id} cannot be made: {error}", system=system.name, hint=error.hint
            ) from error


def seen(letter: Letter, marks: Marks) -> str:
    """Return how the mail of a letter stands: its state, but for what the marks know better."""
    own = marks.get(letter.id, {})
    if Mark.MAILED in own:
        return LetterState.SENT.value
    if letter.state is LetterState.HELD and Mark.HELD in own:
        return STOPPED
    if letter.state is LetterState.HELD and Mark.DRAFTED in own:
        return DRAFTED
    if letter.state is LetterState.APPROVED and rehearsed(letter, marks):
        return Way.REHEARSED.value
    return letter.state.value
