"""Shared logins that the leaver knew: one thing to confirm for each, and no list that holds a secret."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from offboard.domain.shared import SharedCredential, read_shared
from offboard.errors import BadInput
from offboard.steps.rotate_shared import RotateShared

if TYPE_CHECKING:
    from offboard.domain.capabilities import House
    from offboard.domain.departure import Departure

LIST = """\
name,system,known_by,owner
Parcel portal,parcels.example,alice;bob,carol@corp.test
Social media,,ALICE@corp.test; dave,
Bank reader,bank.example,bob,bob@corp.test
Alarm,,carol,alice@corp.test
"""


def test_each_login_that_the_leaver_knew_is_asked_for(house: House, leaving: Departure) -> None:
    known = replace(house, shared=lambda: read_shared(LIST, source="shared.csv"))
    wishes = list(RotateShared(known).plan(leaving, {}, {"due": "+1d"}))
    assert [wish.after["asked"] for wish in wishes] == [
        "Change the password of Parcel portal in parcels.example, which Alice Archer knows",
        "Change the password of Social media, which Alice Archer knows",
        "Change the password of Alarm, which Alice Archer knows",
    ]
    # Whoever looks after it is asked, else IT: nobody, and the leaver, look after nothing.
    assert [wish.after["of"] for wish in wishes] == ["carol@corp.test", "it@corp.test", "it@corp.test"]
    assert {wish.after["due"] for wish in wishes} == {"2026-12-02T17:00:00.000Z"}
    assert {wish.after["kind"] for wish in wishes} == {"rotate"}
    assert len({wish.target for wish in wishes}) == 3


def test_asked_waits_and_belongs_to_this_step_alone(house: House, leaving: Departure) -> None:
    step = RotateShared(replace(house, shared=lambda: read_shared(LIST, source="shared.csv")))
    wish = next(step.plan(leaving, {}, {}))
    step.write(leaving, None, wish.target, wish.after)
    found = step.observe(leaving, None)
    assert set(found) == {wish.target}
    assert step.waiting(found[wish.target], wish.after).until == "2026-12-03T17:00:00.000Z"
    (task,) = house.tasks.tasks(leaving.number)
    assert (task.step, task.kind, task.assignee) == ("rotate_shared", "rotate", "carol@corp.test")


def test_without_a_list_there_is_nothing_to_ask(house: House, leaving: Departure) -> None:
    assert list(RotateShared(house).plan(leaving, {}, {})) == []


HEAD = "name,system,known_by,owner\n"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "must name exactly the columns"),
        ("name,system\n", "must name exactly the columns"),
        ("name,system,known_by,owner,owner\n", "must name exactly the columns"),
        ("name,system,known_by,owner,notes\n", "must name exactly the columns"),
        ("name,system,known_by,owner,password\n", "'password' looks like one that holds secrets"),
        ("name,system,known_by,owner,Kennwort\n", "'kennwort' looks like one that holds secrets"),
        ("name,system,known_by,owner,API-Key\n", "'api-key' looks like one that holds secrets"),
        ("name,system,known_by,owner,PIN\n", "'pin' looks like one that holds secrets"),
        (HEAD + "a,b\n", "line 2: 2 cells, not 4"),
        (HEAD + ",b,alice,\n", "line 2: name is empty"),
        (HEAD + "a,b,,\n", "line 2: known_by is empty"),
        (HEAD + "a,b,x,\n\na,b,y,\n", "line 4: 'a' stands twice for b"),
        (HEAD + '"a,b\n', "unexpected end of data"),
    ],
)
def test_every_fault_of_the_list_is_named(text: str, named: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_shared(text, source="shared.csv")
    assert named in "\n".join([str(refused.value), *refused.value.faults])
    assert refused.value.hint


def test_columns_may_stand_in_any_order() -> None:
    text = "\ufeffOwner, known_by ,name,system\r\nit@corp.test,Alice Archer,Portal,\r\n"
    assert read_shared(text, source="s.csv") == (SharedCredential("Portal", "", ("Alice Archer",), "it@corp.test"),)
