"""A whole departure over Dataverse: planned, approved, carried out, read by another client, put back, nothing lost."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.connectors.dataverse_office import Dynamics
    from tests.servers.slapd import Slapd
    from tests.servers.workplace import Workplace

HR, IT = ("--as", "erin@corp.test"), ("--as", "dave@corp.test")
PLAYBOOK = "playbook: pass-on\ntitle: Clients alone\nhand_over:\n  - reassign_clients: {on: all}\n"
START = ("start", "alice", "--last-moment", "2026-01-05T17:00", "--tz", "Europe/London", "--playbook", "pass-on")
SETS = {
    "accounts": "accountid", "contacts": "contactid", "opportunities": "opportunityid", "incidents": "incidentid",
    "tasks": "activityid", "phonecalls": "activityid", "appointments": "activityid",
}  # fmt: skip


@pytest.fixture
def place(empty_workplace: Workplace, slapd: Slapd, dynamics: Dynamics) -> Workplace:
    place = empty_workplace
    directory = slapd.settings(bind_dn="cn=offboard,ou=services,dc=corp,dc=test")
    place.settings["systems"] = {"office": directory, "crm": dynamics.settings}
    place.settings["company"]["playbooks"] = "playbooks"
    (place.folder / "playbooks").mkdir()
    (place.folder / "playbooks" / "pass-on.yaml").write_text(PLAYBOOK, encoding="utf-8")
    place.write()
    return place


def owned(dynamics: Dynamics) -> dict[str, str]:
    """Return who owns each row, asked for over the wire by a client that is none of ours."""
    found = {}
    with dynamics.plain() as plain:
        for set_, key in SETS.items():
            rows = plain.get(f"/{set_}", params={"$select": f"{key},_ownerid_value"}).raise_for_status().json()["value"]
            found |= {f"{set_}({row[key]})": row["_ownerid_value"] for row in rows}
        second = plain.get("/accounts", params={"$select": "accountid,_new_secondowner_value"}).json()["value"]
    return found | {f"second of {row['accountid']}": row["_new_secondowner_value"] or "" for row in second}


def approved(place: Workplace) -> str:
    number: str = place.json(*START, "--successor", "bob", *HR)["departure"]
    place.run("approve", number, *IT)
    return number


def undo(place: Workplace, number: str, code: int = 0) -> Any:
    place.run("undo", number, *HR)
    place.run("approve", number, *IT)
    return place.json("apply", number, code=code)


def test_all_is_passed_on_and_given_back_and_nothing_is_lost(place: Workplace, dynamics: Dynamics):
    before, ids = owned(dynamics), dynamics.ids
    closed = {f"opportunities({ids['won']})", f"incidents({ids['solved']})", f"tasks({ids['called']})",
              f"appointments({ids['visited']})"}  # fmt: skip
    number = approved(place)
    shown = place.json("apply", number)
    assert {(change["outcome"], change["effect"]) for change in shown["changes"]} == {("done", "effective")}
    assert len(shown["changes"]) == 2 + 3 + 6
    assert shown["clients"] == {"total": 2, "reassigned": 2, "skipped": 0, "orphaned": 0, "given_back": 0}

    after = owned(dynamics)
    mine = {one for one, owner in before.items() if owner == ids["alice"]}
    assert {one for one in before if before[one] != after[one]} == mine - closed
    assert {after[one] for one in mine - closed} == {ids["bob"]}
    sums = Counter(before.values()), Counter(after.values())
    assert sums[0].total() == sums[1].total()
    assert sums[1][ids["alice"]] == len(closed), "history stays hers"
    assert sums[1][ids["bob"]] == sums[0][ids["bob"]] + len(mine - closed)
    assert place.json("verify", number)["holds"]

    dynamics.crm.calls.clear()
    place.json("apply", number)
    assert dynamics.crm.made("PATCH") == [], "carried out again, nothing is written"
    undo(place, number)
    assert owned(dynamics) == before
