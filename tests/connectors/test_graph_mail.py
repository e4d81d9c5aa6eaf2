"""The owner's mailbox by Graph: a draft is what was approved, it is sent once, and what nobody can know is said."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from offboard.connectors import graph_mail
from offboard.domain.capabilities import Unclear
from offboard.domain.clients import Client, Contact
from offboard.domain.drafting import Drafted
from offboard.domain.letter import Letter, LetterState, Mark
from offboard.errors import Denied, Rejected, Unreachable
from offboard.practice.graph import GraphStandIn, check_against_facts
from offboard.steps.send_letters import SendLetters
from tests.servers.memory_vault import MemoryVault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.domain.capabilities import House
    from offboard.domain.departure import Departure

IDA = Client("C1", "Alder & Söhne", contact=Contact("Ida Alder", email="ida@alder.example"), country="GB")
OWNER = "owner@corp.test"


class Mailbox:
    """A tenant with the owner, a connection to her mailbox, and a letter that she approved."""

    def __init__(self, standin: GraphStandIn, house: House, leaving: Departure, secret: pytest.MonkeyPatch) -> None:
        self.standin = standin
        self.owner_id = standin.add_person("Olga Owner")
        standin.add_mailbox(self.owner_id)
        secret.setenv("GRAPH_SECRET", standin.client_secret)
        self.house = house
        self.leaving = leaving

    def connect(self, **other: Any) -> graph_mail.Connection:
        table = {
            "tenant": self.standin.tenant,
            "client_id": self.standin.client_id,
            "client_secret": {"env": "GRAPH_SECRET"},
            "url": f"{self.standin.url}/v1.0",
            "authority": self.standin.url,
            "ca_file": self.standin.ca_file,
            "mailbox": self.owner_id,
            "timeout": 3,
        }
        return graph_mail.connect("owner-mail", graph_mail.Settings.model_validate(table | other), MemoryVault())

    def mails(self) -> list[dict[str, Any]]:
        with self.standin.store.reading(0) as tenant:
            return [dict(mail) for mail in tenant.things[self.owner_id].get("_messages", {}).values()]


@pytest.fixture
def mailbox(
    tmp_path_factory: pytest.TempPathFactory, house: House, leaving: Departure, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Mailbox]:
    with GraphStandIn(tmp_path_factory.mktemp("graph")) as standin:
        yield Mailbox(standin, house, leaving, monkeypatch)
        assert [fault for call in standin.calls if call.status for fault in check_against_facts(call)] == []


@pytest.fixture
def letter(mailbox: Mailbox) -> Letter:
    house = mailbox.house
    draft = house.book.draft(mailbox.leaving, IDA, mailbox.leaving.successor)
    house.box.add([draft])
    house.box.decide(draft, to=LetterState.APPROVED, person=OWNER, os_user="tester")
    return draft


def send(mailbox: Mailbox, letter: Letter, **how: Any) -> None:
    connection = mailbox.connect(**how)
    try:
        connection.send(mailbox.house.book.message(letter), sender=OWNER, recipient=letter.recipient)
    finally:
        connection.close()


def test_a_letter_is_laid_down_read_back_and_sent_once(mailbox: Mailbox, letter: Letter) -> None:
    send(mailbox, letter)
    send(mailbox, letter)  # whoever runs again finds it sent
    (mail,) = mailbox.mails()
    assert mail["isDraft"] is False
    assert mail["subject"] == letter.subject
    assert mail["_mime"] != mailbox.house.book.message(letter), "Exchange writes a mail anew"
    made = mailbox.standin.made("POST")
    assert sum(call.endswith("/send") for call in made) == 1


def test_a_letter_that_exchange_changes_is_not_sent(mailbox: Mailbox, letter: Letter) -> None:
    mailbox.standin.quirks.mail_spoilt = "bank details"
    with pytest.raises(Rejected, match="Exchange changed its page"):
        send(mailbox, letter)
    assert mailbox.mails() == []
    assert not any(call.endswith("/send") for call in mailbox.standin.made("POST"))


def test_an_answer_that_is_lost_is_looked_for_in_the_mailbox(mailbox: Mailbox, letter: Letter) -> None:
    mailbox.standin.fail(match="POST /users/*/messages/*/send", how="lost_closed")
    send(mailbox, letter)
    assert [mail["isDraft"] for mail in mailbox.mails()] == [False]
    assert sum(call.endswith("/send") for call in mailbox.standin.made("POST")) == 1


def test_a_draft_is_withdrawn_unless_it_was_sent(mailbox: Mailbox, letter: Letter) -> None:
    connection = mailbox.connect(leave_drafts=True)
    message = mailbox.house.book.message(letter)
    first = connection.draft(message, sender=OWNER, recipient=letter.recipient)
    assert connection.withdraw(first, sender=OWNER) is Drafted.GONE
    assert mailbox.mails() == []
    assert connection.withdraw(first, sender=OWNER) is Drafted.GONE

    second = connection.draft(message, sender=OWNER, recipient=letter.recipient)
    with mailbox.standin.store.writing() as tenant:
        tenant.things[mailbox.owner_id]["_messages"][second]["isDraft"] = False
    assert connection.withdraw(second, sender=OWNER) is Drafted.SENT
    assert len(mailbox.mails()) == 1
    assert sum(1 for call in mailbox.standin.made("DELETE")) == 1
    connection.close()


def test_what_nobody_can_know_goes_to_a_person(mailbox: Mailbox, letter: Letter, monkeypatch: Any) -> None:
    monkeypatch.setattr("offboard.connectors._graph_drafts.PAUSE", 0.01)
    mailbox.standin.fail(match="POST /users/*/messages/*/send", how="closed")
    with pytest.raises(Unclear, match="does not show whether"):
        send(mailbox, letter)
    assert sum(call.endswith("/send") for call in mailbox.standin.made("POST")) == 1


@pytest.mark.parametrize(
    ("how", "error"), [({"how": "closed"}, Unreachable), ({"status": 403, "code": "ErrorAccessDenied"}, Denied)]
)
def test_a_draft_that_cannot_be_laid_down_was_not_sent(
    mailbox: Mailbox, letter: Letter, how: dict[str, Any], error: type[Exception]
) -> None:
    mailbox.standin.fail(match="POST /users/*/messages", next=9, **how)
    with pytest.raises(error):
        send(mailbox, letter)
    assert all(mail["isDraft"] for mail in mailbox.mails())


def test_doctor_names_the_rights_that_are_missing(mailbox: Mailbox) -> None:
    mailbox.standin.permissions -= {"Mail.Send"}
    for leave, missing in ((False, ("Mail.Send",)), (True, ())):
        connection = mailbox.connect(leave_drafts=leave)
        health = connection.health()
        connection.close()
        assert (health.reachable, health.rights_missing) == (True, missing)


def test_the_owner_sends_the_drafts_herself(mailbox: Mailbox, letter: Letter) -> None:
    house = mailbox.house
    step = SendLetters(replace(house, company=replace(house.company, owner_mail=OWNER)))
    connection = mailbox.connect(leave_drafts=True)
    (wish,) = step.plan(mailbox.leaving, step.observe(mailbox.leaving, connection), {})
    step.write(mailbox.leaving, connection, wish.target, wish.after)
    (mail,) = mailbox.mails()
    assert mail["isDraft"] is True
    found = step.observe(mailbox.leaving, connection)[letter.id]
    assert not step.holds(found, wish.after)
    assert step.unclear(found) is None
    waits = step.waiting(found, wish.after)
    assert waits is not None
    assert "Drafts of owner@corp.test" in waits.why
    assert house.box.letter(letter.id).state is LetterState.HELD

    draft = house.box.marks(letter.departure)[letter.id][Mark.DRAFTED].note.partition("/")[2]
    assert connection.drafted(draft, sender=OWNER) is Drafted.LIES_THERE
    with mailbox.standin.store.writing() as tenant:
        tenant.things[mailbox.owner_id]["_messages"][draft]["isDraft"] = False
    assert connection.drafted(draft, sender=OWNER) is Drafted.SENT
    assert connection.drafted("nothing", sender=OWNER) is Drafted.GONE
    house.box.mailed(letter)
    assert step.holds(step.observe(mailbox.leaving, connection)[letter.id], wish.after)
    assert house.box.letter(letter.id).state is LetterState.SENT
    connection.close()
