"""The practice company's people in its ticket desk, a product in the cloud, and the teams that they are in there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from offboard.practice.founding import DATA, read_ldif

if TYPE_CHECKING:
    from offboard.practice.scim import ScimServer

_USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
_GROUP: Final = "urn:ietf:params:scim:schemas:core:2.0:Group"
_ENTERPRISE: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

TEAMS: Final = {
    "Everybody": (),
    "Sales tickets": ("graham.pell", "martin.thorne", "sophie.adeyemi", "claire.duval"),
    "Refund approvers": ("martin.thorne", "graham.pell"),
    "Desk administrators": ("tomasz.lis",),
}
"""Team → logins; nobody named means everybody."""


def found_desk(server: ScimServer) -> dict[str, str]:
    """Fill the product with the people of the directory, and return their ids there by login."""
    ids: dict[str, str] = {}
    for _, attributes in read_ldif((DATA / "people.ldif").read_text(encoding="utf-8")):
        if "mail" not in attributes:
            continue
        known = {name: values[0].decode() for name, values in attributes.items()}
        user = {
            "schemas": [_USER, _ENTERPRISE],
            "userName": known["mail"],
            "displayName": known["cn"],
            "name": {"givenName": known["givenName"], "familyName": known["sn"]},
            "emails": [{"value": known["mail"], "type": "work", "primary": True}],
            "title": known.get("title", ""),
            "active": True,
            _ENTERPRISE: {"employeeNumber": known.get("employeeNumber", "")},
        }
        ids[known["uid"]] = str(server.ask("POST", "Users", user)["id"])
    for team, logins in TEAMS.items():
        members = [{"value": ids[login], "type": "User"} for login in logins or ids]
        server.ask("POST", "Groups", {"schemas": [_GROUP], "displayName": team, "members": members})
    return ids
