"""The demo's chapter of letters: the owner calls some clients first, refuses one letter, holds one, approves others."""

import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from offboard.commands import clients_handing_over, letters, letters_out
from offboard.commands.demo_cast import expect
from offboard.commands.demo_people import AskedPeople
from offboard.domain.departure import Status
from offboard.domain.letter import Channel, Letter, LetterState, Mark
from offboard.engine.letting_out import why_they_wait
from offboard.errors import Busy
from offboard.wiring import Firm

TOLD_BY_TELEPHONE = "C-1004"
"""The client whose letter the owner refuses: she rang them herself."""

HELD = "C-1001"
"""The client whose letter the owner holds for a while."""

CALLED_FIRST = 2


class ReadLetters(AskedPeople):
    """The letters to the clients."""

    def owner_reads(self) -> None:
        """The owner decides on every letter; mail is sent, the rest is printed."""
        self.voice.chapter(f"The owner: {self.names['owner']} reads the letters")
        self.act("clients calls", clients_handing_over.show_calls, "owner", first=CALLED_FIRST, most=CALLED_FIRST + 1)
        refused, held = (f"L-{self.number}-{client}" for client in (TOLD_BY_TELEPHONE, HELD))
        self.act("letters reject", letters.reject, "owner", [refused], reason="told by telephone")
        self.act("letters hold", letters_out.hold, "owner", [held], reason="wait for the new price list")
        tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="minutes")
        self.act("letters embargo", letters_out.embargo, "hr", tomorrow)
        self.act("letters approve", letters.approve, "owner")
        why = why_they_wait(self.firm.office, self.number, self.letters(), self.firm.store.letters.marks(self.number))
        expect("(embargo)" in why, "approved letters wait for the embargo")
        self.voice.say(f"No letter leaves: {why}. HR lets it end now that the company has been told:")
        self.act("letters embargo", letters_out.embargo, "hr", "none")
        calls = [call.client for call in self.firm.store.clients.calls(self.number)]
        mailed = [x for x in self.letters() if x.channel is Channel.MAIL and x.state is not LetterState.REJECTED]
        later = {x.id for x in mailed if x.client in {HELD, *calls}}
        folder = self.out / "letters"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        printing = [
            self.threads.submit(_write_pdf, self.firm, letter, folder / f"mail-{letter.id}.pdf") for letter in mailed
        ]
        self._first_ones_seen()
        others = len({x.id for x in mailed} - later)
        waiting = sum(1 for x in self.letters() if x.client in calls and x.state is LetterState.APPROVED)
        self.voice.say(
            f"One letter is shown to her first, as it will be sent; {others} wait for her word on it, "
            f"{waiting} for her call, 1 is held."
        )
        self.act("letters go", letters_out.go, "owner")
        for client in calls:
            self.act("clients called", clients_handing_over.called, "owner", client, note="will stay with us")
        self.act("letters release", letters_out.release, "owner", [held])
        self.act("letters approve", letters.approve, "owner", [held], most=0)
        self._wait_until_sent({x.id for x in mailed})
        for done in printing:
            done.result()
        self.wait_until(lambda: self._printed(folder), "the letters for the post are printed")
        self.wait_for(Status.CLOSED)
        counted = Counter((x.channel.value, x.language, x.state.value) for x in self.letters())
        self.voice.table(
            ("channel", "language", "state", "letters"),
            [(*key, count) for key, count in sorted(counted.items())],
            right=("letters",),
        )
        by_post = sum(1 for x in self.letters() if x.channel is Channel.POST and x.state is LetterState.SENT)
        self.voice.say(
            f"{len(mailed)} letters have left by mail, {by_post} are printed for the post; "
            f"{self.number} is {self.status()}."
        )

    def _first_ones_seen(self) -> None:
        """Wait until the first letter is in the owner's mailbox, and has gone to nobody else."""
        box = self.firm.store.letters
        self.wait_until(
            lambda: any(Mark.REHEARSED in own for own in box.marks(self.number).values()),
            "the first letter is shown to the owner",
        )
        expect(not any(x.state is LetterState.SENT for x in self.letters()), "no client has a letter yet")

    def _wait_until_sent(self, wanted: set[str]) -> None:
        self.wait_until(
            lambda: all(x.state is LetterState.SENT for x in self.letters() if x.id in wanted),
            "the letters by mail are sent",
        )

    def _printed(self, folder: Path) -> bool:
        """Print what goes by post; ``False`` while the resident still holds the departure."""
        try:
            self.act("letters print", letters_out.print_letters, "owner", out=folder, most=2)
        except Busy:
            return False
        return True


def _write_pdf(firm: Firm, letter: Letter, file: Path) -> None:
    file.write_bytes(firm.book.pdf(letter))
