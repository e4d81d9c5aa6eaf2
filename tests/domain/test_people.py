"""Who is meant, and who is the same person."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offboard.domain.people import Person, fold, same_person

ANN = Person("uuid-1", "office", "ann", "Ann Lee", "ann@corp.test", "1001", "Sales", "+44 117 496 0101", "carol")


def test_a_person_survives_being_stored() -> None:
    assert Person.from_json(ANN.to_json()) == ANN


@pytest.mark.parametrize("key", ["ann", "ANN", " ann ", "Ann@Corp.Test", "1001", "ann lee", "ANN LEE"])
def test_what_a_person_answers_to(key: str) -> None:
    assert ANN.answers_to(key)


@pytest.mark.parametrize(
    "key",
    [
        "", " ", "an", "annn", "ann*", "lee", "Lee Ann", "uuid-1", "carol", "Sales", "100", "01001", "1001.0", "1,001",
        "\u0430nn", "\uff11\uff10\uff10\uff11", "ann\u200b", "a\u00a0nn", "+44 117 496 0101", "ann@corp.test.evil.test",
    ],
)  # fmt: skip
def test_what_a_person_does_not_answer_to(key: str) -> None:
    assert not ANN.answers_to(key)


def test_an_empty_attribute_is_no_key() -> None:
    nobody = Person("uuid-2", "office", "x", "")

    assert nobody.keys() == {"x"}
    assert not nobody.answers_to("")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("Straße", "STRASSE", True), ("İ", "i", False), ("ﬁsh", "FISH", True), ("e\u0301", "\u00e9", False)],
)
def test_folding_is_the_one_of_unicode_and_normalises_nothing_else(one: str, other: str, same: bool) -> None:
    assert (fold(one) == fold(other)) is same


@pytest.mark.parametrize(
    ("differs", "same"),
    [
        ({}, True),
        ({"login": "al"}, True),
        ({"login": "al", "mail": "al@corp.test"}, True),
        ({"login": "al", "mail": "al@corp.test", "employee_number": "7"}, False),
        ({"login": "ANN", "mail": "", "employee_number": "", "name": "Ann Other"}, False),
        ({"login": "ANN", "mail": "ANN@corp.test", "employee_number": "", "name": ""}, True),
        ({"mail": "", "employee_number": "", "name": ""}, False),
        ({"login": "", "mail": "", "employee_number": "", "name": ""}, False),
        ({"title": "x", "phone": "y", "manager": "z", "id": "uuid-9", "system": "mail"}, True),
    ],
)
def test_two_independent_attributes_must_agree(differs: dict[str, str], same: bool) -> None:
    other = replace(ANN, **differs)

    assert same_person(ANN, other) is same
    assert same_person(other, ANN) is same


def test_two_empty_attributes_do_not_agree() -> None:
    one = Person("1", "a", "ann", "Ann Lee")
    other = Person("2", "b", "ann", "Bea Ray")

    assert not same_person(one, other)
