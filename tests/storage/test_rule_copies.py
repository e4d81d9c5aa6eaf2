"""Copies of mail rules: byte for byte, each once, and what a mailbox had when it was read last."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from offboard.domain.capabilities import Script

if TYPE_CHECKING:
    from offboard.storage.store import Store
    from tests.storage.conftest import Clock

FORWARD = Script("fwd", active=True, content=b'redirect "x@freemail.invalid";\r\n# Gr\xc3\xbc\xc3\x9fe\n')
HOLIDAY = Script("holiday", active=False, content=b"vacation;\n")


@pytest.mark.parametrize("content", [b"", b"keep;\r\n", b"\x00\xff\xfe", "Grüße €".encode(), b"x" * 1_000_000])
def test_a_copy_is_the_very_bytes(store: Store, content: bytes) -> None:
    sha256 = store.rules.keep("mail", "ann", Script("s", active=True, content=content))

    assert sha256 == hashlib.sha256(content).hexdigest()
    assert store.rules.kept("mail", "ann", sha256) == content


def test_a_copy_belongs_to_its_mailbox(store: Store) -> None:
    sha256 = store.rules.keep("mail", "ann", FORWARD)

    assert store.rules.kept("mail", "joe", sha256) is None
    assert store.rules.kept("other", "ann", sha256) is None
    assert store.rules.kept("mail", "ann", "0" * 64) is None
    assert store.rules.copies("mail", "joe") == []


def test_the_same_copy_is_kept_once_and_every_other_one_in_order(store: Store, clock: Clock) -> None:
    store.rules.keep("mail", "ann", FORWARD)
    clock.wait(seconds=60)
    store.rules.keep("mail", "ann", FORWARD)
    store.rules.keep("mail", "ann", Script("fwd", active=False, content=FORWARD.content))
    store.rules.keep("mail", "ann", Script("fwd", active=True, content=b"keep;"))

    assert store.rules.copies("mail", "ann") == [
        ("fwd", True, "2026-12-01T17:00:00.000Z", FORWARD.content),
        ("fwd", False, "2026-12-01T17:01:00.000Z", FORWARD.content),
        ("fwd", True, "2026-12-01T17:01:00.000Z", b"keep;"),
    ]


def test_many_at_once_keep_one_copy(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: store.rules.keep("mail", "ann", FORWARD), range(40)))

    assert len(store.rules.copies("mail", "ann")) == 1


def test_the_latest_reading_is_what_was_there_then(store: Store) -> None:
    assert store.rules.latest("mail", "ann") == []
    store.rules.note_reading("mail", "ann", [FORWARD, HOLIDAY])
    store.rules.note_reading("mail", "joe", [HOLIDAY])
    assert sorted(store.rules.latest("mail", "ann")) == [
        ("fwd", True, FORWARD.content),
        ("holiday", False, HOLIDAY.content),
    ]

    store.rules.note_reading("mail", "ann", [Script("fwd", active=False, content=FORWARD.content)])
    assert store.rules.latest("mail", "ann") == [("fwd", False, FORWARD.content)]
    store.rules.note_reading("mail", "ann", [])
    assert store.rules.latest("mail", "ann") == []
    assert store.rules.latest("mail", "joe") == [("holiday", False, HOLIDAY.content)]
    assert len(store.rules.copies("mail", "ann")) == 3, "copies are never given up"


def test_how_a_mailbox_was_on_a_day_is_known_from_its_first_reading_on(store: Store, clock: Clock) -> None:
    store.rules.note_reading("mail", "ann", [HOLIDAY])
    clock.wait(days=1)
    store.rules.note_reading("mail", "ann", [HOLIDAY])
    clock.wait(days=1)
    store.rules.note_reading("mail", "ann", [HOLIDAY, FORWARD])

    assert store.rules.at("mail", "ann", "2026-11-30T00:00:00.000Z") is None
    assert store.rules.at("mail", "ann", "2026-12-03T00:00:00.000Z") == [("holiday", False, HOLIDAY.content)]
    assert len(store.rules.at("mail", "ann", "2026-12-03T17:00:00.000Z") or ()) == 2
    assert store.rules.first_read("mail", "ann") == "2026-12-01T17:00:00.000Z"
    assert list(store.rules.changed_since("2026-12-02T18:00:00.000Z")) == [("mail", "ann")]
    assert list(store.rules.changed_since("2026-12-03T17:00:00.000Z")) == []


@pytest.mark.parametrize("name", ["nul\x00name", "half \udce9", "long " * 100])
def test_any_name_is_kept_and_told_from_others(store: Store, name: str) -> None:
    store.rules.note_reading("mail", "ann", [Script(name, active=True, content=b"a"), FORWARD])
    names = [held for held, _, _ in store.rules.latest("mail", "ann")]
    assert len(names) == 2
    assert "fwd" in names
    assert all(len(held) <= 255 and held.isprintable() for held in names)
