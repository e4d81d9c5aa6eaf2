"""Which tables of Dataverse hold what a departure passes on, and what an environment says of its own tables.

Names of columns: https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/account and the
pages beside it. How an assignment spreads: "Configure table relationship cascading behavior".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from offboard.connectors._dataverse_link import definition, table
from offboard.domain.clients import ItemKind
from offboard.errors import Rejected

if TYPE_CHECKING:
    from offboard.connectors._dataverse_link import Link

ACCOUNT, CONTACT, OWNER, USER = "account", "contact", "ownerid", "systemuser"
ACTIVITY: Final = "activitypointer"
"""What stands for rows of other tables, each of which has a relationship of its own."""

_STANDARD: Final = frozenset({"preferredsystemuserid"})


@dataclass(frozen=True, slots=True)
class Kind:
    """One table of open things; ``to`` are the lookups that lead to its client, the nearest first.

    ``ahead``: only what is still to come counts.
    """

    kind: ItemKind
    title: str
    due: str
    to: tuple[str, ...]
    open: tuple[int, ...] = (0,)
    ahead: bool = False


KINDS: Final[dict[str, Kind]] = {
    "opportunity": Kind(ItemKind.OPPORTUNITY, "name", "estimatedclosedate", ("parentaccountid", "customerid")),
    "incident": Kind(ItemKind.CASE, "title", "followupby", ("customerid",)),
    "lead": Kind(ItemKind.OTHER, "subject", "estimatedclosedate", ("parentaccountid", "parentcontactid")),
    "task": Kind(ItemKind.TASK, "subject", "scheduledend", ("regardingobjectid",)),
    "phonecall": Kind(ItemKind.TASK, "subject", "scheduledend", ("regardingobjectid",)),
    "appointment": Kind(ItemKind.MEETING, "subject", "scheduledend", ("regardingobjectid",), (0, 3), ahead=True),
}
"""Table → what it holds; parents stand before what hangs on them. State 3 of an appointment is Scheduled."""


def leads_by(table: str) -> tuple[str, ...]:
    """Return the lookups that lead from a row to its client, the nearest first."""
    return KINDS[table].to if table in KINDS else ("regardingobjectid",) if table == ACTIVITY else ()


ORDER: Final = (ACCOUNT, CONTACT, "lead", "opportunity", "incident", "task", "phonecall", "appointment")
"""Parents before what is assigned with them."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the environment calls a table."""

    name: str
    set: str
    key: str
    title: str
    owned: bool


@dataclass(frozen=True, slots=True)
class Spread:
    """One relationship by which an assignment spreads: to the rows whose ``column`` names the row that is assigned."""

    schema: str
    child: str
    column: str
    how: str


class Tables:
    """What an environment says of its tables, asked once for each connection."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._known: dict[str, Known] = {}
        self._spreads: dict[str, list[Spread]] = {}
        self._columns: dict[str, dict[str, str]] = {}

    def all(self) -> dict[str, Known]:
        """Return every table by its logical name."""
        if not self._known:
            columns = "LogicalName,EntitySetName,PrimaryIdAttribute,PrimaryNameAttribute,OwnershipType"
            for told in self._link.known(table("EntityDefinitions"), "read which tables there are", select=columns):
                name, set_ = told.get("LogicalName"), told.get("EntitySetName")
                if name and set_:
                    owned = told.get("OwnershipType") in ("UserOwned", "TeamOwned")
                    key, title = told.get("PrimaryIdAttribute") or "", told.get("PrimaryNameAttribute") or ""
                    self._known[name] = Known(name, set_, key, title, owned)
        return self._known

    def get(self, name: str) -> Known:
        """Return one table.

        Raises:
            Rejected: the environment has none of that name.
        """
        found = self.all().get(name)
        if found is None:
            raise Rejected(f"{self._link.system}: this environment has no table {name}", system=self._link.system)
        return found

    def kinds(self) -> dict[str, Kind]:
        """Return those of :data:`KINDS` that the environment has: not everybody bought Sales and Service."""
        return {name: kind for name, kind in KINDS.items() if name in self.all()}

    def spreads(self, name: str) -> list[Spread]:
        """Return the relationships by which an assignment of a row of this table spreads to others."""
        if name not in self._spreads:
            told = self._link.known(
                definition(name, "OneToManyRelationships"),
                f"read what is assigned along with a row of {name}",
                select="SchemaName,ReferencedEntity,ReferencingEntity,ReferencingAttribute,CascadeConfiguration",
            )
            self._spreads[name] = [
                Spread(one["SchemaName"], one["ReferencingEntity"], one["ReferencingAttribute"], how)
                for one in told
                if (how := (one.get("CascadeConfiguration") or {}).get("Assign", "NoCascade")) != "NoCascade"
                and (child := self.all().get(one["ReferencingEntity"])) is not None
                and child.owned
                and child.name != ACTIVITY
            ]
        return self._spreads[name]

    def user_columns(self, name: str) -> dict[str, str]:
        """Return the further lookups that name one of us: column → navigation property, as it must be written."""
        if name not in self._columns:
            told = self._link.known(
                definition(name, "ManyToOneRelationships"),
                f"read which columns of {name} name one of us",
                select="ReferencingAttribute,ReferencedEntity,ReferencingEntityNavigationPropertyName,"
                "IsCustomRelationship",
            )
            self._columns[name] = {
                one["ReferencingAttribute"]: one["ReferencingEntityNavigationPropertyName"]
                for one in sorted(told, key=lambda one: str(one.get("ReferencingAttribute")))
                if one.get("ReferencedEntity") == USER
                and (one.get("IsCustomRelationship") or one.get("ReferencingAttribute") in _STANDARD)
            }
        return self._columns[name]
