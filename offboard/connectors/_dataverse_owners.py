"""Gives single rows to somebody else, and nothing besides: what is assigned along is put back in the same transaction.

An assignment spreads over every relationship whose ``Assign`` cascades, over closed rows and other people's too
("Configure table relationship cascading behavior"). So each change set holds the assignment and, after it, the former
owner of all that it would take along. ``ReassignObjects…`` is never asked: it gives away everything, closed rows too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from offboard.connectors._crm_wire import missing
from offboard.connectors._dataverse_link import LOOKUP, MOST, Write, is_key
from offboard.connectors._dataverse_tables import ORDER, OWNER, USER
from offboard.errors import Drifted, Rejected

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from offboard.connectors._crm_register import Place
    from offboard.connectors._dataverse_link import Link
    from offboard.connectors._dataverse_tables import Tables
    from offboard.errors import SystemFault

LOT: Final = 50
"""How many rows are looked at and written in one go."""

DEEPEST: Final = 8
_BIND: Final = "@odata.bind"
_CHOICE: Final = (
    "Set Assign of the relationship to Cascade None in Power Apps (Tables, Relationships, Advanced options), or have "
    "somebody assign this row there."
)

Key = tuple[str, str]


@dataclass
class _Job:
    """One owner to be written; ``along`` is what would follow: table and id → who owns it now."""

    place: Place
    user: str
    version: str
    along: dict[Key, str] = field(default_factory=dict)


class Owners:
    """Reads and writes owners of one environment."""

    def __init__(self, link: Link, tables: Tables) -> None:
        self._link, self._tables = link, tables

    def at(self, place: Place) -> str | None:
        """Return the id of who is written there, empty for nobody, ``None`` when there is no such row or column."""
        row = self._rows([place])[place]
        return None if row is None else str(row.get(f"_{place.field}_value") or "")

    def write(self, owners: Mapping[Place, str]) -> dict[Place, SystemFault]:
        """Write users' ids; return what was refused, each with its reason."""
        refused: dict[Place, SystemFault] = {}
        ordered = sorted(owners, key=lambda place: (_turn(place), place))
        for start in range(0, len(ordered), LOT):
            refused |= self._write({place: owners[place] for place in ordered[start : start + LOT]})
        return refused

    def _write(self, owners: Mapping[Place, str]) -> dict[Place, SystemFault]:
        refused: dict[Place, SystemFault] = {}
        jobs: list[_Job] = []
        for place, row in self._rows(list(owners)).items():
            user = owners[place]
            if row is None:
                refused[place] = missing(self._link.system, place.object, place.id)
            elif row.get(f"_{place.field}_value") != user:
                jobs.append(_Job(place, user, row["@odata.etag"]))
        self._follow([job for job in jobs if job.place.field == OWNER])
        sets: list[list[Write]] = []
        sent: list[_Job] = []
        given: dict[Key, str] = {}
        touched: set[Key] = set()
        for job in jobs:
            if len(job.along) >= MOST:
                refused[job.place] = self._too_many(job)
                continue
            key = (job.place.object, job.place.id)
            sets.append(self._set(job, given, fresh=key not in touched))
            sent.append(job)
            touched |= {key, *job.along}
            if job.place.field == OWNER:
                given[key] = f"{self._tables.get(USER).set}({job.user})"
        doing = "write who owns rows"
        answers = self._link.change(sets, doing) if sets else []
        for job, answer in zip(sent, answers, strict=True):
            if not answer.ok:
                refused[job.place] = self._said(job, self._link.fault(answer, f"write who owns {_told(job.place)}"))
        overtaken = {place for place, fault in refused.items() if isinstance(fault, Drifted)}
        return {place: refused[place] for place in refused if place not in self._there(overtaken, owners)}

    def _there(self, overtaken: Collection[Place], owners: Mapping[Place, str]) -> set[Place]:
        """Return those that are where they should be: a call whose answer was lost is sent twice, and clashes with us.

        A change set is done as a whole, so that whatever hangs on such a row was put back as well.
        """
        rows = self._rows(list(overtaken)) if overtaken else {}
        return {place for place, row in rows.items() if row and row.get(f"_{place.field}_value") == owners[place]}

    def _set(self, job: _Job, given: Mapping[Key, str], *, fresh: bool) -> list[Write]:
        """Return the change set of one owner; what was given away before it in the same call stays so."""
        place = job.place
        name = OWNER if place.field == OWNER else self._tables.user_columns(place.object)[place.field]
        body = {f"{name}{_BIND}": f"/{self._tables.get(USER).set}({job.user})"}
        first = Write(self._tables.get(place.object).set, place.id, body, job.version if fresh else "*")
        back = [
            Write(self._tables.get(table).set, row_id, {f"{OWNER}{_BIND}": f"/{given.get((table, row_id), owner)}"})
            for (table, row_id), owner in job.along.items()
        ]
        return [first, *back]

    def _follow(self, jobs: list[_Job]) -> None:
        """Find out what each assignment would take along, level by level, all rows of a level in one call."""
        edge: list[tuple[_Job, Key]] = [(job, (job.place.object, job.place.id)) for job in jobs]
        for _ in range(DEEPEST):
            asks: list[tuple[str, dict[str, str]]] = []
            whose: list[tuple[_Job, str]] = []
            for job, (table, row_id) in edge:
                for spread in self._tables.spreads(table):
                    child = self._tables.get(spread.child)
                    query = {"select": f"{child.key},_{OWNER}_value", "filter": f"_{spread.column}_value eq {row_id}"}
                    asks.append((child.set, query))
                    whose.append((job, spread.child))
            edge = []
            found = self._link.tables(asks, "read what would be assigned along") if asks else []
            for (job, child_name), rows in zip(whose, found, strict=True):
                known = self._tables.get(child_name)
                for row in rows:
                    key = (child_name, str(row[known.key]))
                    if key not in job.along and key != (job.place.object, job.place.id):
                        job.along[key] = self._owner(row)
                        edge.append((job, key))
            if not edge:
                return
        raise Rejected(
            f"{self._link.system}: what is assigned along goes deeper than {DEEPEST} levels",
            system=self._link.system,
            hint=_CHOICE,
        )

    def _owner(self, row: Mapping[str, Any]) -> str:
        kind = str(row.get(f"_{OWNER}_value@{LOOKUP}") or USER)
        return f"{self._tables.get(kind).set}({row[f'_{OWNER}_value']})"

    def _rows(self, places: list[Place]) -> dict[Place, dict[str, Any] | None]:
        """Return the row of each place, ``None`` where there is no such row or column."""
        asks: list[tuple[str, dict[str, str]]] = []
        there: list[Place] = []
        for place in places:
            known = self._tables.all().get(place.object)
            if known is None or not known.owned or not is_key(place.id):
                continue
            if place.field == OWNER or place.field in self._tables.user_columns(place.object):
                query = {"select": f"_{place.field}_value", "filter": f"{known.key} eq {place.id}"}
                asks.append((known.set, query))
                there.append(place)
        found = self._link.tables(asks, "read who owns rows") if asks else []
        rows = {place: told[0] for place, told in zip(there, found, strict=True) if told}
        return {place: rows.get(place) for place in places}

    def _too_many(self, job: _Job) -> Rejected:
        return Rejected(
            f"{self._link.system}: {len(job.along)} rows would be assigned along with {_told(job.place)}; one "
            f"transaction puts back {MOST - 1}",
            system=self._link.system,
            hint=_CHOICE,
        )

    def _said(self, job: _Job, fault: SystemFault) -> SystemFault:
        """Say of a refusal that nothing was changed, and what to do where others' rows hang on it."""
        if job.along and isinstance(fault, Rejected):
            text = f"{fault}; nothing was changed, {len(job.along)} rows would have been assigned along"
            return Rejected(text, system=self._link.system, hint=_CHOICE)
        return fault


def _turn(place: Place) -> int:
    return ORDER.index(place.object) if place.object in ORDER else len(ORDER)


def _told(place: Place) -> str:
    return f"{place.object} {place.id}"
