"""A whole departure over each CRM: planned, approved, carried out in few calls, read back, put back, nothing lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.connectors.crm_office import Office
    from tests.servers.slapd import Slapd
    from tests.servers.workplace import Workplace

HR, IT = ("--as", "erin@corp.test"), ("--as", "dave@corp.test")
PLAYBOOK = "playbook: pass-on\ntitle: Clients alone\nhand_over:\n  - reassign_clients: {on: all}\n"
START = ("start", "alice", "--last-moment", "2026-01-05T17:00", "--tz", "Europe/London", "--playbook", "pass-on")


@pytest.fixture(params=["sales", "hub"])
def crm(request: pytest.FixtureRequest) -> Office:
    found: Office = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def place(empty_workplace: Workplace, slapd: Slapd, crm: Office) -> Workplace:
    place = empty_workplace
    if "token" in crm.settings:
        crm.crm.quirks.calls = 10_000  # what takes days elsewhere takes a second here
    directory = slapd.settings(bind_dn="cn=offboard,ou=services,dc=corp,dc=test")
    own = crm.settings | {"kind": "salesforce" if "client_id" in crm.settings else "hubspot"}
    place.settings["systems"] = {"office": directory, "crm": own}
    place.settings["company"]["playbooks"] = "playbooks"
    (place.folder / "playbooks").mkdir()
    (place.folder / "playbooks" / "pass-on.yaml").write_text(PLAYBOOK, encoding="utf-8")
    place.write()
    return place


def owned(crm: Office) -> dict[str, Any]:
    """Return who owns each record, closed ones too, past our connector."""
    read = getattr(crm.crm, "owned", None) or crm.crm.owners
    second = "second_owner" if "token" in crm.settings else "Second_Owner__c"
    kinds = [kind for kind in crm.crm.records if kind not in {"User", "Lead", "AccountTeamMember"}]
    found = {one: owner for kind in kinds for one, owner in read(kind).items()}
    return found | {f"{one}/2": owner for one, owner in read(kinds[0], second).items()}


def agreed(place: Workplace, crm: Office) -> str:
    """Start alice's departure, decide on what only people can pass on, and approve it."""
    started = place.json(*START, "--successor", "bob", *HR)
    number: str = started["departure"]
    if "page" in crm.ids:
        (gap,) = [one for one in started["not_covered"] if "scheduling page" in one["reason"]]
        assert "makes one of their own" in gap["reason"]
        place.run("clients", "skip", number, f"/item/meeting-links/{crm.ids['page']}", "--reason", "Bob made one", *HR)
    place.run("approve", number, *IT)
    return number


@pytest.mark.parametrize("crm", ["hub"], indirect=True)
def test_all_is_passed_on_and_given_back_and_nothing_is_lost(place: Workplace, crm: Office):
    before = owned(crm)
    alice, bob = crm.ids["alice"], crm.ids["bob"]
    closed = {crm.ids[key] for key in ("won", "solved", "called", "visited")}
    number = agreed(place, crm)
    shown = place.json("apply", number)

    assert {change["outcome"] for change in shown["changes"]} == {"done"}
    assert {change["effect"] for change in shown["changes"]} == {"effective"}
    assert len(shown["changes"]) == 2 + 3 + 5
    assert shown["clients"] | {"total": 0} == {
        "total": 0,
        "reassigned": 2,
        "skipped": 0,
        "orphaned": 0,
        "given_back": 0,
    }
    assert len(crm.crm.writes()) == 6, "one call for each kind of record"
    after = owned(crm)
    assert set(after) == set(before)
    moved = {one for one in before if before[one] != after[one]}
    assert moved == {one for one in before if before[one] == alice} - closed
    assert {after[one] for one in moved} == {bob}
    assert place.json("verify", number)["holds"]
    assert [part for part in place.json("clients", "left", number) if part["left_alone"]] == []

    crm.crm.calls.clear()
    place.json("apply", number)
    assert crm.crm.writes() == [], "carried out again, nothing is written"

    place.run("undo", number, *HR)
    place.run("approve", number, *IT)
    place.json("apply", number)
    assert owned(crm) == before


@pytest.mark.parametrize("crm", ["sales"], indirect=True)
def test_one_refusal_in_a_call_is_that_records_alone(place: Workplace, crm: Office):
    said = "A region is missing"
    crm.crm.quirks.refused[crm.ids["Buchen"]] = (
        said if "token" in crm.settings else ("FIELD_CUSTOM_VALIDATION_EXCEPTION", said)
    )
    number = agreed(place, crm)
    shown = place.json("apply", number, code=1)
    rows = {change["target"]: change for change in shown["changes"]}
    failed = rows.pop(crm.ids["Buchen"])
    assert failed["outcome"] != "done"
    assert said in failed["error"]
    assert crm.ids["Buchen"] in failed["error"]
    assert {row["outcome"] for row in rows.values()} == {"done"}

    crm.crm.quirks.refused.clear()
    place.run("apply", number)
    assert owned(crm)[crm.ids["Buchen"]] == crm.ids["bob"]


def test_doctor_names_what_to_grant(place: Workplace, crm: Office):
    if "token" in crm.settings:
        crm.crm.scopes.remove("tickets")
    else:
        crm.crm.quirks.hidden.add("Case")
    found = {row["system"]: row for row in place.json("doctor", code=1)}["crm"]
    assert found["reachable"]
    assert found["rights_missing"] in (["tickets"], ["Read on Case", "Edit on Case"])
    assert crm.crm.writes() == []
