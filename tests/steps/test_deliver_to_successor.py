"""New mail of the leaver, delivered to the successor too until a day: at Exchange's stand-in and a real Dovecot."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from offboard.errors import Drifted
from offboard.steps._managed_script import NAME, Managed, read_managed
from offboard.steps.deliver_to_successor import DAYS, DELIVERY, DeliverToSuccessor, until
from offboard.steps.set_auto_reply import SetAutoReply
from offboard.steps.stop_forwarding import StopForwarding
from tests.connectors.exchange_office import NOW, PRIVATE
from tests.servers.waiting import wait_until
from tests.steps.memory import there_and_back

if TYPE_CHECKING:
    from offboard.domain.capabilities import House
    from tests.connectors.exchange_office import Office

FILING = b'require "fileinto";\r\nif header :is "list-id" "news" { fileinto "News"; }\r\n'
LATER = NOW + timedelta(days=DAYS, seconds=1)


def forwarding(office: Office) -> tuple[Any, ...]:
    return tuple(
        office.ruth[name] for name in ("ForwardingAddress", "ForwardingSmtpAddress", "DeliverToMailboxAndForward")
    )


def carried_out(step: DeliverToSuccessor, departure: Any, mail: Any) -> list[Any]:
    wishes = list(step.plan(departure, step.observe(departure, mail), {}))
    for wish in wishes:
        step.write(departure, mail, wish.target, wish.after)
    return wishes


def test_exchange_delivers_to_the_successor_too_and_back(exchange_office: Office, acme: House):
    step = DeliverToSuccessor(acme)
    (wish,) = there_and_back(step, exchange_office.leaving(), exchange_office.connect())
    assert exchange_office.standin.ran("Set-Mailbox")[0] | {"Identity": ""} == {
        "Identity": "",
        "ForwardingAddress": "sam.okafor@acme.example",
        "DeliverToMailboxAndForward": True,
        "Confirm": False,
    }
    assert forwarding(exchange_office) == (None, None, False)
    assert (step.ends(wish.after), step.ends(wish.before)) == ("2027-03-01T17:00:00.000Z", "")
    assert "It ends by itself on 2027-03-01" in wish.why


def test_when_its_time_is_over_the_same_state_ends_it(exchange_office: Office, acme: House):
    departure, mail = exchange_office.leaving(), exchange_office.connect()
    (wish,) = carried_out(DeliverToSuccessor(acme), departure, mail)
    assert forwarding(exchange_office) == ("Sam Okafor", None, True)
    after = DeliverToSuccessor(replace(acme, now=lambda: LATER))
    assert not after.holds(after.observe(departure, mail)[wish.target], wish.after)
    after.write(departure, mail, wish.target, wish.after)
    assert forwarding(exchange_office) == (None, None, False)
    assert after.holds(after.observe(departure, mail)[wish.target], wish.after)
    assert list(after.plan(departure, after.observe(departure, mail), {})) == []


def test_a_delivery_to_the_successor_is_no_forwarding_to_be_stopped(exchange_office: Office, acme: House):
    exchange_office.ruth["ForwardingSmtpAddress"] = f"smtp:{PRIVATE}"
    departure, mail, stop = exchange_office.leaving(), exchange_office.connect(), StopForwarding(acme)
    (stopped,) = stop.plan(departure, stop.observe(departure, mail), {})
    stop.write(departure, mail, stopped.target, stopped.after)
    carried_out(DeliverToSuccessor(acme), departure, mail)
    found = stop.observe(departure, mail)
    assert stop.holds(found.get(stopped.target), stopped.after)
    assert list(stop.plan(departure, found, {"what": "all"})) == []


@pytest.mark.parametrize(
    ("forwarded", "said"),
    [
        ({"ForwardingAddress": "Tess Reed"}, "tess.reed@acme.example (and not kept) already"),
        ({"ForwardingSmtpAddress": "smtp:desk@acme.example", "DeliverToMailboxAndForward": True}, "desk@acme.example"),
    ],
)
def test_a_mailbox_that_forwards_within_the_company_is_left_so(
    exchange_office: Office, acme: House, forwarded: dict[str, Any], said: str
):
    exchange_office.standin.add_mailbox(exchange_office.graph.add_person("Tess Reed"))
    exchange_office.ruth |= forwarded
    step, departure, mail = DeliverToSuccessor(acme), exchange_office.leaving(), exchange_office.connect()
    found = step.observe(departure, mail)
    assert list(step.plan(departure, found, {})) == []
    (gap,) = step.beyond(departure, found)
    assert said in gap
    assert "stop_forwarding: {what: all}" in gap


def test_what_was_not_stopped_is_not_written_over(exchange_office: Office, acme: House):
    exchange_office.standin.add_contact("Home", PRIVATE)
    exchange_office.ruth["ForwardingAddress"] = "Home"
    with pytest.raises(Drifted, match=r"forwarded to ruth@privatepost\.example"):
        carried_out(DeliverToSuccessor(acme), exchange_office.leaving(), exchange_office.connect())
    assert forwarding(exchange_office) == ("Home", None, False)


def test_nobody_or_somebody_without_a_mailbox_is_said_before(exchange_office: Office, acme: House):
    step, departure, mail = DeliverToSuccessor(acme), exchange_office.leaving(), exchange_office.connect()
    assert departure.successor is not None
    stranger = replace(departure.successor, login="kim", mail="kim@acme.example", name="Kim Ash")
    for successor, said in ((None, "nobody takes over"), (stranger, "Kim Ash has no mailbox there")):
        other = replace(departure, successor=successor)
        found = step.observe(other, mail)
        assert list(step.plan(other, found, {})) == []
        assert said in next(iter(step.beyond(other, found)))


@pytest.mark.parametrize(
    ("options", "ends"),
    [
        ({}, datetime(2027, 3, 1, 17, tzinfo=UTC)),
        ({"days": 7}, datetime(2026, 12, 8, 17, tzinfo=UTC)),
        ({"until": "2027-06-30"}, datetime(2027, 6, 30, 23, tzinfo=UTC)),  # London is an hour ahead then
    ],
)
def test_it_ends_so_many_days_later_or_with_the_day_that_is_named(
    exchange_office: Office, options: dict[str, Any], ends: datetime
):
    assert until(exchange_office.leaving(), options) == ends


def to(smtp_sink: Any, address: str) -> int:
    return len(smtp_sink.to(address))


def test_dovecot_sends_a_copy_beside_the_reply_until_it_ends(house, leaving, mail, dovecot, smtp_sink):
    deliver, reply = DeliverToSuccessor(house), SetAutoReply(house)
    dovecot.put_script("alice", "filing", FILING)
    rest, wish = carried_out(deliver, leaving, mail)
    assert (rest.target, wish.target) == ("alice/filing", f"alice/{DELIVERY}")
    assert dovecot.active_script("alice") == NAME
    dovecot.deliver("client@client.example", "alice@corp.test", "One")
    wait_until(lambda: to(smtp_sink, "bob@corp.test") == 1)
    assert (len(dovecot.inbox("alice")), to(smtp_sink, "client@client.example")) == (1, 0)

    (answer,) = reply.plan(leaving, reply.observe(leaving, mail), {})
    reply.write(leaving, mail, answer.target, answer.after)
    assert reply.holds(reply.observe(leaving, mail)[answer.target], answer.after)
    assert deliver.holds(deliver.observe(leaving, mail)[wish.target], wish.after)
    dovecot.deliver("client@client.example", "alice@corp.test", "Two")
    wait_until(lambda: to(smtp_sink, "bob@corp.test") == 2 and to(smtp_sink, "client@client.example") == 1)

    after = DeliverToSuccessor(replace(house, now=lambda: LATER))
    assert not after.holds(after.observe(leaving, mail)[wish.target], wish.after)
    after.write(leaving, mail, wish.target, wish.after)
    assert after.holds(after.observe(leaving, mail)[wish.target], wish.after)
    assert reply.holds(reply.observe(leaving, mail)[answer.target], answer.after)
    dovecot.deliver("other@client.example", "alice@corp.test", "Three")
    wait_until(lambda: to(smtp_sink, "other@client.example") == 1)
    assert (to(smtp_sink, "bob@corp.test"), len(dovecot.inbox("alice"))) == (2, 3)


@pytest.mark.parametrize("first", ["reply", "delivery"])
def test_each_of_the_two_is_taken_back_by_itself(house, leaving, mail, dovecot, first):
    deliver, reply = DeliverToSuccessor(house), SetAutoReply(house)
    dovecot.put_script("alice", "filing", FILING)
    rest, copy = carried_out(deliver, leaving, mail)
    (answer,) = reply.plan(leaving, reply.observe(leaving, mail), {})
    reply.write(leaving, mail, answer.target, answer.after)
    both = [(reply, answer), (deliver, copy)]
    for step, wish in both if first == "reply" else reversed(both):
        step.write(leaving, mail, wish.target, wish.before)
        assert step.holds(step.observe(leaving, mail)[wish.target], wish.before)
    assert not dovecot.script_file("alice", NAME).exists()
    deliver.write(leaving, mail, rest.target, rest.before)
    assert dovecot.active_script("alice") == "filing"
    assert dovecot.script_file("alice", "filing").read_bytes() == FILING


def test_a_script_that_is_to_be_stopped_is_not_put_to_rest_as_well(house, leaving, mail, dovecot):
    dovecot.put_script("alice", "copies", 'redirect "alice@mailbox.example";')
    (wish,) = DeliverToSuccessor(house).plan(leaving, DeliverToSuccessor(house).observe(leaving, mail), {})
    assert wish.target == f"alice/{DELIVERY}"
    with pytest.raises(Drifted, match='"copies" is the active mail rule'):
        DeliverToSuccessor(house).write(leaving, mail, wish.target, wish.after)
    assert dovecot.active_script("alice") == "copies"


def test_stopping_everything_leaves_our_own_copy_and_no_other_under_its_name(house, leaving, mail, dovecot):
    stop = StopForwarding(house)
    carried_out(DeliverToSuccessor(house), leaving, mail)
    assert list(stop.plan(leaving, stop.observe(leaving, mail), {"what": "all"})) == []
    dovecot.put_script("alice", NAME, Managed(copy_to="carol@corp.test").script())
    assert len(list(stop.plan(leaving, stop.observe(leaving, mail), {"what": "all"}))) == 1


@pytest.mark.parametrize(
    "content",
    [
        b'require ["copy"];\r\nredirect :copy "bob@corp.test";\r\nredirect "x@evil.example";\r\n',
        b'require ["copy"];\nredirect :copy "bob@corp.test";\n',
        b'require ["copy"];\r\nredirect :copy "bob@corp.test"; redirect "x@evil.example";\r\n',
        b'require ["vacation"];\r\nvacation "a"; stop;\r\n',
        b"\xff",
        b"",
    ],
)
def test_what_is_not_exactly_as_we_write_it_is_not_ours(content: bytes):
    assert read_managed(content) is None


@pytest.mark.parametrize(
    "parts",
    [
        Managed(copy_to='o"brien\\x@corp.test'),
        Managed(reply='vacation :days 1 :subject "A, B" "two\r\nlines \\"quoted\\"";'),
        Managed(copy_to="bob@corp.test", reply='vacation "a";'),
    ],
)
def test_what_is_ours_is_read_as_it_was_written(parts: Managed):
    assert read_managed(parts.script()) == parts
