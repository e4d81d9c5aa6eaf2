"""Where our own hands are tied: lost passwords, accounts that another system decides about, people out of reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.practice.graph import GraphStandIn
from tests.connectors.ldap_office import ALICE
from tests.servers.workplace import settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.slapd import Slapd
    from tests.servers.workplace import Workplace

PLAYBOOK = "playbook: doors\ntitle: Doors alone\nurgent: true\nsecure:\n  - disable_account: {on: all}\n"
START = ("start", "alice", "--last-moment", "2026-01-05T17:00", "--tz", "Europe/London", "--playbook", "doors")


@pytest.fixture
def place(empty_workplace: Workplace) -> Workplace:
    empty_workplace.settings["company"]["playbooks"] = "playbooks"
    (empty_workplace.folder / "playbooks").mkdir()
    (empty_workplace.folder / "playbooks" / "doors.yaml").write_text(PLAYBOOK, encoding="utf-8")
    return empty_workplace


@pytest.fixture
def tenant(tmp_path: Path) -> Iterator[GraphStandIn]:
    with GraphStandIn(tmp_path / "tenant") as standin:
        yield standin


def connect(place: Workplace, **systems: dict[str, object]) -> None:
    own = place.settings["company"]["playbooks"]
    place.settings = settings_of(**systems)
    place.settings["company"]["playbooks"] = own
    place.write()


def test_an_account_whose_password_is_lost_is_shut_at_once_and_opened_again(place: Workplace, slapd: Slapd):
    connect(place, office=slapd.settings(bind_dn="cn=blind,ou=services,dc=corp,dc=test"))

    plan = place.json(*START, "--as", "dave@corp.test")
    number = plan["departure"]
    (change,) = plan["changes"]
    assert change["one_way"] is None, "what is urgent may do what can be taken back"
    assert "cannot put the old password back" in change["why"]
    place.json("apply", number)
    assert not slapd.bind(ALICE, "alicepw")
    assert place.json("verify", number)["holds"]

    undo = place.json("undo", number, "--as", "dora@corp.test")
    (left,) = undo["not_covered"]
    assert "give this person a new one" in left["reason"]
    place.run("approve", number, "--as", "dave@corp.test")
    place.json("apply", number)
    assert place.json("show", number)["status"] == "undone"
    assert place.json("verify", number)["holds"]
    slapd.modify(f"dn: {ALICE}\nchangetype: modify\nreplace: userPassword\nuserPassword: newpw\n")
    assert slapd.bind(ALICE, "newpw"), "the lock is gone"


def test_a_synced_account_is_open_until_active_directory_has_spoken(
    place: Workplace, slapd: Slapd, tenant: GraphStandIn, monkeypatch: pytest.MonkeyPatch
):
    person = tenant.add_person(
        "Alice Archer", mail="alice@corp.test", userPrincipalName="alice@corp.test", onPremisesSyncEnabled=True
    )
    monkeypatch.setenv("TENANT_SECRET", tenant.client_secret)
    connect(place, office=slapd.settings(), cloud=settings_for(tenant))

    number = place.json(*START, "--as", "dave@corp.test")["departure"]
    shown = place.json("apply", number)
    states = {change["system"]: change for change in shown["changes"]}
    assert (states["office"]["outcome"], states["office"]["effect"]) == ("done", "effective")
    assert (states["cloud"]["outcome"], states["cloud"]["effect"]) == ("parked", "residual")
    assert states["cloud"]["residual_until"]
    assert "Active Directory decides" in states["cloud"]["error"]
    assert not place.json("verify", number, code=1)["holds"], "access is left, and that is said"
    again = place.json("apply", number)
    assert {c["system"]: c["residual_until"] for c in again["changes"]}["cloud"] == states["cloud"]["residual_until"]

    tenant.look(person)["accountEnabled"] = False  # the next synchronisation
    place.json("apply", number)

    done = {change["system"]: change["effect"] for change in place.json("show", number)["changes"]}
    assert done == {"office": "effective", "cloud": "effective"}
    assert place.json("verify", number)["holds"]


def test_doctor_says_beforehand_for_whom_our_rights_do_not_do(
    place: Workplace, slapd: Slapd, tenant: GraphStandIn, monkeypatch: pytest.MonkeyPatch
):
    for name, login in (("Alice Archer", "alice"), ("Bob Baker", "bob")):
        who = tenant.add_person(name, mail=f"{login}@corp.test", userPrincipalName=f"{login}@corp.test")
        if login == "alice":
            tenant.assign_role(who, "Global Administrator")
    monkeypatch.setenv("TENANT_SECRET", tenant.client_secret)
    connect(place, office=slapd.settings(), cloud=settings_for(tenant))

    health = {row["system"]: row for row in place.json("doctor", "--person", "alice", code=1)}
    assert health["cloud"]["reachable"]
    assert health["cloud"]["cannot"][0].startswith("The account holds the role Global Administrator")
    assert "Privileged Authentication Administrator" in health["cloud"]["cannot"][0]
    assert "Global Administrator" in place.run("doctor", "--person", "alice", code=1)
    plan = place.json(*START, "--as", "dave@corp.test")
    assert any("Global Administrator" in gap["reason"] for gap in plan["not_covered"]), "planning says it too"

    other = {row["system"]: row for row in place.json("doctor", "--person", "bob")}
    assert not any("Global Administrator" in line for line in other["cloud"]["cannot"])
    assert "nobody's login" in place.run("doctor", "--person", "nobody", code=1) + place.last_error


def settings_for(tenant: GraphStandIn) -> dict[str, object]:
    return {
        "kind": "entra",
        "tenant": tenant.tenant,
        "client_id": tenant.client_id,
        "client_secret": {"env": "TENANT_SECRET"},
        "url": f"{tenant.url}/v1.0",
        "authority": tenant.url,
        "ca_file": str(tenant.ca_file),
    }
