"""What Prefect's pages show: nothing secret, and nothing that a name could break."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from flows import tables
from offboard.domain.change import Change, Effect, Outcome, Phase, Result
from offboard.domain.plan import Plan, PlanKind
from offboard.engine.reading_rules import Read
from offboard.engine.verifying import Left, Verified
from offboard.forwarding.judging import judge
from offboard.forwarding.sieve import read_sieve

if TYPE_CHECKING:
    from offboard.domain.departure import Departure

CLIENT = Change(
    id="c002",
    phase=Phase.HAND_OVER,
    step="reassign_clients",
    system="clients",
    target="C-1",
    label="Nordhafen | <Service> *GmbH* (C-1)",
    before={"name": "Nordhafen", "responsible": "ann@corp.test"},
    after={"name": "Nordhafen", "responsible": "joe@corp.test"},
    why="Ann Lee leaves.",
)
ACCOUNT = Change(
    id="c001",
    phase=Phase.SECURE,
    step="disable_account",
    system="office",
    target="uuid-ann",
    label="ann (Ann Lee)",
    before={"sign_in": "open", "password": "sealed-0123456789abcdef"},
    after={"sign_in": "shut"},
    why="Ann Lee leaves.",
    one_way="The password is reset.",
)


@pytest.fixture
def plan(departure: Departure) -> Plan:
    order = tuple((change.phase, change.step, change.system) for change in (ACCOUNT, CLIENT))
    return Plan(departure.number, PlanKind.ACCESS, "", {}, "", order, (ACCOUNT, CLIENT))


def shown(departure: Departure, plan: Plan) -> dict[str, Any]:
    return {
        "departure": departure.number,
        "digest": plan.digest,
        "moment": "2026-07-31T16:00:00.000Z",
        "playbook": "employee",
        "leaver": departure.leaver.to_json(),
        "successor": None,
        "changes": [change.to_json() for change in plan.changes],
        "guards": ["1 client would be left without a successor: Foo | Bar"],
        "not_covered": [{"step": "set_auto_reply", "system": None, "reason": "no configured system can do this"}],
        "questions": [],
    }


def test_the_plan_says_what_when_and_why_and_hides_what_stands_for_a_password(departure: Departure, plan: Plan):
    page = tables.plan_page(shown(departure, plan), zone="Europe/London")

    assert "31 July 2026, 17:00:00 BST" in page
    assert "sign in open → sign in shut" in page
    assert "sealed" not in page
    for part in ("What stands against it", "Shut the doors", "Pass things on", "Cannot be undone", "Not covered"):
        assert f"## {part}" in page
    assert "offboard approve D-2026-0001 --as EMAIL" in page


def test_a_name_from_a_register_cannot_break_the_page(departure: Departure, plan: Plan):
    page = tables.plan_page(shown(departure, plan), zone="UTC")
    row = next(line for line in page.splitlines() if "Nordhafen" in line)

    assert r"Nordhafen \| \<Service\> \*GmbH\*" in row
    assert row.replace(r"\|", "").count("|") == 6


def test_an_undo_gives_clients_back(departure: Departure, plan: Plan):
    done = {"c002": Outcome("c002", Result.DONE, Effect.EFFECTIVE)}
    back = replace(CLIENT.reversed(), id="uc002")
    undo = replace(plan, kind=PlanKind.UNDO, changes=(back,))

    (there,) = tables.client_rows(plan, departure, done)
    (again,) = tables.client_rows(undo, departure, {})

    assert (there["old person"], there["new person"], there["outcome"]) == ("Ann Lee", "Joe Fox", "done")
    assert (again["old person"], again["new person"], again["outcome"]) == ("Joe Fox", "Ann Lee", "planned")


def test_the_clock_counts_from_the_request_and_names_what_went_wrong(departure: Departure):
    row = {"id": "c001", "plan": "access", "phase": "secure", "step": "disable_account", "system": "office"}
    changes = [
        row | {"label": "ann", "outcome": "done", "seconds": 0.25, "error": None, "hint": None},
        row | {"id": "c002", "label": "vpn", "outcome": "failed", "seconds": None, "error": "gone", "hint": "Look."},
    ]
    clock = {"requested": "2026-07-31T16:00:00.000Z", "first_write": "2026-07-31T16:00:01.500Z", "secured": None}
    stands = {"departure": departure.number, "status": "attention", "changes": changes, "clock": clock}

    page = tables.clock_page(stands, zone="UTC")

    assert "1.5 s after the request" in page
    assert "| Shut the doors | office | 2 | 1 | 1 | 0.250 |" in page
    assert "vpn (disable\\_account on office): failed. gone Look." in page
    assert tables.outcome_rows(stands | {"changes": [c | {"effect": None} for c in changes]})[1]["error"] == "gone"


def test_mail_rules_are_listed_with_the_worst_first():
    script = (
        b'require ["copy"];\r\nif header :contains "subject" "offer" { redirect :copy "me@home.example"; }\r\n'
        b"# rule:[quiet]\r\nif false { keep; }\r\n"
    )
    rules = read_sieve(script, mailbox="ann", system="mail", name="main", active=True, domains=["corp.test"])
    judged = tuple(judge(rule, domains=["corp.test"]) for rule in rules)

    page = tables.rules_page("D-2026-0001", [Read("mail", "ann", judged=judged)])

    headings = [line for line in page.splitlines() if line.startswith("## ")]
    assert headings[0].startswith("## alarm")
    assert "me@home.example (outside)" in page
    assert "There are none." in tables.rules_page("D-2026-0001", [])


def test_what_is_left_is_named_with_what_was_found():
    nothing = tables.verified_page(Verified("D-2026-0001", holds=True, left=(), unreachable=False))
    left = Left(ACCOUNT, {"sign_in": "open", "password": "sealed-0123"})

    page = tables.verified_page(Verified("D-2026-0001", holds=False, left=(left,), unreachable=False))

    assert "# D-2026-0001: it holds" in nothing
    assert "| office | disable_account | ann (Ann Lee) | sign in open | sign in shut |" in page
