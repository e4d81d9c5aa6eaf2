"""What a register promises, on both CRMs alike: complete reading, exact writing, and history that stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.clients import ItemKind
from offboard.domain.parts import parts_of
from offboard.errors import Denied, Rejected, Throttled

if TYPE_CHECKING:
    from tests.connectors.crm_office import Office

ALICE, BOB = "alice@corp.test", "bob@corp.test"


@pytest.fixture(params=["sales", "hub"])
def office(request: pytest.FixtureRequest) -> Office:
    found: Office = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def register(office: Office) -> Any:
    return office.connect()


def key_of(office: Office, item_id: str) -> str:
    """Return what the test calls the record of an item, with the field where it is another than the owner's."""
    names = {one: name for name, one in office.ids.items()}
    parts = item_id.split("/")
    return "/".join([names[parts[1]], *parts[2:]])


def test_everything_is_read(office: Office, register: Any):
    clients = {client.name: client for client in register.clients()}
    assert {name: client.responsible for name, client in clients.items()} == {
        "Alder & Co": ALICE, "Buchen & Co": ALICE, "Cedar & Co": BOB,
    }  # fmt: skip
    alder = clients["Alder & Co"]
    assert (alder.value, alder.country, alder.sector) == (12_000, "GB", "Wine")
    assert [contact.name for contact in alder.contacts] == ["Ida Person"]
    assert {item.title for item in alder.items} == {"Cellar", "Visit"}
    assert alder.open_items == 2
    assert [client.id for client in register.clients()] == sorted(client.id for client in clients.values())
    assert register.client(alder.id) == alder
    assert {contact.owner for contact in register.contacts()} == {ALICE}
    assert {contact.client for contact in register.contacts()} == {client.id for client in clients.values()}

    items = {key_of(office, item.id): item for item in register.items()}
    second = next(key for key in items if key.startswith("Cedar/"))
    assert set(items) - {"page"} == {"cellar", "pallet", "call", "visit", second}
    assert {key: item.kind for key, item in items.items()} == {
        "cellar": ItemKind.OPPORTUNITY, "pallet": ItemKind.CASE, "call": ItemKind.TASK, "visit": ItemKind.MEETING,
        second: ItemKind.OTHER, **({"page": ItemKind.OTHER} if "page" in items else {}),
    }  # fmt: skip
    assert (items["cellar"].client, items["cellar"].due) == (alder.id, "2027-01-05")
    assert items[second].client == office.ids["Cedar"]
    for item in items.values():
        assert register.item(item.id) == item


def test_many_owners_go_in_one_call_and_each_refusal_is_named(office: Office, register: Any):
    targets = {part.target: BOB for part in parts_of(register) if part.owner == ALICE and not part.beyond}
    client = office.ids["Buchen"]
    office.crm.quirks.refused[client] = (
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "A region is missing")
        if office.settings.get("client_id")
        else "A region is missing"
    )
    refused = register.set_owners(targets)
    assert list(refused) == [client]
    assert isinstance(refused[client], Rejected)
    assert "A region is missing" in str(refused[client])
    assert client in str(refused[client])
    assert len(office.crm.writes()) == 6, "one call for each kind of record"
    left = [part.target for part in parts_of(office.connect()) if part.owner == ALICE and not part.beyond]
    assert left == [client]


def test_a_wait_that_is_too_long_is_told(office: Office, register: Any):
    register.clients()
    office.crm.quirks.daily = 1
    with pytest.raises(Throttled) as told:
        register.clients()
    assert told.value.retry_after == 900


@pytest.mark.parametrize(
    "url",
    ["http://localhost:1", "https://evil.example", "https://u:p@api.hubapi.com", "https://hubapi.com.evil.example"],
)
def test_a_token_goes_to_its_makers_hosts_alone(office: Office, url: str):
    with pytest.raises(ValueError, match="url"):
        office.connect(url=url)


@pytest.mark.parametrize("body", [b"<html>", b'{"records": 1}', b"[]", b'{"a": 1, "a": 2}', b"null", b"{}"])
def test_a_strange_answer_is_refused(office: Office, register: Any, body: bytes):
    office.crm.fail("GET *query*" if office.settings.get("client_id") else "GET *", 200, body, times=9)
    with pytest.raises(Rejected, match="but not as"):
        register.clients()


def test_a_secret_is_in_no_message(office: Office, monkeypatch: pytest.MonkeyPatch):
    name = "SALESFORCE_SECRET" if office.settings.get("client_id") else "HUBSPOT_TOKEN"
    monkeypatch.setenv(name, "wrong-7f3a")
    with pytest.raises(Denied) as refused:
        office.connect().clients()
    assert "wrong-7f3a" not in f"{refused.value} {refused.value.hint}"
    assert "Check" in refused.value.hint
    health = office.connect().health()
    assert health.reachable
    assert "Check" in health.cannot[0]
    assert "wrong-7f3a" not in str(health)


def test_what_the_company_keeps_in_fields_of_its_own_is_understood(office: Office):
    hub = "token" in office.settings
    names = {one: one if hub else f"{one.title()}__c" for one in ("signed", "satisfaction", "account_plan")}
    told = {"Alder": ("true", "8", "Approved"), "Buchen": ("no", "11", "none"), "Cedar": (None, None, None)}
    for name in names.values():
        if not hub:
            office.crm.add_field("Account", name)
    for client, values in told.items():
        fields = {name: value for name, value in zip(names.values(), values, strict=True) if value is not None}
        office.crm.change("companies" if hub else "Account", office.ids[client], **fields)
    found = {client.name: client for client in office.connect(fields=names).clients()}
    assert {name: (one.signed, one.satisfaction, one.account_plan) for name, one in found.items()} == {
        "Alder & Co": (True, 8, "approved"), "Buchen & Co": (False, None, ""), "Cedar & Co": (None, None, ""),
    }  # fmt: skip
