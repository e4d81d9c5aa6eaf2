"""Contacts and open items in the register: imported, known again, passed on, and never rewritten once closed."""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from email_validator import validate_email
from hypothesis import HealthCheck, assume, given
from hypothesis import strategies as st

from offboard.connectors import register
from offboard.connectors._register_values import PLAIN_ADDRESS, RESERVED, address
from offboard.domain.clients import ContactRole, Interaction, ItemKind, Standing
from offboard.domain.register import ClientContacts, ClientDealings, ClientRegister, ClientStandings, OpenItems
from offboard.errors import BadInput, NotFound, Rejected
from tests.servers.postgresql import ROOT
from tests.trying import tried

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.postgresql import PostgreSQL

CLIENTS = "id,name,responsible,contact_name,contact_email\nC1,Foo,ann,Joe,joe@foo.example\nC2,Bar,ann,,\n"
CONTACTS = """\
client,name,email,role,owner,do_not_contact
C1,Joe,joe@foo.example,decides,bob,no
C1,Pat,pat@foo.example,pays; uses,,yes
C2,Sue,,,ann,no
"""
ITEMS = """\
id,client,kind,title,owner,due,tellable,closed
O1,C1,Opportunity,New roof,ann,2027-01-31,yes,no
O2,C1,case,Old roof,ann,,no,yes
T1,,task,Tidy up,ann,,no,no
"""
FIRST_TABLES = """
CREATE TABLE clients (id TEXT PRIMARY KEY, name TEXT NOT NULL, responsible TEXT NOT NULL, inferred BOOLEAN NOT NULL,
  address TEXT NOT NULL, postcode TEXT NOT NULL, city TEXT NOT NULL, country TEXT NOT NULL, language TEXT NOT NULL,
  channel TEXT NOT NULL, value BIGINT, notes TEXT NOT NULL);
CREATE TABLE contacts (client TEXT REFERENCES clients(id), place INTEGER, name TEXT NOT NULL, title TEXT NOT NULL,
  email TEXT NOT NULL, phone TEXT NOT NULL, PRIMARY KEY (client, place));
CREATE TABLE handovers (id INTEGER PRIMARY KEY, client TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL,
  at VARCHAR(24) NOT NULL);
INSERT INTO clients VALUES ('C1', 'Foo', 'ann', false, '', '', '', '', 'de', '', 7, '');
INSERT INTO contacts VALUES ('C1', 0, 'Joe', '', 'joe@foo.example', '');
"""
"""The register as the first version made it."""


def opened(url: str, **more: Any) -> register.Connection:
    return register.connect("clients", register.Settings(url=url, **more), None)  # type: ignore[arg-type]


@pytest.fixture(params=["sqlite", "postgresql"])
def connection(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[register.Connection]:
    if request.param == "sqlite":
        made = opened(f"sqlite:///{tmp_path}/clients.db")
    else:
        server: PostgreSQL = request.getfixturevalue("postgresql")
        server.run("CREATE DATABASE register")
        url = f"postgresql+psycopg://{ROOT}@127.0.0.1:{server.port}/register"
        made = opened(url, password={"env": "DATABASE_PASSWORD"})
    yield made
    made.close()


@pytest.fixture
def load(connection: register.Connection, tmp_path: Path) -> Any:
    def run(contacts: str = CONTACTS, items: str = ITEMS, clients: str = CLIENTS) -> register.Imported:
        files = {}
        for name, content in (("clients", clients), ("contacts", contacts), ("items", items)):
            files[name] = tmp_path / f"{name}.csv"
            files[name].write_text(content, encoding="utf-8")
        return register.import_clients(
            connection, files["clients"], contacts_file=files["contacts"], items_file=files["items"]
        )

    return run


def test_the_register_has_every_part_of_the_capability(connection) -> None:
    for need in (ClientRegister, ClientContacts, OpenItems, ClientDealings, ClientStandings):
        assert isinstance(connection, need)


def test_contacts_and_items_come_in_and_are_known_again(load, connection) -> None:
    done = load()
    assert (done.clients, done.contacts, done.items) == (2, 3, 3)
    contacts = connection.contacts()
    assert [(c.id, c.name, c.owner) for c in contacts] == [
        ("C1/0", "Joe", "bob"), ("C1/1", "Pat", ""), ("C2/1", "Sue", "ann"),
    ]  # fmt: skip
    assert contacts[1].roles == (ContactRole.PAYS, ContactRole.USES)
    assert contacts[1].do_not_contact
    client = connection.client("C1")
    assert (client.contact.name, [c.name for c in client.others]) == ("Joe", ["Pat"])
    assert [(i.id, i.kind, i.title, i.tellable) for i in client.items] == [
        ("O1", ItemKind.OPPORTUNITY, "New roof", True)
    ]
    assert client.open_items == 1
    assert [item.id for item in connection.items()] == ["O1", "T1"]
    assert connection.item("O2").closed
    before = connection.contacts(), connection.items()
    again = load(contacts=CONTACTS.replace("pays; uses", "refers"))
    assert again.updated == 1
    assert [c.id for c in connection.contacts()] == [c.id for c in before[0]]
    assert connection.contacts()[1].roles == (ContactRole.REFERS,)
    assert connection.items() == before[1]


def test_all_faults_are_named_at_once_and_nothing_comes_in(load, connection) -> None:
    with pytest.raises(BadInput) as caught:
        load(
            contacts="client,name,role\nC1,Joe,king\nC9,Max,\nC1,Joe,pays\n",
            items="id,client,kind,title,tellable,due\nO1,C1,wish,A,yes,\nO1,C1,task,B,perhaps,2026-02-30\n",
        )
    assert [fault.partition(":")[0] for fault in caught.value.faults] == [
        "contacts.csv line 2", "contacts.csv line 3", "contacts.csv line 4",
        "items.csv line 2", "items.csv line 3", "items.csv line 3", "items.csv line 3",
    ]  # fmt: skip
    assert "there is no client 'C9'" in caught.value.faults[1]
    assert connection.clients() == []


def test_owners_are_written_read_back_and_remembered(load, connection) -> None:
    load()
    connection.set_contact_owner("C2/1", "joe")
    connection.set_item_owner("O1", "joe")
    connection.set_item_owner("T1", "joe")
    assert (connection.contact_owner("C2/1"), connection.item("O1").owner) == ("joe", "joe")
    assert [(h.part, h.before, h.after) for h in connection.history("C1")] == [("item O1", "ann", "joe")]
    with pytest.raises(Rejected, match="item 'O2' is closed"):
        connection.set_item_owner("O2", "joe")
    for work in (
        lambda: connection.set_item_owner("O9", "joe"),
        lambda: connection.set_contact_owner("C1/9", "joe"),
        lambda: connection.set_contact_owner("nonsense", "joe"),
        lambda: connection.set_standing("C9", Standing.FINE),
        lambda: connection.record(Interaction("C9", "ann", "2026-01-01")),
    ):
        with pytest.raises(NotFound):
            work()
    assert (connection.contact_owner("C9/0"), connection.item("O9"), connection.standing("C9")) == (None, None, None)


def test_an_answer_is_kept_and_an_interaction_is_recorded_once(load, connection) -> None:
    load()
    assert connection.standing("C1") is Standing.UNKNOWN
    connection.set_standing("C1", Standing.LEAVING)
    assert connection.client("C1").standing is Standing.LEAVING
    for _ in range(2):
        connection.record(Interaction("C1", "joe", "2026-05-01T10:00:00Z", "call"))
    assert [(i.person, i.kind) for i in connection.interactions("C1")] == [("joe", "call")]
    assert connection.client("C1").last_contact == "2026-05-01"


def test_a_register_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "clients.db") as old:
        old.executescript(FIRST_TABLES)
    for _ in range(2):
        connection = opened(f"sqlite:///{tmp_path}/clients.db")
        (client,) = connection.clients()
        assert (client.id, client.language, client.value, client.contact.name) == ("C1", "de", 7, "Joe")
        assert (client.signed, client.do_not_contact, client.region) == (None, False, "")
        connection.set_standing("C1", Standing.FINE)
        connection.close()


@pytest.mark.parametrize("plain", ["a@b.example", "pat.poe+x@mail-1.corp.example", "A_1-b.c@x.y.z.example"])
def test_the_short_way_takes_only_what_the_long_way_takes(plain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert PLAIN_ADDRESS.fullmatch(plain)
    monkeypatch.setattr("offboard.connectors._register_values.PLAIN_ADDRESS", re.compile(r"(?!)"))
    assert address(plain) == plain


WITHOUT_LENGTH = PLAIN_ADDRESS.pattern.partition("$)")[2]
"""Hypothesis finds hardly anything that satisfies a look ahead; how long an address may be is asked afterwards."""


@given(st.from_regex(WITHOUT_LENGTH, fullmatch=True))
@tried(60, HealthCheck.filter_too_much)
def test_whatever_the_short_way_takes_is_an_address(plain: str) -> None:
    assume(PLAIN_ADDRESS.fullmatch(plain) and plain.rpartition(".")[2].lower() not in RESERVED)
    assert validate_email(plain, check_deliverability=False, globally_deliverable=False)


@pytest.mark.parametrize(
    "odd", ["a..b@c.example", "a@b", "a@-b.example", "a@b-.example", "a b@c.example", ".a@b.example"]
)
def test_the_short_way_leaves_what_is_odd_to_the_long_way(odd: str) -> None:
    assert not PLAIN_ADDRESS.fullmatch(odd)


@pytest.mark.parametrize("reserved", ["ann@corp.test", "ann@x.invalid", "ann@printer.local"])
def test_a_reserved_name_is_refused_whichever_way(reserved: str) -> None:
    with pytest.raises(ValueError, match="special-use"):
        address(reserved)
