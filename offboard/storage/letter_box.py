"""Letters, and the ledger of what was sent: a letter is marked before it goes out, so that it goes out at most once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, func, insert, select, update

from offboard.domain.departure import instant
from offboard.domain.evidence import Kind
from offboard.domain.letter import Letter, LetterState, Mark
from offboard.errors import NoSuchDeparture
from offboard.storage import tables as t
from offboard.storage.letter_marks import LetterMarks
from offboard.storage.letter_rows import data_of, letter_of, row_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from offboard.domain.canonical import Json


_LETTERS = select(t.letters).where(t.letters.c.departure == bindparam("departure")).order_by(t.letters.c.place)

OUTDATED = "written by hand before the departure was planned anew: read whether it still fits"


class StoredLetters(LetterMarks):
    """Keeps letters (capability ``LetterBox``)."""

    def letters(self, departure: str) -> list[Letter]:
        """Return the departure's letters in order."""
        with self.database.read() as connection:
            rows = connection.execute(_LETTERS, {"departure": departure}).all()
        return [letter_of(row) for row in rows]

    def letter(self, letter_id: str) -> Letter:
        """Return one letter.

        Raises:
            NoSuchDeparture: there is none.
        """
        with self.database.read() as connection:
            row = connection.execute(select(t.letters).where(t.letters.c.id == letter_id)).first()
        if row is None:
            raise NoSuchDeparture(f"there is no letter {letter_id!r}", hint="List them with: offboard letters list D")
        return letter_of(row)

    def add(self, letters: Iterable[Letter]) -> None:
        """Keep new drafts; a letter that is there already, and on which nobody has decided, is written anew.

        One that somebody has written by hand keeps its text, and says that it may no longer fit.
        """
        drafts = list(letters)

        def work(connection: Connection) -> None:
            if not drafts:
                return
            departure = drafts[0].departure
            rows = connection.execute(
                select(t.letters.c.id, t.letters.c.state, t.letters.c.edited_by, t.letters.c.data).where(
                    t.letters.c.departure == departure
                )
            ).all()
            states = {row.id: row.state for row in rows}
            by_hand = {row.id: Letter.from_json(json.loads(row.data)) for row in rows if row.edited_by}
            place = connection.execute(
                select(func.count()).select_from(t.letters).where(t.letters.c.departure == departure)
            ).scalar_one()
            open_states = {LetterState.DRAFT.value, LetterState.TO_REVIEW.value}
            new = [letter for letter in drafts if letter.id not in states]
            again = [
                _outdated(by_hand[letter.id]) if letter.id in by_hand else letter
                for letter in drafts
                if states.get(letter.id) in open_states
            ]
            if new:
                connection.execute(insert(t.letters), [row_of(letter, place + i) for i, letter in enumerate(new)])
            for letter in again:
                connection.execute(
                    update(t.letters)
                    .where(t.letters.c.id == letter.id)
                    .values(data=data_of(letter), state=letter.state.value)
                )
            written: list[Json] = [{"id": letter.id, "digest": letter.digest} for letter in [*new, *again]]
            if written:
                self.tell(connection, departure, Kind.LETTER, {"drafted": written})

        self.database.write(work)

    def decide(self, letter: Letter, *, to: LetterState, person: str, os_user: str, reason: str = "") -> bool:
        """Record the owner's decision on exactly this text; ``False``: changed or decided meanwhile, or half sent."""
        expect = (LetterState.DRAFT, LetterState.TO_REVIEW, LetterState.HELD, LetterState.FAILED, LetterState.APPROVED)

        def work(connection: Connection) -> bool:
            row = connection.execute(select(t.letters).where(t.letters.c.id == letter.id)).one()
            gone = self._marked(connection, letter.id) & {Mark.MAILED, Mark.PRINTED}
            half_sent = row.state == LetterState.APPROVED.value and gone
            open_to = row.state in {state.value for state in expect} and not half_sent
            if letter_of(row).digest != letter.digest or not open_to:
                return False
            self._unmark(connection, letter.id, Mark.HELD)
            self._recall(connection, letter, person)
            connection.execute(
                update(t.letters)
                .where(t.letters.c.id == letter.id)
                .values(
                    state=to.value,
                    approved=letter.digest if to is LetterState.APPROVED else "",
                    approved_by=person if to is LetterState.APPROVED else "",
                    reason=reason,
                )
            )
            self.tell(
                connection,
                letter.departure,
                Kind.LETTER,
                {
                    "id": letter.id,
                    "digest": letter.digest,
                    "from": row.state,
                    "to": to.value,
                    "person": person,
                    "os_user": os_user,
                    "reason": reason,
                },
            )
            return True

        return self.database.write(work)

    def edit(self, letter: Letter, new: Letter, *, person: str, os_user: str) -> bool:
        """Keep the text that ``person`` wrote for exactly this letter; ``False`` when it was changed or sent meanwhile.

        An approval that it had is void: what was approved is not what it says now.
        """
        expect = {s.value for s in LetterState} - {LetterState.SENDING.value, LetterState.SENT.value}

        def work(connection: Connection) -> bool:
            row = connection.execute(select(t.letters).where(t.letters.c.id == letter.id)).one()
            gone = self._marked(connection, letter.id) & {Mark.MAILED, Mark.PRINTED}
            if letter_of(row).digest != letter.digest or row.state not in expect or gone:
                return False
            self._unmark(connection, letter.id, Mark.HELD)
            self._recall(connection, letter, person)
            to = LetterState.TO_REVIEW.value
            connection.execute(
                update(t.letters)
                .where(t.letters.c.id == letter.id)
                .values(data=data_of(new), state=to, approved="", approved_by="", reason="", edited_by=person)
            )
            told: dict[str, Json] = {"id": letter.id, "digest": new.digest, "edited": letter.digest}
            who: dict[str, Json] = {"person": person, "os_user": os_user}
            self.tell(connection, letter.departure, Kind.LETTER, told | {"from": row.state, "to": to} | who)
            return True

        return self.database.write(work)

    def edited(self, departure: str) -> dict[str, str]:
        """Return the letters that were written by hand, and by whom."""
        with self.database.read() as connection:
            rows = connection.execute(
                select(t.letters.c.id, t.letters.c.edited_by).where(
                    t.letters.c.departure == departure, t.letters.c.edited_by.is_not(None)
                )
            ).all()
        return {row.id: row.edited_by for row in rows}

    def edited_by(self, letter_id: str) -> str:
        """Return who wrote this letter by hand; nothing when nobody did."""
        with self.database.read() as connection:
            found = select(t.letters.c.edited_by).where(t.letters.c.id == letter_id)
            return connection.execute(found).scalar() or ""

    def open(self, letter: Letter, person: str) -> None:
        """Record that ``person`` has looked at the letter as it reads now."""
        key = {"person": person, "digest": letter.digest}

        def work(connection: Connection) -> None:
            if connection.execute(select(t.letters_opened.c.at).filter_by(**key)).first() is None:
                values = key | {"departure": letter.departure, "at": instant(self.now())}
                connection.execute(insert(t.letters_opened).values(**values))

        self.database.write(work)

    def opened(self, departure: str, person: str) -> set[str]:
        """Return the digests of the letters that ``person`` has looked at."""
        with self.database.read() as connection:
            found = select(t.letters_opened.c.digest).filter_by(departure=departure, person=person)
            return set(connection.execute(found).scalars())

    def reopen(self, departure: str, reason: str, *, clients: Collection[str] | None = None) -> None:
        """Take the approval of letters back that have not gone out; ``clients``: of theirs alone."""

        def work(connection: Connection) -> None:
            rows = connection.execute(
                select(t.letters).where(
                    t.letters.c.departure == departure, t.letters.c.state == LetterState.APPROVED.value
                )
            ).all()
            for letter in map(letter_of, rows):
                if clients is not None and letter.client not in clients:
                    continue
                connection.execute(
                    update(t.letters)
                    .where(t.letters.c.id == letter.id)
                    .values(state=LetterState.TO_REVIEW.value, approved="", approved_by="", reason=reason)
                )
                told: dict[str, Json] = {
                    "id": letter.id,
                    "digest": letter.digest,
                    "from": "approved",
                    "to": "to_review",
                }
                self.tell(connection, departure, Kind.LETTER, told | {"reason": reason})

        self.database.write(work)

    def approved(self, letter_id: str) -> str | None:
        """Return the digest that the owner approved, or ``None``."""
        with self.database.read() as connection:
            return connection.execute(select(t.letters.c.approved).where(t.letters.c.id == letter_id)).scalar() or None

    def approvers(self, departure: str) -> list[str]:
        """Return who approved letters to clients of this departure."""
        with self.database.read() as connection:
            found = connection.execute(
                select(t.letters).where(t.letters.c.departure == departure, t.letters.c.approved_by != "")
            ).all()
        return sorted({row.approved_by for row in found if not letter_of(row).to_leaver})

    def move(self, letter_id: str, *, to: LetterState, expect: Sequence[LetterState], reason: str = "") -> bool:
        """Move a letter durably; ``False`` when it was in none of the expected states, and then nothing changed."""

        def work(connection: Connection) -> bool:
            row = connection.execute(
                select(t.letters.c.state, t.letters.c.departure, t.letters.c.approved).where(
                    t.letters.c.id == letter_id
                )
            ).one()
            if row.state not in {state.value for state in expect}:
                return False
            connection.execute(
                update(t.letters).where(t.letters.c.id == letter_id).values(state=to.value, reason=reason)
            )
            self.tell(
                connection,
                row.departure,
                Kind.LETTER,
                {"id": letter_id, "digest": row.approved, "from": row.state, "to": to.value, "reason": reason},
            )
            return True

        return self.database.write(work)


def _outdated(letter: Letter) -> Letter:
    """Return a letter written by hand with the warning that what it was written from has changed since."""
    return replace(letter, warnings=tuple(dict.fromkeys([*letter.warnings, OUTDATED])))
