"""Letters on paper, from approved to posted: one file for the printer, and who printed and posted what."""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import TYPE_CHECKING

from offboard.domain.letter import Letter, Mark
from offboard.domain.letter_sending import under_embargo
from offboard.engine.calling import waiting_letters
from offboard.engine.status import access_settled
from offboard.errors import SaysNo
from offboard.letters.printing import to_print

if TYPE_CHECKING:
    from offboard.domain.departure import Departure
    from offboard.engine.office import Office
    from offboard.letters.book import Book


class Paper:
    """Prints the approved letters of a departure that go by post (fulfils ``OnPaper``)."""

    def __init__(self, office: Office, book: Book) -> None:
        self._office, self._book = office, book

    def print(self, number: str, person: str, *, again: bool = False) -> bytes:
        """Return the letters that wait for the printer as one PDF, and mark them printed; it has no tags.

        ``again``: those that are printed and not yet posted, once more.

        Raises:
            NotAllowed: an auditor, or the leaver.
            SaysNo: nothing waits for the printer, or letters do not go out yet.
            Stopped: somebody stopped everything.
        """
        departure = self._office.store.departures.get(number)
        self._check_may_go_out(departure, person)
        letters = self._chosen(departure, again=again)
        if not letters:
            raise SaysNo(f"{departure.number}: no letter waits for the printer", hint="Approve those that go by post.")
        file = BytesIO()
        self._book.batch(letters, file)
        content = file.getvalue()
        if not again:
            sha256 = hashlib.sha256(content).hexdigest()
            self._office.store.letters.printed(letters, person=person, os_user=self._office.os_user, sha256=sha256)
        return content

    def posted(self, number: str, person: str) -> int:
        """Record that what is printed was taken to the post; return how many letters that is."""
        departure = self._office.store.departures.get(number)
        self._office.may_ask(person, departure)
        box = self._office.store.letters
        return len(box.posted(box.letters(departure.number), person=person, os_user=self._office.os_user))

    def _chosen(self, departure: Departure, *, again: bool) -> list[Letter]:
        box = self._office.store.letters
        letters, marks = box.letters(departure.number), box.marks(departure.number)
        if again:
            return [x for x in letters if Mark.PRINTED in marks.get(x.id, {}) and Mark.POSTED not in marks[x.id]]
        uncalled = waiting_letters(self._office, departure.number)
        return [x for x in to_print(letters, marks, home=self._book.country()) if x.id not in uncalled]

    def _check_may_go_out(self, departure: Departure, person: str) -> None:
        office = self._office
        office.may_ask(person, departure)
        with office.store.database.read() as connection:
            office.store.leases.check_running(connection)
        if not access_settled(office, departure):
            raise SaysNo(
                f"{departure.number}: letters go out when access is shut and the clients are handed over, not before"
            )
        if closed := under_embargo(office.sending, office.store.letters.gate(departure.number), office.now()):
            raise SaysNo(f"{departure.number}: {closed}")
        if office.sending.test_mode:
            raise SaysNo(
                f"{departure.number}: the settings are in test mode, so no letter leaves the house",
                hint="IT switches it off: [letters] test_mode = false.",
            )
