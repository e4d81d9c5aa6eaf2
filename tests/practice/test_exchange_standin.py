"""The stand-in for Exchange's admin endpoint behaves as the endpoint is known to, asked by a plain client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from offboard.practice.graph import Limit

if TYPE_CHECKING:
    from tests.practice.exchange_console import Console

PRIVATE = "ruth@privatepost.example"


@pytest.fixture
def box(console: Console) -> dict[str, Any]:
    return console.exchange.add_mailbox(console.graph.add_person("Ruth Castellan"))


def test_a_token_for_graph_is_none_for_exchange(console: Console, box: dict[str, Any]):
    token = console.graph.tokens.sign(["Exchange.ManageAsApp"])
    assert console.send("Get-Mailbox", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    headers = {"Authorization": console.headers["Authorization"]}
    assert console.client.get(f"/v1.0/users/{box['ExternalDirectoryObjectId']}", headers=headers).status_code == 401


def test_what_is_not_there_is_a_400_that_says_so_deep_within(console: Console):
    status, told = console.refused("Get-Mailbox", Identity="nobody@acme.example")
    assert status == 400
    assert told.startswith("Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException|")
    assert "couldn't be found" in told


@pytest.mark.parametrize("anchor", ["", "nobody@acme.example", "UPN:nobody@acme.example", "APP:SystemMailbox{1}@x"])
def test_a_request_that_leads_to_no_mailbox_is_refused(console: Console, anchor: str):
    console.headers["X-AnchorMailbox"] = anchor
    assert console.send("Get-RemoteDomain").status_code == 400


def test_a_role_that_lacks_a_cmdlet_a_parameter_that_it_has_not(console: Console, box: dict[str, Any]):
    assert console.refused("Get-Mailbox", Identitty=box["Guid"])[0] == 400
    console.exchange.roles.discard("Set-Mailbox")
    assert console.refused("Set-Mailbox", Identity=box["Guid"])[0] == 403
    token = console.graph.tokens.sign([], aud="https://outlook.office365.com")
    assert console.send("Get-RemoteDomain", headers={"Authorization": f"Bearer {token}"}).status_code == 403


def test_a_next_page_wants_the_same_body_again(console: Console):
    for name in ("Ruth Castellan", "Sam Okafor", "Tom Lis"):
        console.exchange.add_mailbox(console.graph.add_person(name))
    console.exchange.page_size = 2
    first = console.send("Get-Mailbox", ResultSize="Unlimited").json()
    assert len(first["value"]) == 2
    assert console.send("Get-Mailbox", url=first["@odata.nextLink"]).status_code == 400
    first = console.send("Get-Mailbox", ResultSize="Unlimited").json()
    rest = console.send("Get-Mailbox", url=first["@odata.nextLink"], ResultSize="Unlimited").json()
    assert [one["DisplayName"] for one in rest["value"]] == ["Tom Lis"]
    assert "@odata.nextLink" not in rest


def test_hidden_rules_are_shown_when_asked_for(console: Console, box: dict[str, Any]):
    console.exchange.add_rule(box, "Copies", ForwardTo=[PRIVATE])
    console.exchange.add_rule(box, ".", ForwardTo=[PRIVATE], hidden=True)
    assert [rule["Name"] for rule in console.run("Get-InboxRule", Mailbox=box["Guid"])] == ["Copies"]
    every = [rule["Name"] for rule in console.run("Get-InboxRule", Mailbox=box["Guid"], IncludeHidden=True)]
    assert every == ["Copies", ".", "Junk E-mail Rule"]


@pytest.mark.parametrize("verb", ["Disable", "Enable", "Remove", "New"])
def test_any_change_of_a_rule_loses_those_of_outlook(console: Console, box: dict[str, Any], verb: str):
    rule = console.exchange.add_rule(box, "Copies", ForwardTo=[PRIVATE])
    console.exchange.add_rule(box, "Ding", in_outlook=True)
    if verb == "New":
        console.run("New-InboxRule", Mailbox=box["Guid"], Name="More", ForwardTo=[PRIVATE])
    else:
        console.run(f"{verb}-InboxRule", Mailbox=box["Guid"], Identity=rule["RuleIdentity"])
    assert "Ding" not in {one["Name"] for one in box["_rules"].values()}


def test_who_is_in_the_address_book_is_named_by_the_directory(console: Console, box: dict[str, Any]):
    contact = console.exchange.add_contact("Home", PRIVATE)
    console.exchange.add_rule(box, "Copies", ForwardTo=[PRIVATE], RedirectTo=["bea@client.example"])
    (rule,) = console.run("Get-InboxRule", Mailbox=box["Guid"])
    assert rule["ForwardTo"] == [f'"Home" [EX:{contact["LegacyExchangeDN"]}]']
    assert rule["RedirectTo"] == ['"bea@client.example" [SMTP:bea@client.example]']


def test_becoming_a_shared_mailbox_takes_its_time(console: Console, box: dict[str, Any]):
    console.exchange.sharing_takes = 3600
    console.run("Set-Mailbox", Identity=box["Guid"], Type="Shared")
    assert console.run("Get-Mailbox", Identity=box["Guid"])[0]["RecipientTypeDetails"] == "UserMailbox"
    box["_shared_at"] = 0.0
    assert console.run("Get-Mailbox", Identity=box["Guid"])[0]["RecipientTypeDetails"] == "SharedMailbox"


def test_more_than_the_limit_is_told_to_come_back(console: Console, box: dict[str, Any]):
    console.exchange.limit = Limit(calls=1, seconds=60, retry_after=7)
    console.run("Get-Mailbox", Identity=box["Guid"])
    answer = console.send("Get-Mailbox", Identity=box["Guid"])
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


def test_a_phone_is_forgotten_not_wiped(console: Console, box: dict[str, Any]):
    device = console.exchange.add_device(box, "iPhone")
    console.run("Remove-MobileDevice", Identity=device["Guid"], Confirm=False)
    assert (console.run("Get-MobileDevice", Mailbox=box["Guid"]), device["_wiped"]) == ([], False)


def test_a_reply_becomes_html(console: Console, box: dict[str, Any]):
    console.run(
        "Set-MailboxAutoReplyConfiguration", Identity=box["Guid"], AutoReplyState="Enabled", ExternalMessage="Ask Sam"
    )
    (found,) = console.run("Get-MailboxAutoReplyConfiguration", Identity=box["Guid"])
    assert (found["AutoReplyState"], found["ExternalMessage"]) == (
        "Enabled",
        "<html>\n<body>\nAsk Sam\n</body>\n</html>\n",
    )
    assert console.refused("Set-MailboxAutoReplyConfiguration", Identity=box["Guid"], AutoReplyState="On")[0] == 400
