"""Who gets into which mailbox at the stand-in for Exchange, and calendars by Graph, asked by a plain client.

What is expected is taken from Microsoft's cmdlet references (learn.microsoft.com, module ExchangePowerShell).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.practice.exchange_console import Console

Box = dict[str, Any]
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)


@pytest.fixture
def ruth(console: Console) -> Box:
    return console.exchange.add_mailbox(console.graph.add_person("Ruth Castellan"))


@pytest.fixture
def sales(console: Console) -> Box:
    return console.exchange.add_mailbox(console.graph.add_person("Sales Desk"))


def test_sweep_rules_are_shown_by_their_own_cmdlet_alone(console: Console, ruth: Box):
    assert console.refused("New-SweepRule", Mailbox=ruth["Guid"], Name="Fairs")[0] == 400
    console.run("New-SweepRule", Mailbox=ruth["Guid"], Name="Fairs", Provider="Exchange16", Sender="news@fair.example")
    (made,) = console.run("Get-SweepRule", Mailbox=ruth["Guid"])
    assert (made["Name"], made["Enabled"], made["Sender"]) == ("Fairs", True, "news@fair.example")
    hidden = console.run("Get-InboxRule", Mailbox=ruth["Guid"], IncludeHidden=True)
    assert "Fairs" not in {rule["Name"] for rule in hidden}
    console.run("Disable-SweepRule", Mailbox=ruth["Guid"], Identity=made["RuleId"])
    assert [one["Enabled"] for one in console.run("Get-SweepRule", Mailbox=ruth["Guid"])] == [False]
    assert console.refused("Enable-SweepRule", Mailbox=ruth["Guid"], Identity="none")[0] == 400


def test_a_mailbox_forwards_to_whom_the_address_book_has(console: Console, ruth: Box, sales: Box):
    status, told = console.refused("Set-Mailbox", Identity=ruth["Guid"], ForwardingAddress="x@away.example")
    assert (status, "Couldn't find object" in told) == (400, True)
    console.run("Set-Mailbox", Identity=ruth["Guid"], ForwardingAddress=sales["PrimarySmtpAddress"])
    console.run("Set-Mailbox", Identity=ruth["Guid"], DeliverToMailboxAndForward=True)
    (box,) = console.run("Get-Mailbox", Identity=ruth["Guid"])
    assert (box["ForwardingAddress"], box["DeliverToMailboxAndForward"]) == ("Sales Desk", True)
    console.run("Set-Mailbox", Identity=ruth["Guid"], ForwardingAddress=None)
    assert console.run("Get-Mailbox", Identity=ruth["Guid"])[0]["ForwardingAddress"] is None


def test_one_person_is_asked_for_in_one_mailbox(console: Console, ruth: Box, sales: Box):
    who = ruth["UserPrincipalName"]
    assert console.run("Get-MailboxPermission", Identity=sales["Guid"], User=who) == []
    console.run(
        "Add-MailboxPermission", Identity=sales["Guid"], User=who, AccessRights=["FullAccess"], AutoMapping=False
    )
    (held,) = console.run("Get-MailboxPermission", Identity=sales["Guid"], User=who)
    assert (held["AccessRights"], held["IsInherited"]) == (["FullAccess"], False)
    assert {one["User"] for one in console.run("Get-MailboxPermission", Identity=sales["Guid"])} == {
        "NT AUTHORITY\\SELF", who,
    }  # fmt: skip


def test_whom_somebody_sends_as_is_told_in_one_call(console: Console, ruth: Box, sales: Box):
    who = ruth["UserPrincipalName"]
    console.run("Add-RecipientPermission", Identity=sales["Guid"], Trustee=who, AccessRights=["SendAs"])
    found = console.run("Get-RecipientPermission", Trustee=who, ResultSize="Unlimited")
    assert [one["Identity"] for one in found] == [sales["Identity"]]


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ({"@odata.type": "#Exchange.GenericHashTable", "add": "ruth.castellan@acme.example"}, ["Ruth Castellan"]),
        (["ruth.castellan@acme.example"], ["Ruth Castellan"]),
        (None, []),
    ],
)
def test_on_behalf_is_a_list_or_what_changes_of_it(console: Console, ruth: Box, sales: Box, said: Any, left: list[str]):
    console.run("Set-Mailbox", Identity=sales["Guid"], GrantSendOnBehalfTo=said)
    assert console.run("Get-Mailbox", Identity=sales["Guid"])[0]["GrantSendOnBehalfTo"] == left
    table = {"@odata.type": "#Exchange.GenericHashTable", "remove": ruth["UserPrincipalName"]}
    console.run("Set-Mailbox", Identity=sales["Guid"], GrantSendOnBehalfTo=table)
    assert console.run("Get-Mailbox", Identity=sales["Guid"])[0]["GrantSendOnBehalfTo"] == []
    assert console.refused("Set-Mailbox", Identity=sales["Guid"], GrantSendOnBehalfTo={"remove": "x"})[0] == 400


def test_a_calendar_is_called_what_its_owners_language_calls_it(console: Console, ruth: Box, sales: Box):
    sales["_calendars"] = {"/Kalender": []}
    who: Mapping[str, Any] = {"User": ruth["UserPrincipalName"]}
    (folder,) = console.run("Get-MailboxFolderStatistics", Identity=sales["Guid"], FolderScope="Calendar")
    assert (folder["FolderPath"], folder["FolderType"]) == ("/Kalender", "Calendar")
    assert console.refused("Get-MailboxFolderPermission", Identity=f"{sales['Guid']}:\\Calendar")[0] == 400
    place = f"{sales['Guid']}:\\Kalender"
    status, told = console.refused("Get-MailboxFolderPermission", Identity=place, **who)
    assert (status, "There is no existing permission entry found" in told) == (400, True)
    flags = {"SharingPermissionFlags": "Delegate,CanViewPrivateItems"}
    assert console.refused("Add-MailboxFolderPermission", Identity=place, **who, AccessRights=["Reviewer"], **flags)
    console.run("Add-MailboxFolderPermission", Identity=place, **who, AccessRights=["Editor"], **flags)
    assert console.refused("Add-MailboxFolderPermission", Identity=place, **who, AccessRights=["Editor"])[0] == 400
    every = console.run("Get-MailboxFolderPermission", Identity=place)
    assert [one["User"] for one in every] == ["Default", "Anonymous", "Ruth Castellan"]
    console.run("Remove-MailboxFolderPermission", Identity=place, **who)
    assert console.refused("Remove-MailboxFolderPermission", Identity=place, **who)[0] == 400


class Calendar:
    """Graph's view of one person's calendar, by a plain client with a token for Graph."""

    def __init__(self, console: Console, who: str) -> None:
        self.client, self.who = console.client, who
        self.headers = {"Authorization": f"Bearer {console.graph.tokens.sign(sorted(console.graph.permissions))}"}

    def ask(self, method: str, path: str, **more: Any) -> tuple[int, Any]:
        answer = self.client.request(method, f"/v1.0/users/{self.who}/{path}", headers=self.headers, **more)
        return answer.status_code, answer.json()


def test_a_series_is_seen_by_its_occurrences_and_changed_as_one(console: Console, ruth: Box):
    who = ruth["ExternalDirectoryObjectId"]
    series = console.graph.add_meeting(who, "Review", ["bea@client.example"], begins=NOW, every_days=7)
    calendar = Calendar(console, who)
    assert calendar.ask("GET", "calendarView")[0] == 400, "both instants must be named"
    window = {"startDateTime": NOW.isoformat(), "endDateTime": (NOW + timedelta(days=15)).isoformat()}
    status, found = calendar.ask("GET", "calendarView", params=window)
    assert (status, [one["start"]["dateTime"][:10] for one in found["value"]]) == (
        200, ["2026-12-01", "2026-12-08", "2026-12-15"],
    )  # fmt: skip
    assert {one["seriesMasterId"] for one in found["value"]} == {series}
    new = {"attendees": [{"type": "required", "emailAddress": {"address": "sam@acme.example"}}]}
    status, changed = calendar.ask("PATCH", f"events/{series}", json=new)
    assert (status, changed["attendees"][0]["emailAddress"]["address"]) == (200, "sam@acme.example")
    _, found = calendar.ask("GET", "calendarView", params=window | {"$select": "attendees"})
    assert {one["attendees"][0]["emailAddress"]["address"] for one in found["value"]} == {"sam@acme.example"}


def test_nobody_changes_who_called_a_meeting_or_one_that_others_called(console: Console, ruth: Box):
    who = ruth["ExternalDirectoryObjectId"]
    own = console.graph.add_meeting(who, "Mine", ["bea@client.example"], begins=NOW)
    theirs = console.graph.add_meeting(who, "Theirs", [], begins=NOW, by="boss@client.example")
    calendar = Calendar(console, who)
    organizer = {"organizer": {"emailAddress": {"address": "sam@acme.example"}}}
    assert calendar.ask("PATCH", f"events/{own}", json=organizer)[0] == 400
    assert calendar.ask("PATCH", f"events/{theirs}", json={"attendees": []})[0] == 400
    assert calendar.ask("GET", "events/none")[0] == 404
