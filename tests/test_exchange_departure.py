"""A company with Entra ID and Exchange Online: its rules by the command line, and one whole departure."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.clients import Client, Contact
from offboard.domain.evidence import Kind
from offboard.engine.driving import carry_out
from offboard.engine.due import to_carry_out, to_try_again
from offboard.engine.ending import to_end
from offboard.wiring import open_firm
from tests.connectors.exchange_office import PRIVATE, Office
from tests.servers.workplace import Workplace, empty_workplace, settings_of  # noqa: F401 - a fixture among them

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from offboard.wiring import Firm

IT = ("--as", "dave@corp.test")
HR = ("--as", "erin@corp.test")


class Company:
    """The command line, and the stand-ins behind it."""

    def __init__(self, place: Workplace, office: Office) -> None:
        self.place, self.office = place, office
        self.who = str(office.ruth["ExternalDirectoryObjectId"])
        common = {
            "tenant": office.graph.tenant,
            "client_id": office.graph.client_id,
            "client_secret": {"env": "EXCHANGE_SECRET"},
            "authority": office.graph.url,
            "ca_file": str(office.graph.ca_file),
        }
        entra = {"kind": "entra", "url": f"{office.graph.url}/v1.0", **common}
        mail = {"kind": "exchange", "url": office.standin.url, **common}
        place.settings = settings_of(entra=entra, mailboxes=mail)
        place.settings["company"]["domains"] = ["acme.example"]
        place.write()

    def leave(self, playbook: str = "employee") -> str:
        """Let Ruth leave now, Sam takes over: asked for, approved and carried out; return the departure's number."""
        moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M")
        words = ("ruth.castellan@acme.example", "--last-moment", moment, "--tz", "UTC", "--playbook", playbook)
        number: str = self.place.json("start", *words, "--successor", "sam.okafor@acme.example", *HR)["departure"]
        self.place.run("approve", number, *IT)
        self.place.run("apply", number, "--now")
        return number

    def undo(self, number: str) -> None:
        """Put everything back."""
        self.place.run("undo", number, *HR)
        self.place.run("approve", number, *IT)
        self.place.run("apply", number, "--now")

    def outcomes(self, number: str) -> dict[str, dict[str, Any]]:
        """Return the latest outcome of each step."""
        return {change["step"]: change for change in self.place.json("show", number)["changes"]}

    @contextmanager
    def later(self, days: int) -> Iterator[Firm]:
        """Open the company as it is so many days from now."""
        firm = open_firm(self.place.folder / "offboard.toml", now=lambda: datetime.now(UTC) + timedelta(days=days))
        try:
            yield firm
        finally:
            firm.close()

    def forwards_to(self) -> tuple[Any, Any]:
        """Return where new mail of Ruth goes besides."""
        return self.office.ruth["ForwardingAddress"], self.office.ruth["DeliverToMailboxAndForward"]

    def rules(self, *words: str, code: int = 0) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.place.json("rules", *words, code=code)
        return found


@pytest.fixture
def company(empty_workplace: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:  # noqa: F811 - the fixture
    office = Office(tmp_path / "graph", monkeypatch)
    office.graph.start()
    yield Company(empty_workplace, office)
    office.close()


def test_rules_of_one_person_and_of_everybody_are_listed(company: Company):
    standin, office = company.office.standin, company.office
    standin.add_rule(office.ruth, "Copies", ForwardTo=[PRIVATE], hidden=True)
    office.sam["ForwardingSmtpAddress"] = f"smtp:{PRIVATE}"
    standin.add_transport_rule("All", BlindCopyTo=[PRIVATE])
    (one,) = company.rules("show", "ruth.castellan@acme.example")
    assert (one["name"], one["mailbox"], one["hidden"], one["verdict"]) == (
        "Copies", "ruth.castellan@acme.example", True, "alarm",
    )  # fmt: skip
    every = {(rule["source"], rule["verdict"]) for rule in company.rules("scan")}
    assert every == {
        ("exchange", "alarm"), ("mailbox", "alarm"), ("transport", "alarm"), ("policy", "none"),
        ("policy", "notice"),
    }  # fmt: skip


def test_what_changed_since_is_shown(company: Company):
    rule = company.office.standin.add_rule(company.office.ruth, "Copies", ForwardTo=[PRIVATE])
    company.rules("scan")
    assert company.rules("diff", "ruth.castellan@acme.example") == []
    rule["Enabled"] = False
    (changed,) = company.rules("diff", "ruth.castellan@acme.example", code=1)
    assert (changed["name"], changed["what"]) == ("rule/Copies", "was switched off")


def test_a_mailbox_that_cannot_be_read_is_listed_and_the_scan_goes_on(company: Company):
    for box in (company.office.ruth, company.office.sam):
        box["ForwardingSmtpAddress"] = f"smtp:{PRIVATE}"
    company.office.standin.fail("Get-InboxRule", 400, next=1)
    found = company.rules("scan", code=3)
    assert sorted(rule["source"] for rule in found if rule["source"] != "policy") == ["mailbox", "unread"]


def test_licences_stay_until_the_mailbox_is_shared_and_everything_comes_back(company: Company):
    place, office = company.place, company.office
    sku = office.graph.add_sku("ENTERPRISEPACK")
    office.graph.give_licence(company.who, sku)
    office.standin.add_rule(office.ruth, "Copies", ForwardTo=[PRIVATE])
    office.standin.sharing_takes = 3600
    before = [one.content for one in office.connect().scripts(office.ruth["Guid"])]
    number = company.leave()
    outcomes = {change["step"]: change for change in place.json("show", number)["changes"]}
    assert outcomes["stop_forwarding"]["outcome"] == "done"
    assert (outcomes["share_mailbox"]["outcome"], outcomes["share_mailbox"]["effect"]) == ("parked", "residual")
    assert (outcomes["remove_licences"]["outcome"], outcomes["remove_licences"]["effect"]) == ("parked", "residual")
    assert "mailbox of" in outcomes["remove_licences"]["error"]
    assert office.graph.look(company.who)["assignedLicenses"] != []

    office.ruth["_shared_at"] = 0.0
    for _ in range(2):
        place.run("apply", number, "--now")
    outcomes = {change["step"]: change for change in place.json("show", number)["changes"]}
    assert (outcomes["share_mailbox"]["outcome"], outcomes["remove_licences"]["outcome"]) == ("done", "done")
    assert office.graph.look(company.who)["assignedLicenses"] == []

    office.standin.sharing_takes = 0.0
    company.undo(number)
    assert [one.content for one in office.connect().scripts(office.ruth["Guid"])] == before
    assert office.ruth["RecipientTypeDetails"] == "UserMailbox"
    assert json.dumps(office.graph.look(company.who)["assignedLicenses"]).count(sku) == 1


def test_a_mailbox_that_is_being_shared_is_one_persons_after_an_undo(company: Company):
    office = company.office
    office.standin.sharing_takes = 3600
    number = company.leave()
    assert office.ruth["_becomes"] == "SharedMailbox"
    company.undo(number)
    assert office.ruth["_becomes"] == "UserMailbox"
    assert [one["Type"] for one in office.standin.ran("Set-Mailbox") if "Type" in one] == ["Shared", "Regular"]
    assert company.place.json("show", number)["status"] == "undone"


def test_what_is_delivered_to_the_successor_ends_by_itself_though_the_departure_is_closed(company: Company):
    number = company.leave("contractor")
    shown = company.place.json("show", number)
    done = company.outcomes(number)["deliver_to_successor"]
    assert (shown["status"], done["outcome"], done["effect"]) == ("closed", "done", "effective")
    assert company.forwards_to() == ("Sam Okafor", True)
    assert company.place.json("verify", number)["holds"]
    with company.later(29) as firm:
        assert to_end(firm.office) == []
    with company.later(31) as firm:
        assert to_end(firm.office) == [number]
        assert to_carry_out(firm.office) == to_try_again(firm.office) == []
        carry_out(firm.office, number)
        assert to_end(firm.office) == []
        lines = firm.store.evidence.lines(number)
        told = [json.loads(line) for line in lines[-2:]]
    assert company.forwards_to() == (None, False)
    assert [entry["kind"] for entry in told] == [Kind.INTENT, Kind.OUTCOME]
    assert told[0]["body"]["ends"] == done["residual_until"]
    ended = company.outcomes(number)["deliver_to_successor"]
    assert (ended["outcome"], ended["effect"], ended["residual_until"]) == ("done", "effective", None)
    assert company.place.json("show", number)["status"] == "closed"
    with company.later(31) as firm:
        carry_out(firm.office, number)
        assert firm.store.evidence.lines(number) == lines, "nothing is left to end"


def test_what_cannot_be_ended_wants_attention_until_it_is(company: Company):
    number = company.leave("contractor")
    company.office.standin.roles.discard("Set-Mailbox")
    with company.later(31) as firm:
        carry_out(firm.office, number)
        assert to_end(firm.office) == [], "not at once again"
    failed = company.outcomes(number)["deliver_to_successor"]
    assert (company.place.json("show", number)["status"], failed["outcome"]) == ("attention", "failed")
    assert "Set-Mailbox" in failed["hint"]
    assert company.forwards_to() == ("Sam Okafor", True)
    company.office.standin.roles.add("Set-Mailbox")
    with company.later(32) as firm:
        assert to_end(firm.office) == [number]
        carry_out(firm.office, number)
    assert company.forwards_to() == (None, False)
    assert company.place.json("show", number)["status"] == "closed"


def test_what_somebody_ended_before_is_seen_to_have_ended_and_not_written(company: Company):
    number = company.leave("contractor")
    company.office.ruth["ForwardingAddress"] = None
    written = len(company.office.standin.ran("Set-Mailbox"))
    with company.later(31) as firm:
        carry_out(firm.office, number)
        assert to_end(firm.office) == []
    assert len(company.office.standin.ran("Set-Mailbox")) == written
    assert company.outcomes(number)["deliver_to_successor"]["residual_until"] is None


def test_what_was_put_back_has_nothing_left_to_end(company: Company):
    number = company.leave("contractor")
    company.undo(number)
    assert company.forwards_to() == (None, False)
    company.office.ruth |= {"ForwardingAddress": "Sam Okafor", "DeliverToMailboxAndForward": True}
    with company.later(31) as firm:
        assert to_end(firm.office) == []
        carry_out(firm.office, number)
    assert company.forwards_to() == ("Sam Okafor", True), "it is no delivery of ours any more"


def test_everything_there_is_at_exchange_is_shut_handed_over_and_put_back(company: Company):
    office, standin = company.office, company.office.standin
    sales = standin.add_mailbox(office.graph.add_person("Sales Desk"))
    standin.let_in(sales, office.ruth)
    standin.share_calendar(office.sam, office.ruth)
    standin.add_rule(office.ruth, ".", RedirectTo=[PRIVATE], hidden=True)
    standin.add_rule(office.ruth, "First", From=["bea@client.example"], MarkImportance="High")
    standin.add_sweep(office.ruth, "Gone", Sender="bea@client.example")
    seen = [(one.name, one.active, one.content) for one in office.connect().scripts(office.ruth["Guid"])]
    number = company.leave()
    assert company.place.json("verify", number)["left"] == []
    assert (sales["_readers"], office.sam["_calendars"]) == ([], {"/Calendar": []})
    assert [one["Enabled"] for one in office.ruth["_rules"].values()] == [False, False]
    assert [one["Enabled"] for one in office.ruth["_sweeps"]] == [False]
    assert office.ruth["RecipientTypeDetails"] == "SharedMailbox"
    company.undo(number)
    assert [(one.name, one.active, one.content) for one in office.connect().scripts(office.ruth["Guid"])] == seen
    assert [one["User"] for one in sales["_readers"]] == [office.ruth["UserPrincipalName"]]
    assert [one["AccessRights"] for one in office.sam["_calendars"]["/Calendar"]] == [["Editor"]]
    assert company.place.json("verify", number)["holds"]


def test_letters_promise_what_the_plan_says(company: Company):
    number = company.leave("contractor")
    with company.later(0) as firm:
        departure = firm.store.departures.get(number)
        promised = firm.mail_until(departure)
        ends = datetime.fromisoformat(str(company.outcomes(number)["deliver_to_successor"]["residual_until"]))
        assert promised == (ends - timedelta(days=1)).date()
        assert departure.successor is not None
        client = Client("C1", "Client Ltd", contact=Contact("Bea Brook", "", "bea@client.example"), country="GB")
        body = firm.book.draft(departure, client, departure.successor).body
        assert "Messages that you send to Ruth Castellan will reach Sam Okafor as well until" in body
        assert str(promised.day) in body
        other = replace(departure.successor, id="other", name="Kim Ash", mail="kim.ash@acme.example")
        assert "will reach" not in firm.book.draft(departure, client, other).body, "it is delivered to Sam alone"


def test_planning_shows_on_a_terminal_how_many_mailboxes_were_looked_into(
    company: Company, monkeypatch: pytest.MonkeyPatch
):
    words = ("ruth.castellan@acme.example", "--last-moment", "2099-01-05T17:00", "--tz", "UTC")
    number = company.place.json("start", *words, "--successor", "sam.okafor@acme.example", *HR)["departure"]
    far = "mailboxes: mailboxes looked into"
    assert far not in company.place.last_error, "nothing is shown where nobody looks"
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    company.place.run("plan", number, "--again", *HR)
    assert f"planning {number}" in company.place.last_error
    assert far in company.place.last_error
