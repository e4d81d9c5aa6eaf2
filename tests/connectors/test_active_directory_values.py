"""Active Directory's values, written for people and read back exactly."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offboard.connectors._ad_sealed import new_password, quoted
from offboard.connectors._ad_values import NEVER, by_guid, expiry_ticks, expiry_words, sid_beside, sid_text, ticks_of
from offboard.connectors._ldap_text import split_first


@given(st.integers(min_value=0, max_value=2**63 - 1))
def test_an_expiry_is_read_back_to_the_last_digit(ticks: int):
    assert expiry_ticks(expiry_words(ticks)) == ticks


@pytest.mark.parametrize(
    ("ticks", "words"),
    [
        (NEVER, "never"),
        (0, "never (0)"),
        (132223104000000000, "2020-01-01T00:00:00.0000000Z"),
        (132223104000000001, "2020-01-01T00:00:00.0000001Z"),
        (NEVER - 1, str(NEVER - 1)),
    ],
)
def test_an_expiry_in_words(ticks: int, words: str):
    assert expiry_words(ticks) == words


def test_a_moment_in_ticks():
    assert ticks_of(datetime(1601, 1, 1, 0, 0, 1, tzinfo=UTC)) == 10_000_000
    assert expiry_words(ticks_of(datetime(2026, 12, 1, 17, 0, 0, 250_000, UTC))) == "2026-12-01T17:00:00.2500000Z"


def test_security_identifiers():
    raw = bytes.fromhex("0105000000000005150000005c2c96f5cc8b34dde416df9b50040000")
    assert sid_text(raw) == "S-1-5-21-4120259676-3711208396-2615088868-1104"
    assert sid_text(sid_beside(raw, 513)) == "S-1-5-21-4120259676-3711208396-2615088868-513"


def test_names_by_id():
    assert by_guid("8EC89B79-da8e-4b09-8f41-5aef126daad9") == "<GUID=8ec89b79-da8e-4b09-8f41-5aef126daad9>"
    assert by_guid("CN=Ann") is None


@pytest.mark.parametrize(
    ("name", "first", "place"),
    [
        ("CN=Ann,OU=Staff,DC=x", "CN=Ann", "OU=Staff,DC=x"),
        ("CN=Lee\\, Ann\\,,OU=a\\,b,DC=x", "CN=Lee\\, Ann\\,", "OU=a\\,b,DC=x"),
        ("CN=Ann\\\\,OU=Staff", "CN=Ann\\\\", "OU=Staff"),
        ("DC=x", "DC=x", ""),
        ("", "", ""),
    ],
)
def test_the_first_part_of_a_name_and_its_place(name: str, first: str, place: str):
    assert split_first(name) == (first, place)


def test_new_passwords_differ_and_hold_no_name():
    made = {new_password("a1b", "Ab Cd-Efg") for _ in range(200)}
    assert len(made) == 200
    assert not any(word in password.casefold() for password in made for word in ("a1b", "efg"))
    assert quoted("x") == b'"\x00x\x00"\x00'
