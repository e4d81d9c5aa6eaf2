"""Data is cleaned before it meets a letter."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offboard.letters.cleaning import clean, header_text, known, one_line


@pytest.mark.parametrize(
    ("given_text", "wanted"),
    [
        ("Robin\x00 Sorensen\x7f", "Robin Sorensen"),
        ("a\r\nb\rc\u2028d", "a b c d"),
        ("\u202egpj.exe\u202c", "gpj.exe"),
        ("ze\u200bro\ufeff\u2060", "zero"),
        ("Mu\u0308ller", "Müller"),
        ("\u0301accent first", "accent first"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # noqa: RUF001 - Persian, on purpose
        ("ad\u200cmin", "admin"),
        ("\ue000private \U000f0000use", "private use"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("fill\u3164er\uffa0", "filler"),
        ("  many   blanks\t\u00a0here ", "many blanks here"),
        ("株式会社 · Łódź · Ωmega · 😀", "株式会社 · Łódź · Ωmega · 😀"),
    ],
)
def test_only_what_can_be_seen_is_left(given_text, wanted):
    assert one_line(given_text) == wanted


def test_lines_survive_where_a_text_has_lines():
    assert clean("one\r\ntwo\x85three") == "one\ntwo\nthree"


@pytest.mark.parametrize("nothing", ["NULL", "null", "n/a", " - ", "None", "", "\u200b"])
def test_what_a_table_writes_for_unknown_is_unknown(nothing):
    assert known(nothing) == ""


def test_a_name_that_looks_like_nothing_in_a_longer_text_is_kept():
    assert known("Null Möbel GmbH") == "Null Möbel GmbH"


@given(st.text())
def test_cleaning_twice_changes_nothing_and_leaves_no_control_character(text):
    once = one_line(text)
    assert one_line(once) == once
    assert not [char for char in once if unicodedata.category(char) in {"Cc", "Cs", "Co"}]
    assert not set(once) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff")


@given(st.text(alphabet="=? q\r\nhi\u200b"))
def test_no_encoded_word_is_left_in_a_header(text):
    line = header_text(text)
    assert "=?" not in line
    assert "?=" not in line
    assert header_text(line) == line
