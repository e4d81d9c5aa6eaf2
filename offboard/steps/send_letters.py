"""The letters that the owner approved are sent, each exactly as approved and at most once."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from offboard.domain.capabilities import Sender, Unclear
from offboard.domain.letter import Channel, Letter, LetterState
from offboard.errors import RETRIED, Drifted, NotFound, OffboardError, Rejected, SystemFault
from offboard.steps.base import Options, Step, Wish

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from offboard.domain.change import Snapshot, State
    from offboard.domain.departure import Departure

UNCLEAR = {
    LetterState.SENDING.value: "a run was interrupted while it was being sent",
    LetterState.HELD.value: "nobody can know whether it was sent",
    LetterState.FAILED.value: "the mail server refused it; the owner decides on it again",
}


class SendLetters(Step[Sender]):
    """An approved letter by mail has been handed to the mail server. Letters by post wait to be printed."""

    needs = (Sender,)
    from_our_store = True
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {"smtp": ("send",)}

    def observe(self, departure: Departure, system: Sender) -> Snapshot:
        """Return letter → its state in our ledger; a mail server cannot be asked."""
        del system
        return {
            letter.id: {"state": letter.state.value, "digest": letter.digest}
            for letter in self.house.box.letters(departure.number)
            if letter.channel is Channel.MAIL
        }

    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Wish]:
        """Yield one sending for each letter that is approved now."""
        del departure, options
        for letter, state in snapshot.items():
            seen = cast("dict[str, str]", state)
            if seen["state"] == LetterState.APPROVED:
                yield Wish(
                    letter,
                    before=state,
                    after={"state": LetterState.SENT.value, "digest": seen["digest"]},
                    why="The owner approved this letter.",
                    one_way="A letter that was sent cannot be called back; the owner can write again.",
                )

    def write(self, departure: Departure, system: Sender, target: str, state: State) -> None:
        """Mark the letter in the ledger, send it, mark it again.

        Raises:
            Drifted: the letter is not the one that was approved.
            Unclear: the mail server's answer never came; the letter is held for a person.
        """
        box = self.house.box
        letter = next((one for one in box.letters(departure.number) if one.id == target), None)
        if letter is None:
            raise NotFound(f"letter {target} is gone", system=system.name)
        wanted = cast("dict[str, str]", state)["digest"]
        if letter.digest != wanted or box.approved(target) != wanted:
            raise Drifted(f"letter {target} is not the one that was approved", system=system.name)
        message = self._message(letter, system)
        if not box.move(target, to=LetterState.SENDING, expect=[LetterState.APPROVED]):
            raise Drifted(f"letter {target} is no longer approved", system=system.name)
        try:
            system.send(message, sender=self.house.company.owner_mail, recipient=letter.recipient)
        except Unclear as unclear:
            box.move(target, to=LetterState.HELD, expect=[LetterState.SENDING], reason=str(unclear))
            raise
        except RETRIED:
            # Certainly not sent: it may be tried again.
            box.move(target, to=LetterState.APPROVED, expect=[LetterState.SENDING])
            raise
        except SystemFault as fault:
            box.move(target, to=LetterState.FAILED, expect=[LetterState.SENDING], reason=str(fault))
            raise
        box.move(target, to=LetterState.SENT, expect=[LetterState.SENDING])

    def unclear(self, found: State) -> str | None:
        """Say why nobody can know whether this letter went out, if so."""
        return UNCLEAR.get(cast("dict[str, str]", found)["state"]) if found else None

    def _message(self, letter: Letter, system: Sender) -> bytes:
        try:
            return self.house.book.message(letter)
        except SystemFault:
            raise
        except OffboardError as error:
            raise Rejected(
                f"letter {letter.id} cannot be made: {error}", system=system.name, hint=error.hint
            ) from error
