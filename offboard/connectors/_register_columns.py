"""Which of a file's columns are ours: by their names, or as a map says."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from offboard.connectors._register_csv import fold_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from offboard.connectors._register_csv import Table

CLIENTS = (
    "id",
    "name",
    "responsible",
    "contact_name",
    "contact_title",
    "contact_email",
    "salutation",
    "phone",
    "address",
    "postcode",
    "city",
    "country",
    "language",
    "channel",
    "value",
    "notes",
    "region",
    "sector",
    "tier",
    "signed",
    "satisfaction",
    "account_plan",
    "do_not_contact",
)
CONTACTS = ("client", "name", "title", "email", "phone", "role", "owner", "do_not_contact", "salutation")
ITEMS = ("id", "client", "kind", "title", "owner", "due", "tellable", "closed")
INTERACTIONS = ("client", "person", "at", "kind", "value")
OURS = {"clients": CLIENTS, "contacts": CONTACTS, "items": ITEMS, "interactions": INTERACTIONS}
REQUIRED = {
    "clients": ("id", "name"),
    "contacts": ("client", "name"),
    "items": ("id", "kind", "title"),
    "interactions": ("client", "person", "at"),
}


@dataclass(slots=True)
class Map:
    """What foreign columns are called: for each kind of file, our name → theirs."""

    names: dict[str, dict[str, str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def theirs(self, kind: str, ours: str) -> str:
        """Return what the file calls our column; our own name where the map is silent."""
        return self.names.get(kind, {}).get(ours, ours)


def read_map(path: Path | None) -> Map:
    """Read a map: a table for each kind of file, each line ``ours = "theirs"``."""
    found = Map()
    if path is None:
        return found
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        found.faults.append(f"{path}: cannot be read ({error.strerror})")
        return found
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        found.faults.append(f"{path.name}: {error}")
        return found
    for kind, names in data.items():
        if kind not in OURS or not isinstance(names, dict):
            known = ", ".join(f"[{each}]" for each in OURS)
            found.faults.append(f"{path.name}: {kind!r} is unknown; there are the tables {known}")
            continue
        found.names[kind] = {}
        for ours, theirs in names.items():
            if ours not in OURS[kind]:
                found.faults.append(f"{path.name}: [{kind}] {ours!r} is none of our columns{_meant(ours, OURS[kind])}")
            elif not isinstance(theirs, str) or not theirs.strip():
                found.faults.append(f'{path.name}: [{kind}] {ours}: write the column\'s name in quotes, as in "Name"')
            else:
                found.names[kind][ours] = theirs
    return found


@dataclass(frozen=True, slots=True)
class Places:
    """Our column → its place in each row; ``ignored`` are the foreign columns that nothing takes."""

    at: dict[str, int]
    ignored: tuple[str, ...]


def place(table: Table, kind: str, mapping: Map) -> Places:
    """Find our columns; a required or mapped one that is missing becomes a fault of the table."""
    by_name = {fold_name(name): position for position, name in enumerate(table.columns)}
    mapped = mapping.names.get(kind, {})
    given_away = set(map(fold_name, mapped.values()))
    at: dict[str, int] = {}
    for ours in OURS[kind]:
        theirs = mapping.theirs(kind, ours)
        position = by_name.get(fold_name(theirs)) if ours in mapped or ours not in given_away else None
        if position is not None:
            at[ours] = position
        elif ours in mapped or ours in REQUIRED[kind]:
            called = f"{theirs!r} (our {ours!r})" if ours in mapped else repr(ours)
            table.fault(0, f"there is no column {called}{_meant(theirs, table.columns)}")
    taken = set(at.values())
    return Places(at, tuple(name for position, name in enumerate(table.columns) if position not in taken))


def near(name: str, known: Sequence[str]) -> str:
    """Return the one of ``known`` that was probably meant, or nothing."""
    found = difflib.get_close_matches(name.casefold(), [each.casefold() for each in known], n=1)
    return next((each for each in known if found and each.casefold() == found[0]), "")


def _meant(name: str, known: Sequence[str]) -> str:
    found = near(name, known)
    return f"; did you mean {found!r}?" if found else f"; the columns are {', '.join(known)}"
