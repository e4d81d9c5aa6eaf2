"""People are asked, one thing at a time, in a real store; and every way to write the list wrongly is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from offboard.domain.ask_options import Asks, Offset, slug
from offboard.domain.asking import Confirmation, TaskState
from offboard.domain.playbook import parse_playbook
from offboard.errors import BadInput
from offboard.steps import step_class, words
from offboard.steps.ask_person import AskPerson
from offboard.steps.base import Waiting

if TYPE_CHECKING:
    from offboard.domain.capabilities import House
    from offboard.domain.departure import Departure

LAPTOP = {"ask": "Collect the laptop of {leaver}", "of": "it", "due": "+2d", "kind": "property", "id": "laptop"}
CARD = {"ask": "Collect the company card", "of": "hr", "due": "-4h", "remind": ["-1d", "+1d"]}
OPTIONS = {"what": [LAPTOP, CARD]}


def ask_all(step: AskPerson, departure: Departure) -> dict[str, Any]:
    """Ask for everything, and return what is wanted by target."""
    wanted = {wish.target: wish.after for wish in step.plan(departure, step.observe(departure, None), OPTIONS)}
    for target, state in wanted.items():
        step.write(departure, None, target, state)
    return wanted


def test_each_thing_is_one_change(house: House, leaving: Departure) -> None:
    step = AskPerson(house)
    assert step.observe(leaving, None) == {}
    laptop, card = step.plan(leaving, {}, OPTIONS)
    assert (laptop.target, laptop.before, laptop.one_way) == ("laptop", None, None)
    assert laptop.label == "Collect the laptop of Alice Archer (it@corp.test)"
    assert laptop.after == {
        "asked": "Collect the laptop of Alice Archer",
        "of": "it@corp.test",
        "due": "2026-12-03T17:00:00.000Z",
        "remind": ["2026-12-02T17:00:00.000Z"],
        "kind": "property",
        "confirmed": True,
    }
    assert card.target == "collect-the-company-card"
    assert card.after["due"] == "2026-12-01T13:00:00.000Z"
    assert card.after["remind"] == ["2026-11-30T13:00:00.000Z", "2026-12-02T13:00:00.000Z"]


def test_what_is_asked_waits_until_a_person_confirms_it(house: House, leaving: Departure) -> None:
    step = AskPerson(house)
    wanted = ask_all(step, leaving)
    found = step.observe(leaving, None)
    assert set(found) == set(wanted)
    assert not step.holds(found["laptop"], wanted["laptop"])
    assert not step.holds(found["laptop"], None)
    assert step.waiting(found["laptop"], wanted["laptop"]) == Waiting(
        "2026-12-03T17:00:00.000Z", "it@corp.test has been asked: Collect the laptop of Alice Archer"
    )
    assert step.waiting(None, wanted["laptop"]) is None, "nobody has been asked"

    (laptop, _) = house.tasks.tasks(leaving.number)
    assert house.tasks.confirm(laptop.id, Confirmation("it@corp.test", "2026-12-02T09:00:00.000Z", "in the cupboard"))
    found = step.observe(leaving, None)
    assert step.holds(found["laptop"], wanted["laptop"])
    assert step.waiting(found["laptop"], wanted["laptop"]) is None
    step.write(leaving, None, "laptop", wanted["laptop"])
    assert house.tasks.tasks(leaving.number)[0].state is TaskState.CONFIRMED, "asked again, it stays confirmed"


def test_time_counts_from_the_request_where_that_came_later(house: House, leaving: Departure) -> None:
    late = replace(leaving, moment=leaving.moment - timedelta(days=90))
    laptop, _ = AskPerson(house).plan(late, {}, OPTIONS)
    assert laptop.after["due"] == "2026-12-03T17:00:00.000Z"


def test_whoever_is_asked_too_late_has_a_day(house: House, leaving: Departure) -> None:
    ask_all(AskPerson(house), leaving)
    _, card = house.tasks.tasks(leaving.number)
    assert card.due == "2026-12-02T17:00:00.000Z", "it was due four hours ago"
    assert card.reminders == ("2026-12-02T13:00:00.000Z",)


def test_somebody_else_may_be_asked_meanwhile(house: House, leaving: Departure) -> None:
    step = AskPerson(house)
    wanted = ask_all(step, leaving)
    house.tasks.reassign("T-D-2026-0001-laptop", to="dora@corp.test", by="it@corp.test")
    found = step.observe(leaving, None)["laptop"]
    assert step.waiting(found, wanted["laptop"]).why.startswith("dora@corp.test has been asked")


def test_what_is_refused_is_overdue_at_once_and_says_why(house: House, leaving: Departure) -> None:
    step = AskPerson(house)
    wanted = ask_all(step, leaving)
    house.tasks.refuse("T-D-2026-0001-laptop", by="it@corp.test", reason="it was stolen")
    found = step.observe(leaving, None)["laptop"]
    assert step.waiting(found, wanted["laptop"]) == Waiting(
        "2026-12-01T17:00:00.000Z", "it@corp.test cannot do it: Collect the laptop of Alice Archer: it was stolen"
    )
    step.write(leaving, None, "laptop", wanted["laptop"])
    assert house.tasks.tasks(leaving.number)[0].state is TaskState.ASKED, "carried out again, it is asked again"


def test_undone_it_is_withdrawn(house: House, leaving: Departure) -> None:
    step = AskPerson(house)
    wanted = ask_all(step, leaving)
    found = step.observe(leaving, None)["laptop"]
    assert step.waiting(found, wanted["laptop"]) is not None, "it is on its way, and may be turned round"
    step.write(leaving, None, "laptop", None)
    assert set(step.observe(leaving, None)) == {"collect-the-company-card"}
    step.write(leaving, None, "laptop", wanted["laptop"])
    assert "laptop" in step.observe(leaving, None)


def test_a_name_is_put_in_once_and_never_read_again(house: House, leaving: Departure) -> None:
    odd = replace(leaving, leaver=replace(leaving.leaver, name="{leaver} {7*7} {{ x }}"))
    (wish,) = AskPerson(house).plan(odd, {}, {"what": [LAPTOP]})
    assert wish.after["asked"] == "Collect the laptop of {leaver} {7*7} {{ x }}"


@pytest.mark.parametrize(
    ("offset", "timezone", "expected"),
    [
        ("+0h", "Europe/London", "2026-10-24T16:00"),
        ("+2d", "UTC", "2026-10-26T16:00"),
        ("+2d", "Europe/London", "2026-10-26T17:00"),  # the clocks go back in between: the same time of day
        ("+48h", "Europe/London", "2026-10-26T16:00"),
        ("-4h", "Europe/London", "2026-10-24T12:00"),
        ("-1w", "Europe/London", "2026-10-17T16:00"),
        ("+1d", "UTC+01:00", "2026-10-25T16:00"),
    ],
)
def test_days_are_those_of_the_calendar(offset: str, timezone: str, expected: str) -> None:
    moment = datetime(2026, 10, 24, 16, 0, tzinfo=UTC)
    assert Offset.read(offset).of(moment, timezone).isoformat()[:16] == expected


@pytest.mark.parametrize(
    "text", ["2d", "+2", "+d", "+2 d", "+2D", "2", "", "+2m", "+99999d", "+367d", "soon", "+2d4h", None, 2]
)
def test_no_other_way_of_writing_when(text: Any) -> None:
    assert Offset.parse(text) is None
    with pytest.raises(BadInput, match="must be so many hours, days or weeks"):
        Offset.read(text)


def test_the_end_of_the_calendar_is_no_trap() -> None:
    last = datetime(9999, 12, 31, 23, 0, tzinfo=UTC)
    assert Offset.read("+2d").of(last, "Europe/London") == last


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Collect the laptop", "collect-the-laptop"),
        ("Schlüssel & Straße", "schlussel-strasse"),
        ("{leaver}'s keys!", "s-keys"),
        ("鍵", ""),
        ("x" * 60, "x" * 40),
    ],
)
def test_names_are_made_of_texts(text: str, name: str) -> None:
    assert slug(text) == name


ONE = {"ask": "Collect the keys", "of": "hr"}


@pytest.mark.parametrize(
    ("what", "named"),
    [
        (None, ["must be a list of things"]),
        ([], ["must be a list of things"]),
        ("laptop", ["must be a list of things"]),
        (["laptop"], ["thing 1: must be a mapping"]),
        ([{"of": "it"}], ["thing 1: 'ask' must say"]),
        ([ONE | {"ask": "  "}], ["thing 1: 'ask' must say"]),
        ([ONE | {"ask": 12}], ["thing 1: 'ask' must say"]),
        ([ONE | {"ask": "x" * 201}], ["longer than 200"]),
        ([ONE | {"ask": "a\nb"}], ["one line"]),
        ([ONE | {"ask": "a\u202eb"}], ["one line"]),
        ([ONE | {"ask": "鍵"}], ["no name can be made"]),
        ([ONE | {"ask": "Ask {person}"}], ["'{person}' stands for nothing"]),
        ([ONE | {"ask": "Ask {leaver.mail}"}], ["'{leaver.mail}' stands for nothing"]),
        ([ONE | {"ask": "Ask {leaver"}], ["'{' stands for nothing"]),
        ([{"ask": "Keys"}], ["thing 1: 'of': unknown person ''"]),
        ([ONE | {"of": "menager"}], ["did you mean 'manager'?"]),
        ([ONE | {"of": "@corp"}], ["'of'"]),
        ([ONE | {"of": "a b@corp.test"}], ["'of'"]),
        ([ONE | {"of": ["it"]}], ["'of'"]),
        ([ONE | {"due": "2d"}], ["'due' '2d' must be"]),
        ([ONE | {"due": 2}], ["'due' 2 must be"]),
        ([ONE | {"remind": ["-1d", "soon"]}], ["'remind' 'soon' must be"]),
        ([ONE | {"kind": "propperty"}], ["did you mean 'property'?"]),
        ([ONE | {"kind": ["property"]}], ["'kind'"]),
        ([ONE | {"id": "Key Ring"}], ["'id' 'Key Ring'"]),
        ([ONE | {"dew": "+2d"}], ["unknown key 'dew'; did you mean 'due'?"]),
        ([ONE, ONE], ["asks for 'collect-the-keys' twice"]),
        (
            [ONE | {"of": "x", "due": "x"}, {"ask": "y", "kind": "z"}],
            ["thing 1: 'of'", "thing 1: 'due'", "thing 2: 'of'", "thing 2: 'kind'"],
        ),
    ],
)  # fmt: skip
def test_every_fault_of_the_list_is_named(what: Any, named: list[str]) -> None:
    found = list(Asks().faults(what))
    assert len(found) == len(named), found
    for fault, text in zip(found, named, strict=True):
        assert text in fault
    with pytest.raises(BadInput, match="what of ask_person"):
        list(AskPerson(None).plan(None, {}, {"what": what}))


@pytest.mark.parametrize("what", [[LAPTOP, CARD], [ONE], [ONE | {"of": "key.desk@corp.test", "remind": "+1w"}]])
def test_the_schema_accepts_what_we_accept(what: Any) -> None:
    assert list(Asks().faults(what)) == []
    jsonschema.validate(what, Asks().schema())


def parse(text: str) -> Any:
    known = {word: step_class(word) for word in words()}
    return parse_playbook(
        text,
        source="p.yaml",
        steps={word: tuple(step.options) for word, step in known.items()},
        accepts={word: step.accepts for word, step in known.items()},
    )


def test_a_playbook_holds_the_list() -> None:
    text = """\
playbook: ours
hand_over:
  - ask_person:
      what:
        - {ask: Collect the keys, of: manager, due: +2d, remind: [-1d, +1d]}
        - ask: Close the bank login
          of: bank@corp.test
          kind: app
"""
    (entry,) = parse(text).entries
    assert entry.options["what"][0] == {
        "ask": "Collect the keys", "of": "manager", "due": "+2d", "remind": ["-1d", "+1d"],
    }  # fmt: skip
    assert entry.options["what"][1]["kind"] == "app"


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ("", "p.yaml:3: ask_person needs the option 'what'"),
        ("{what: [{ask: Keys, of: hr, ask: Card}]}", "p.yaml:3: the key 'ask' stands twice"),
        ("{what: [{ask: Keys, of: nobody}]}", "p.yaml:3: what of ask_person is wrong in thing 1: 'of': unknown person"),
        ("{wat: []}", "p.yaml:3: unknown option of ask_person 'wat'; did you mean 'what'?"),
    ],
)
def test_a_playbook_names_the_line(options: str, named: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse(f"playbook: ours\nhand_over:\n  - ask_person: {options}\n")
    assert any(fault.startswith(named) for fault in refused.value.faults), refused.value.faults
