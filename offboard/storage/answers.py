"""The answers to what planning asks: each question is answered by a named person, in a sentence that stays."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from offboard.domain.canonical import Json, digest
from offboard.domain.departure import instant
from offboard.domain.evidence import Kind
from offboard.storage import tables as t
from offboard.storage.chain import Recorder


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody answered, and when (instant)."""

    text: str
    person: str
    at: str


class Answers(Recorder):
    """Keeps the newest answer to each question of a departure; the evidence keeps them all."""

    def give(self, departure: str, question: str, text: str, *, person: str, os_user: str) -> None:
        """Keep an answer, in place of an earlier one."""
        key = {"departure": departure, "question": _key(question)}

        def work(connection: Connection) -> None:
            at = instant(self.now())
            connection.execute(delete(t.plan_answers).filter_by(**key))
            connection.execute(insert(t.plan_answers).values(**key, answer=text, person=person, at=at))
            told: dict[str, Json] = {"question": question, "answer": text, "person": person, "os_user": os_user}
            self.tell(connection, departure, Kind.SETTLED, told)

        self.database.write(work)

    def of(self, departure: str, question: str) -> Answer | None:
        """Return the answer to a question in these words, or ``None``: a plan made anew may ask something else."""
        asked = select(t.plan_answers).filter_by(departure=departure, question=_key(question))
        with self.database.read() as connection:
            row = connection.execute(asked).first()
        return Answer(row.answer, row.person, row.at) if row else None


def _key(question: str) -> str:
    return digest("question", question)
