"""Letters on paper, from approved to posted: one file for the printer, and who printed and posted what."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from offboard.domain.letter import Mark
from offboard.domain.letter_sending import paper_waits
from offboard.engine.calling import waiting_letters
from offboard.engine.status import access_settled
from offboard.errors import SaysNo
from offboard.letters.printing import to_print

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from io import BufferedRandom, BytesIO

    from offboard.domain.departure import Departure
    from offboard.domain.letter import Letter
    from offboard.domain.letter_sending import Waiting
    from offboard.engine.office import Office
    from offboard.letters.book import Book


class Paper:
    """Prints the approved letters of a departure that go by post (fulfils ``OnPaper``)."""

    def __init__(self, office: Office, book: Book) -> None:
        self._office, self._book = office, book

    def uncalled(self, number: str, letters: Iterable[Waiting]) -> Collection[str]:
        """Return which letters wait until the owner has called their clients, whatever else they wait for."""
        return waiting_letters(self._office, number, letters)

    def chosen(self, number: str, person: str, *, again: bool = False) -> list[Letter]:
        """Return the letters that ``person`` may print now, by country and postcode; none when none waits.

        Those whose clients the owner has yet to call are left out. ``again``: those printed and not yet posted.

        Raises:
            NotAllowed: an auditor, or the leaver.
            SaysNo: letters do not go out yet.
            Stopped: somebody stopped everything.
        """
        departure = self._office.store.departures.get(number)
        box = self._office.store.letters
        letters, marks = box.letters(departure.number), box.marks(departure.number)
        if again:
            found = [x for x in letters if Mark.PRINTED in marks.get(x.id, {}) and Mark.POSTED not in marks[x.id]]
        else:
            uncalled = self.uncalled(departure.number, letters)
            found = [x for x in to_print(letters, marks, home=self._book.country()) if x.id not in uncalled]
        if found:
            self._check_may_go_out(departure, person)
        return found

    def print(self, letters: Sequence[Letter], person: str, file: BytesIO | BufferedRandom) -> None:
        """Write letters of one departure into one PDF, which has no tags, and mark them printed.

        Raises:
            SaysNo: one of them was held or changed meanwhile, so that the file must not be used.
        """
        box = self._office.store.letters
        self._book.batch(letters, file)
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        box.printed(letters, person=person, os_user=self._office.os_user, sha256=sha256)
        marks = box.marks(letters[0].departure)
        if changed := [letter.id for letter in letters if Mark.PRINTED not in marks.get(letter.id, {})]:
            raise SaysNo(
                f"{', '.join(changed)}: held or changed while it was printed, so throw this file away",
                hint="The others count as printed: print those once more.",
            )

    def posted(self, letters: Sequence[Letter], number: str, person: str) -> list[str]:
        """Record that those of these letters that are printed were taken to the post; return their ids."""
        departure = self._office.store.departures.get(number)
        self._office.may_ask(person, departure)
        return self._office.store.letters.posted(letters, person=person, os_user=self._office.os_user)

    def _check_may_go_out(self, departure: Departure, person: str) -> None:
        office, number = self._office, departure.number
        office.may_ask(person, departure)
        with office.store.database.read() as connection:
            office.store.leases.check_running(connection)
        if not access_settled(office, departure):
            raise SaysNo(f"{number}: letters go out when access is shut and the clients are handed over, not before")
        box = office.store.letters
        if why := paper_waits(box.letters(number), box.marks(number), office.sending, box.gate(number), office.now()):
            raise SaysNo(f"{number}: {why}")
