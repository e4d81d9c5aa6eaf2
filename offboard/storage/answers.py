"""The answers to what planning asks: each question is answered by a named person, and stays so when planned anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, insert, select

from offboard.domain.departure import instant
from offboard.domain.evidence import Kind
from offboard.domain.question import Answer
from offboard.storage import tables as t
from offboard.storage.chain import Recorder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offboard.domain.canonical import Json
    from offboard.domain.question import Question


class Answers(Recorder):
    """Keeps the newest answer to each question of a departure; the evidence keeps them all."""

    def give(
        self, departure: str, questions: Sequence[Question], *, yes: bool, because: str, person: str, os_user: str
    ) -> None:
        """Keep one answer to all these questions, in place of earlier ones."""

        def work(connection: Connection) -> None:
            at = instant(self.now())
            for one in questions:
                key = {"departure": departure, "question": one.id}
                connection.execute(delete(t.plan_answers).filter_by(**key))
                connection.execute(insert(t.plan_answers).values(**key, yes=yes, answer=because, person=person, at=at))
                told: dict[str, Json] = {
                    "question": one.text,
                    "id": one.id,
                    "answer": "yes" if yes else "no",
                    "because": because,
                    "person": person,
                    "os_user": os_user,
                }
                self.tell(connection, departure, Kind.SETTLED, told)

        self.database.write(work)

    def of(self, departure: str) -> dict[str, Answer]:
        """Return question id → the newest answer."""
        given = select(t.plan_answers).filter_by(departure=departure).where(t.plan_answers.c.yes.is_not(None))
        with self.database.read() as connection:
            rows = connection.execute(given).all()
        return {row.question: Answer(row.yes, row.answer, row.person, row.at) for row in rows}
