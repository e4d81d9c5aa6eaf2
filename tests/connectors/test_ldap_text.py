"""Filters and names of entries: nothing in a value can widen a filter, and equal names are equal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ldap3.operation.search import MATCH_EQUAL, compile_filter, parse_filter
from ldap3.utils.asn1 import encode

from offboard.connectors._ldap_text import equal, equality_item, first_value, presence_item, same_name, values_filter

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(TEXT)
def test_a_value_stays_one_value_whatever_it_holds(value: str):
    node = parse_filter(equal("uid", value), None, False, True, None, False).elements[0]
    assert node.tag == MATCH_EQUAL
    assert bytes(compile_filter(node)["equalityMatch"]["assertionValue"]) == value.encode()


@given(TEXT)
def test_the_encoded_form_is_the_one_that_ldap3_makes(value: str):
    filter_ = compile_filter(parse_filter(equal("uid", value), None, False, True, None, False).elements[0])
    assert equality_item("uid", value) == encode(filter_)


def test_long_values_and_presence_are_encoded_as_ldap3_encodes_them():
    for filter_, made in (
        (f"(member={'a' * 70_000})", equality_item("member", "a" * 70_000)),
        ("(cn=*)", presence_item("cn")),
    ):
        assert made == encode(compile_filter(parse_filter(filter_, None, False, True, None, False).elements[0]))
    assert values_filter([b"\x01\x00"]) == b"\x30\x02\x01\x00"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("uid=alice,dc=corp,dc=test", "UID=Alice, DC=corp , dc=TEST"),
        ("cn=Smith\\, John,dc=test", "cn=Smith\\2c John,dc=test"),
        ("cn=Smith\\, John,dc=test", 'cn="Smith, John",dc=test'),
        ("cn=a\\+b,dc=test", "cn=a\\2bb,dc=test"),
        ("cn=a+uid=b,dc=test", "uid=b + cn=a,dc=test"),
        ("cn=\\ a\\ ,dc=test", "cn=\\20a\\20,dc=test"),
        ("cn=a  b,dc=test", "cn=a b,dc=test"),
        ("cn=\\23a,dc=test", "cn=\\#a,dc=test"),
        ("cn=caf\\c3\\a9,dc=test", "cn=café,dc=test"),
        ("cn=cafe\u0301,dc=test", "cn=café,dc=test"),
        ("2.5.4.3=a,0.9.2342.19200300.100.1.25=test", "cn=a,dc=test"),
        ("cn=#040161,dc=test", "cn=a,dc=test"),
        ("cn=a;dc=test", "cn=a,dc=test"),
        ("", "  "),
    ],
)
def test_the_same_name_in_two_spellings(one: str, other: str):
    assert same_name(one, other)
    assert same_name(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("uid=alice,dc=test", "uid=alice2,dc=test"),
        ("uid=alice,dc=test", "cn=alice,dc=test"),
        ("uid=alice,dc=test", "uid=alice,ou=x,dc=test"),
        ("cn=a+uid=b,dc=test", "cn=a,dc=test"),
        ("cn=a\\,dc\\=test", "cn=a,dc=test"),
        ("cn=\\23040161,dc=test", "cn=#040161,dc=test"),
        ("uid=alice,dc=test", ""),
    ],
)
def test_names_of_different_entries(one: str, other: str):
    assert not same_name(one, other)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_can_be_compared(one: str, other: str):
    assert same_name(one, other) == same_name(other, one)
    assert same_name(one, one)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("uid=bob,ou=people", "bob"),
        ("cn=Smith\\, John,dc=test", "Smith, John"),
        ("cn=a+uid=b,dc=test", "a"),
        ("", ""),
        ("cn=#zz,dc=test", "#zz"),
        ("cn=#04,dc=test", "#04"),
        ("cn=a\\", "a"),
    ],
)
def test_the_first_value_of_a_name(name: str, value: str):
    assert first_value(name) == value
