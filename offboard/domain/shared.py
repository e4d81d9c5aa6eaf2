"""Shared credentials: which there are, who knows them, who looks after each. Never the secrets themselves."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from offboard.errors import BadInput

if TYPE_CHECKING:
    from offboard.domain.people import Person

COLUMNS = ("name", "system", "known_by", "owner")
SECRET = re.compile(r"pass|secret|token|pin\b|key\b|credential|kennwort|passwort|geheim|otp|tan\b", re.IGNORECASE)
"""What a column is called in which somebody keeps secrets."""


@dataclass(frozen=True, slots=True)
class SharedCredential:
    """One login that several people use; ``known_by`` are logins, mail addresses or names, ``owner`` looks after it."""

    name: str
    system: str
    known_by: tuple[str, ...]
    owner: str

    def known_to(self, person: Person) -> bool:
        """Say whether this person knows it: somebody who looks after it does."""
        return any(person.answers_to(key) for key in (*self.known_by, self.owner) if key)


def read_shared(text: str, *, source: str) -> tuple[SharedCredential, ...]:
    """Read a CSV list with the columns name, system, known_by (several: ``;`` between them) and owner.

    Raises:
        BadInput: ``faults`` names every line that is wrong; a column that holds secrets is refused.
    """
    try:
        rows = list(_rows(text))
    except csv.Error as error:
        raise BadInput(f"{source}: {error}", hint="Give a CSV file with a first line of column names.") from error
    header = [name.strip().casefold() for name in rows[0][1]] if rows else []
    secret = [name for name in header if SECRET.search(name)]
    if secret:
        raise BadInput(
            f"{source}: the column {secret[0]!r} looks like one that holds secrets",
            hint="Take it out: this list says who knows a login, never the login's password.",
        )
    if sorted(header) != sorted(COLUMNS):
        raise BadInput(f"{source}: the first line must name exactly the columns {', '.join(COLUMNS)}")
    faults: list[str] = []
    found: dict[tuple[str, str], SharedCredential] = {}
    for line, cells in rows[1:]:
        if len(cells) != len(header):
            faults.append(f"line {line}: {len(cells)} cells, not {len(header)}")
            continue
        row = dict(zip(header, (" ".join(cell.split()) for cell in cells), strict=True))
        faults += [f"line {line}: {column} is empty" for column in ("name", "known_by") if not row[column]]
        known_by = tuple(filter(None, (key.strip() for key in row["known_by"].split(";"))))
        one = SharedCredential(row["name"], row["system"], known_by, row["owner"])
        if found.setdefault((one.system, one.name), one) is not one:
            faults.append(f"line {line}: {one.name!r} stands twice" + (f" for {one.system}" if one.system else ""))
    if faults:
        raise BadInput(f"{source}: {len(faults)} fault{'s' if len(faults) > 1 else ''}", faults=faults)
    return tuple(found.values())


def _rows(text: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    return [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
