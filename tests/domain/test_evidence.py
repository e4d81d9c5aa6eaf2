"""Whatever is done to a chain of entries, it is found, and in the right place; a good one raises no alarm."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offboard.domain.canonical import canonical_bytes, digest_bytes
from offboard.domain.evidence import START, Checked, Entry, Kind, check_chain
from tests.trying import tried

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
told = st.lists(st.tuples(st.sampled_from(Kind), st.dictionaries(text, values, max_size=3)), min_size=1, max_size=8)


def chain(entries: list[tuple[Kind, dict[str, Any]]], departure: str = "D-2026-0001") -> list[bytes]:
    lines, prev = [], START
    for seq, (kind, body) in enumerate(entries):
        entry = Entry(seq, departure, f"2026-12-01T17:00:{seq % 60:02d}.000Z", kind, body, prev)
        lines.append(entry.canonical())
        prev = entry.hash
    return lines


LOG = chain([(list(Kind)[i % len(Kind)], {"n": i, "text": "Grüße €"}) for i in range(12)])


def altered(place: int, **fields: Any) -> list[bytes]:
    """Return the log with some fields of one entry replaced, in canonical form as a careful forger would."""
    data = json.loads(LOG[place]) | fields
    return [*LOG[:place], canonical_bytes(data), *LOG[place + 1 :]]


def test_a_good_chain() -> None:
    assert check_chain(LOG) == Checked(ok=True, entries=12, head=digest_bytes("evidence", LOG[-1]))
    assert check_chain([]) == Checked(ok=True, entries=0, head=START)
    assert check_chain(LOG, departure="D-2026-0001").ok


@given(told)
@tried(80)
def test_a_good_chain_raises_no_alarm(entries: list[tuple[Kind, dict[str, Any]]]) -> None:
    assert check_chain(chain(entries)).ok


@pytest.mark.parametrize("place", range(len(LOG)))
def test_every_flipped_byte_is_found_in_the_right_place(place: int) -> None:
    for at in range(len(LOG[place])):
        for bit in (0x01, 0x20, 0x80):
            line = bytearray(LOG[place])
            line[at] ^= bit
            found = check_chain([*LOG[:place], bytes(line), *LOG[place + 1 :]])
            if place == len(LOG) - 1 and found.ok:
                # The last entry has no follower: the signed head holds it, and it differs.
                assert found.head != check_chain(LOG).head
            else:
                # A well-formed lie shows where the next entry does not follow it.
                assert not found.ok
                assert found.first_bad in {place, place + 1}
                assert found.reason


@pytest.mark.parametrize("place", range(len(LOG)))
def test_every_removed_added_doubled_or_moved_entry_is_found(place: int) -> None:
    other = chain([(Kind.STATUS, {"forged": True})] * len(LOG))
    removed = [*LOG[:place], *LOG[place + 1 :]]
    if place < len(LOG) - 1:
        assert check_chain(removed).first_bad == place
        swapped = [*LOG[:place], LOG[place + 1], LOG[place], *LOG[place + 2 :]]
        assert check_chain(swapped).first_bad == place
    else:
        assert check_chain(removed).head != check_chain(LOG).head
    assert check_chain([*LOG[:place], LOG[place], *LOG[place:]]).first_bad == place + 1
    inserted = check_chain([*LOG[:place], other[place], *LOG[place:]])
    assert not inserted.ok
    assert inserted.first_bad in {place, place + 1}


@pytest.mark.parametrize("length", range(len(LOG)))
def test_a_cut_tail_has_another_head(length: int) -> None:
    cut = check_chain(LOG[:length])

    assert cut.entries == length
    assert cut.head != check_chain(LOG).head


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "no entry"),
        (b"null", "no entry"),
        (b"[]", "no entry"),
        (b"{}", "no entry"),
        (b"\xff\xfe", "no entry"),
        (b"{" + LOG[0], "no entry"),
        (LOG[0] + b" ", "canonical form"),
        (b" " + LOG[0], "canonical form"),
        (LOG[0] + b"\r", "canonical form"),
        (b"\xef\xbb\xbf" + LOG[0], "canonical form"),
        (LOG[0].replace(b":", b": ", 1), "canonical form"),
        (LOG[0].replace("ü".encode(), b"\\u00fc"), "canonical form"),
        (LOG[0].replace(b"{", b'{"at":"x",', 1), "canonical form"),
        (LOG[0].replace(b'"seq":0', b'"seq":-0'), "canonical form"),
        (LOG[0].replace(b'"seq":0', b'"seq":0.0'), "no entry"),
        (LOG[0].replace(b'"seq":0', b'"seq":false'), "no entry"),
        (LOG[0].replace(b'"seq":0', b'"seq":"0"'), "no entry"),
        (LOG[0].replace(b'"seq":0', b'"seq":NaN'), "no entry"),
        (LOG[0].replace(b'"seq":0', b'"seq":1e400'), "no entry"),
        (LOG[0].replace(b'"seq":0', b'"seq":' + b"9" * 5000), "no entry"),
        (LOG[0].replace(b'"n":0', b'"n":0.5'), "no entry"),
        (LOG[0].replace("ü".encode(), b"\\ud800"), "no entry"),
        (LOG[0].replace(b'"n":0', b'"n":' + b"[" * 100_000 + b"]" * 100_000), "no entry"),
    ],
)
def test_what_is_no_entry_or_not_the_one_form_of_it(line: bytes, reason: str) -> None:
    found = check_chain([line])

    assert (found.ok, found.first_bad, found.head) == (False, 0, START)
    assert reason in str(found.reason)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"seq": 6}, "stands where entry 5 belongs"),
        ({"seq": -5}, "stands where entry 5 belongs"),
        ({"departure": "D-2026-0002"}, "another departure"),
        ({"kind": "deleted"}, "unknown kind 'deleted'"),
        ({"kind": "Requested"}, "unknown kind"),
        ({"kind": ["requested"]}, "no entry"),
        ({"kind": None}, "no entry"),
        ({"prev": START}, "does not follow"),
        ({"prev": "x"}, "does not follow"),
        ({"prev": None}, "no entry"),
        ({"body": []}, "no entry"),
        ({"body": None}, "no entry"),
        ({"departure": None}, "no entry"),
        ({"departure": {"a": 1}}, "no entry"),
        ({"at": "yesterday"}, "is no instant"),
        ({"at": "2026-12-01T17:00:00Z"}, "is no instant"),
        ({"at": 0}, "no entry"),
        ({"more": 1}, "no entry"),
    ],
)
def test_a_well_formed_lie_is_told_from_the_truth(fields: dict[str, Any], reason: str) -> None:
    found = check_chain(altered(5, **fields))

    assert (found.ok, found.first_bad) == (False, 5)
    assert reason in str(found.reason)


def test_a_lie_in_the_body_shows_at_the_next_entry() -> None:
    found = check_chain(altered(5, body={"n": 6}))

    assert (found.ok, found.first_bad) == (False, 6)
    assert "does not follow" in str(found.reason)


def test_a_missing_field_is_found() -> None:
    for field in ("seq", "departure", "at", "kind", "body", "prev"):
        data = json.loads(LOG[3])
        del data[field]
        assert check_chain([*LOG[:3], canonical_bytes(data), *LOG[4:]]).first_bad == 3


def test_another_departures_chain_is_not_this_ones() -> None:
    assert check_chain(LOG, departure="D-2026-0002").first_bad == 0
    assert check_chain([*LOG[:4], *chain([(Kind.STATUS, {})] * 9, "D-2026-0002")[4:]]).first_bad == 4


def test_two_chains_that_fork_have_two_heads() -> None:
    one = chain([(Kind.STATUS, {"to": "closed"})] * 3)
    other = [*one[:2], replace(_entry(one[2]), body={"to": "undone"}).canonical()]

    assert check_chain(one).ok
    assert check_chain(other).ok
    assert check_chain(one).head != check_chain(other).head


def test_what_the_hash_covers_starts_with_its_own_prefix() -> None:
    # Domain separation, as in RFC 6962: nothing else that we digest can pass for an entry.
    assert _entry(LOG[0]).hash == digest_bytes("evidence", LOG[0]) != digest_bytes("plan", LOG[0])


def test_the_printed_shape() -> None:
    assert check_chain(altered(5, seq=6)).to_json().keys() == {"ok", "entries", "head", "first_bad", "reason"}
    assert check_chain(LOG).to_json() == {
        "ok": True, "entries": 12, "head": check_chain(LOG).head, "first_bad": None, "reason": None,
    }  # fmt: skip


def _entry(line: bytes) -> Entry:
    data = json.loads(line)
    return Entry(**(data | {"kind": Kind(data["kind"])}))
