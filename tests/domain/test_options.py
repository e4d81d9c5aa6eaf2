"""Options of steps: what each kind takes, and that the schema says the same."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from offboard.commands.systems import playbook_schema
from offboard.domain.options import Day, Names, OneOf, Text, WholeNumber
from offboard.domain.playbook import parse_playbook
from offboard.errors import BadInput
from offboard.steps import step_class, words

ACCEPTS = {
    "move_account": {"to": Text(required=True)},
    "open_drive": {"days": WholeNumber(1, 90)},
    "end_shares": {"end": OneOf(("none", "external", "all"))},
    "leave_groups": {"keep": Names()},
}
STEPS = {word: tuple(options) for word, options in ACCEPTS.items()}


@pytest.mark.parametrize(
    ("accepts", "value", "right"),
    [
        (Text(), "OU=Left", True), (Text(), "", False), (Text(), 7, False), (Text(), ["a"], False),
        (Names(), [], True), (Names(), ["a", "b"], True), (Names(), "a", False), (Names(), [12], False),
        (Names(), [""], False), (Names(), True, False),
        (WholeNumber(1, 90), 1, True), (WholeNumber(1, 90), 90, True), (WholeNumber(1, 90), 0, False),
        (WholeNumber(1, 90), 91, False), (WholeNumber(1, 90), "30", False), (WholeNumber(1, 90), True, False),
        (OneOf(("none", "all")), "all", True), (OneOf(("none", "all")), "al", False),
        (OneOf(("none", "all")), ["all"], False), (OneOf(("none", "all")), False, False),
        (Day(), "2027-01-31", True), (Day(), "soon", False), (Day(), "20270131", False), (Day(), 20270131, False),
    ],
)  # fmt: skip
def test_the_schema_and_the_check_agree(accepts: Any, value: Any, right: bool):
    assert (accepts.fault(value) is None) is right
    assert jsonschema.Draft202012Validator(accepts.schema()).is_valid(value) is right


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("open_drive: {days: soon}", "days of open_drive must be a whole number from 1 to 90, not 'soon'"),
        ("open_drive: {days: 91}", "days of open_drive must be a whole number from 1 to 90, not 91"),
        ("end_shares: {end: extern}", "end of end_shares must be one of none, external, all, not 'extern'"),
        ("leave_groups: {keep: st}", "keep of leave_groups must be a list of names, such as [staff, alumni], not 'st'"),
        ("move_account: {on: all}", "move_account needs the option 'to'"),
        ("move_account", "move_account needs the option 'to'"),
        ("open_drive: {days: 30}", None),
        ("open_drive", None),
        ("end_shares: {on: files, end: all}", None),
        ('move_account: {to: "OU=Left,DC=acme"}', None),
    ],
)  # fmt: skip
def test_a_wrong_value_is_found_before_anything_begins(entry: str, fault: str | None):
    text = f"playbook: ours\nsecure:\n  - {entry}\n"
    if fault is None:
        parse_playbook(text, source="p.yaml", steps=STEPS, accepts=ACCEPTS)
        return
    with pytest.raises(BadInput) as refused:
        parse_playbook(text, source="p.yaml", steps=STEPS, accepts=ACCEPTS)
    assert refused.value.faults == [f"p.yaml:3: {fault}"]


@pytest.mark.parametrize("word", words())
def test_every_option_that_is_checked_is_an_option(word: str):
    step = step_class(word)
    assert set(step.accepts) <= set(step.options)


@pytest.mark.parametrize(
    ("entry", "right"),
    [
        ({"open_drive": {"days": 30}}, True),
        ({"open_drive": {"days": "thirty"}}, False),
        ({"end_shares": {"end": "everything"}}, False),
        ({"leave_groups": {"keep": "staff"}}, False),
        ({"leave_groups": None}, True),
        ({"move_account": {"to": "OU=Left"}}, True),
        ({"move_account": {"on": "all"}}, False),
        ({"move_account": None}, False),
        ("move_account", False),
        ("leave_groups", True),
    ],
)
def test_editors_are_told_the_same(entry: Any, right: bool):
    schema = jsonschema.Draft202012Validator(playbook_schema())
    assert schema.is_valid({"playbook": "ours", "secure": [entry]}) is right
