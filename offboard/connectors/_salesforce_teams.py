"""The teams of accounts, which Salesforce removes when an account's owner is changed by its interface.

Sources: Salesforce Help 000390190, "Retaining Salesforce Account Team When Changing Account Owner"; Object Reference,
AccountTeamMember. The header that keeps them is documented for SOAP alone, so they are read before and put back after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from offboard.connectors._salesforce_api import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from offboard.connectors._salesforce_api import Api, Record

OBJECT: Final = "AccountTeamMember"
_FIELDS: Final = (
    "AccountId", "UserId", "TeamMemberRole", "AccountAccessLevel", "OpportunityAccessLevel", "CaseAccessLevel",
)  # fmt: skip


class Teams:
    """Reads teams, and puts back who is missing."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def members(self, accounts: Iterable[str]) -> list[Record]:
        """Return who is in the teams of these accounts, and what each may do."""
        soql = f"SELECT {', '.join(_FIELDS)} FROM {OBJECT} WHERE AccountId IN {listed(sorted(accounts))}"  # noqa: S608 - see listed()
        rows = self._api.query(soql, doing="read account teams", right=f"Read on {OBJECT}")
        return [{field: row[field] for field in _FIELDS} for row in rows]

    def put_back(self, before: Sequence[Record]) -> None:
        """Add whoever was there before and is no longer."""
        if not before:
            return
        there = {(row["AccountId"], row["UserId"]) for row in self.members({row["AccountId"] for row in before})}
        gone = [row for row in before if (row["AccountId"], row["UserId"]) not in there]
        self._api.create(OBJECT, gone)
