"""Importing clients: what comes in, what is remembered, what is refused."""

from __future__ import annotations

import csv
import io
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from offboard.connectors import register
from offboard.connectors._register_columns import CLIENTS
from offboard.domain.clients import Client, Contact
from offboard.errors import BadInput
from tests.trying import tried

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[register.Connection]:
    connection = register.connect("clients", register.Settings(url=f"sqlite:///{tmp_path}/clients.db"), None)
    yield connection
    connection.close()


@pytest.fixture
def load(connection: register.Connection, tmp_path: Path) -> Any:
    def run(clients: str, interactions: str | None = None, mapping: str | None = None) -> register.Imported:
        for name, text in (("clients.csv", clients), ("dealt.csv", interactions), ("map.toml", mapping)):
            (tmp_path / name).write_bytes((text or "").encode())
        return register.import_clients(
            connection,
            tmp_path / "clients.csv",
            map_file=tmp_path / "map.toml" if mapping is not None else None,
            interactions_file=tmp_path / "dealt.csv" if interactions is not None else None,
        )

    return run


def test_every_column_arrives(load, connection) -> None:
    done = load(
        ",".join(CLIENTS)
        + '\nC1,Acme Ltd,Ann Lee,Joe Fox,CEO,joe@acme.example,Dear Joe,+44 1,"1 High St\nFloor 2",N1,London,UK,'
        + "en-GB,Mail,1234.5,=SUM(A1),South,Shipping,gold,yes,9,approved,no\n"
    )
    assert (done.clients, done.new, done.updated, done.interactions) == (1, 1, 0, 0)
    assert done.ignored_columns == ()
    assert connection.clients() == [
        Client(
            id="C1",
            name="Acme Ltd",
            responsible="Ann Lee",
            contact=Contact(
                "Joe Fox", "CEO", "joe@acme.example", "+44 1", id="C1/0", client="C1", salutation="Dear Joe"
            ),
            address="1 High St\nFloor 2",
            postcode="N1",
            city="London",
            country="UK",
            language="en",
            channel="mail",
            value=1235,
            notes="=SUM(A1)",
            region="South",
            sector="Shipping",
            tier="gold",
            signed=True,
            satisfaction=9,
            account_plan="approved",
        )
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_only_id_and_name_are_required(load, connection, delimiter: str, end: str, bom: str) -> None:
    load(bom + end.join([f"id{delimiter}name", f"007{delimiter}Foo", ""]))
    assert connection.clients() == [Client(id="007", name="Foo")]


def test_a_file_with_a_header_alone_imports_nobody(load, connection) -> None:
    assert load("id,name\n").clients == 0
    assert connection.clients() == []


def test_a_map_names_foreign_columns_and_the_rest_is_ignored_once(load, connection) -> None:
    done = load(
        "Nr,Firma,Stadt,Fax,phone\n1,Foo,Wien,x,+43\n",
        "kunde,wer,wann,Fax\n1,ann,2026-01-02,y\n",
        '[clients]\nid = "nr"\nname = "Firma"\ncity = "Stadt"\n'
        '[interactions]\nclient = "kunde"\nperson = "wer"\nat = "wann"\n',
    )
    assert done.ignored_columns == ("Fax",)
    (client,) = connection.clients()
    assert (client.id, client.name, client.city, client.contact.phone) == ("1", "Foo", "Wien", "+43")
    assert client.responsible == "ann"


def test_a_column_that_a_map_gives_away_is_not_taken_by_its_own_name(load, connection) -> None:
    load("id,city,town\n1,Foo,Wien\n", None, '[clients]\nname = "city"\n')
    (client,) = connection.clients()
    assert (client.name, client.city) == ("Foo", "")


def test_a_misspelt_column_is_named_with_what_was_meant(load) -> None:
    done = load("id,name,contact_emial\n1,Foo,x\n")
    assert done.ignored_columns == ("contact_emial",)
    assert "clients.csv: column 'contact_emial' is ignored; was 'contact_email' meant?" in done.notes


def test_null_is_empty_and_noted_once(load, connection) -> None:
    done = load("id,name,city,phone\n1,Foo,NULL,NULL\n2,Bar,NULL,1\n")
    assert [client.city for client in connection.clients()] == ["", ""]
    assert [note for note in done.notes if "NULL" in note] == ["clients.csv: NULL was taken as empty (fields: 3)"]


def test_rows_without_content_are_left_out_and_noted(load, connection) -> None:
    done = load("id,name\n1,Foo\n,\n\n , \n")
    assert len(connection.clients()) == 1
    assert "clients.csv: rows without any content were left out (rows: 2)" in done.notes


def test_the_person_of_the_latest_interaction_is_responsible_where_nobody_is_named(load, connection) -> None:
    done = load(
        "id,name,responsible\n1,Foo,\n2,Bar,Sue\n3,Baz,\n4,Qux,\n",
        "client,person,at,kind\n"
        "1,joe,2026-03-01,call\n1,ann,2026-03-02T10:00,call\n1,Joe,2026-03-02,mail\n"
        "2,ann,2026-03-02,call\n"
        "3,ann,2026-03-02,call\n3,joe,2026-03-02,call\n",
    )
    found = {client.id: client for client in connection.clients()}
    assert {key: client.responsible for key, client in found.items()} == {"1": "ann", "2": "Sue", "3": "joe", "4": ""}
    assert found["1"].known_to == ("Joe", "joe")
    assert found["2"].known_to == ("ann",)
    assert found["1"].last_contact == "2026-03-02"
    assert found["4"].last_contact == ""
    assert "nobody is responsible for 4" in done.notes


def test_an_offset_counts_when_the_latest_is_sought(load, connection) -> None:
    load(
        "id,name\n1,Foo\n",
        "client,person,at\n1,ann,2026-03-02T09:30+00:00\n1,joe,2026-03-02T10:00+02:00\n1,sue,1996-07-04 00:00:00.000\n",
    )
    assert connection.clients()[0].responsible == "ann"
    assert connection.clients()[0].known_to == ("joe", "sue")


def test_values_of_interactions_add_up_exactly_where_the_file_gives_none(load, connection) -> None:
    load(
        "id,name,value\n1,Foo,\n2,Bar,7\n3,Baz,\n4,Qux,0\n",
        "client,person,at,value\n"
        + "1,ann,2026-01-01,0.1\n" * 25
        + "2,ann,2026-01-01,99\n3,ann,2026-01-01,-1.5\n4,ann,2026-01-01,3\n",
    )
    assert [client.value for client in connection.clients()] == [3, 7, -2, 0]


def test_interactions_of_kind_open_are_open_items(load, connection) -> None:
    load(
        "id,name\n1,Foo\n", "client,person,at,kind\n1,ann,2026-01-01,Open\n1,joe,2026-01-02,open\n1,ann,2026-01-03,call"
    )
    assert connection.clients()[0].open_items == 2


def test_a_second_import_of_the_same_files_changes_nothing(load, connection) -> None:
    files = (
        "id,name,phone\n1,Foo,1\n2,Bar,2\n",
        "client,person,at,value\n1,ann,2026-01-01,5\n1,ann,2026-01-01,5\n2,joe,2026-01-01,1\n",
    )
    load(*files)
    before = connection.clients(), connection.dealings()
    done = load(*files)
    assert (done.new, done.updated) == (0, 0)
    assert (connection.clients(), connection.dealings()) == before
    assert before[0][0].value == 10
    assert "dealt.csv: interactions known from an earlier import are not counted twice (rows: 3)" in done.notes


def test_an_update_touches_only_the_columns_of_the_file(load, connection) -> None:
    load("id,name,phone,city,country,value,responsible\n1,Foo,1,Wien,AT,5,ann\n2,Bar,2,Graz,AT,6,joe\n")
    done = load("id,name,city\n1,Foo GmbH,\n3,New,Linz\n")
    assert (done.clients, done.new, done.updated) == (2, 1, 1)
    found = {client.id: client for client in connection.clients()}
    assert (found["1"].name, found["1"].city, found["1"].contact.phone) == ("Foo GmbH", "", "1")
    assert (found["1"].responsible, found["1"].country, found["1"].value) == ("ann", "AT", 5)
    assert found["2"].city == "Graz"
    assert "clients.csv: clients of the register that are not in it stay as they are (clients: 1)" in done.notes


def test_a_handover_outlasts_a_later_import_that_names_nobody(load, connection) -> None:
    files = ("id,name\n1,Foo\n", "client,person,at\n1,ann,2026-01-01\n")
    load(*files)
    connection.set_responsible("1", "joe")
    load(files[0], files[1] + "1,ann,2026-02-01\n")
    assert connection.clients()[0].responsible == "joe"


def test_what_was_inferred_follows_a_later_interaction(load, connection) -> None:
    load("id,name\n1,Foo\n", "client,person,at\n1,ann,2026-01-01\n")
    done = load("id,name\n1,Foo\n", "client,person,at\n1,joe,2026-02-01\n")
    assert done.updated == 1
    assert connection.clients()[0].responsible == "joe"
    assert [(each.before, each.after) for each in connection.history("1")] == [("ann", "joe")]


def test_a_file_that_names_somebody_else_is_obeyed_and_remembered(load, connection) -> None:
    load("id,name,responsible\n1,Foo,ann\n")
    assert connection.history("1") == []
    load("id,name,responsible\n1,Foo,joe\n")
    assert [(each.before, each.after) for each in connection.history("1")] == [("ann", "joe")]


@pytest.mark.parametrize("ids", [("b1", "B1"), ("1", "01"), ("ß", "ss"), ("é", "e\u0301")])
def test_ids_are_compared_exactly(load, connection, ids: tuple[str, str]) -> None:
    load("id,name\n" + "".join(f"{each},Foo\n" for each in ids))
    assert {client.id for client in connection.clients()} == set(ids)


def test_an_import_that_fails_leaves_no_trace(load, connection) -> None:
    load("id,name\n1,Foo\n")
    with pytest.raises(BadInput):
        load("id,name\n1,Other\n2,Bar\n", "client,person,at\n2,ann,2026-01-01\n9,ann,2026-01-01\n")
    assert connection.clients() == [Client(id="1", name="Foo")]
    assert connection.dealings() == []


LINE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20).map(str.strip)
TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], include_characters="\n\t"), max_size=20)
NAME = LINE.filter(lambda text: text not in {"", "NULL"})
ID = st.from_regex(r"[A-Za-z][A-Za-z0-9._/ -]{0,10}[A-Za-z0-9]", fullmatch=True).filter(lambda text: text != "NULL")
AMOUNT = st.decimals(0, 10**9, places=2)


@tried(60, HealthCheck.function_scoped_fixture)
@given(
    rows=st.lists(
        st.tuples(ID, NAME, LINE.filter(lambda t: t != "NULL"), TEXT.filter(lambda t: t.strip() != "NULL"), AMOUNT),
        unique_by=lambda row: row[0],
        max_size=8,
    ),
    delimiter=st.sampled_from(",;\t"),
)
def test_what_is_written_is_what_is_imported(tmp_path_factory, rows, delimiter: str) -> None:
    folder = tmp_path_factory.mktemp("round")
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(["id", "name", "responsible", "notes", "value"])
    writer.writerows(rows)
    (folder / "clients.csv").write_bytes(out.getvalue().encode())
    connection = register.connect("clients", register.Settings(url=f"sqlite:///{folder}/clients.db"), None)
    try:
        register.import_clients(connection, folder / "clients.csv")
        found = connection.clients()
    finally:
        connection.close()
    assert [(c.id, c.name, c.responsible, c.notes, c.value) for c in found] == sorted(
        (key, name, who, notes.strip(), int(value.quantize(Decimal(1), ROUND_HALF_UP)))
        for key, name, who, notes, value in rows
    )
