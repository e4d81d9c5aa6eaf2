"""What happens to letters beside the owner's decision: held, mailed, printed, posted; and what they wait for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from offboard.domain.departure import instant
from offboard.domain.evidence import Kind
from offboard.domain.letter import Channel, Letter, LetterState, Mark, Marked
from offboard.domain.letter_sending import Gate
from offboard.storage import tables as t
from offboard.storage.chain import Recorder
from offboard.storage.client_tables import client_calls
from offboard.storage.letter_rows import letter_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from offboard.domain.canonical import Json

_MARKS = select(t.letter_marks).where(t.letter_marks.c.departure == bindparam("departure"))

HOLDABLE = frozenset({LetterState.DRAFT, LetterState.TO_REVIEW, LetterState.APPROVED, LetterState.FAILED})
EMBARGO, CANARY = "embargo", "canary"


class LetterMarks(Recorder):
    """Marks letters; every mark stands in the evidence too, in the same commit."""

    def marks(self, departure: str) -> dict[str, dict[Mark, Marked]]:
        """Return the marks of a departure's letters; a letter without any is not in it."""
        with self.database.read() as connection:
            rows = connection.execute(_MARKS, {"departure": departure}).all()
        found: dict[str, dict[Mark, Marked]] = {}
        for row in rows:
            found.setdefault(row.letter, {})[Mark(row.mark)] = Marked(row.at, row.person, row.digest, row.note)
        return found

    def held(self, letter_id: str) -> bool:
        """Return whether a person holds this letter."""
        with self.database.read() as connection:
            return Mark.HELD in self._marked(connection, letter_id)

    def hold(self, letter: Letter, *, person: str, os_user: str, reason: str) -> bool:
        """Stop exactly this letter until it is released; ``False`` when it was changed, sent or half sent meanwhile.

        An approval that it had is void, and a draft of it in the owner's mailbox is to be taken away.
        """

        def work(connection: Connection) -> bool:
            row = connection.execute(select(t.letters).where(t.letters.c.id == letter.id)).one()
            marks = self._marked(connection, letter.id)
            lies_there = row.state == LetterState.HELD.value and Mark.DRAFTED in marks and Mark.HELD not in marks
            open_to = LetterState(row.state) in HOLDABLE or lies_there
            if letter_of(row).digest != letter.digest or not open_to or marks & {Mark.MAILED, Mark.PRINTED}:
                return False
            self._recall(connection, letter, person)
            self._turn(connection, letter.id, LetterState.HELD, reason=reason, approved="", approved_by="")
            self._mark(connection, letter, Mark.HELD, Marked("", person, letter.digest, reason))
            self._tell_turn(connection, letter, row.state, LetterState.HELD, person, os_user, reason)
            return True

        return self.database.write(work)

    def release(self, letter: Letter, *, person: str, os_user: str) -> bool:
        """Let a letter go on that a person held: it waits to be read and approved; ``False``: nobody holds it.

        One of which nobody knows whether it was sent is not released but decided on.
        """

        def work(connection: Connection) -> bool:
            row = connection.execute(select(t.letters).where(t.letters.c.id == letter.id)).one()
            held = Mark.HELD in self._marked(connection, letter.id)
            if row.state != LetterState.HELD.value or not held or letter_of(row).digest != letter.digest:
                return False
            self._turn(connection, letter.id, LetterState.TO_REVIEW)
            self._unmark(connection, letter.id, Mark.HELD)
            self._tell_turn(connection, letter, row.state, LetterState.TO_REVIEW, person, os_user, "released")
            return True

        return self.database.write(work)

    def mark(self, letter: Letter, mark: Mark, *, person: str = "", note: str = "") -> None:
        """Mark a letter as it reads now."""

        def work(connection: Connection) -> None:
            self._mark(connection, letter, mark, Marked("", person, letter.digest, note))
            told: dict[str, Json] = {"id": letter.id, "digest": letter.digest, "mark": mark.value}
            self.tell(connection, letter.departure, Kind.LETTER, told | {"person": person})

        self.database.write(work)

    def mailed(self, letter: Letter, *, note: str = "") -> None:
        """Record that the mail of a letter that is being sent is gone: it is sent, unless its paper is still to go.

        So is one that the owner sent from their own Drafts, whatever was decided on it since; what is recorded as
        mailed is then the text that lay there.
        """

        def work(connection: Connection) -> None:
            marks, draft = self._marked(connection, letter.id), self._draft(connection, letter.id)
            before = LetterState(
                connection.execute(select(t.letters.c.state).where(t.letters.c.id == letter.id)).scalar_one()
            )
            under_way = before in {LetterState.SENDING, LetterState.HELD} and Mark.HELD not in marks
            if not under_way and not draft:
                return
            to = LetterState.SENT
            if letter.channel is Channel.BOTH and Mark.PRINTED not in marks and before is not LetterState.REJECTED:
                to = LetterState.APPROVED if under_way else before
            self._unmark(connection, letter.id, Mark.DRAFTED, Mark.RECALLED)
            if to is not before:
                self._unmark(connection, letter.id, Mark.HELD)
                self._turn(connection, letter.id, to)
            digest = draft or letter.digest
            self._mark(connection, letter, Mark.MAILED, Marked("", "", digest, note))
            told: dict[str, Json] = {"id": letter.id, "digest": digest, "from": before.value, "to": to.value}
            self.tell(connection, letter.departure, Kind.LETTER, told | {"reason": note or "mailed"})

        self.database.write(work)

    def withdrawn(self, letter: Letter) -> None:
        """Record that the draft of a letter lies in the owner's mailbox no more, so that another may be laid there."""

        def work(connection: Connection) -> None:
            digest = self._draft(connection, letter.id)
            self._unmark(connection, letter.id, Mark.DRAFTED, Mark.RECALLED)
            told: dict[str, Json] = {"id": letter.id, "digest": digest, "mark": "withdrawn"}
            self.tell(connection, letter.departure, Kind.LETTER, told)

        self.database.write(work)

    def printed(self, letters: Iterable[Letter], *, person: str, os_user: str, sha256: str) -> list[str]:
        """Record who printed these letters in one batch; return the ids of those that were still to be printed.

        A letter is sent by it, unless its mail is still to go. ``sha256`` is that of the printed file.
        """

        def work(connection: Connection) -> list[str]:
            done: list[str] = []
            for letter in letters:
                row = connection.execute(select(t.letters).where(t.letters.c.id == letter.id)).one()
                marks = self._marked(connection, letter.id)
                fits = row.state == LetterState.APPROVED.value and row.approved == letter.digest
                if not fits or Mark.PRINTED in marks:
                    continue
                mail = letter.channel is Channel.BOTH and Mark.MAILED not in marks
                to = LetterState.APPROVED if mail else LetterState.SENT
                reason = f"printed for the post by {person} ({os_user})"
                self._turn(connection, letter.id, to, reason=reason)
                self._mark(connection, letter, Mark.PRINTED, Marked("", person, letter.digest, sha256))
                self._tell_turn(connection, letter, row.state, to, person, os_user, reason)
                done.append(letter.id)
            return done

        return self.database.write(work)

    def posted(self, letters: Iterable[Letter], *, person: str, os_user: str) -> list[str]:
        """Record who took these printed letters to the post; return the ids of those that were not there yet."""

        def work(connection: Connection) -> list[str]:
            done: list[str] = []
            for letter in letters:
                marks = self._marked(connection, letter.id)
                if Mark.PRINTED not in marks or Mark.POSTED in marks:
                    continue
                self._mark(connection, letter, Mark.POSTED, Marked("", person, letter.digest))
                told: dict[str, Json] = {"id": letter.id, "digest": letter.digest, "mark": Mark.POSTED.value}
                self.tell(connection, letter.departure, Kind.LETTER, told | {"person": person, "os_user": os_user})
                done.append(letter.id)
            return done

        return self.database.write(work)

    def gate(self, departure: str) -> Gate:
        """Return what the letters of a departure wait for."""
        with self.database.read() as connection:
            rows = connection.execute(select(t.letter_gates).where(t.letter_gates.c.departure == departure)).all()
            asked = select(client_calls.c.client).filter_by(departure=departure, called_at="")
            uncalled = frozenset(connection.execute(asked).scalars())
        found = {row.gate: row.value for row in rows}
        embargo = datetime.fromisoformat(found[EMBARGO]) if found.get(EMBARGO) else None
        return Gate(embargo=embargo, ticked=CANARY in found, uncalled=uncalled)

    def set_embargo(self, departure: str, moment: datetime | None, *, person: str, os_user: str) -> None:
        """Let no letter of a departure go out before this moment; ``None``: nothing of the kind."""
        self._set_gate(departure, EMBARGO, instant(moment) if moment else "", person, os_user)

    def tick(self, departure: str, *, person: str, os_user: str) -> None:
        """Record the owner's word that the first letters are right and the others may go."""
        self._set_gate(departure, CANARY, "go", person, os_user)

    def _set_gate(self, departure: str, gate: str, value: str, person: str, os_user: str) -> None:
        def work(connection: Connection) -> None:
            connection.execute(delete(t.letter_gates).filter_by(departure=departure, gate=gate))
            at = instant(self.now())
            row = {"departure": departure, "gate": gate, "value": value, "person": person, "at": at}
            connection.execute(insert(t.letter_gates).values(**row))
            told: dict[str, Json] = {"gate": gate, "value": value, "person": person, "os_user": os_user}
            self.tell(connection, departure, Kind.LETTER, told)

        self.database.write(work)

    def _recall(self, connection: Connection, letter: Letter, person: str) -> None:
        """Let a draft in the owner's mailbox be taken away, if one is there; it stays marked until it is gone."""
        if Mark.DRAFTED in self._marked(connection, letter.id):
            self._mark(connection, letter, Mark.RECALLED, Marked("", person, letter.digest))

    @staticmethod
    def _draft(connection: Connection, letter_id: str) -> str:
        """Return the digest of the text that lies in the owner's mailbox; empty when none does."""
        rows = t.letter_marks.c
        found = select(rows.digest).where(rows.letter == letter_id, rows.mark == Mark.DRAFTED.value)
        return connection.execute(found).scalar() or ""

    @staticmethod
    def _marked(connection: Connection, letter_id: str) -> set[Mark]:
        found = connection.execute(select(t.letter_marks.c.mark).where(t.letter_marks.c.letter == letter_id))
        return {Mark(mark) for mark in found.scalars()}

    def _mark(self, connection: Connection, letter: Letter, mark: Mark, made: Marked) -> None:
        self._unmark(connection, letter.id, mark)
        row = {"letter": letter.id, "mark": mark.value, "departure": letter.departure, "at": instant(self.now())}
        row |= {"person": made.person, "digest": made.digest, "note": made.note}
        connection.execute(insert(t.letter_marks).values(**row))

    @staticmethod
    def _unmark(connection: Connection, letter_id: str, *marks: Mark) -> None:
        names = [mark.value for mark in marks]
        rows = t.letter_marks.c
        connection.execute(delete(t.letter_marks).where(rows.letter == letter_id, rows.mark.in_(names)))

    @staticmethod
    def _turn(connection: Connection, letter_id: str, to: LetterState, **values: str) -> None:
        row = {"state": to.value, "reason": "", **values}
        connection.execute(update(t.letters).where(t.letters.c.id == letter_id).values(**row))

    def _tell_turn(
        self, connection: Connection, letter: Letter, before: str, to: LetterState, person: str, os_user: str,
        reason: str,
    ) -> None:  # fmt: skip
        told: dict[str, Json] = {"id": letter.id, "digest": letter.digest, "from": before, "to": to.value}
        who: dict[str, Json] = {"person": person, "os_user": os_user} if person else {}
        self.tell(connection, letter.departure, Kind.LETTER, told | who | {"reason": reason})
