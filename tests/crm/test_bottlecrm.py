"""A real CRM server: BottleCRM on PostgreSQL; run by ``make test-crm``, which says what it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from offboard.connectors import bottlecrm
from offboard.domain.clients import ItemKind
from offboard.errors import Denied, Rejected
from tests.contracts.passing_on import PassingOnContract
from tests.contracts.registers import ContactsContract, ItemsContract, RegisterContract, TogetherContract
from tests.servers.memory_vault import MemoryVault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.crm.bottlecrm_bench import BottleCrmBench
    from tests.servers.bottlecrm import BottleCrm

pytestmark = [pytest.mark.crm, pytest.mark.timeout(900)]  # the first run installs the server

ALICE, BOB = "alice@corp.test", "bob@corp.test"


@pytest.fixture
def crm(bottlecrm_bench: BottleCrmBench) -> BottleCrm:
    """The server with a fresh little company: alice has Alder and Buchen, bob has Cedar."""
    bottlecrm_bench.server.ids = dict(bottlecrm_bench.ids)
    return bottlecrm_bench.server


@pytest.fixture
def bench(bottlecrm_bench: BottleCrmBench) -> BottleCrmBench:
    return bottlecrm_bench


class TestRegister(RegisterContract):
    pass


class TestContacts(ContactsContract):
    pass


class TestItems(ItemsContract):
    pass


class TestTogether(TogetherContract):
    pass


class TestPassingOn(PassingOnContract):
    pass


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
        "Bristol", "ida@alder.example", ["cellar"],
    )  # fmt: skip
    assert register.client(alder.id) == alder
    items = {item.title: item for item in register.items()}
    assert {title: item.kind for title, item in items.items()} == {
        "cellar": ItemKind.OPPORTUNITY, "pallet": ItemKind.CASE, "call": ItemKind.TASK,
    }  # fmt: skip
    assert items["pallet"].client == crm.ids["Cedar"]
    for item in items.values():
        assert register.item(item.id) == item


def test_pages_are_followed_to_the_end(crm: BottleCrm, register: bottlecrm.Connection, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("offboard.connectors._bottlecrm_api.PAGE", 2)
    for place in range(5):
        crm.made("accounts", name=f"Client {place}", assigned_to=[crm.people["bob"]["profile"]])
    assert len(register.clients()) == 8


def test_nobody_is_left_with_a_deactivated_user(crm: BottleCrm, bench: BottleCrmBench, register: bottlecrm.Connection):
    carol = crm.people["carol"]["user"]
    bench.give_by_hand("Cy", "carol")
    crm.ask("POST", f"user/{carol}/status/", {"status": "Inactive"}).raise_for_status()
    try:
        before = bench.owners()
        assert "carol@corp.test" in {contact.owner for contact in register.contacts()}
        with pytest.raises(Rejected, match="deactivated"):
            register.set_responsible(crm.ids["Alder"], "carol@corp.test")
        assert bench.owners() == before
        # What BottleCRM itself does with such a write: it takes it, and the account is nobody's.
        crm.ask("PATCH", f"accounts/{crm.ids['Alder']}/", {"assigned_to": [crm.people["carol"]["profile"]]})
        assert bench.owners()["Alder"] == ""
    finally:
        crm.ask("POST", f"user/{carol}/status/", {"status": "Active"}).raise_for_status()


def test_what_several_share_is_named_and_left(crm: BottleCrm, bench: BottleCrmBench, register: bottlecrm.Connection):
    both = [crm.people[name]["profile"] for name in ("alice", "carol")]
    crm.ask("PATCH", f"accounts/{crm.ids['Alder']}/", {"assigned_to": both}).raise_for_status()
    shared = [item for item in register.items() if item.beyond]
    assert {item.owner for item in shared} == {ALICE, "carol@corp.test"}
    with pytest.raises(Rejected, match="several people"):
        register.set_responsible(crm.ids["Alder"], BOB)
    assert bench.owners()["Alder"] == "alice carol"


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
