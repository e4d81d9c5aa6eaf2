"""A company without a register, whose playbook asks people alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.servers.workplace import Workplace

NUMBER = "D-2026-0001"
PLAYBOOK = """\
playbook: small
title: Somebody leaves
hand_over:
  - rotate_shared: {due: +1d}
  - ask_person:
      what:
        - {id: laptop, ask: "Collect the laptop of {leaver}", of: it, due: +2d, kind: property}
        - {id: keys, ask: Collect the keys, of: bob@corp.test, due: +1d, remind: [-1h, +1h]}
        - {id: letter, ask: "Record the letter that {leaver} signed", of: hr, due: +7d, kind: acknowledgement}
"""
SHARED = "name,system,known_by,owner\nParcels,parcels.example,alice;bob,carol@corp.test\nBank,,bob,\n"


@pytest.fixture
def small(workplace: Workplace) -> Workplace:
    """A company without a register, whose playbook asks people alone."""
    del workplace.settings["systems"]["clients"]
    (workplace.folder / "books").mkdir()
    (workplace.folder / "books" / "small.yaml").write_text(PLAYBOOK, encoding="utf-8")
    (workplace.folder / "shared.csv").write_text(SHARED, encoding="utf-8")
    workplace.settings["company"] |= {"playbooks": "books", "shared_credentials": "shared.csv"}
    workplace.write()
    return workplace


def begin(place: Workplace) -> dict[str, Any]:
    """Start and approve, and return the plan."""
    when = datetime.now(UTC).isoformat(timespec="seconds")
    started = (
        "start",
        "alice",
        "--last-moment",
        when,
        "--playbook",
        "small",
        "--successor",
        "bob",
        "--as",
        "erin@corp.test",
    )
    plan: dict[str, Any] = place.json(*started)
    place.run("approve", NUMBER, "--as", "dave@corp.test")
    return plan


def task(name: str) -> str:
    return f"T-{NUMBER}-{name}"
