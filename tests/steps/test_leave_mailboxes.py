"""What the leaver may do in other mailboxes is taken away, and given back exactly, at Exchange's stand-in."""

from __future__ import annotations

import copy
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from offboard.errors import Denied
from offboard.steps.leave_mailboxes import LeaveMailboxes
from tests.steps.memory import there_and_back

if TYPE_CHECKING:
    from offboard.domain.capabilities import House
    from tests.connectors.exchange_office import Office


@pytest.fixture
def sales(exchange_office: Office) -> dict[str, Any]:
    """Return a shared mailbox with a German calendar, in which Ruth may do everything that there is."""
    standin, ruth, sam = exchange_office.standin, exchange_office.ruth, exchange_office.sam
    box = standin.add_mailbox(exchange_office.graph.add_person("Sales Desk"))
    box["RecipientTypeDetails"] = "SharedMailbox"
    box["_calendars"] = {"/Kalender": [], "/Kalender/Messen": []}
    for rights in ("FullAccess", "SendAs", "SendOnBehalf"):
        standin.let_in(box, ruth, rights=rights)
        standin.let_in(box, sam, rights=rights)
    standin.share_calendar(box, ruth, flags="Delegate,CanViewPrivateItems", folder="/Kalender")
    standin.share_calendar(box, ruth, rights="Reviewer", folder="/Kalender/Messen")
    standin.share_calendar(sam, ruth, rights="LimitedDetails")
    return box


def who_gets_in(*boxes: dict[str, Any]) -> Any:
    """Return everything that says who gets into these, in an order of our own."""

    def order(entries: list[Any]) -> list[str]:
        return sorted(repr(sorted((k, v) for k, v in one.items() if k != "_mapped")) for one in entries)

    return copy.deepcopy(
        [
            (
                order(box["_readers"]),
                order(box["_senders"]),
                sorted(box["GrantSendOnBehalfTo"]),
                {
                    path: order([one | {"AccessRights": _many(one["AccessRights"])} for one in entries])
                    for path, entries in box["_calendars"].items()
                },
            )
            for box in boxes
        ]
    )


def _many(rights: Any) -> list[str]:
    return rights if isinstance(rights, list) else [rights]


def test_everything_is_taken_away_and_given_back_exactly(exchange_office: Office, acme: House, sales: dict[str, Any]):
    before = who_gets_in(sales, exchange_office.sam)
    step, departure = LeaveMailboxes(acme), exchange_office.leaving()
    wishes = there_and_back(step, departure, exchange_office.connect())
    assert sorted(wish.label for wish in wishes) == [
        "calendar of sales.desk@acme.example",
        "calendar of sales.desk@acme.example",
        "calendar of sam.okafor@acme.example",
        "full access of sales.desk@acme.example",
        "send as of sales.desk@acme.example",
        "send on behalf of sales.desk@acme.example",
    ]
    assert who_gets_in(sales, exchange_office.sam) == before
    assert [step.remains(w.before) for w in wishes if step.remains(w.before)] == [
        "Exchange does not show whether Outlook opens sales.desk@acme.example by itself; after an undo it does."
    ]


def test_while_it_is_taken_away_others_keep_theirs(exchange_office: Office, acme: House, sales: dict[str, Any]):
    step, departure, mail = LeaveMailboxes(acme), exchange_office.leaving(), exchange_office.connect()
    for wish in step.plan(departure, step.observe(departure, mail), {"keep": ["calendar of sam.okafor@acme.example"]}):
        step.write(departure, mail, wish.target, wish.after)
    sam = exchange_office.sam["UserPrincipalName"]
    assert [one["User"] for one in sales["_readers"]] == [sam]
    assert [one["Trustee"] for one in sales["_senders"]] == [sam]
    assert sales["GrantSendOnBehalfTo"] == ["Sam Okafor"]
    assert sales["_calendars"] == {"/Kalender": [], "/Kalender/Messen": []}
    assert len(exchange_office.sam["_calendars"]["/Calendar"]) == 1
    again = LeaveMailboxes(acme)
    assert [target.partition("/")[0] for target in again.observe(departure, mail)] == [exchange_office.sam["Guid"]]


def test_a_run_looks_again_only_where_it_found_something(exchange_office: Office, acme: House, sales: dict[str, Any]):
    for number in range(5):
        exchange_office.standin.add_mailbox(exchange_office.graph.add_person(f"Clerk {'ABCDE'[number]}"))
    step, departure, mail = LeaveMailboxes(acme), exchange_office.leaving(), exchange_office.connect()
    first = step.observe(departure, mail)
    asked = len(exchange_office.standin.ran("Get-MailboxPermission"))
    assert step.observe(departure, mail) == first
    assert (asked, len(exchange_office.standin.ran("Get-MailboxPermission")) - asked) == (7, 2)
    del sales


def test_what_was_not_looked_into_is_said_and_shared_ones_come_first(
    exchange_office: Office, acme: House, sales: dict[str, Any]
):
    departure, mail = exchange_office.leaving(), exchange_office.connect(look_into=1)
    step = LeaveMailboxes(acme)
    found = step.observe(departure, mail)
    assert {target.partition("/")[0] for target in found if "/" in target} == {sales["Guid"]}
    (gap,) = step.beyond(departure, found)
    assert gap.startswith("1 more mailboxes were not asked")
    assert len(list(step.plan(departure, found, {}))) == 5


def test_what_is_given_back_is_seen_by_whoever_gave_it(exchange_office: Office, acme: House, sales: dict[str, Any]):
    departure, mail = exchange_office.leaving(), exchange_office.connect()
    first = LeaveMailboxes(acme)
    wishes = list(first.plan(departure, first.observe(departure, mail), {}))
    for wish in wishes:
        first.write(departure, mail, wish.target, wish.after)
    undo = LeaveMailboxes(acme)
    assert undo.observe(departure, mail) == {}
    for wish in wishes:
        undo.write(departure, mail, wish.target, wish.before)
    assert set(undo.observe(departure, mail)) == {wish.target for wish in wishes}
    del sales


def test_several_mailboxes_are_looked_into_at_once_and_a_fault_calls_the_others_off(
    exchange_office: Office, acme: House, sales: dict[str, Any]
):
    standin, departure = exchange_office.standin, exchange_office.leaving()
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        standin.add_mailbox(exchange_office.graph.add_person(f"Clerk {letter}"))
    mail = exchange_office.connect()
    alone = LeaveMailboxes(acme).observe(departure, mail)
    assert next(target.partition("/")[0] for target in alone) == sales["Guid"], "in the order of before"
    standin.latency, asked, since = 0.05, len(standin.commands), time.monotonic()
    assert LeaveMailboxes(acme).observe(departure, mail) == alone
    count, took = len(standin.commands) - asked, time.monotonic() - since
    assert took < count * standin.latency * 0.6, f"{count} requests took {took:.1f} s"

    standin.fail("Get-MailboxPermission", 403)
    asked = len(standin.commands)
    with pytest.raises(Denied):
        LeaveMailboxes(acme).observe(departure, mail)
    assert len(standin.commands) - asked < count / 2


def test_how_far_the_look_is_is_told(exchange_office: Office, acme: House, sales: dict[str, Any]):
    for number in range(5):
        exchange_office.standin.add_mailbox(exchange_office.graph.add_person(f"Clerk {'ABCDE'[number]}"))
    heard: list[tuple[str, int, int]] = []
    house = replace(acme, tell=lambda *far: heard.append(far))
    LeaveMailboxes(house).observe(exchange_office.leaving(), exchange_office.connect(look_into=4))
    assert list(dict.fromkeys(heard)) == [("mail: mailboxes looked into", n, 4) for n in range(1, 5)]
    del sales
