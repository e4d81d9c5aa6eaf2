"""What the tests of the command line say again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.servers.workplace import Workplace

ALICE = "uid=alice,ou=people,dc=corp,dc=test"
PAST = ("--last-moment", "2026-01-05T17:00", "--tz", "Europe/London")
HR = ("--as", "erin@corp.test")
START = ("start", "alice", *PAST, "--successor", "bob", *HR)


def refused(place: Workplace, *words: str, code: int, says: str) -> str:
    """Expect the exit code, and on the error stream an error that says so and a hint; return what stands there."""
    out = place.run(*words, code=code)
    assert says in place.last_error, place.last_error
    assert place.last_error.startswith("error: ")
    assert "\nhint: " in place.last_error
    assert "Traceback" not in out + place.last_error
    return place.last_error


def approved(place: Workplace) -> str:
    number: str = place.json(*START)["departure"]
    place.run("approve", number, "--as", "dave@corp.test")
    return number


def outcomes(place: Workplace, number: str) -> dict[str, set[str | None]]:
    found: dict[str, set[str | None]] = {}
    for change in place.json("show", number)["changes"]:
        found.setdefault(change["step"], set()).add(change["outcome"])
    return found
