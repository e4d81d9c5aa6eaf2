"""A company with Entra ID and Exchange Online: its rules by the command line, and one whole departure."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.connectors.exchange_office import PRIVATE, Office
from tests.servers.workplace import Workplace, empty_workplace, settings_of  # noqa: F401 - a fixture among them

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
    assert every == {("exchange", "alarm"), ("mailbox", "alarm"), ("transport", "alarm"), ("policy", "none")}


def test_what_changed_since_is_shown(company: Company):
    rule = company.office.standin.add_rule(company.office.ruth, "Copies", ForwardTo=[PRIVATE])
    company.rules("scan")
    assert company.rules("diff", "ruth.castellan@acme.example") == []
    rule["Enabled"] = False
    (changed,) = company.rules("diff", "ruth.castellan@acme.example", code=1)
    assert (changed["name"], changed["what"]) == ("rule/Copies", "was switched off")


def test_a_mailbox_that_cannot_be_read_is_listed_and_the_scan_goes_on(company: Company):
    company.office.sam["ForwardingSmtpAddress"] = f"smtp:{PRIVATE}"
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
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M")
    number = place.json(
        "start", "ruth.castellan@acme.example", "--last-moment", moment, "--tz", "UTC", "--playbook", "employee",
        "--successor", "sam.okafor@acme.example", "--as", "erin@corp.test",
    )["departure"]  # fmt: skip
    place.run("approve", number, "--as", "dave@corp.test")
    place.run("apply", number, "--now")
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
    place.run("undo", number, "--as", "erin@corp.test")
    place.run("approve", number, "--as", "dave@corp.test")
    place.run("apply", number, "--now")
    assert [one.content for one in office.connect().scripts(office.ruth["Guid"])] == before
    assert office.ruth["RecipientTypeDetails"] == "UserMailbox"
    assert json.dumps(office.graph.look(company.who)["assignedLicenses"]).count(sku) == 1
