"""What the leaver owns goes to the successor first; who reported to them reports to somebody else; files are let go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.errors import Denied, Rejected
from offboard.practice.graph import drives

if TYPE_CHECKING:
    from tests.connectors.entra_office import Office

LEAVERS, SUCCESSORS = {"leaver": True, "successor": False}, {"leaver": False, "successor": True}


def test_groups_and_apps_are_handed_over_and_given_back(tenant: Office):
    board = tenant.standin.add_group("Board", unified=True, owners=[tenant.ruth])
    app, principal = tenant.standin.add_app("Payroll", owners=[tenant.ruth], secrets=2)
    connection = tenant.connect()
    before = connection.belongings(tenant.ruth, tenant.sam)
    things = {f"groups/{board}", f"applications/{app}", f"servicePrincipals/{principal}"}
    assert {thing: held.state for thing, held in before.items()} == dict.fromkeys(things, LEAVERS)
    assert "2 secrets" in before[f"applications/{app}"].note
    assert before[f"groups/{board}"].note == ""
    for _ in range(2):
        for thing in things:
            connection.set_belonging(tenant.ruth, tenant.sam, thing, SUCCESSORS)
        found = tenant.connect().belongings(tenant.ruth, tenant.sam)
        assert {thing: held.state for thing, held in found.items()} == dict.fromkeys(things, SUCCESSORS)
    for thing in things:
        connection.set_belonging(tenant.ruth, tenant.sam, thing, LEAVERS)
    assert tenant.connect().belongings(tenant.ruth, tenant.sam) == before


def test_the_successor_is_added_before_the_leaver_is_removed(tenant: Office):
    board = tenant.standin.add_group("Board", unified=True, owners=[tenant.ruth])
    tenant.connect().set_belonging(tenant.ruth, tenant.sam, f"groups/{board}", SUCCESSORS)
    assert [call.method for call in tenant.standin.calls if call.method in {"POST", "DELETE"}] == ["POST", "DELETE"]


@pytest.mark.parametrize("kind", ["groups", "applications"])
def test_nothing_is_left_to_nobody(tenant: Office, kind):
    board = tenant.standin.add_group("Board", unified=True, owners=[tenant.ruth])
    app, _ = tenant.standin.add_app("Payroll", owners=[tenant.ruth])
    thing = f"{kind}/{board if kind == 'groups' else app}"
    with pytest.raises(Rejected, match="last owner"):
        tenant.connect().set_belonging(tenant.ruth, tenant.sam, thing, {"leaver": False, "successor": False})
    assert tenant.standin.made("DELETE") == []


def test_a_last_owner_that_only_the_service_knows_of_is_told_too(tenant: Office):
    board = tenant.standin.add_group("Board", unified=True, owners=[tenant.ruth, tenant.sam])
    text = "The group must have at least one owner, hence this last owner cannot be removed."
    tenant.standin.fail(400, match="DELETE *", message=f"{text} (asked for)")
    with pytest.raises(Rejected, match="last owner"):
        tenant.connect().set_belonging(tenant.ruth, tenant.sam, f"groups/{board}", SUCCESSORS)


def test_groups_that_others_decide_on_are_beyond_us(tenant: Office):
    synced = tenant.standin.add_group("Synced", synced=True, owners=[tenant.ruth])
    mail = tenant.standin.add_group("Mail", mail_enabled=True, owners=[tenant.ruth])
    found = tenant.connect().belongings(tenant.ruth, tenant.sam)
    assert "Active Directory" in found[f"groups/{synced}"].beyond
    assert "Exchange" in found[f"groups/{mail}"].beyond


@pytest.mark.parametrize("thing", ["users/00000000-0000-4000-8000-000000000000", "x", "", "groups/x"])
def test_only_what_can_be_owned(tenant: Office, thing):
    with pytest.raises(Rejected):
        tenant.connect().set_belonging(tenant.ruth, tenant.sam, thing, SUCCESSORS)


def test_reports_get_another_manager_and_their_former_one_back(tenant: Office):
    ida, ben = tenant.standin.add_person("Ida Novak"), tenant.standin.add_person("Ben Ode")
    synced = tenant.standin.add_person("Joy Adeyemi", onPremisesSyncEnabled=True)
    for report, manager in ((ida, tenant.ruth), (ben, tenant.sam), (synced, tenant.ruth), (tenant.sam, tenant.ruth)):
        tenant.standin.set_manager(report, manager)
    connection = tenant.connect()
    before = connection.reports(tenant.ruth, tenant.sam)
    assert before[ida].state == {"manager": tenant.ruth}
    assert before[ben].state == {"manager": tenant.sam}
    assert "Active Directory" in before[synced].beyond
    assert "themselves" in before[tenant.sam].beyond
    for _ in range(2):
        connection.set_manager(ida, tenant.sam)
        assert tenant.connect().reports(tenant.ruth, tenant.sam)[ida].state == {"manager": tenant.sam}
    connection.set_manager(ida, tenant.ruth)
    assert tenant.connect().reports(tenant.ruth, tenant.sam) == before
    for _ in range(2):
        connection.set_manager(ida, "")
        assert ida not in tenant.connect().reports(tenant.ruth, tenant.sam)
    assert tenant.standin.look(tenant.ruth)


NONE, UNTIL = {"access": "none", "until": ""}, {"access": "write", "until": "2027-01-31T17:00:00.000Z"}


def test_the_successor_is_let_into_the_drive_for_a_time(tenant: Office):
    drive = tenant.standin.add_drive(tenant.ruth)
    connection = tenant.connect()
    before = connection.drive_access(tenant.ruth, tenant.sam)
    assert before[drive].state == NONE
    for _ in range(2):
        connection.set_drive_access(tenant.ruth, tenant.sam, drive, UNTIL)
        assert tenant.connect().drive_access(tenant.ruth, tenant.sam)[drive].state == UNTIL
    invite = next(call for call in tenant.standin.calls if call.path.endswith("/invite"))
    assert invite.body["sendInvitation"] is False
    assert sum(call.path.endswith("/invite") for call in tenant.standin.calls) == 1
    reading = {"access": "read", "until": ""}
    connection.set_drive_access(tenant.ruth, tenant.sam, drive, reading)
    assert tenant.connect().drive_access(tenant.ruth, tenant.sam)[drive].state == reading
    for _ in range(2):
        connection.set_drive_access(tenant.ruth, tenant.sam, drive, before[drive].state)
        assert tenant.connect().drive_access(tenant.ruth, tenant.sam) == before


def test_who_never_had_a_drive_has_nothing_to_hand_over(tenant: Office):
    connection = tenant.connect()
    assert connection.drive_access(tenant.ruth, tenant.sam) == {}
    assert connection.shares(tenant.ruth) == {}


def test_links_and_outsiders_are_listed_once_and_ended_by_choice(tenant: Office):
    drive = tenant.standin.add_drive(tenant.ruth)
    folder = tenant.standin.add_file(drive, "Clients", folder=True)
    plan = tenant.standin.add_file(drive, "plan.txt", into=folder)
    tenant.standin.share(folder, link="anonymous", kind="edit")
    tenant.standin.share(plan, link="organization")
    tenant.standin.share(plan, outsiders=["auditor@elsewhere.example"])
    tenant.standin.share(plan, people=[tenant.sam])
    connection = tenant.connect()
    before = connection.shares(tenant.ruth)
    assert [bool(share.state["outside"]) for share in before.values()] == [True, False, True, False]
    labels = " | ".join(share.label for share in before.values())
    assert "a link for anybody" in labels
    assert "everybody in the company" in labels
    assert "auditor@elsewhere.example" in labels
    assert "Sam Okafor" in labels
    assert all(share.one_way for share in before.values())
    assert "sharepoint" not in str(before), "whoever has the link is let in, so it stands nowhere"
    (first, *_) = before
    for _ in range(2):
        connection.end_share(tenant.ruth, first)
        assert set(tenant.connect().shares(tenant.ruth)) == before.keys() - {first}


def test_who_was_let_into_the_whole_drive_is_no_share(tenant: Office):
    drive = tenant.standin.add_drive(tenant.ruth)
    connection = tenant.connect()
    connection.set_drive_access(tenant.ruth, tenant.sam, drive, UNTIL)
    assert connection.shares(tenant.ruth) == {}


def test_a_drive_that_keeps_no_end_of_an_access_gets_none(tenant: Office, monkeypatch):
    drive = tenant.standin.add_drive(tenant.ruth)
    monkeypatch.setattr(drives, "_kept", without_end(drives._kept))
    with pytest.raises(Rejected, match="keeps no end"):
        tenant.connect().set_drive_access(tenant.ruth, tenant.sam, drive, UNTIL)
    assert tenant.connect().drive_access(tenant.ruth, tenant.sam)[drive].state == NONE


def without_end(keep):
    """Make the stand-in forget until when somebody is let in, as OneDrive for Business is said to."""
    return lambda ask, item, said: keep(
        ask, item, {key: value for key, value in said.items() if "expiration" not in key}
    )


def test_a_missing_right_is_named(tenant: Office):
    drive = tenant.standin.add_drive(tenant.ruth)
    tenant.grant("Files.Read.All")
    with pytest.raises(Denied) as caught:
        tenant.connect().set_drive_access(tenant.ruth, tenant.sam, drive, UNTIL)
    assert "Files.ReadWrite.All" in caught.value.hint
