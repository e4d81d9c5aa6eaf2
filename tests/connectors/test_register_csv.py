"""The CSV reader: what was written is what is read, and every fault has its line."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import strategies as st

from offboard.connectors._register_csv import MAX_FIELD, read_table
from tests.trying import tried

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12) | st.sampled_from(
    ["", '"', '""', "a,b", "a;b", "a\tb", "\n", "\r\n", " x ", '"a', 'a"', '",\n"', "=1+1", "\ufeff"]
)


@tried(120, HealthCheck.function_scoped_fixture)
@given(
    rows=st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=6),
    delimiter=st.sampled_from(",;\t"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\r\n", "\n"]),
    bom=st.booleans(),
)
def test_what_pythons_writer_writes_is_read_back(tmp_path: Path, rows, delimiter, quoting, end, bom) -> None:
    if end == "\n" and quoting == csv.QUOTE_MINIMAL:
        assume(not any("\r" in cell for row in rows for cell in row))  # the writer of Python 3.11 leaves those bare
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=end)
    writer.writerow(["id", "name", "notes"])
    writer.writerows(rows)
    file = tmp_path / "clients.csv"
    file.write_bytes(out.getvalue().encode("utf-8-sig" if bom else "utf-8"))

    table = read_table(file, {"id", "name"})

    full = [row for row in rows if any(cell.strip() for cell in row)]
    assert table.faults == []
    assert table.columns == ["id", "name", "notes"]
    assert [row.cells for row in table.rows] == full
    assert table.empty_rows == len(rows) - len(full)


@tried(120, HealthCheck.function_scoped_fixture)
@given(data=st.binary(max_size=200) | st.text(alphabet='id,;"\n\rnameä\t', max_size=80).map(str.encode))
def test_no_bytes_whatever_make_it_fail_or_agree_with_a_laxer_reader(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "clients.csv"
    file.write_bytes(data)

    table = read_table(file, {"id", "name"})

    for row in table.rows:
        assert len(row.cells) == len(table.columns)
    if not table.faults:
        theirs = [list(_strictly(data.decode("utf-8-sig"), delimiter)) for delimiter in ",;\t"]
        assert [[cell.strip() for cell in table.columns], *(row.cells for row in table.rows)] in theirs


def _strictly(text: str, delimiter: str) -> Iterator[list[str]]:
    header = True
    with suppress(csv.Error):
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            if any(map(str.strip, row)):
                yield [cell.strip() for cell in row] if header else row
                header = False


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('id,name\n1,"Foo\n2,Bar\n', "line 2: a quote opens here and is never closed"),
        ('id,name\n1,Foo\n2,"Bar" Ltd\n3,Baz\n', "line 3: a quote opens here, and ' ' follows where it closes"),
        ('id,name\n1,5" pipes\n', "line 2: a quote inside a field"),
        ('id,name\n1, "Foo, Bar"\n', "line 2: a quote inside a field"),
        ('id,name\n"1\n\n2,"x\n', "line 2: a quote opens here, and 'x' follows where it closes"),
        ('id,"na"me\n1,Foo\n', "line 1: a quote opens here, and 'm' follows"),
        ('id,name\n"a\nb",Foo\n3,"Bar\n', "line 4: a quote opens here and is never closed"),
        ("id,name\n1,Foo,x\n", "line 2: 3 fields where the header has 2"),
        ("id,name\n1\n", "line 2: 1 field where the header has 2"),
        ("id,name\r1,Foo\r2\r", "line 3: 1 field"),
        ("id,name,\n1,Foo,\n", "line 1: column 3 has no name"),
        ("id,name,Name\n1,Foo,x\n", "line 1: column 'Name' is there twice, as 2 and 3"),
        ("id|name\n1|Foo\n", "line 1: the header has one column"),
        ("id;name,city\n1;Foo,x\n", "line 1: the header has comma and semicolon"),
        ("", "the file is empty"),
        ("\n\n \n", "the file is empty"),
        (f"id,name\n1,{'x' * (MAX_FIELD + 1)}\n", f"line 2: a field of {MAX_FIELD + 1} characters"),
        (f'id,name\n1,"{"x" * (MAX_FIELD + 1)}"\n', f"line 2: a field of {MAX_FIELD + 1} characters"),
        (f'id,name\n1,"{"x" * MAX_FIELD}\ny\nz\n', "line 2: a quote opens here and is never closed"),
        ("id,name\n1,Fo\0o\n", "line 2: a NUL character"),
    ],
)
def test_a_fault_names_its_line(tmp_path: Path, text: str, fault: str) -> None:
    file = tmp_path / "clients.csv"
    file.write_bytes(text.encode())
    faults = read_table(file, {"id", "name"}).faults
    assert fault in faults[0], faults


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"id,name\n1,Foo\n2,M\xfcller\n", "line 3: byte 0xFC is not UTF-8"),
        (b"id,name\r1,Foo\r2,M\xfcller\r", "line 3: byte 0xFC is not UTF-8"),
        ("id,name\n1,Foo\n".encode("utf-16"), "UTF-16"),
        ("id,name\n1,Foo\n".encode("utf-32"), "UTF-32"),
        ("id,name\n1,Foo\n".encode("utf-16-le"), "line 1: a NUL character"),
        (b"PK\x03\x04\x14\x00", "Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x1f\x8b\x08\x00", "gzip"),
    ],
)
def test_what_is_no_text_in_utf8_is_said_plainly(tmp_path: Path, data: bytes, fault: str) -> None:
    file = tmp_path / "clients.csv"
    file.write_bytes(data)
    table = read_table(file, {"id", "name"})
    assert len(table.faults) == 1
    assert fault in table.faults[0]
    assert table.rows == []


def test_two_stray_quotes_do_not_swallow_the_rows_between_them(tmp_path: Path) -> None:
    file = tmp_path / "clients.csv"
    columns = "id,name,address,postcode,city,country,language,channel,value,notes"
    lines = [f"{n},Client {n},High Street,N1,London,UK,en,mail,5,{{}}" for n in range(1, 5)]
    file.write_text(
        "\n".join([columns, lines[0].format("x"), lines[1].format('"y'), lines[2].format("z"), lines[3].format('w"')])
    )
    table = read_table(file, {"id", "name"})
    assert "line 3: a quote opens here and swallows line 4" in table.faults[0]
    assert [row.cells[0] for row in table.rows] == ["1", "3"]


def test_a_line_that_only_may_be_a_swallowed_row_is_doubtful(tmp_path: Path) -> None:
    file = tmp_path / "clients.csv"
    file.write_text('id,name,notes\n1,Foo,"first\nsecond, third, fourth"\n')
    table = read_table(file, {"id", "name"})
    assert table.faults == []
    assert table.doubtful == [3]
    assert table.rows[0].cells == ["1", "Foo", "first\nsecond, third, fourth"]


def test_the_required_columns_settle_which_delimiter_it_is(tmp_path: Path) -> None:
    file = tmp_path / "clients.csv"
    file.write_text('id;name;"city, country"\n1;Foo;London\n')
    table = read_table(file, {"id", "name"})
    assert table.columns == ["id", "name", "city, country"]
    file.write_text("id;name;city, country\n1;Foo;London\n")
    assert read_table(file, {"id", "name"}).columns == ["id", "name", "city, country"]


def test_all_faults_are_found_at_once(tmp_path: Path) -> None:
    file = tmp_path / "clients.csv"
    file.write_text('id,name\n1,"Foo\n2\n3,x,y\n4,a"b\n5,ok\n')
    table = read_table(file, {"id", "name"})
    assert [fault.split(":")[0] for fault in table.faults] == [
        "clients.csv line 2",
        "clients.csv line 3",
        "clients.csv line 4",
        "clients.csv line 5",
    ]
    assert [row.line for row in table.rows] == [6]
