"""Letters, and the ledger of what was sent: a letter is marked before it goes out, so that it goes out at most once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, insert, select, update

from offboard.domain.canonical import Json, canonical_bytes
from offboard.domain.evidence import Kind
from offboard.domain.letter import Letter, LetterState
from offboard.errors import NoSuchDeparture
from offboard.storage import tables as t
from offboard.storage.chain import Recorder

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence


class StoredLetters(Recorder):
    """Keeps letters (capability ``LetterBox``)."""

    def letters(self, departure: str) -> list[Letter]:
        """Return the departure's letters in order."""
        with self.database.read() as connection:
            rows = connection.execute(
                select(t.letters).where(t.letters.c.departure == departure).order_by(t.letters.c.place)
            ).all()
        return [_letter(row) for row in rows]

    def letter(self, letter_id: str) -> Letter:
        """Return one letter.

        Raises:
            NoSuchDeparture: there is none.
        """
        with self.database.read() as connection:
            row = connection.execute(select(t.letters).where(t.letters.c.id == letter_id)).first()
        if row is None:
            raise NoSuchDeparture(f"there is no letter {letter_id!r}", hint="List them with: offboard letters list D")
        return _letter(row)

    def add(self, letters: Iterable[Letter]) -> None:
        """Keep new drafts; a letter that is there already, and on which nobody has decided, is written anew."""
        drafts = list(letters)

        def work(connection: Connection) -> None:
            if not drafts:
                return
            departure = drafts[0].departure
            rows = connection.execute(
                select(t.letters.c.id, t.letters.c.state).where(t.letters.c.departure == departure)
            )
            states = {row.id: row.state for row in rows}
            place = connection.execute(
                select(func.count()).select_from(t.letters).where(t.letters.c.departure == departure)
            ).scalar_one()
            open_states = {LetterState.DRAFT.value, LetterState.TO_REVIEW.value}
            new = [letter for letter in drafts if letter.id not in states]
            again = [letter for letter in drafts if states.get(letter.id) in open_states]
            if new:
                connection.execute(insert(t.letters), [_row(letter, place + i) for i, letter in enumerate(new)])
            for letter in again:
                connection.execute(
                    update(t.letters)
                    .where(t.letters.c.id == letter.id)
                    .values(data=_data(letter), state=letter.state.value)
                )
            written: list[Json] = [{"id": letter.id, "digest": letter.digest} for letter in [*new, *again]]
            if written:
                self.tell(connection, departure, Kind.LETTER, {"drafted": written})

        self.database.write(work)

    def decide(self, letter: Letter, *, to: LetterState, person: str, os_user: str, reason: str = "") -> bool:
        """Record the owner's decision on exactly this text; ``False`` when it was changed or decided meanwhile."""
        expect = (LetterState.DRAFT, LetterState.TO_REVIEW, LetterState.HELD, LetterState.FAILED, LetterState.APPROVED)

        def work(connection: Connection) -> bool:
            row = connection.execute(select(t.letters).where(t.letters.c.id == letter.id)).one()
            if _letter(row).digest != letter.digest or row.state not in {state.value for state in expect}:
                return False
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

    def reopen(self, departure: str, reason: str, *, clients: Collection[str] | None = None) -> None:
        """Take the approval of letters back that have not gone out; ``clients``: of theirs alone."""

        def work(connection: Connection) -> None:
            rows = connection.execute(
                select(t.letters).where(
                    t.letters.c.departure == departure, t.letters.c.state == LetterState.APPROVED.value
                )
            ).all()
            for letter in map(_letter, rows):
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
        return sorted({row.approved_by for row in found if not _letter(row).to_leaver})

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


def _letter(row: object) -> Letter:
    data = json.loads(row.data)  # type: ignore[attr-defined]
    return Letter.from_json(data | {"state": row.state, "reason": row.reason})  # type: ignore[attr-defined]


def _data(letter: Letter) -> str:
    return canonical_bytes(letter.to_json()).decode()


def _row(letter: Letter, place: int) -> dict[str, object]:
    return {
        "id": letter.id,
        "departure": letter.departure,
        "place": place,
        "state": letter.state.value,
        "approved": "",
        "approved_by": "",
        "reason": letter.reason,
        "data": _data(letter),
    }
