"""A letter says that the successor was briefed only where somebody recorded it, and only as long as it is they."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from offboard.domain.departure import Departure
from offboard.engine.briefing import brief
from offboard.errors import BadInput, NotAllowed, Unreachable
from tests.engine.asking import approve_letters
from tests.engine.twin import ANN

if TYPE_CHECKING:
    from tests.engine.conftest import Company

HR, OWNER = "erin@corp.test", "owner@corp.test"
SENTENCE = "Joe Fox has been told how things stand"


def of(company: Company, number: str) -> Departure:
    return company.firm.store.departures.get(number)


def saying_so(company: Company, number: str) -> set[str]:
    return {x.client for x in company.firm.store.letters.letters(number) if SENTENCE in x.body}


def test_the_letters_say_so_of_whom_it_is_recorded_and_nothing_else_changes(company: Company) -> None:
    number = company.start()
    plan = company.firm.store.plans.every(number)
    assert saying_so(company, number) == set()
    assert brief(company.office, of(company, number), HR, ["C1"]) == 1
    assert saying_so(company, number) == {"C1"}
    assert company.firm.store.plans.every(number) == plan, "what was planned is not voided by it"
    departure = of(company, number)
    assert (departure.is_briefed("C1"), departure.is_briefed("C2")) == (True, False)
    assert Departure.from_json(departure.to_json()) == departure
    other = replace(departure, successors={"C1": replace(ANN, id="x", login="sue", mail="sue@corp.test")})
    assert not other.is_briefed("C1"), "somebody else takes over, who was told nothing"
    last = company.firm.store.evidence.lines(number)
    assert any('"briefed":["C1"]' in line and HR in line for line in map(str, last))


def test_what_the_owner_approved_stays_as_it_was_approved(company: Company) -> None:
    number = company.start()
    approve_letters(company, number)
    before = [letter.digest for letter in company.firm.store.letters.letters(number)]
    assert brief(company.office, of(company, number), OWNER, ["C1", "C2"]) == 0
    letters = company.firm.store.letters.letters(number)
    assert [letter.digest for letter in letters] == before
    assert {letter.state.value for letter in letters} == {"approved"}


@pytest.mark.parametrize(
    ("person", "clients", "error"),
    [("dave@corp.test", ["C1"], NotAllowed), (HR, ["C3"], BadInput), (HR, ["C1", "C9"], BadInput), (HR, [], BadInput)],
)
def test_who_may_not_and_whom_nobody_takes_over(
    company: Company, person: str, clients: list[str], error: type[Exception]
) -> None:
    number = company.start()
    with pytest.raises(error):
        brief(company.office, of(company, number), person, clients)
    assert of(company, number).briefed == {}


def test_without_the_register_nothing_is_recorded(company: Company) -> None:
    number = company.start()
    company.systems.down.add("clients")
    with pytest.raises(Unreachable):
        brief(company.office, of(company, number), HR, ["C1"])
    assert of(company, number).briefed == {}
