"""Bad files: nothing is imported, and every fault is named with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.connectors import register
from offboard.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[register.Connection]:
    connection = register.connect("clients", register.Settings(url=f"sqlite:///{tmp_path}/clients.db"), None)
    yield connection
    connection.close()


def faults(connection: register.Connection, folder: Path, **files: bytes | str) -> list[str]:
    """Import files that must be refused, and return the faults."""
    paths = {}
    for kind, content in files.items():
        paths[kind] = folder / {"clients": "clients.csv", "dealt": "dealt.csv", "mapping": "map.toml"}[kind]
        paths[kind].write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BadInput) as caught:
        register.import_clients(
            connection, paths["clients"], map_file=paths.get("mapping"), interactions_file=paths.get("dealt")
        )
    assert connection.clients() == []
    assert connection.dealings() == []
    assert "nothing was imported" in str(caught.value)
    assert caught.value.hint
    return caught.value.faults


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("id,name\n1,Foo\n2,Bar\n1,Baz\n", "clients.csv line 4: id '1' is there already, in line 2"),
        ("id,name\n1,\n", "clients.csv line 2: name is empty"),
        ("id,name\n1,   \n", "clients.csv line 2: name is empty"),
        ("id,name\n1,NULL\n", "clients.csv line 2: name is empty"),
        ("id,name\n,Foo\n", "clients.csv line 2: id is empty"),
        ("id,name\nTotal,\n", "line 2: name is empty"),
        ("id,name\n# a comment\n", "line 2: 1 field where the header has 2"),
        ("id,name\n1,Foo\n2", "line 3: 1 field where the header has 2"),
        ("id,nam\n1,Foo\n", "clients.csv: there is no column 'name'; did you mean 'nam'?"),
        ("name,city\nFoo,Wien\n", "there is no column 'id'"),
        ("name\nFoo\n", "line 1: the header has one column"),
        ("", "the file is empty"),
        ("id,name,id\n1,Foo,2\n", "line 1: column 'id' is there twice, as 1 and 3"),
        ('id,name\n1,"Foo\n2,Bar\n', "line 2: a quote opens here and is never closed"),
        ('id,name\n"1\nx",Foo\n', "line 2: id: holds a line break"),
        ('id,name\n1,"Foo\nBar"\n', "line 2: name: holds a line break; is a quote missing or astray?"),
        ("id,name\n1,Fo\x07o\n", "line 2: name: holds the control character U+0007"),
        ("id,name\n1,Fo\x85o\n", "line 2: name: holds a line break"),
        ("id,name\n1\u200b,Foo\n", "line 2: id: holds the invisible character U+200B"),
        ("id,name\n1\u202e,Foo\n", "line 2: id: holds the invisible character U+202E"),
        ('id;name\n"1,23E+07";Foo\n', "line 2: id: '1,23E+07' is a number that a spreadsheet shortened"),
        (f"id,name\n{'1' * 201},Foo\n", "line 2: id: has 201 characters; at most 200 are kept"),
        (f"id,name\n1,{'x' * 501}\n", "line 2: name: has 501 characters; at most 500 are kept"),
        ("id,name,language\n1,Foo,English\n", "line 2: language: 'English' is no language"),
        ("id,name,language\n1,Foo,xx\n", "line 2: language: 'xx' is no language"),
        ("id,name,language\n1,Foo,e1\n", "line 2: language: 'e1' is no language"),
        ("id,name,country\n1,Foo,XX\n", "line 2: country: 'XX' is no country code"),
        ("id,name,country\n1,Foo,ZZ\n", "line 2: country: 'ZZ' is no country code"),
        ("id,name,country\n1,Foo,12209\n", "line 2: country: '12209' is no country: it holds a digit"),
        ("id,name,country\n1,Foo,--\n", "line 2: country: '--' is no country"),
        ("id,name,channel\n1,Foo,fax\n", "line 2: channel: 'fax' is no channel; write mail, post, both or none"),
        ("id,name,value\n1,Foo,lots\n", "line 2: value: 'lots' is no amount"),
        ('id,name,value\n1,Foo,"1,234"\n', "line 2: value: '1,234' is no amount"),
        ("id,name,value\n1,Foo,1e5\n", "line 2: value: '1e5' is no amount"),
        ("id,name,value\n1,Foo,€5\n", "line 2: value: '€5' is no amount"),
        ("id,name,value\n1,Foo,\uff11\uff12\n", "line 2: value: '\uff11\uff12' is no amount"),
        ("id,name,value\n1,Foo,-5\n", "line 2: value: '-5' is below zero"),
        ("id,name,value\n1,Foo,999999999999\n", "line 2: value: '999999999999' is more than any client"),
        ("id,name,value\n1,Foo,NaN\n", "line 2: value: 'NaN' is no amount"),
        ("id,name,contact_email\n1,Foo,joe\n", "line 2: contact_email: 'joe' is no mail address"),
        ("id,name,contact_email\n1,Foo,a@evil.test<b@x.test>\n", "is no mail address"),
        ('id,name,contact_email\n1,Foo,"a@x.test, b@x.test"\n', "is no mail address"),
        ("id,name,contact_email\n1,Foo,Joe <joe@x.test>\n", "is no mail address"),
        ("id,name,contact_email\n1,Foo,joe@intranet\n", "is no mail address: its domain has no dot"),
        ("id,name,contact_email\n1,Foo,joe@x..test\n", "is no mail address"),
        ('id,name,contact_email\n1,Foo,"joe@x.test\r\nBcc: e@x.test"\n', "is no mail address"),
        (b"id,name\n1,M\xfcller\n", "line 2: byte 0xFC is not UTF-8"),
        (b"PK\x03\x04" + bytes(60), "an Excel workbook"),
    ],
)
def test_one_bad_client_is_named(connection, tmp_path: Path, text: bytes | str, fault: str) -> None:
    found = faults(connection, tmp_path, clients=text)
    assert len(found) == 1
    assert fault in found[0]


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ("2,ann,2026-01-01,call,1", "dealt.csv line 2: there is no client '2'"),
        (",ann,2026-01-01,call,1", "dealt.csv line 2: client is empty"),
        ("1,,2026-01-01,call,1", "dealt.csv line 2: person is empty"),
        ("1,ann,,call,1", "dealt.csv line 2: at is empty"),
        ("1,ann,31.12.2026,call,1", "line 2: at: '31.12.2026' is no date; write 2026-12-31"),
        ("1,ann,2026-02-31,call,1", "line 2: at: '2026-02-31' is no date: there is no such day or time"),
        ("1,ann,0000-00-00,call,1", "line 2: at: '0000-00-00' is no date"),
        ("1,ann,9999-12-31,call,1", "line 2: at: '9999-12-31' is no likely date"),
        ("1,ann,2026-W48-1,call,1", "line 2: at: '2026-W48-1' is no date"),
        ("1,ann,2026-01-01T24:00,call,1", "line 2: at: '2026-01-01T24:00' is no date"),
        ("1,ann,2026-01-01T10:00 CET,call,1", "is no date"),
        ("1,ann,1767225600,call,1", "is no date"),
        ("1,ann,2026-01-01,call,1.23456", "line 2: value: '1.23456' is no amount"),
        ("1,ann,2026-01-01,call,much", "line 2: value: 'much' is no amount"),
        ('1,ann,2026-01-01,"ca\nll",1', "line 2: kind: holds a line break"),
        ("1,ann,2026-01-01,call", "line 2: 4 fields where the header has 5"),
        ('1,"ann,2026-01-01,call,1', "line 2: a quote opens here and is never closed"),
    ],
)
def test_one_bad_interaction_is_named(connection, tmp_path: Path, rows: str, fault: str) -> None:
    found = faults(connection, tmp_path, clients="id,name\n1,Foo\n", dealt=f"client,person,at,kind,value\n{rows}\n")
    assert len(found) == 1
    assert fault in found[0]


@pytest.mark.parametrize(
    ("mapping", "fault"),
    [
        ("[clients]\nid = 'nr'\n", "clients.csv: there is no column 'nr' (our 'id')"),
        ("[clients]\ncity = 'towm'\n", "there is no column 'towm' (our 'city'); did you mean 'town'?"),
        ("[clients]\nnaem = 'town'\n", "map.toml: [clients] 'naem' is none of our columns; did you mean 'name'?"),
        ("[clients]\ncity = 3\n", "map.toml: [clients] city: write the column's name in quotes"),
        ("[client]\nid = 'nr'\n", "map.toml: 'client' is unknown; there are the tables [clients], [contacts]"),
        ("id = 'nr'\n", "map.toml: 'id' is unknown"),
        ("[clients]\nid = 'nr'\nid = 'no'\n", "map.toml: Cannot overwrite a value"),
        ("[clients\n", "map.toml: "),
        (b"\xff\xfe", "map.toml: "),
    ],
)
def test_a_bad_map_is_named(connection, tmp_path: Path, mapping: bytes | str, fault: str) -> None:
    found = faults(connection, tmp_path, clients="id,name,town\n1,Foo,Wien\n", mapping=mapping)
    assert fault in found[0]


def test_every_fault_of_both_files_and_the_map_comes_at_once(connection, tmp_path: Path) -> None:
    found = faults(
        connection,
        tmp_path,
        clients='id,name,language\n1,,xx\n1,Foo,en\n3,"Bar,en\n4,Baz\n',
        dealt="client,person,at\n9,ann,2026-01-01\n1,,soon\n",
        mapping="[clients]\nnaem = 'x'\n",
    )
    assert [fault.split(":")[0] for fault in found] == [
        "map.toml",
        "clients.csv line 2",
        "clients.csv line 2",
        "clients.csv line 3",
        "clients.csv line 4",
        "clients.csv line 5",
        "dealt.csv line 2",
        "dealt.csv line 3",
        "dealt.csv line 3",
    ]


def test_a_file_without_a_header_misses_every_required_column(connection, tmp_path: Path) -> None:
    found = faults(connection, tmp_path, clients="1,Foo\n2,Bar\n")
    assert [fault.split(";")[0] for fault in found] == [
        "clients.csv: there is no column 'id'",
        "clients.csv: there is no column 'name'",
    ]


@pytest.mark.parametrize(
    "clients", ["id,name\n1,Foo\n2,Bar,x\n", 'id,name\n1,Foo\n2,"Bar\n', "id,name\n1,Foo\n2,\n", "nr,name\n2,Foo\n"]
)
def test_a_client_whose_own_row_is_at_fault_is_not_called_missing(connection, tmp_path: Path, clients: str) -> None:
    found = faults(connection, tmp_path, clients=clients, dealt="client,person,at\n2,ann,2026-01-01\n")
    assert len(found) == 1
    assert found[0].startswith("clients.csv")


@pytest.mark.parametrize("missing", ["clients", "dealt", "mapping"])
def test_a_file_that_is_not_there_is_named(connection, tmp_path: Path, missing: str) -> None:
    (tmp_path / "clients.csv").write_text("id,name\n1,Foo\n")
    paths = {"clients": tmp_path / "clients.csv", missing: tmp_path / "nowhere"}
    with pytest.raises(BadInput) as caught:
        register.import_clients(
            connection, paths["clients"], map_file=paths.get("mapping"), interactions_file=paths.get("dealt")
        )
    assert "nowhere: cannot be read (No such file or directory)" in caught.value.faults[0]


def test_a_folder_is_no_file(connection, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        register.import_clients(connection, tmp_path)
    assert "cannot be read" in caught.value.faults[0]
