"""What every register of clients promises: complete reading, exact writing, and history that stays as it is.

The suites of ``ClientRegister``, ``ClientContacts``, ``OpenItems`` and ``OwnersTogether``; a whole departure over a
register is in ``passing_on``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from offboard.domain.register import ClientContacts, ClientRegister, OpenItems, OwnersTogether
from offboard.errors import NotFound, Rejected, SystemFault
from tests.contracts.expected import ON_READS, ON_WRITES
from tests.contracts.register_bench import CLIENTS, CONTACTS, SILENCES, address
from tests.servers.faulty import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contracts.register_bench import RegisterBench

ALICE, BOB = address("alice"), address("bob")


@dataclass(frozen=True)
class Sort:
    """One sort of record: the methods that list them, tell an owner and write one; ``mine`` is one of alice's."""

    capability: type
    mine: str
    every: str
    owner: Callable[[Any, str], str | None]
    give: str

    def all(self, connection: Any) -> list[Any]:
        """Return every record of this sort."""
        return list(getattr(connection, self.every)())

    def write(self, connection: Any, part_id: str, owner: str) -> None:
        """Write an owner."""
        getattr(connection, self.give)(part_id, owner)


def _item_owner(connection: Any, item_id: str) -> str | None:
    item = connection.item(item_id)
    return item.owner if item else None


class _PartsContract:
    """Inherited by a class of tests that has a fixture ``bench``."""

    sort: ClassVar[Sort]

    def test_looking_changes_nothing(self, bench: RegisterBench):
        before, rest = bench.owners(), bench.rest()
        with bench.connected() as connection:
            assert isinstance(connection, self.sort.capability)
            assert self.sort.all(connection) == self.sort.all(connection)
            assert self.sort.owner(connection, bench.ids[self.sort.mine]) == ALICE
        assert (bench.owners(), bench.rest()) == (before, rest)
        assert bench.proxy.writes == []

    def test_one_is_passed_on_another_connection_sees_it_and_nothing_else_is_touched(self, bench: RegisterBench):
        before, rest, part = bench.owners(), bench.rest(), bench.ids[self.sort.mine]
        with bench.connected() as connection:
            self.sort.write(connection, part, BOB)
            assert self.sort.owner(connection, part) == BOB
        assert bench.owners() == before | {self.sort.mine: "bob"}
        assert bench.rest() == rest
        with bench.connected() as other:
            assert self.sort.owner(other, part) == BOB

    def test_it_comes_back_however_often(self, bench: RegisterBench):
        before, rest, part = bench.owners(), bench.rest(), bench.ids[self.sort.mine]
        with bench.connected() as connection:
            for who in (BOB, BOB, ALICE, ALICE):
                self.sort.write(connection, part, who)
                assert self.sort.owner(connection, part) == who
        assert bench.owners() == before
        assert bench.rest() == rest

    def test_what_is_not_there_is_not_found_and_never_made(self, bench: RegisterBench):
        before, rest = bench.owners(), bench.rest()
        with bench.connected() as connection:
            for wrong in bench.wrong_ids:
                assert self.sort.owner(connection, wrong) is None
                with pytest.raises(NotFound):
                    self.sort.write(connection, wrong, BOB)
        assert (bench.owners(), bench.rest()) == (before, rest)

    def test_nobody_and_two_at_once_take_nothing_over(self, bench: RegisterBench):
        if not bench.knows_people:
            pytest.skip("whoever is written there is taken as it is: this register has no users")
        before, part = bench.owners(), bench.ids[self.sort.mine]
        with bench.connected() as connection, pytest.raises(Rejected, match="no user has the mail address") as nobody:
            self.sort.write(connection, part, "nobody@corp.test")
        assert "Give this person a user" in nobody.value.hint
        if bench.namesakes:
            bench.add_namesake("bob")
            with bench.connected() as other, pytest.raises(Rejected, match="2 users have the mail address"):
                self.sort.write(other, part, BOB)
        assert bench.owners() == before
        assert bench.proxy.writes == []

    def test_trouble_with_looking_has_its_name_and_is_never_nothing(self, bench: RegisterBench):
        part = bench.ids[self.sort.mine]
        for trouble in set(ON_READS) - set(bench.untold):
            bench.expect(trouble)
            with bench.connected() as connection:
                # Signed in first, so that it is reading that goes wrong; whoever is impatient has no time for it.
                assert trouble in SILENCES or self.sort.owner(connection, part) == ALICE
                bench.plant(trouble)
                with pytest.raises(SystemFault) as caught:
                    self.sort.all(connection)
                assert isinstance(caught.value, ON_READS[trouble]), trouble
            bench.calm()

    def test_trouble_with_writing_has_its_name_and_changes_nothing(self, bench: RegisterBench):
        before, part = bench.owners(), bench.ids[self.sort.mine]
        for trouble in sorted(set(ON_WRITES) - set(bench.untold), key=lambda one: one is Trouble.HALF_OPEN):
            bench.expect(trouble)
            with bench.connected() as connection:
                bench.plant(trouble, writes=True)
                with pytest.raises(SystemFault) as caught:
                    self.sort.write(connection, part, BOB)
                assert isinstance(caught.value, ON_WRITES[trouble]), trouble
            # What came of the last one nobody knows.
            assert trouble is Trouble.HALF_OPEN or bench.owners() == before, trouble
            bench.calm()
        bench.expect(Trouble.DENIED)
        with bench.connected() as other:
            self.sort.write(other, part, BOB)
        assert bench.owners() == before | {self.sort.mine: "bob"}


class RegisterContract(_PartsContract):
    """Of ``ClientRegister``."""

    sort = Sort(ClientRegister, "Alder", "clients", lambda one, part: one.responsible(part), "set_responsible")

    def test_every_client_is_read_with_all_that_hangs_on_it(self, bench: RegisterBench):
        owners = bench.owners()
        with bench.connected() as connection:
            clients = connection.clients()
            assert [client.id for client in clients] == sorted(bench.ids[name] for name in CLIENTS)
            for client in clients:
                name = bench.thing(client.id)
                assert (client.name, client.responsible) == (f"{name} & Co", address(owners[name]))
                assert connection.client(client.id) == client
                assert connection.responsible(client.id) == client.responsible
                open_ = {thing for thing, (where, _) in bench.items.items() if where == name}
                assert open_ <= {bench.thing(f"/item/{item.id}") for item in client.items}
                assert len(client.items) == client.open_items
            assert [connection.client(wrong) for wrong in bench.wrong_ids] == [None] * len(bench.wrong_ids)


class ContactsContract(_PartsContract):
    """Of ``ClientContacts``."""

    sort = Sort(ClientContacts, "Cy", "contacts", lambda one, part: one.contact_owner(part), "set_contact_owner")

    def test_every_contact_is_read_with_its_client(self, bench: RegisterBench):
        with bench.connected() as connection:
            found = {bench.thing(f"/contact/{one.id}"): one for one in connection.contacts()}
        told = {thing: (bench.thing(one.client), one.owner) for thing, one in found.items()}
        mine = {thing: where for thing, where in told.items() if where[1] == ALICE}
        assert mine == {"Ida": ("Alder", ALICE), "Uwe": ("Buchen", ALICE), "Cy": ("Cedar", ALICE)}
        assert {thing: f"{thing} Person" for thing in found} == {thing: one.name for thing, one in found.items()}


class ItemsContract(_PartsContract):
    """Of ``OpenItems``."""

    sort = Sort(OpenItems, "cellar", "items", _item_owner, "set_item_owner")

    def test_everything_open_is_read_and_nothing_closed(self, bench: RegisterBench):
        with bench.connected() as connection:
            found = {bench.thing(f"/item/{item.id}"): item for item in connection.items()}
            told = {thing: (bench.thing(found[thing].client), found[thing].kind) for thing in bench.items}
            assert told == dict(bench.items)
            assert {found[thing].owner for thing in bench.items} == {ALICE}
            assert bench.leavers() - {*CLIENTS, *CONTACTS} <= set(found)
            assert not set(found) & set(bench.closed)
            for item in found.values():
                assert connection.item(item.id) == item

    def test_what_is_closed_keeps_its_owner(self, bench: RegisterBench):
        before, rest = bench.owners(), bench.rest()
        bench.proxy.calm()
        with bench.connected() as connection:
            for thing in bench.closed:
                assert connection.item(bench.ids[thing]).closed
                with pytest.raises(Rejected, match="is closed") as refused:
                    connection.set_item_owner(bench.ids[thing], BOB)
                assert "keeps its owner" in refused.value.hint
        assert (bench.owners(), bench.rest()) == (before, rest)
        assert bench.proxy.writes == []


class TogetherContract:
    """Of ``OwnersTogether``; inherited by a class of tests that has a fixture ``bench``."""

    def test_all_are_written_and_what_cannot_be_is_named(self, bench: RegisterBench):
        before, rest, mine = bench.owners(), bench.rest(), bench.leavers()
        wrong = "/contact/nothing"
        bench.refuse("Buchen")
        with bench.connected() as connection:
            assert isinstance(connection, OwnersTogether)
            asked = {bench.target(thing): BOB for thing in (*mine, *bench.closed)}
            refused = connection.set_owners(asked | {wrong: BOB})
        assert isinstance(refused.pop(wrong), NotFound)
        assert {bench.thing(target) for target in refused} == {"Buchen", *bench.closed}
        assert bench.ids["Buchen"] in str(refused[bench.target("Buchen")])
        assert bench.owners() == before | dict.fromkeys(mine - {"Buchen"}, "bob")
        assert bench.rest() == rest

    def test_all_come_back_together(self, bench: RegisterBench):
        before, mine = bench.owners(), bench.leavers()
        with bench.connected() as connection:
            for who in ("bob", "bob", "alice"):
                assert connection.set_owners({bench.target(thing): address(who) for thing in mine}) == {}
                assert bench.owners() == before | dict.fromkeys(mine, who)

    def test_nobody_takes_all(self, bench: RegisterBench):
        before = bench.owners()
        with bench.connected() as connection:
            refused = connection.set_owners({bench.target(thing): "nobody@corp.test" for thing in bench.leavers()})
        assert {bench.thing(target) for target in refused} == bench.leavers()
        assert bench.owners() == before
        assert bench.proxy.writes == []
