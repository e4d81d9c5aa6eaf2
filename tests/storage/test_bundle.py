"""One file per departure that an auditor checks alone: whatever was done to it is found, and said by its own reason."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from offboard.domain.approval import Approval
from offboard.domain.capabilities import Script
from offboard.domain.change import Change, Effect, Outcome, Phase, Result
from offboard.domain.departure import Departure
from offboard.domain.evidence import START, Entry, Kind
from offboard.domain.letter import Channel, Letter, LetterState
from offboard.domain.people import Person
from offboard.domain.plan import Plan, PlanKind
from offboard.engine.deciding import approve, decide_letters
from offboard.engine.driving import carry_out
from offboard.engine.undoing import plan_undo
from offboard.settings import StoreSection
from offboard.storage import bundle
from offboard.storage.store import Store
from tests.engine.conftest import Company
from tests.storage import auditor
from tests.storage.broken_bundles import (
    FILES,
    OTHER_KEY,
    PACKING,
    SIGNED,
    D,
    entry,
    flipped,
    lines_of,
    rechained,
    signed,
    unpack,
    zipped,
)
from tests.trying import tried

NOW = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)
ANN = Person("uuid-ann", "office", "ann", "Ann Lee", "ann@corp.test", "1001")
LETTER = Letter(
    id=f"L-{D}-C1", departure=D, client="C1", client_name="Alder & Co", contact="Ida Alder",
    recipient="ida@alder.example", address=("1 Elm Road", "Bristol"), language="en", channel=Channel.MAIL,
    date="2026-12-01", subject="Your new contact", body="Dear Ida Alder, grüß Gott.",
)  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A departure with a plan, an approval, outcomes, a letter that was sent, one that waits, and a copied rule."""
    made = Store(StoreSection(url="sqlite:///offboard.db"), tmp_path_factory.mktemp("store"), lambda: NOW)
    made.departures.add(
        lambda number: Departure(
            number,
            ANN,
            NOW,
            "UTC",
            "employee",
            "hr@corp.test",
            NOW,
            accounts={"mail": replace(ANN, id="ann", system="mail")},
        ),
        {},
    )
    change = Change("c001", Phase.SECURE, "disable_account", "office", "uuid-ann", "ann", "open", "shut", "Leaves.")
    plan = Plan(
        D,
        PlanKind.ACCESS,
        "2026-12-01T17:00:00.000Z",
        {"office": "uuid-ann"},
        "0" * 64,
        ((Phase.SECURE, "disable_account", "office"),),
        (change,),
    )
    made.plans.add(plan, asked_by="hr@corp.test", guards=[], told={"person": "hr@corp.test"})
    made.plans.approve(Approval(D, plan.digest, "it@corp.test", "root", "2026-12-01T17:00:00.000Z", tuple(Phase)))
    made.outcomes.intend(plan, ["c001"], told={"token": 1}, check=lambda _: None)
    made.outcomes.conclude(plan, [Outcome("c001", Result.DONE, Effect.EFFECTIVE)], check=lambda _: None)
    made.rules.keep("mail", "ann", Script("fwd", active=True, content=b'redirect "x@freemail.invalid";\r\n'))
    waits = replace(LETTER, id=f"L-{D}-C2", client="C2")
    made.letters.add([LETTER, waits])
    for letter in (LETTER, waits):
        made.letters.decide(letter, to=LetterState.APPROVED, person="owner@corp.test", os_user="root")
    made.letters.reopen(D, "changed", clients={"C2"})
    made.letters.add([replace(waits, body="Another text.")])
    made.letters.move(LETTER.id, to=LetterState.SENDING, expect=[LetterState.APPROVED])
    made.letters.move(LETTER.id, to=LetterState.SENT, expect=[LetterState.SENDING])
    return made


@pytest.fixture(scope="module")
def good(store: Store, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    file = tmp_path_factory.mktemp("bundle") / "evidence.zip"
    assert bundle.export(store, store.departures.get(D), file).ok
    return file.read_bytes()


def refused(data: bytes, file: Path, reason: str, **noted: str) -> None:
    """Expect both checks to refuse, ours with this reason."""
    file.write_bytes(data)
    found = bundle.check(file, public_key=noted.get("key", ""), head=noted.get("head", ""))
    assert not found.ok
    assert reason in str(found.reason)
    assert auditor.judge(data, **noted) is not None


def accepted(data: bytes, file: Path, **noted: str) -> None:
    file.write_bytes(data)
    found = bundle.check(file, public_key=noted.get("key", ""), head=noted.get("head", ""))
    assert found.ok, found.reason
    assert auditor.judge(data, **noted) is None


def test_a_good_bundle_is_accepted_by_both_checks(good: bytes, store: Store, tmp_path: Path) -> None:
    head = json.loads(unpack(good)["head.json"])
    accepted(good, tmp_path / "a.zip")
    accepted(good, tmp_path / "a.zip", key=head["public_key"], head=head["head"])
    assert head["head"] == store.evidence.head(D)[1]
    assert bundle.check(tmp_path / "a.zip", public_key=f" {head['public_key'].upper()}\n", head=head["head"]).ok


def test_the_same_evidence_makes_the_same_bytes(good: bytes, store: Store, tmp_path: Path) -> None:
    bundle.export(store, store.departures.get(D), tmp_path / "again.zip")

    assert (tmp_path / "again.zip").read_bytes() == good


def test_a_bundle_holds_all_that_its_entries_speak_of(good: bytes) -> None:
    files = unpack(good)
    folders = sorted(name.rsplit("/", 1)[0] for name in files if "/" in name)

    assert folders == ["files/letters", "files/letters", "files/rules"]
    kinds = [json.loads(line)["kind"] for line in files["entries.jsonl"].splitlines()]
    assert set(kinds) == {"requested", "planned", "approved", "intent", "outcome", "letter"}


@pytest.mark.parametrize("how", PACKING)
def test_another_packing_is_refused(good: bytes, tmp_path: Path, how: str) -> None:
    change, reason = PACKING[how]

    refused(change(good, unpack(good)), tmp_path / "bad.zip", reason)


def test_a_file_that_stands_in_it_twice_is_refused(good: bytes, tmp_path: Path) -> None:
    files = unpack(good)
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = zipped(files, names=[*sorted(files), "entries.jsonl"])

    refused(data, tmp_path / "bad.zip", "a file stands in it twice")


@pytest.mark.parametrize("how", FILES)
def test_other_files_under_the_former_head_are_refused(good: bytes, tmp_path: Path, how: str) -> None:
    change, reason = FILES[how]

    refused(zipped(change(unpack(good))), tmp_path / "bad.zip", reason)


@pytest.mark.parametrize("how", SIGNED)
def test_what_contradicts_itself_is_refused_even_when_it_is_signed(
    good: bytes, store: Store, tmp_path: Path, how: str
) -> None:
    change, reason = SIGNED[how]

    refused(zipped(signed(change(unpack(good)), store.signing_key)), tmp_path / "bad.zip", reason)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"files": []}, "was altered, added or removed"),
        ({"files": {"entries.jsonl": ["x"]}}, "holds something else than it should"),
        ({"files": 7}, "the head cannot be read"),
        ({"entries": "many"}, "the head speaks of many entries"),
        ({"departure": None}, "the head speaks of None"),
    ],
)
def test_a_signed_head_of_another_form_is_refused(
    good: bytes, store: Store, tmp_path: Path, more: dict[str, Any], reason: str
) -> None:
    refused(zipped(signed(unpack(good), store.signing_key, **more)), tmp_path / "bad.zip", reason)


@pytest.mark.parametrize("cut", [1, 2, 5])
def test_who_has_the_key_and_cuts_the_end_off_is_found_by_the_noted_head(
    good: bytes, store: Store, tmp_path: Path, cut: int
) -> None:
    noted = json.loads(unpack(good)["head.json"])["head"]
    data = zipped(signed(lines_of(unpack(good), lambda lines: lines[:-cut]), store.signing_key))

    if cut == 1:
        accepted(data, tmp_path / "bad.zip")
    refused(data, tmp_path / "bad.zip", "the last entry is not the one you noted", head=noted)


def test_who_forges_all_of_it_is_found_by_the_noted_key(good: bytes, tmp_path: Path) -> None:
    noted = json.loads(unpack(good)["head.json"])["public_key"]
    data = zipped(signed(rechained(unpack(good), entry("approved", person="ceo@corp.test")), OTHER_KEY))

    accepted(data, tmp_path / "bad.zip")
    refused(data, tmp_path / "bad.zip", "signed with another key than the one you noted", key=noted)
    refused(data, tmp_path / "bad.zip", "another key", key="00" * 32)


def test_a_noted_value_that_is_no_hex_fits_nothing(good: bytes, tmp_path: Path) -> None:
    refused(good, tmp_path / "a.zip", "another key than the one you noted", key="no hex")
    refused(good, tmp_path / "a.zip", "not the one you noted", head="no hex")


def test_no_flipped_byte_goes_unnoticed(good: bytes, tmp_path: Path) -> None:
    for at in range(0, len(good), 97):
        refused(flipped(good, at), tmp_path / "bad.zip", "")


def test_a_file_that_is_not_there_or_a_folder_is_no_bundle(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.zip", tmp_path):
        assert "no bundle at all" in str(bundle.check(path).reason)


def test_evidence_that_was_altered_in_the_store_is_exported_and_found(tmp_path: Path) -> None:
    store = Store(StoreSection(url="sqlite:///offboard.db"), tmp_path, lambda: NOW)
    store.departures.add(lambda number: Departure(number, ANN, NOW, "UTC", "employee", "", NOW), {})
    for number in range(5):
        store.evidence.note(D, Kind.STATUS, {"n": number})
    line = store.evidence.lines(D)[2].replace(b'"n":1', b'"n":7')
    with store.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE evidence SET line = ? WHERE seq = 2", (line,))

    found = bundle.export(store, store.departures.get(D), tmp_path / "e.zip")

    assert (found.ok, found.first_bad) == (False, 3)
    assert auditor.judge((tmp_path / "e.zip").read_bytes()) is not None
    store.close()


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.recursive(st.none() | st.booleans() | st.integers() | text, st.lists, max_leaves=4)
bodies = st.dictionaries(text, values, max_size=3)


@tried(40, HealthCheck.function_scoped_fixture)
@given(
    told=st.lists(
        st.tuples(st.sampled_from([k for k in Kind if k not in {Kind.PLANNED, Kind.LETTER}]), bodies),
        min_size=1,
        max_size=12,
    )
)
def test_good_bundles_raise_no_alarm(tmp_path: Path, told: list[tuple[Kind, dict[str, Any]]]) -> None:
    lines, prev = [], START
    for seq, (kind, body) in enumerate(told):
        one = Entry(seq, D, "2026-12-01T17:00:00.000Z", kind, body, prev)
        lines.append(one.canonical())
        prev = one.hash

    accepted(zipped(signed({"entries.jsonl": b"".join(line + b"\n" for line in lines)}, OTHER_KEY)), tmp_path / "g.zip")


def test_the_bundle_of_a_whole_departure_and_its_undo_is_good(tmp_path: Path) -> None:
    company = Company(tmp_path)
    number = company.approved()
    company.systems.outbox.unclear = {"c2@client.example"}
    file = tmp_path / "evidence.zip"
    for happens in (
        lambda: carry_out(company.office, number),
        lambda: decide_letters(
            company.office, number, company.office.store.letters.letters(number), "owner@corp.test",
            to=LetterState.APPROVED,
        ),
        lambda: carry_out(company.office, number),
        lambda: plan_undo(company.office, number, asked_by="dave@corp.test"),
        lambda: approve(company.office, number, "owner@corp.test"),
        lambda: carry_out(company.office, number),
    ):  # fmt: skip
        happens()
        assert bundle.export(company.office.store, company.office.store.departures.get(number), file).ok
        accepted(file.read_bytes(), file)
    company.firm.close()


def test_the_auditors_check_stands_alone_and_is_short() -> None:
    source = Path(auditor.__file__).read_text(encoding="utf-8")
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }

    assert imported <= {"__future__", "hashlib", "io", "json", "re", "zipfile", "typing", "cryptography"}
    assert len(source.splitlines()) < 120
