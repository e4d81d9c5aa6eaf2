"""What letters wait for: nothing before the embargo, everything to the owner in test mode, the first ones looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from offboard.connectors.smtp import Connection, Settings, connect
from offboard.domain.clients import Client, Contact
from offboard.domain.letter import Channel, Letter, LetterState, Mark
from offboard.domain.letter_sending import CALLED_FIRST, Gate, SendingRules, paper_waits
from offboard.domain.letter_sending import going as what_may_go
from offboard.errors import Throttled
from offboard.letter_settings import LettersSection
from offboard.letters.printing import to_print
from offboard.steps.send_letters import SendLetters
from tests.steps.mail_house import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from offboard.domain.capabilities import House
    from offboard.domain.departure import Departure
    from tests.servers.smtp import SmtpSink

OWNER = "owner@corp.test"
CLIENTS = [
    Client(f"C{n}", f"Client {n}", contact=Contact("Ida", email=f"ida@c{n}.example"), country="GB") for n in (1, 2, 3)
]
BOTH = Client("C9", "Both Ltd", contact=Contact("Bo", email="bo@both.example"), address="1 Elm Rd", postcode="BS1 4DJ",
              city="Bristol", country="GB", channel="both")  # fmt: skip


@pytest.fixture
def outbox(smtp_sink: SmtpSink) -> Iterator[Connection]:
    connection = connect("outbox", Settings(**smtp_sink.settings(answer_timeout=5)), vault=None)
    yield connection
    connection.close()


@pytest.fixture
def going(house: House, leaving: Departure, outbox: Connection) -> Callable[..., list[str]]:
    """Plan and write as the engine does, by these rules; return what was done with which client's letter."""

    def go(rules: SendingRules) -> list[str]:
        step = step_by(house, rules)
        done = []
        for wish in list(step.plan(leaving, step.observe(leaving, outbox), {})):
            step.write(leaving, outbox, wish.target, wish.after)
            assert step.holds(step.observe(leaving, outbox)[wish.target], wish.after)
            done.append(f"{wish.after['state']} {wish.target[-2:]}")
        return done

    return go


def step_by(house: House, rules: SendingRules) -> SendLetters:
    return SendLetters(replace(house, company=replace(house.company, owner_mail=OWNER), sending=rules))


def approved(house: House, leaving: Departure, clients: list[Client]) -> list[Letter]:
    drafts = [house.book.draft(leaving, client, leaving.successor) for client in clients]
    house.box.add(drafts)
    for draft in drafts:
        house.box.decide(draft, to=LetterState.APPROVED, person=OWNER, os_user="tester")
    return drafts


def test_in_test_mode_every_letter_goes_to_the_owner_once_and_stays_approved(house, leaving, going, smtp_sink):
    letters = approved(house, leaving, CLIENTS)
    rules = SendingRules(test_mode=True)
    assert going(rules) == ["rehearsed C1", "rehearsed C2", "rehearsed C3"]
    assert going(rules) == []
    assert {mail.rcpt_tos[0] for mail in smtp_sink.envelopes} == {OWNER}
    assert b"[to ida@c1.example]" in smtp_sink.envelopes[0].original_content
    assert {letter.state for letter in house.box.letters(leaving.number)} == {LetterState.APPROVED}
    assert going(SendingRules()) == ["sent C1", "sent C2", "sent C3"]
    assert len(smtp_sink.envelopes) == 6
    assert smtp_sink.to("ida@c1.example")[0].original_content.replace(b"\r\n", b"\n") == house.book.message(
        letters[0]
    ).replace(b"\r\n", b"\n")


@pytest.mark.parametrize(
    ("to_owner", "first", "then"),
    [(True, ["rehearsed C1"], ["sent C1", "sent C2", "sent C3"]), (False, ["sent C1"], ["sent C2", "sent C3"])],
)
def test_the_first_letter_goes_first_and_the_others_wait_for_a_word(house, leaving, going, to_owner, first, then):
    approved(house, leaving, CLIENTS)
    rules = SendingRules(canary=1, canary_to_owner=to_owner)
    assert going(rules) == first
    assert going(rules) == []
    house.box.tick(leaving.number, person=OWNER, os_user="tester")
    assert going(rules) == then


@pytest.mark.parametrize("to_owner", [True, False])
def test_the_first_letter_is_never_one_that_waits_for_a_call(house, leaving, to_owner):
    approved(house, leaving, CLIENTS)
    letters = house.box.letters(leaving.number)
    rules = SendingRules(canary=1, canary_to_owner=to_owner)
    found = what_may_go(letters, {}, rules, Gate(uncalled=frozenset({"C1"})), NOW)
    assert found.ready == [letters[1].id]
    assert found.uncalled == {letters[0].id}
    assert "the first letters are out" in found.why
    for gate, ready, why in (
        (Gate(uncalled=frozenset({"C1"}), ticked=True), 2, CALLED_FIRST),
        (Gate(uncalled=frozenset({"C1", "C2", "C3"})), 0, CALLED_FIRST),
        (Gate(uncalled=frozenset({"C1"}), embargo=NOW + timedelta(hours=1)), 0, "embargo"),
    ):
        found = what_may_go(letters, {}, rules, gate, NOW)
        assert (len(found.ready), why in found.why) == (ready, True)


@pytest.mark.parametrize(
    ("rules", "gate", "clients", "why"),
    [
        (SendingRules(), Gate(), [BOTH], ""),
        (SendingRules(embargo=NOW + timedelta(hours=1)), Gate(), [BOTH], "embargo"),
        (SendingRules(), Gate(embargo=NOW + timedelta(hours=1)), [BOTH], "embargo"),
        (SendingRules(test_mode=True), Gate(ticked=True), [BOTH], "test mode"),
        (SendingRules(canary=1), Gate(), [BOTH, *CLIENTS], "the first letters go by mail"),
        (SendingRules(canary=1), Gate(ticked=True), [BOTH, *CLIENTS], ""),
        (SendingRules(canary=1), Gate(), [replace(BOTH, channel="post")], ""),
    ],
)
def test_paper_waits_for_the_same_as_mail(house, leaving, rules, gate, clients, why):
    approved(house, leaving, clients)
    number = leaving.number
    found = paper_waits(house.box.letters(number), house.box.marks(number), rules, gate, NOW)
    assert why in found
    assert bool(found) == bool(why)


@pytest.mark.parametrize("by_settings", [True, False])
def test_nothing_goes_out_before_the_embargo_whatever_was_planned(house, leaving, outbox, smtp_sink, by_settings):
    approved(house, leaving, CLIENTS)
    until = NOW + timedelta(hours=1)
    planned = list(
        step_by(house, SendingRules()).plan(leaving, step_by(house, SendingRules()).observe(leaving, outbox), {})
    )
    if not by_settings:
        house.box.set_embargo(leaving.number, until, person=OWNER, os_user="tester")
    step = step_by(house, SendingRules(embargo=until if by_settings else None))
    assert list(step.plan(leaving, step.observe(leaving, outbox), {})) == []
    waits = step.held_back(leaving, planned[0].target, planned[0].after)
    assert waits is not None
    assert (waits.until, "embargo" in waits.why) == ("2026-12-01T18:00:00.000Z", True)
    with pytest.raises(Throttled, match="embargo"):
        step.write(leaving, outbox, planned[0].target, planned[0].after)
    assert smtp_sink.envelopes == []
    later = step_by(replace(house, now=lambda: until), SendingRules(embargo=until if by_settings else None))
    assert len(list(later.plan(leaving, later.observe(leaving, outbox), {}))) == 3
    assert later.held_back(leaving, planned[0].target, planned[0].after) is None


def test_a_letter_that_a_person_holds_is_not_sent_and_not_unclear(house, leaving, going):
    (first, *_) = approved(house, leaving, CLIENTS)
    assert house.box.hold(first, person=OWNER, os_user="tester", reason="I call them first")
    assert not house.box.hold(first, person=OWNER, os_user="tester", reason="again")
    assert going(SendingRules()) == ["sent C2", "sent C3"]
    held = house.box.letter(first.id)
    assert (held.state, held.reason) == (LetterState.HELD, "I call them first")
    assert step_by(house, SendingRules()).unclear({"state": "stopped", "digest": ""}) is None
    assert house.box.release(first, person=OWNER, os_user="tester")
    assert not house.box.release(first, person=OWNER, os_user="tester")
    assert house.box.letter(first.id).state is LetterState.TO_REVIEW
    assert going(SendingRules()) == []
    house.box.decide(first, to=LetterState.APPROVED, person=OWNER, os_user="tester")
    assert going(SendingRules()) == ["sent C1"]


def test_a_letter_by_both_ways_is_sent_when_both_are_gone(house, leaving, going):
    (letter,) = approved(house, leaving, [BOTH])
    assert letter.channel is Channel.BOTH
    assert going(SendingRules()) == ["sent C9"]
    half = house.box.letter(letter.id)
    assert half.state is LetterState.APPROVED
    assert not house.box.decide(half, to=LetterState.REJECTED, person=OWNER, os_user="tester", reason="too late")
    assert not house.box.edit(half, replace(half, body="Other"), person=OWNER, os_user="tester")
    assert going(SendingRules()) == []
    (waiting,) = to_print([half], house.box.marks(leaving.number), home="GB")
    assert house.box.printed([waiting], person="hr@corp.test", os_user="tester", sha256="0" * 64) == [letter.id]
    assert house.box.printed([waiting], person="hr@corp.test", os_user="tester", sha256="0" * 64) == []
    assert house.box.letter(letter.id).state is LetterState.SENT
    assert house.box.posted([waiting], person="it@corp.test", os_user="tester") == [letter.id]
    marks = house.box.marks(leaving.number)[letter.id]
    assert {mark: made.person for mark, made in marks.items()} == {
        Mark.MAILED: "",
        Mark.PRINTED: "hr@corp.test",
        Mark.POSTED: "it@corp.test",
    }


def test_letters_lie_in_the_order_of_the_post(house, leaving):
    places = [
        ("C1", "DE", "20095"),
        ("C2", "GB", "WA1 1DP"),
        ("C3", "GB", "BS1 4DJ"),
        ("C4", "AT", "1010"),
        ("C5", "", ""),
    ]
    clients = [
        Client(name, name, address="1 Road", postcode=postcode, city="Town", country=country)
        for name, country, postcode in places
    ]
    letters = approved(house, leaving, clients)
    found = to_print([replace(x, state=LetterState.APPROVED) for x in letters], {}, home="GB")
    assert [letter.client for letter in found] == ["C3", "C2", "C4", "C1", "C5"]


@pytest.mark.parametrize(
    ("settings", "practice", "rules"),
    [
        ({}, True, SendingRules()),
        ({}, False, SendingRules(test_mode=True, canary=1)),
        ({"test_mode": False}, False, SendingRules(canary=1)),
        ({"test_mode": True, "canary": 3, "canary_to": "client"}, True, SendingRules(True, 3, canary_to_owner=False)),
        ({"test_mode": False, "canary": 0}, False, SendingRules()),
    ],
)
def test_a_real_mail_server_is_in_test_mode_until_that_is_switched_off(settings, practice, rules):
    assert LettersSection(**settings).rules(practice=practice) == rules


@pytest.mark.parametrize(
    ("host", "port", "practice"),
    [("127.0.0.1", 2525, True), ("localhost", 25, False), ("127.0.0.1", 587, False), ("mail.corp.test", 2525, False)],
)
def test_only_an_odd_port_on_loopback_reaches_nobody(host, port, practice):
    assert Settings(host=host, port=port).practice is practice
