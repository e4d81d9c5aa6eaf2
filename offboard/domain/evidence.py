"""Evidence: append-only, hash-chained entries that anybody can check without us.

Each entry is one line of canonical bytes. Its hash covers those bytes, which hold the hash of the entry before, so a
changed, removed or exchanged entry breaks the chain; the signed head tells when the end was cut off. The hash input
starts with its own prefix (domain separation, as in RFC 6962), so that nothing else can pass for an entry.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, cast

from offboard.domain.canonical import Json, canonical_bytes, digest_bytes
from offboard.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterable

START = "0" * 64
"""What stands for the hash before the first entry."""

FORM = {"seq": int, "departure": str, "at": str, "kind": str, "body": dict, "prev": str}
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")


class Kind(StrEnum):
    """What an entry tells; a checker refuses any other word."""

    REQUESTED = "requested"
    PLANNED = "planned"
    APPROVED = "approved"
    INTENT = "intent"
    OUTCOME = "outcome"
    VERIFIED = "verified"
    SETTLED = "settled"
    REOPENED = "reopened"
    STATUS = "status"
    LETTER = "letter"
    TASK = "task"
    CLIENT = "client"
    RULE = "rule"
    STOPPED = "stopped"
    RESUMED = "resumed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; ``seq`` counts from 0 within a departure, ``at`` is an instant in UTC."""

    seq: int
    departure: str
    at: str
    kind: Kind
    body: dict[str, Json]
    prev: str

    def canonical(self) -> bytes:
        """Return the bytes that are hashed and stored."""
        return canonical_bytes(
            {
                "seq": self.seq,
                "departure": self.departure,
                "at": self.at,
                "kind": self.kind.value,
                "body": cast("Json", self.body),
                "prev": self.prev,
            }
        )

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of the canonical bytes, as an entry."""
        return hash_of(self.canonical())


def hash_of(line: bytes) -> str:
    """Return the SHA-256 (hex) of an entry's canonical bytes, as an entry."""
    return digest_bytes("evidence", line)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found; ``first_bad`` is the place of the first wrong line, counted from 0."""

    ok: bool
    entries: int
    head: str
    first_bad: int | None = None
    reason: str | None = None

    def to_json(self) -> dict[str, Json]:
        """Return the shape that ``evidence check --json`` prints."""
        return {
            "ok": self.ok,
            "entries": self.entries,
            "head": self.head,
            "first_bad": self.first_bad,
            "reason": self.reason,
        }


def check_chain(lines: Iterable[bytes], *, departure: str | None = None) -> Checked:
    """Check every line: its form, its place, its departure and its link to the line before."""
    prev, count = START, 0
    for place, line in enumerate(lines):
        count += 1
        reason, departure = _fault(line, place, prev, departure)
        if reason:
            return Checked(ok=False, entries=count, head=prev, first_bad=place, reason=reason)
        prev = hash_of(line)
    return Checked(ok=True, entries=count, head=prev)


def _fault(line: bytes, place: int, prev: str, departure: str | None) -> tuple[str | None, str | None]:
    try:
        data = json.loads(line)
        canonical = canonical_bytes(data)
    except (ValueError, RecursionError, BadInput):
        return "the line is no entry", departure
    if not isinstance(data, dict) or {key: type(value) for key, value in data.items()} != FORM:
        return "the line is no entry", departure
    departure = departure or data["departure"]
    checks = (
        (canonical == line, "the bytes are not in canonical form"),
        (
            data["seq"] == place,
            f"entry {data['seq']} stands where entry {place} belongs: one was removed, added or moved",
        ),
        (data["departure"] == departure, "the entry belongs to another departure"),
        (data["kind"] in set(Kind), f"unknown kind {data['kind']!r}"),
        (INSTANT.fullmatch(data["at"]) is not None, f"{data['at']!r} is no instant"),
        (data["prev"] == prev, "the entry does not follow the one before it: one of the two was altered"),
    )
    return next((reason for holds, reason in checks if not holds), None), departure
