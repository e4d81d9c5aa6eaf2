"""Secrets reach the disk as ciphertext only, under a key that stands outside the store."""

from __future__ import annotations

import base64
import stat
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from offboard.errors import BadSettings
from offboard.settings import SecretRef, StoreSection
from offboard.storage.sealing import SealedVault, signing_key, store_key
from offboard.storage.store import Store
from offboard.storage.tables import sealed

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from tests.storage.conftest import Clock

SECRET = b"{SSHA}canary-Gr\xc3\xbc\xc3\x9fe-0123456789"


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_what_is_put_comes_back_also_after_opening_anew(open_store: Callable[[], Store]) -> None:
    open_store().vault.put("office/uuid-ann", SECRET)

    assert open_store().vault.get("office/uuid-ann") == SECRET
    assert open_store().vault.get("office/nobody") is None


def test_the_latest_of_a_name_counts(store: Store) -> None:
    store.vault.put("a", b"old")
    store.vault.put("a", b"")
    assert store.vault.get("a") == b""
    store.vault.put("a", b"\x00\xff" * 5000)
    assert store.vault.get("a") == b"\x00\xff" * 5000


def test_nothing_but_ciphertext_reaches_the_disk(store: Store, tmp_path: Path) -> None:
    store.vault.put("office/uuid-ann", SECRET)
    fingerprint = store.vault.fingerprint(SECRET)

    data = on_disk(tmp_path)

    assert b"office/uuid-ann" in data, "the ciphertext is there, in the database or its log"
    assert fingerprint.encode() not in data
    for form in (
        SECRET,
        base64.b64encode(SECRET),
        base64.urlsafe_b64encode(SECRET),
        SECRET.hex().encode(),
        SECRET[::-1],
    ):
        assert form not in data
        assert form.rstrip(b"=")[2:-2] not in data
    assert b"canary" not in data


def test_the_same_secret_is_sealed_differently_each_time(store: Store) -> None:
    store.vault.put("a", SECRET)
    store.vault.put("b", SECRET)

    with store.database.read() as connection:
        one, other = connection.execute(select(sealed.c.content)).scalars()

    assert one != other


def test_sealed_content_that_was_altered_is_refused(store: Store) -> None:
    store.vault.put("a", SECRET)
    with store.database.read() as connection:
        content = bytearray(connection.execute(select(sealed.c.content)).scalar_one())
    content[-10] ^= 1
    store.database.write(lambda connection: connection.execute(sealed.update().values(content=bytes(content))))

    with pytest.raises(BadSettings, match=r"store\.key"):
        store.vault.get("a")


def test_the_key_file_is_for_its_owner_alone(open_store: Callable[[], Store], tmp_path: Path) -> None:
    open_store()
    key = tmp_path / "offboard.db.key"

    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(key.read_bytes()) == 64
    assert store_key(None, tmp_path / "offboard.db") == key.read_bytes()
    assert [path.name for path in tmp_path.glob("*.key*")] == ["offboard.db.key"]


@pytest.mark.parametrize("how", ["lost", "other", "cut"])
def test_another_key_is_said_so_at_once(
    open_store: Callable[[], Store], store: Store, tmp_path: Path, how: str
) -> None:
    store.vault.put("a", SECRET)
    key = tmp_path / "offboard.db.key"
    former = key.read_bytes()
    if how == "lost":
        key.unlink()
    else:
        key.write_bytes(b"0" * 64 if how == "other" else former[:10])

    with pytest.raises(BadSettings, match=r"not the key that this store was made with|shorter than 32") as refused:
        open_store()
    assert refused.value.hint
    key.write_bytes(former)
    assert open_store().vault.get("a") == SECRET


def test_a_key_from_the_settings(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    section = StoreSection(url="sqlite:///offboard.db", key=SecretRef(env="STORE_KEY"))
    with pytest.raises(BadSettings, match="STORE_KEY is not set"):
        Store(section, tmp_path, clock)
    monkeypatch.setenv("STORE_KEY", "short")
    with pytest.raises(BadSettings, match="shorter than 32") as refused:
        Store(section, tmp_path, clock)
    assert "short" not in str(refused.value).replace("shorter", "")
    monkeypatch.setenv("STORE_KEY", "k" * 32)
    store = Store(section, tmp_path, clock)
    store.vault.put("a", SECRET)
    store.close()

    assert not (tmp_path / "offboard.db.key").exists()
    monkeypatch.setenv("STORE_KEY", "K" * 32)
    with pytest.raises(BadSettings, match="not the key"):
        Store(section, tmp_path, clock)


def test_a_database_server_has_no_place_for_a_key() -> None:
    with pytest.raises(BadSettings, match=r"store\.key: missing"):
        store_key(None, None)


OPENER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from offboard.settings import StoreSection
from offboard.storage.store import Store

store = Store(StoreSection(url="sqlite:///offboard.db"), Path(sys.argv[1]), lambda: datetime.now(UTC))
print(store.vault.fingerprint(b"x"))
"""


def test_many_who_open_a_new_store_at_once_agree_on_its_key(
    tmp_path: Path, program: Callable[..., subprocess.Popen[str]]
) -> None:
    openers = [program(OPENER, tmp_path) for _ in range(4)]
    answers = [opener.communicate(timeout=60)[0].strip() for opener in openers]

    assert [opener.returncode for opener in openers] == [0] * 4
    assert len(set(answers)) == 1


@given(one=st.binary(max_size=40), other=st.binary(max_size=40))
def test_fingerprints_are_equal_for_equal_secrets_only(one: bytes, other: bytes) -> None:
    vault = SealedVault.__new__(SealedVault)
    vault._print_key = b"k" * 32

    assert (vault.fingerprint(one) == vault.fingerprint(other)) is (one == other)
    assert len(vault.fingerprint(one)) == 16


def test_another_key_gives_another_fingerprint_and_another_signature() -> None:
    keys = [b"k" * 32, b"K" * 32]

    assert len({signing_key(key).sign(b"x") for key in keys}) == 2
    assert signing_key(keys[0]).sign(b"x") == signing_key(keys[0]).sign(b"x")


def test_what_is_noted_rides_with_the_next_commit(store: Store, open_store: Callable[[], Store]) -> None:
    store.vault.note("office/uuid-ann", SECRET)
    other = open_store()

    assert store.vault.get("office/uuid-ann") == SECRET
    assert other.vault.get("office/uuid-ann") is None, "nobody has committed yet"
    store.vault.put("office/uuid-bob", b"something else")
    assert other.vault.get("office/uuid-ann") == SECRET


def test_what_is_noted_stays_noted_when_the_commit_fails(store: Store, open_store: Callable[[], Store]) -> None:
    store.vault.note("office/uuid-ann", SECRET)

    def refused(_: object) -> None:
        raise BadSettings("no")

    with pytest.raises(BadSettings):
        store.database.write(refused)
    assert open_store().vault.get("office/uuid-ann") is None
    assert store.vault.get("office/uuid-ann") == SECRET
    store.close()
    assert open_store().vault.get("office/uuid-ann") == SECRET, "a store that is closed keeps what was noted"


def test_putting_what_is_there_already_costs_no_commit(store: Store) -> None:
    commits: list[int] = []
    store.database.riders.append(_Counting(commits))
    store.vault.put("a", b"one")
    store.vault.put("a", b"one")
    store.vault.note("a", b"two")
    store.vault.put("a", b"two")
    store.vault.put("a", b"two")

    assert len(commits) == 2
    assert store.vault.get("a") == b"two"


class _Counting:
    def __init__(self, commits: list[int]) -> None:
        self.commits = commits

    def board(self, _: object) -> Callable[[], None]:
        return lambda: self.commits.append(1)
