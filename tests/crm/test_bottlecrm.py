"""A real CRM server: BottleCRM on PostgreSQL; run by ``make test-crm``, which says what it needs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from offboard.connectors import bottlecrm
from offboard.domain.clients import ItemKind
from offboard.errors import Denied, NotFound, Rejected
from tests.servers.bottlecrm import bottlecrm_server  # noqa: F401 - a fixture
from tests.servers.memory_vault import MemoryVault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.bottlecrm import BottleCrm
    from tests.servers.slapd import Slapd
    from tests.servers.workplace import Workplace

pytestmark = [pytest.mark.crm, pytest.mark.timeout(900)]  # the first run installs the server

ALICE, BOB = "alice@corp.test", "bob@corp.test"
HR, IT = ("--as", "erin@corp.test"), ("--as", "dave@corp.test")
PLAYBOOK = "playbook: pass-on\ntitle: Clients alone\nhand_over:\n  - reassign_clients: {on: all}\n"
START = ("start", "alice", "--last-moment", "2026-01-05T17:00", "--tz", "Europe/London", "--playbook", "pass-on")
LISTS = {
    "accounts": ("active_accounts", "open_accounts"), "contacts": ("results",), "opportunities": ("opportunities",),
    "cases": ("cases",), "tasks": ("tasks",),
}  # fmt: skip


@pytest.fixture
def crm(bottlecrm_server: BottleCrm, monkeypatch: pytest.MonkeyPatch) -> Iterator[BottleCrm]:  # noqa: F811 - a fixture
    """The server with a fresh little company: alice has Alder and Buchen, bob has Cedar; all is removed afterwards."""
    server = bottlecrm_server
    monkeypatch.setenv("CRM_TOKEN", server.people["admin"]["token"])
    who = {name: [person["profile"]] for name, person in server.people.items()}
    found = {}
    for name, owner in (("Alder", "alice"), ("Buchen", "alice"), ("Cedar", "bob")):
        found[name] = server.made("accounts", name=f"{name} & Co", city="Bristol", assigned_to=who[owner])
    server.ids = found
    server.made("contacts", first_name="Ida", last_name="Alder", email="ida@alder.example", account=found["Alder"],
                assigned_to=who["alice"])  # fmt: skip
    server.made("contacts", first_name="Carl", last_name="Cedar", email="carl@cedar.example", account=found["Cedar"],
                assigned_to=who["carol"])  # fmt: skip
    for name, stage in (("Cellar", "PROSPECTING"), ("Won", "CLOSED_WON")):
        server.made("opportunities", name=name, stage=stage, account=found["Alder"], assigned_to=who["alice"],
                    amount="10.00", closed_on="2026-01-02", probability=10)  # fmt: skip
    server.made(
        "cases", name="Broken pallet", status="New", priority="Low", account=found["Cedar"], assigned_to=who["alice"]
    )
    for title, status in (("Call back", "New"), ("Called", "Completed")):
        answer = server.ask("POST", "tasks/", {"title": title, "status": status, "priority": "Low",
                                               "account": found["Buchen"], "assigned_to": who["alice"]})  # fmt: skip
        assert answer.status_code == 200, answer.text
    yield server
    for path in reversed(LISTS):
        for row in rows(server, path):
            server.ask("DELETE", f"{path}/{row['id']}/")


def rows(server: BottleCrm, path: str) -> list[dict[str, Any]]:
    told = server.ask("GET", f"{path}/?limit=500").json()
    for key in LISTS[path]:
        told = told[key]
    return list(told)


def owned(server: BottleCrm) -> dict[str, str]:
    """Return who each record is assigned to, asked for past the connector."""
    names = {person["profile"]: name for name, person in server.people.items()}
    return {
        f"{path} {row.get('name') or row.get('title') or row.get('email')}": " ".join(
            sorted(names[one["id"]] for one in row["assigned_to"])
        )
        for path in LISTS
        for row in rows(server, path)
    }


def settings(server: BottleCrm) -> dict[str, Any]:
    return {"kind": "bottlecrm", "url": server.url, "token": {"env": "CRM_TOKEN"}}


@pytest.fixture
def register(crm: BottleCrm) -> Iterator[bottlecrm.Connection]:
    made = bottlecrm.connect("crm", bottlecrm.Settings.model_validate(settings(crm)), MemoryVault())
    yield made
    made.close()


def test_everything_is_read(crm: BottleCrm, register: bottlecrm.Connection):
    clients = {client.name: client for client in register.clients()}
    assert {name: client.responsible for name, client in clients.items()} == {
        "Alder & Co": ALICE, "Buchen & Co": ALICE, "Cedar & Co": BOB,
    }  # fmt: skip
    alder = clients["Alder & Co"]
    assert (alder.city, alder.contact.email, [item.title for item in alder.items]) == (
        "Bristol", "ida@alder.example", ["Cellar"],
    )  # fmt: skip
    assert register.client(alder.id) == alder
    items = {item.title: item for item in register.items()}
    assert {title: item.kind for title, item in items.items()} == {
        "Cellar": ItemKind.OPPORTUNITY, "Broken pallet": ItemKind.CASE, "Call back": ItemKind.TASK,
    }  # fmt: skip
    assert items["Broken pallet"].client == crm.ids["Cedar"]
    for item in items.values():
        assert register.item(item.id) == item


def test_pages_are_followed_to_the_end(crm: BottleCrm, register: bottlecrm.Connection, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("offboard.connectors._bottlecrm_api.PAGE", 2)
    for place in range(5):
        crm.made("accounts", name=f"Client {place}", assigned_to=[crm.people["bob"]["profile"]])
    assert len(register.clients()) == 8


def test_one_is_assigned_and_nothing_else(crm: BottleCrm, register: bottlecrm.Connection):
    before = owned(crm)
    register.set_responsible(crm.ids["Alder"], BOB)
    assert owned(crm) == before | {"accounts Alder & Co": "bob"}
    assert register.responsible(crm.ids["Alder"]) == BOB


def test_what_is_closed_or_not_there_is_refused(crm: BottleCrm, register: bottlecrm.Connection):
    before = owned(crm)
    won = next(row["id"] for row in rows(crm, "opportunities") if row["name"] == "Won")
    with pytest.raises(Rejected, match="is closed"):
        register.set_item_owner(f"opportunities/{won}", BOB)
    for wrong in ("", "nothing", "00000000-0000-0000-0000-000000000000"):
        assert register.client(wrong) is None
        assert register.responsible(wrong) is None
        with pytest.raises(NotFound):
            register.set_responsible(wrong, BOB)
    assert owned(crm) == before


def test_nobody_is_left_with_a_deactivated_user(crm: BottleCrm, register: bottlecrm.Connection):
    before, carol = owned(crm), crm.people["carol"]["user"]
    crm.ask("POST", f"user/{carol}/status/", {"status": "Inactive"}).raise_for_status()
    try:
        assert "carol@corp.test" in {contact.owner for contact in register.contacts()}
        with pytest.raises(Rejected, match="deactivated"):
            register.set_responsible(crm.ids["Alder"], "carol@corp.test")
        assert owned(crm) == before
        # What BottleCRM itself does with such a write: it takes it, and the account is nobody's.
        crm.ask("PATCH", f"accounts/{crm.ids['Alder']}/", {"assigned_to": [crm.people["carol"]["profile"]]})
        assert owned(crm)["accounts Alder & Co"] == ""
    finally:
        crm.ask("POST", f"user/{carol}/status/", {"status": "Active"}).raise_for_status()


def test_what_several_share_is_named_and_left(crm: BottleCrm, register: bottlecrm.Connection):
    both = [crm.people[name]["profile"] for name in ("alice", "carol")]
    crm.ask("PATCH", f"accounts/{crm.ids['Alder']}/", {"assigned_to": both}).raise_for_status()
    shared = [item for item in register.items() if item.beyond]
    assert {item.owner for item in shared} == {ALICE, "carol@corp.test"}
    with pytest.raises(Rejected, match="several people"):
        register.set_responsible(crm.ids["Alder"], BOB)
    assert owned(crm)["accounts Alder & Co"] == "alice carol"


def test_a_whole_departure(crm: BottleCrm, empty_workplace: Workplace, slapd: Slapd):
    place = empty_workplace
    directory = slapd.settings(bind_dn="cn=offboard,ou=services,dc=corp,dc=test")
    place.settings["systems"] = {"office": directory, "crm": settings(crm)}
    place.settings["company"]["playbooks"] = "playbooks"
    (place.folder / "playbooks").mkdir()
    (place.folder / "playbooks" / "pass-on.yaml").write_text(PLAYBOOK, encoding="utf-8")
    place.write()
    before = owned(crm)
    number = place.json(*START, "--successor", "bob", *HR)["departure"]
    place.run("approve", number, *IT)
    shown = place.json("apply", number)
    assert {(change["outcome"], change["effect"]) for change in shown["changes"]} == {("done", "effective")}
    after = owned(crm)
    closed = {"opportunities Won", "tasks Called"}
    mine = {one for one, owner in before.items() if owner == "alice"} - closed
    assert {one for one in before if before[one] != after[one]} == mine
    assert Counter(after.values()) == Counter(before.values()) + Counter({"bob": len(mine)}) - Counter(
        {"alice": len(mine)}
    )
    assert place.json("verify", number)["holds"]
    place.run("undo", number, *HR)
    place.run("approve", number, *IT)
    place.json("apply", number)
    assert owned(crm) == before
    found = {row["system"]: row for row in place.json("doctor")}["crm"]
    assert (found["reachable"], found["rights_missing"]) == (True, [])


def test_who_is_no_administrator_is_told(
    crm: BottleCrm, monkeypatch: pytest.MonkeyPatch, register: bottlecrm.Connection
):
    monkeypatch.setenv("CRM_TOKEN", crm.people["bob"]["token"])
    with pytest.raises(Denied) as told:
        register.clients()
    assert "ADMIN" in told.value.hint
    assert register.health().rights_missing == ("the role ADMIN",)
    monkeypatch.setenv("CRM_TOKEN", "bcrm_pat_wrong-7f3a")
    with pytest.raises(Denied) as refused:
        register.clients()
    assert "wrong-7f3a" not in f"{refused.value} {refused.value.hint}"


@pytest.mark.parametrize("url", ["http://crm.acme.example", "https://u:p@crm.acme.example", "ftp://127.0.0.1", ""])
def test_wrong_addresses_are_refused(url: str):
    with pytest.raises(ValidationError, match="url"):
        bottlecrm.Settings.model_validate({"url": url, "token": {"env": "CRM_TOKEN"}})
