"""The stand-in for Exchange's admin endpoint behaves as the endpoint is known to, asked by a plain client."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from offboard.practice.exchange import ExchangeStandIn
from offboard.practice.exchange.organisation import SYSTEM
from offboard.practice.graph import GraphStandIn, Limit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PRIVATE = "ruth@privatepost.example"


class Desk:
    """A client that is signed in."""

    def __init__(self, exchange: ExchangeStandIn) -> None:
        self.exchange, self.graph = exchange, exchange.graph
        trust = ssl.create_default_context(cafile=str(self.graph.ca_file))
        self.client = httpx.Client(base_url=exchange.url, verify=trust, trust_env=False, timeout=10)
        self.anchor = f"APP:SystemMailbox{{{SYSTEM}}}@{self.graph.tenant}"
        self.path = f"/adminapi/beta/{self.graph.tenant}/InvokeCommand"
        form = {
            "grant_type": "client_credentials",
            "client_id": self.graph.client_id,
            "client_secret": self.graph.client_secret,
            "scope": "https://outlook.office365.com/.default",
        }
        answer = self.client.post(f"/{self.graph.tenant}/oauth2/v2.0/token", data=form)
        self.headers = {"Authorization": f"Bearer {answer.json()['access_token']}", "X-AnchorMailbox": self.anchor}

    def send(
        self, name: str, url: str = "", headers: dict[str, str] | None = None, **parameters: Any
    ) -> httpx.Response:
        body = {"CmdletInput": {"CmdletName": name, "Parameters": parameters}}
        return self.client.post(url or self.path, json=body, headers=self.headers | (headers or {}))

    def run(self, name: str, **parameters: Any) -> list[dict[str, Any]]:
        answer = self.send(name, **parameters)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["value"]
        return found

    def refused(self, name: str, **parameters: Any) -> tuple[int, str]:
        answer = self.send(name, **parameters)
        return answer.status_code, answer.json()["error"]["details"][0]["message"].split("|", 1)[1]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    graph = GraphStandIn(tmp_path)
    exchange = ExchangeStandIn(graph)
    with graph:
        made = Desk(exchange)
        yield made
        made.client.close()


@pytest.fixture
def box(desk: Desk) -> dict[str, Any]:
    return desk.exchange.add_mailbox(desk.graph.add_person("Ruth Castellan"))


def test_a_token_for_graph_is_none_for_exchange(desk: Desk, box: dict[str, Any]):
    token = desk.graph.tokens.sign(["Exchange.ManageAsApp"])
    assert desk.send("Get-Mailbox", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    headers = {"Authorization": desk.headers["Authorization"]}
    assert desk.client.get(f"/v1.0/users/{box['ExternalDirectoryObjectId']}", headers=headers).status_code == 401


def test_what_is_not_there_is_a_400_that_says_so_deep_within(desk: Desk):
    status, told = desk.refused("Get-Mailbox", Identity="nobody@acme.example")
    assert status == 400
    assert told.startswith("Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException|")
    assert "couldn't be found" in told


@pytest.mark.parametrize("anchor", ["", "nobody@acme.example", "UPN:nobody@acme.example", "APP:SystemMailbox{1}@x"])
def test_a_request_that_leads_to_no_mailbox_is_refused(desk: Desk, anchor: str):
    desk.headers["X-AnchorMailbox"] = anchor
    assert desk.send("Get-RemoteDomain").status_code == 400


def test_a_role_that_lacks_a_cmdlet_a_parameter_that_it_has_not(desk: Desk, box: dict[str, Any]):
    assert desk.refused("Get-Mailbox", Identitty=box["Guid"])[0] == 400
    desk.exchange.roles.discard("Set-Mailbox")
    assert desk.refused("Set-Mailbox", Identity=box["Guid"])[0] == 403
    token = desk.graph.tokens.sign([], aud="https://outlook.office365.com")
    assert desk.send("Get-RemoteDomain", headers={"Authorization": f"Bearer {token}"}).status_code == 403


def test_a_next_page_wants_the_same_body_again(desk: Desk):
    for name in ("Ruth Castellan", "Sam Okafor", "Tom Lis"):
        desk.exchange.add_mailbox(desk.graph.add_person(name))
    desk.exchange.page_size = 2
    first = desk.send("Get-Mailbox", ResultSize="Unlimited").json()
    assert len(first["value"]) == 2
    assert desk.send("Get-Mailbox", url=first["@odata.nextLink"]).status_code == 400
    first = desk.send("Get-Mailbox", ResultSize="Unlimited").json()
    rest = desk.send("Get-Mailbox", url=first["@odata.nextLink"], ResultSize="Unlimited").json()
    assert [one["DisplayName"] for one in rest["value"]] == ["Tom Lis"]
    assert "@odata.nextLink" not in rest


def test_hidden_rules_are_shown_when_asked_for(desk: Desk, box: dict[str, Any]):
    desk.exchange.add_rule(box, "Copies", ForwardTo=[PRIVATE])
    desk.exchange.add_rule(box, ".", ForwardTo=[PRIVATE], hidden=True)
    assert [rule["Name"] for rule in desk.run("Get-InboxRule", Mailbox=box["Guid"])] == ["Copies"]
    every = [rule["Name"] for rule in desk.run("Get-InboxRule", Mailbox=box["Guid"], IncludeHidden=True)]
    assert every == ["Copies", ".", "Junk E-mail Rule"]


@pytest.mark.parametrize("verb", ["Disable", "Enable", "Remove", "New"])
def test_any_change_of_a_rule_loses_those_of_outlook(desk: Desk, box: dict[str, Any], verb: str):
    rule = desk.exchange.add_rule(box, "Copies", ForwardTo=[PRIVATE])
    desk.exchange.add_rule(box, "Ding", in_outlook=True)
    if verb == "New":
        desk.run("New-InboxRule", Mailbox=box["Guid"], Name="More", ForwardTo=[PRIVATE])
    else:
        desk.run(f"{verb}-InboxRule", Mailbox=box["Guid"], Identity=rule["RuleIdentity"])
    assert "Ding" not in {one["Name"] for one in box["_rules"].values()}


def test_who_is_in_the_address_book_is_named_by_the_directory(desk: Desk, box: dict[str, Any]):
    contact = desk.exchange.add_contact("Home", PRIVATE)
    desk.exchange.add_rule(box, "Copies", ForwardTo=[PRIVATE], RedirectTo=["bea@client.example"])
    (rule,) = desk.run("Get-InboxRule", Mailbox=box["Guid"])
    assert rule["ForwardTo"] == [f'"Home" [EX:{contact["LegacyExchangeDN"]}]']
    assert rule["RedirectTo"] == ['"bea@client.example" [SMTP:bea@client.example]']


def test_becoming_a_shared_mailbox_takes_its_time(desk: Desk, box: dict[str, Any]):
    desk.exchange.sharing_takes = 3600
    desk.run("Set-Mailbox", Identity=box["Guid"], Type="Shared")
    assert desk.run("Get-Mailbox", Identity=box["Guid"])[0]["RecipientTypeDetails"] == "UserMailbox"
    box["_shared_at"] = 0.0
    assert desk.run("Get-Mailbox", Identity=box["Guid"])[0]["RecipientTypeDetails"] == "SharedMailbox"


def test_more_than_the_limit_is_told_to_come_back(desk: Desk, box: dict[str, Any]):
    desk.exchange.limit = Limit(calls=1, seconds=60, retry_after=7)
    desk.run("Get-Mailbox", Identity=box["Guid"])
    answer = desk.send("Get-Mailbox", Identity=box["Guid"])
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


def test_a_phone_is_forgotten_not_wiped(desk: Desk, box: dict[str, Any]):
    device = desk.exchange.add_device(box, "iPhone")
    desk.run("Remove-MobileDevice", Identity=device["Guid"], Confirm=False)
    assert (desk.run("Get-MobileDevice", Mailbox=box["Guid"]), device["_wiped"]) == ([], False)


def test_a_reply_becomes_html(desk: Desk, box: dict[str, Any]):
    desk.run(
        "Set-MailboxAutoReplyConfiguration", Identity=box["Guid"], AutoReplyState="Enabled", ExternalMessage="Ask Sam"
    )
    (found,) = desk.run("Get-MailboxAutoReplyConfiguration", Identity=box["Guid"])
    assert (found["AutoReplyState"], found["ExternalMessage"]) == (
        "Enabled",
        "<html>\n<body>\nAsk Sam\n</body>\n</html>\n",
    )
    assert desk.refused("Set-MailboxAutoReplyConfiguration", Identity=box["Guid"], AutoReplyState="On")[0] == 400
