"""What the engine's tests ask a company, and how they make a call go wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from offboard.domain.letter import LetterState
from offboard.engine.deciding import decide_letters
from offboard.engine.showing import show

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.conftest import Company


def outcomes(company: Company, number: str) -> dict[str, Any]:
    return {c["step"] + "/" + c["target"]: c["outcome"] for c in show(company.office, number)["changes"]}


def status(company: Company, number: str) -> str:
    return show(company.office, number)["status"]


def letters(company: Company, number: str, state: LetterState | None = None) -> list[Any]:
    return [x for x in company.office.store.letters.letters(number) if state in {None, x.state}]


def approve_letters(company: Company, number: str) -> None:
    chosen = letters(company, number, LetterState.TO_REVIEW)
    decide_letters(company.office, number, chosen, "owner@corp.test", to=LetterState.APPROVED)


def failing_at(method: str, error: Exception) -> Callable[[int, str, bool], None]:
    def fault(_call: int, name: str, done: bool) -> None:
        if name == method and not done:
            raise error

    return fault
