"""Whatever a register holds, a handover changes owners alone: the sum before equals the sum after, there and back."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from offboard.domain.capabilities import Company, House
from offboard.domain.clients import Client, Contact, ItemKind, OpenItem
from offboard.domain.departure import Departure, Skip, read_moment
from offboard.domain.parts import kind_and_id, left_alone, parts_of
from offboard.domain.people import Person
from offboard.errors import Rejected
from offboard.steps.reassign_clients import ReassignClients
from tests.trying import tried

if TYPE_CHECKING:
    from collections.abc import Callable

ANN = Person("a", "office", "ann", "Ann Lee", "ann@corp.test", "1001")
JOE = Person("j", "office", "joe", "Joe Fox", "joe@corp.test", "1002")
SUE = Person("s", "office", "sue", "Sue Ray", "sue@corp.test", "1003")
WHO = st.sampled_from(["ann", "ANN@corp.test", "1001", " Ann Lee", "joe", "sue@corp.test", "", "anna"])
IDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=6)


@dataclass
class Held:
    """A register that holds what it was given, and refuses what no register takes."""

    clients_: dict[str, Client]
    contacts_: dict[str, Contact]
    items_: dict[str, OpenItem]
    name: str = "clients"
    written: list[str] = field(default_factory=list)

    def clients(self) -> list[Client]:
        return list(self.clients_.values())

    def client(self, client_id: str) -> Client | None:
        return self.clients_.get(client_id)

    def responsible(self, client_id: str) -> str | None:
        return self.clients_[client_id].responsible if client_id in self.clients_ else None

    def set_responsible(self, client_id: str, responsible: str) -> None:
        self.clients_[client_id] = replace(self.clients_[client_id], responsible=responsible)

    def contacts(self) -> list[Contact]:
        return list(self.contacts_.values())

    def contact_owner(self, contact_id: str) -> str | None:
        return self.contacts_[contact_id].owner if contact_id in self.contacts_ else None

    def set_contact_owner(self, contact_id: str, owner: str) -> None:
        self.contacts_[contact_id] = replace(self.contacts_[contact_id], owner=owner)

    def items(self) -> list[OpenItem]:
        return [item for item in self.items_.values() if not item.closed]

    def item(self, item_id: str) -> OpenItem | None:
        return self.items_.get(item_id)

    def set_item_owner(self, item_id: str, owner: str) -> None:
        if self.items_[item_id].closed:
            raise Rejected(f"{item_id} is closed", system=self.name)
        self.items_[item_id] = replace(self.items_[item_id], owner=owner)

    def sums(self) -> Counter[Any]:
        """Return everything but who owns it; closed items with their owners."""
        return Counter(
            [
                *(replace(client, responsible="") for client in self.clients_.values()),
                *(replace(contact, owner="") for contact in self.contacts_.values()),
                *(item if item.closed else replace(item, owner="") for item in self.items_.values()),
            ]
        )


@st.composite
def registers(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Held:
    ids = draw(st.lists(IDS | st.sampled_from(["/client/x", "/item/I0", "C1"]), unique=True, max_size=6))
    clients = {i: Client(i, f"Client {i}", draw(WHO), value=draw(st.integers(0, 999))) for i in ids}
    where = st.sampled_from([*ids, ""])
    contacts = {f"P{n}": Contact("Pat", id=f"P{n}", client=draw(where), owner=draw(WHO))
                for n in range(draw(st.integers(0, 4)))}  # fmt: skip
    items = {f"I{n}": OpenItem(f"I{n}", draw(where), draw(st.sampled_from(ItemKind)), "x", draw(WHO),
                               closed=draw(st.booleans()), beyond=draw(st.sampled_from(["", "only people can"])))
             for n in range(draw(st.integers(0, 5)))}  # fmt: skip
    return Held(clients, contacts, items)


def leaving(held: Held, to: Person | None, own: list[str], skipped: list[str]) -> Departure:
    moment, zone = read_moment("2026-12-01T17:00", "UTC")
    skips = {target: Skip(target, "dissolved", "hr@corp.test", "2026-12-01T17:00:00.000Z") for target in skipped}
    chosen = dict.fromkeys((client for client in own if client in held.clients_), SUE)
    return Departure("D-2026-0001", ANN, moment, zone, "employee", "hr@corp.test", moment, to, chosen, skips=skips)


def step() -> ReassignClients:
    company = Company(name="Corp", domains=("corp.test",), timezone="UTC", languages=("en",))
    return ReassignClients(House(company, *[None] * 7))  # type: ignore[arg-type]


@tried(200)
@given(registers(), st.sampled_from([JOE, None]), st.lists(IDS, max_size=3), st.booleans())
def test_the_sum_before_is_the_sum_after_and_nobody_is_left_without_a_decision(
    held: Held, to: Person | None, own: list[str], skip_first: bool
) -> None:
    before, owners = held.sums(), {part.target: part.owner for part in parts_of(held)}
    hers = [part for part in parts_of(held) if ANN.answers_to(part.owner)]
    departure = leaving(held, to, [*own, *list(held.clients_)[:1]], [hers[0].target] if hers and skip_first else [])
    work = step()
    wishes = list(work.plan(departure, work.observe(departure, held), {}))
    assert len({wish.target for wish in wishes}) == len(wishes)
    assert all(kind_and_id(wish.target)[1] for wish in wishes)
    for wish in wishes:
        work.write(departure, held, wish.target, wish.after)

    assert held.sums() == before
    found = work.observe(departure, held)
    assert all(work.holds(found.get(wish.target), wish.after) for wish in wishes)
    assert list(work.plan(departure, found, {})) == []
    moved = {wish.target for wish in wishes}
    left = left_alone(parts_of(held), departure)
    assert {part.target for part in left} == {
        part.target for part in hers if part.target not in departure.skips and not part.placed(departure)
    }, "what is left alone is exactly what the guard names"
    assert {part.target for part in hers} == moved | {part.target for part in left} | set(departure.skips)
    assert all(p.owner == owners[p.target] for p in parts_of(held) if p.target not in moved)

    for wish in reversed(wishes):
        work.write(departure, held, wish.target, wish.before)
    assert {part.target: part.owner for part in parts_of(held)} == owners
    assert held.sums() == before
