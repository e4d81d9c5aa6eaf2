"""What second accounts are called."""

from __future__ import annotations

import pytest

from offboard.domain.kinship import kin_name, kin_names


@pytest.mark.parametrize(
    ("one", "kin"),
    [
        ("adm-ann", True), ("ann-adm", True), ("ann.admin", True), ("a_ann", True), ("ann_test", True), ("ann2", True),
        ("ANN-ADM", True), ("annadm", True), ("ann-2", True), ("t1-ann", True),
        ("ann", False), ("joann", False), ("anna", False), ("hannah", False), ("ann-marie", False), ("x-ann-y", False),
        ("ann1999", False), ("", False),
    ],
)  # fmt: skip
def test_names_of_second_accounts(one: str, kin: bool):
    assert kin_name(one, "ann") == kin
    if kin:
        assert one.casefold() in kin_names("ann"), "a directory is asked for it"
    assert not kin_name(one, "")


@pytest.mark.parametrize("login", ["ann", "n3"])
def test_every_name_that_is_asked_for_counts(login: str):
    assert all(kin_name(name, login) for name in kin_names(login))


@pytest.mark.parametrize(("one", "kin"), [("n31", False), ("n3-1", True), ("n3adm", True), ("adm-n3", True)])
def test_where_people_are_numbered_another_digit_is_another_person(one: str, kin: bool):
    assert kin_name(one, "n3") == kin
    assert (one in kin_names("n3")) == kin


def test_a_directory_is_never_asked_for_the_bare_marks():
    assert kin_names("") == []
