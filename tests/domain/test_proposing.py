"""Proposing successors: who knows the client, then who has room; never somebody who leaves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from offboard.domain.clients import Client
from offboard.domain.dealing import Dealing
from offboard.domain.people import Person
from offboard.domain.proposing import load_of, propose


def person(login: str) -> Person:
    return Person(login, "office", login, login.title(), f"{login}@corp.test")


ANN, JOE, SUE, TIM = (person(login) for login in ("ann", "joe", "sue", "tim"))
STAFF = [ANN, JOE, SUE, TIM]


def client(key: str, value: int = 0, known_to: tuple[str, ...] = ()) -> Client:
    return Client(id=key, name=f"Client {key}", responsible="ann", value=value, known_to=known_to)


def test_whoever_dealt_with_the_client_last_is_proposed_and_the_reason_says_so() -> None:
    dealings = [
        Dealing("A", "ann", 9, "2026-12-01"),
        Dealing("A", "joe@corp.test", 7, "2026-10-01"),
        Dealing("A", "Sue", 1, "2026-11-01"),
        Dealing("B", "joe", 2, "2026-10-01"),
    ]
    first, second = propose([client("A"), client("B")], leaver=ANN, staff=STAFF, dealings=dealings, load={"sue": 99})
    assert first.to_json() == {
        "client": "A",
        "name": "Client A",
        "successor": "sue@corp.test",
        "why": "Sue dealt with them once, the last time on 2026-11-01.",
    }
    assert (second.successor, second.why) == (
        "joe@corp.test",
        "Joe dealt with them 2 times, the last time on 2026-10-01.",
    )


def test_of_two_on_the_same_day_the_one_with_more_dealings_then_with_fewer_clients() -> None:
    dealings = [
        Dealing("A", "joe", 1, "2026-10-01"),
        Dealing("A", "sue", 2, "2026-10-01"),
        Dealing("B", "joe", 1, "2026-10-01"),
        Dealing("B", "sue", 1, "2026-10-01"),
    ]
    found = propose(
        [client("A", 2), client("B", 1)], leaver=ANN, staff=STAFF, dealings=dealings, load={"joe": 1, "sue": 0}
    )
    assert [each.successor for each in found] == ["sue@corp.test", "joe@corp.test"]


def test_a_client_that_nobody_knows_goes_where_there_is_room_and_the_load_spreads() -> None:
    found = propose(
        [client(key) for key in "ABCD"], leaver=ANN, staff=STAFF, load={"joe": 2, "sue@corp.test": 1, "Tim": 1}
    )
    assert [each.successor for each in found] == ["sue@corp.test", "tim@corp.test", "joe@corp.test", "sue@corp.test"]
    assert found[0].why == "Nobody who stays knows them; Sue has the fewest clients (1 client)."


def test_known_to_counts_where_there_is_nothing_better() -> None:
    (found,) = propose([client("A", known_to=("ann", "TIM"))], leaver=ANN, staff=STAFF)
    assert (found.successor, found.why) == ("tim@corp.test", "Tim already knows them.")


def test_neither_the_leaver_nor_somebody_who_leaves_too_is_proposed() -> None:
    dealings = [
        Dealing("A", "ann", 5, "2026-12-01"),
        Dealing("A", "joe", 5, "2026-11-01"),
        Dealing("A", "tim", 1, "2020-01-01"),
    ]
    (found,) = propose([client("A")], leaver=ANN, staff=STAFF, leaving=["JOE@corp.test"], dealings=dealings)
    assert found.successor == "tim@corp.test"


def test_where_nobody_stays_nobody_is_proposed() -> None:
    (found,) = propose([client("A")], leaver=ANN, staff=[ANN, JOE], leaving=["joe"])
    assert (found.successor, found.why) == ("", "Nobody of the staff stays.")


def test_somebody_without_an_address_is_named_by_login() -> None:
    (found,) = propose([client("A")], leaver=ANN, staff=[Person("1", "office", "kim", "Kim")])
    assert found.successor == "kim"


def test_load_counts_the_clients_of_each_person() -> None:
    assert load_of([client("A"), client("B"), Client(id="C", name="C")]) == {"ann": 2}


@given(
    values=st.lists(st.integers(0, 5), max_size=12),
    dealt=st.lists(
        st.tuples(st.integers(0, 12), st.sampled_from(["ann", "joe", "sue", "tim"]), st.dates()), max_size=20
    ),
    leaving=st.sets(st.sampled_from(["joe", "sue", "tim"])),
)
def test_every_client_gets_one_who_stays_in_the_same_order_every_time(values, dealt, leaving) -> None:
    clients = [client(f"C{place}", value) for place, value in enumerate(values)]
    dealings = [Dealing(f"C{place}", who, 1, day.isoformat()) for place, who, day in dealt]
    found = propose(clients, leaver=ANN, staff=STAFF, leaving=leaving, dealings=dealings)
    assert [each.client for each in found] == [each.id for each in clients]
    allowed = {each.mail for each in (JOE, SUE, TIM) if each.login not in leaving} or {""}
    assert {each.successor for each in found} <= allowed
    assert all(each.why for each in found)
    assert found == propose(clients, leaver=ANN, staff=STAFF, leaving=leaving, dealings=dealings)
