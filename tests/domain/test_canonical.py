"""One value, one byte string; other values, other digests."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offboard.domain.canonical import canonical_bytes, digest, digest_bytes
from offboard.errors import BadInput

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, b"null"),
        (True, b"true"),
        (0, b"0"),
        (-7, b"-7"),
        (2**53 + 1, b"9007199254740993"),
        ("", b'""'),
        ("\u00fc\u20ac", '"ü€"'.encode()),
        ('a"b\\c', b'"a\\"b\\\\c"'),
        ("\b\t\n\f\r", b'"\\b\\t\\n\\f\\r"'),
        ("\x00\x1f\x7f", b'"\\u0000\\u001f\x7f"'),
        ("</script>", b'"</script>"'),
        ("e\u0301", b'"e\xcc\x81"'),
        ([], b"[]"),
        ({}, b"{}"),
        ([1, [2, {}], None], b"[1,[2,{}],null]"),
        ({"b": 1, "a": {"d": 2, "c": 3}}, b'{"a":{"c":3,"d":2},"b":1}'),
    ],
)
def test_the_bytes(value: Any, expected: bytes) -> None:
    assert canonical_bytes(value) == expected


def test_keys_are_sorted_by_utf16_code_units_as_in_rfc_8785() -> None:
    # Section 3.2.3: by code points the smiling face (U+1F600) would come last, by UTF-16 it stands before U+FB33.
    keys = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\u00f6": 7}

    assert list(json.loads(canonical_bytes(keys))) == ["\r", "1", "\x80", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (1.0, r"\$: float"),
        ({"a": [0, math.nan]}, r"\$\.a\[1\]: float"),
        ({"a": {"b": -math.inf}}, r"\$\.a\.b: float"),
        ({1: "x"}, "a key must be text"),
        ({"a": {None: 1}}, r"\$\.a: a key must be text"),
        ((1, 2), "tuple"),
        (b"bytes", "bytes"),
        ({"s": {1}}, "set"),
        ("\ud800", "not Unicode"),
        ({"\udfff": 1}, "not Unicode"),
    ],
)
def test_what_has_no_canonical_form_is_refused_by_its_place(value: Any, named: str) -> None:
    with pytest.raises(BadInput, match=named):
        canonical_bytes(value)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("plan", {}, "3df655fadfc536789cf7e725f802fb16423398e6597a2e26209252b99f538524"),
        ("letter", {"ä": [1, None, True, "€"]}, "49e5f4d730083497c4777318f6f474616af38a9c4e6d2c51a15e4da778e71c54"),
    ],
)
def test_these_digests_stay_for_ever(kind: str, value: Any, expected: str) -> None:
    # Golden, made with sha256sum over "offboard/KIND/v1", a zero byte and the bytes: auditors hold bundles with them.
    assert digest(kind, value) == expected
    assert digest_bytes(kind, canonical_bytes(value)) == expected


def test_a_digest_of_one_kind_never_passes_for_another() -> None:
    kinds = ["plan", "letter", "evidence", "playbook", "text"]

    assert len({digest(kind, {"same": "value"}) for kind in kinds}) == len(kinds)
    assert digest("plan", "x") != digest_bytes("pla", b'n/v1\x00"x"')


@given(values)
def test_reading_the_bytes_back_gives_the_value_and_the_same_bytes(value: Any) -> None:
    data = canonical_bytes(value)

    assert json.loads(data) == value
    assert canonical_bytes(json.loads(data)) == data


@given(st.dictionaries(text, values, max_size=5))
def test_the_order_of_keys_does_not_count(value: dict[str, Any]) -> None:
    assert canonical_bytes(dict(reversed(value.items()))) == canonical_bytes(value)


@given(values, values)
def test_other_values_have_other_bytes(one: Any, other: Any) -> None:
    # True == 1 in Python, not here.
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)

    assert (canonical_bytes(one) == canonical_bytes(other)) is same
