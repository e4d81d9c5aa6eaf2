"""Guards return every reason, and say which of them a second person overcomes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.guards import Facts, Reason, approvers_needed, reasons, refused
from offboard.domain.people import Person

if TYPE_CHECKING:
    from offboard.domain.departure import Departure

ZOE = Person("uuid-zoe", "office", "zoe", "Zoe Ray", "zoe@corp.test", "1005")
NAMESAKE = Person("uuid-joe-2", "office", "joe2", "Joe Fox", "joe2@corp.test", "1009")


def texts(facts: Facts) -> list[str]:
    return [reason.text for reason in reasons(facts)]


def test_there_is_nothing_against_an_ordinary_departure(departure: Departure) -> None:
    assert reasons(Facts(departure, started=[0.0], staff=10)) == []
    assert approvers_needed([]) == 1
    assert refused([]) == []


@pytest.mark.parametrize("own", ["ann", "ANN", "ann@corp.test", " 1001 ", "Ann Lee"])
def test_the_tool_never_shuts_out_itself(departure: Departure, own: str) -> None:
    found = reasons(Facts(departure, own=["cn=offboard,dc=corp,dc=test", own]))

    assert [reason.text for reason in found] == ["ann is the account that offboard itself works with"]
    assert refused(found) == [found[0].text]


@pytest.mark.parametrize(
    ("asked_by", "refuses"),
    [
        ("ann@corp.test", True),
        ("ANN@CORP.TEST", True),
        ("hr@corp.test", False),
        ("", False),
        ("ann@corp.example", False),
    ],
)
def test_nobody_asks_for_their_own_departure(departure: Departure, asked_by: str, refuses: bool) -> None:
    found = reasons(Facts(replace(departure, requested_by=asked_by)))

    assert bool(refused(found)) is refuses
    assert not refuses or "somebody else has to" in found[0].text


def test_a_leaver_is_not_their_own_successor(departure: Departure) -> None:
    twin = replace(departure.leaver, id="uuid-other")
    expected = ["Ann Lee cannot be their own successor"]

    assert texts(Facts(replace(departure, successor=departure.leaver))) == expected
    assert texts(Facts(replace(departure, successor=twin))) == expected
    assert texts(Facts(replace(departure, successors={"C1": departure.leaver}))) == expected


def test_a_successor_stays(departure: Departure) -> None:
    split = replace(departure, successors={"C1": ZOE, "C2": ZOE})

    assert texts(Facts(split, leaving={"zoe", "joe@corp.test"})) == [
        "Joe Fox is leaving too and cannot take over",
        "Zoe Ray is leaving too and cannot take over",
    ]
    assert texts(Facts(split, leaving={"joe fox"})) == ["Joe Fox is leaving too and cannot take over"]
    assert texts(Facts(split, leaving={"jo", "zo"})) == []


def test_every_client_keeps_somebody(departure: Departure) -> None:
    assert texts(Facts(departure, clients_without=["Beta", "Alpha"])) == [
        "2 clients would be left without a successor: Alpha, Beta"
    ]
    assert texts(Facts(departure, clients_without=["Alpha"])) == ["1 client would be left without a successor: Alpha"]
    many = texts(Facts(departure, clients_without=[f"Client {i}" for i in range(9)]))
    assert many == ["9 clients would be left without a successor: Client 0, Client 1, Client 2, Client 3, Client 4 …"]


@pytest.mark.parametrize("protected", ["ann", "Ann@corp.test", "1001"])
def test_a_protected_account_takes_two_people(departure: Departure, protected: str) -> None:
    found = reasons(Facts(departure, protected=["administrator", protected]))

    assert found == [Reason("ann is a protected account: two people must approve", second=True)]
    assert approvers_needed(found) == 2
    assert refused(found) == []


@pytest.mark.parametrize(
    ("roles", "text"),
    [
        (["it"], "Ann Lee is the only one listed under it in [people]: two people must approve"),
        (["it", "owner"], "Ann Lee is the only one listed under it and owner in [people]: two people must approve"),
    ],
)
def test_the_last_who_may_decide_does_not_leave_on_one_word(departure: Departure, roles: list[str], text: str) -> None:
    assert reasons(Facts(departure, alone_in=roles)) == [Reason(text, second=True)]


@pytest.mark.parametrize(
    ("started", "limit", "brakes"),
    [
        ([0.0] * 5, 5, False),
        ([0.0] * 6, 5, True),
        ([0.0, *[3599.9] * 5], 5, True),
        ([0.0, *[3600.0] * 5], 5, False),
        ([0.0, 1.0], 1, True),
        ([], 1, False),
    ],
)
def test_the_brake_of_an_hour(departure: Departure, started: list[float], limit: int, brakes: bool) -> None:
    found = reasons(Facts(departure, started=started, max_per_hour=limit))

    assert approvers_needed(found) == (2 if brakes else 1)
    assert not brakes or "within an hour" in found[0].text


@pytest.mark.parametrize(
    ("started", "staff", "share", "brakes"),
    [
        (1, 3, 0.01, False),  # one a day always passes
        (2, 3, 0.01, True),
        (2, 199, 0.01, True),
        (2, 200, 0.01, False),
        (3, 200, 0.01, True),
        (50, 0, 0.01, False),  # nobody knows how many people there are
        (5, 10, 0.5, False),
        (6, 10, 0.5, True),
        (10, 10, 1.0, False),
    ],
)
def test_the_brake_of_a_day(departure: Departure, started: int, staff: int, share: float, brakes: bool) -> None:
    found = reasons(Facts(departure, started=[7200.0] * started, staff=staff, max_share=share, max_per_hour=99))

    assert approvers_needed(found) == (2 if brakes else 1)
    assert not brakes or f"of {staff} people" in found[0].text


def test_what_is_a_day_old_brakes_nobody(departure: Departure) -> None:
    assert texts(Facts(departure, started=[0.0, *[86400.0] * 99], staff=5)) == []


def test_all_reasons_come_at_once(departure: Departure) -> None:
    everything: dict[str, Any] = {
        "own": ["ann"], "clients_without": ["Alpha"], "protected": ["ann"], "started": [0.0] * 6, "staff": 10,
        "leaving": {"joe"}, "alone_in": ["owner"],
    }  # fmt: skip
    found = reasons(Facts(replace(departure, requested_by="ann@corp.test"), **everything))

    assert len(found) == 8
    assert len(refused(found)) == 4
    assert approvers_needed(found) == 2
