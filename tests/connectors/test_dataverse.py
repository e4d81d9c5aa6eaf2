"""Dataverse as a register: complete reading, exact writing, and nothing assigned along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from offboard.connectors._dataverse_owners import Owners
from offboard.domain.clients import ItemKind
from offboard.domain.parts import parts_of
from offboard.errors import Drifted, Rejected
from tests.connectors.dataverse_office import ALICE, BOB, key_of, moved

if TYPE_CHECKING:
    from tests.connectors.dataverse_office import Dynamics


@pytest.fixture
def register(dynamics: Dynamics) -> Any:
    return dynamics.connect()


def test_everything_is_read(dynamics: Dynamics, register: Any):
    clients = {client.name: client for client in register.clients()}
    assert {name: client.responsible for name, client in clients.items()} == {
        "Alder & Co": ALICE, "Buchen & Co": ALICE, "Cedar & Co": BOB,
    }  # fmt: skip
    alder = clients["Alder & Co"]
    assert (alder.value, alder.country, alder.sector) == (12_000, "GB", "Wholesale")
    assert {contact.name for contact in alder.contacts} == {"Ida Person", "Al Person", "Tim Person"}
    assert {item.title for item in alder.items} == {"Cellar", "Carol's", "Visit", "After the sale"}
    for client in clients.values():
        assert register.client(client.id) == client
    owners = {contact.name: contact.owner for contact in register.contacts()}
    assert owners["Ida Person"] == ALICE
    assert owners["Tim Person"] == dynamics.ids["team"], "a team is nobody's address"

    items = {key_of(dynamics, item.id): item for item in register.items()}
    assert {key: item.kind for key, item in items.items()} == {
        "cellar": ItemKind.OPPORTUNITY, "carols": ItemKind.OPPORTUNITY, "pallet": ItemKind.CASE,
        "call": ItemKind.TASK, "after": ItemKind.TASK, "visit": ItemKind.MEETING,
        "Cedar/new_secondowner": ItemKind.OTHER,
    }  # fmt: skip
    assert (items["cellar"].client, items["cellar"].due) == (alder.id, "2027-01-05")
    assert items["pallet"].client == dynamics.ids["Cedar"], "by way of the contact"
    assert items["after"].client == alder.id, "by way of a deal that is won"
    for item in items.values():
        assert register.item(item.id) == item


def test_pages_are_followed_to_the_end(dynamics: Dynamics, monkeypatch: pytest.MonkeyPatch):
    for place in range(25):
        dynamics.crm.add("account", dynamics.ids["bob"], name=f"Client {place}")
    monkeypatch.setattr("offboard.practice.dataverse.asking.LARGEST_PAGE", 4)
    assert len(dynamics.connect().clients()) == 28
    assert sum("$skiptoken" in call.query for call in dynamics.crm.calls) > 6


def test_without_putting_back_it_would_have_been_assigned_along(dynamics: Dynamics):
    """The stand-in cascades as Dataverse does: this is what a plain write of the owner does there."""
    before, ids = dynamics.crm.owners(), dynamics.ids
    with dynamics.plain() as plain:
        body = {"ownerid@odata.bind": f"/systemusers({ids['bob']})"}
        answer = plain.patch(f"/accounts({ids['Alder']})", json=body, headers={"If-Match": "*"})
        assert answer.status_code == 204
    assert set(moved(dynamics, before)) == {
        "Alder",
        "Ida",
        "Al",
        "Tim",
        "cellar",
        "won",
        "carols",
        "visit",
        "visited",
        "after",
    }


@pytest.mark.parametrize("how", ["NoCascade", "Active", "UserOwned", "Cascade"])
def test_whatever_the_relationship_does_one_owner_is_written(dynamics: Dynamics, register: Any, how: str):
    for relation in dynamics.crm.relations:
        if relation.column != "new_secondowner":
            relation.assign = how
    before = dynamics.crm.owners()
    register.set_responsible(dynamics.ids["Alder"], BOB)
    assert moved(dynamics, before) == {"Alder": "bob"}


def test_many_owners_in_one_call_and_each_keeps_its_own(dynamics: Dynamics, register: Any):
    before = dynamics.crm.owners()
    targets = {part.target: BOB for part in parts_of(register) if part.owner == ALICE}
    assert len(targets) == 2 + 3 + 6
    dynamics.crm.calls.clear()
    assert register.set_owners(targets) == {}
    assert set(moved(dynamics, before)) == {
        "Alder", "Buchen", "Ida", "Uwe", "Cy", "cellar", "pallet", "call", "after", "visit", "Cedar/new_secondowner",
    }  # fmt: skip
    assert set(moved(dynamics, before).values()) == {"bob"}
    alone = [call for call in dynamics.crm.calls if call.method == "PATCH" and not call.in_batch]
    assert alone == [], "every write is within a change set"
    assert all(call.headers.get("if-match") for call in dynamics.crm.calls if call.method == "PATCH"), (
        "none makes a row"
    )


def test_a_client_above_another_keeps_what_was_given_before(dynamics: Dynamics, register: Any):
    crm, ids = dynamics.crm, dynamics.ids
    parent, child = sorted((ids["Alder"], ids["Buchen"]), reverse=True)
    crm.change("account", child, _parentaccountid_value=parent, _parentaccountid_type="account")
    assert register.set_owners({child: BOB, parent: BOB}) == {}
    assert (crm.row("account", parent)["_ownerid_value"], crm.row("account", child)["_ownerid_value"]) == (
        ids["bob"],
    ) * 2


def test_where_a_closed_row_cannot_be_put_back_nothing_is_changed(dynamics: Dynamics, register: Any):
    dynamics.crm.closed_keeps_owner = True
    before = dynamics.crm.owners()
    with pytest.raises(Rejected, match="nothing was changed") as told:
        register.set_responsible(dynamics.ids["Alder"], BOB)
    assert "Cascade None" in told.value.hint
    assert moved(dynamics, before) == {}
    for relation in dynamics.crm.relations:
        relation.assign = "NoCascade"
    dynamics.connect().set_responsible(dynamics.ids["Alder"], BOB)
    assert moved(dynamics, before) == {"Alder": "bob"}


def test_who_is_disabled_stands_for_their_address_and_may_be_refused(dynamics: Dynamics, register: Any):
    dynamics.crm.change("systemuser", dynamics.ids["alice"], isdisabled=True)
    assert register.responsible(dynamics.ids["Alder"]) == ALICE
    before = dynamics.crm.owners()
    with pytest.raises(Rejected, match="disabled"):
        register.set_responsible(dynamics.ids["Cedar"], ALICE)
    assert moved(dynamics, before) == {}
    dynamics.crm.disabled_owner_refused = False
    register.set_responsible(dynamics.ids["Cedar"], ALICE)
    assert moved(dynamics, before) == {"Cedar": "alice"}


def test_what_hangs_on_a_client_by_several_steps_is_found(dynamics: Dynamics, register: Any):
    crm, ids = dynamics.crm, dynamics.ids
    deal = crm.add("opportunity", ids["alice"], name="Old", statecode=1, customerid=("contact", ids["Cy"]))
    call = crm.add("phonecall", ids["alice"], subject="About it", regardingobjectid=("opportunity", deal))
    found = {item.id: item for item in register.items()}[f"phonecall/{call}"]
    assert found.client == ids["Cedar"]
    assert register.item(found.id) == found
    assert found in register.client(ids["Cedar"]).items


def test_what_somebody_else_wrote_meanwhile_is_left_alone(
    dynamics: Dynamics, register: Any, monkeypatch: pytest.MonkeyPatch
):
    crm, ids = dynamics.crm, dynamics.ids
    look = Owners._follow

    def overtaken(owners: Owners, jobs: list[Any]) -> None:
        look(owners, jobs)
        crm.assign("account", ids["Buchen"], ids["carol"])

    monkeypatch.setattr(Owners, "_follow", overtaken)
    with pytest.raises(Drifted):
        register.set_responsible(ids["Buchen"], BOB)
    assert crm.row("account", ids["Buchen"])["_ownerid_value"] == ids["carol"]
    with dynamics.plain() as plain:
        place = f"/accounts({dynamics.ids['Buchen']})"
        version = plain.get(place).json()["@odata.etag"]
        assert plain.patch(place, json={"revenue": 1}, headers={"If-Match": version}).status_code == 204
        assert plain.patch(place, json={"revenue": 2}, headers={"If-Match": version}).status_code == 412
