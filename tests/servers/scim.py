"""scim2-server with TLS on loopback, filled with the people and groups of the test directory."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from offboard.practice.scim import ScimServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.authority import Authority

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

TOKEN = "a-token-that-nobody-else-has"

PEOPLE = {
    "alice": ("Alice Archer", "1001", "Sales"),
    "bob": ("Bob Baker", "1002", "Sales"),
    "carol": ("Carol Chief", "1003", "Head of Sales"),
    "dave": ("Dave Dyer", "1004", "IT"),
    "erin": ("Erin Eve", "1005", "HR"),
}

GROUPS = {"vpn": ("alice",), "staff": ("alice", "bob", "carol"), "sales": ("bob", "alice")}


@dataclass
class Saas:
    """One running product; ``ids`` are its people's by login, ``groups`` its groups' by name."""

    server: ScimServer
    authority: Authority
    ids: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)

    def settings(self, **more: Any) -> dict[str, Any]:
        """Return a ``[systems.X]`` table; the token stands in the variable SAAS_TOKEN."""
        return {
            "kind": "scim",
            "url": self.server.url,
            "token": {"env": "SAAS_TOKEN"},
            "ca_file": str(self.authority.ca_file),
        } | more

    def fill(self) -> None:
        """Let the people in, and put them into their groups."""
        for login, (name, number, title) in PEOPLE.items():
            self.add(login, name, number, title=title)
        for name, logins in GROUPS.items():
            members = [{"value": self.ids[login], "type": "User", "display": PEOPLE[login][0]} for login in logins]
            body = {"schemas": [GROUP], "displayName": name, "members": members}
            self.groups[name] = self.server.ask("POST", "Groups", body)["id"]

    def add(self, login: str, name: str, number: str, **more: Any) -> str:
        """Let one more person in and return their id."""
        body = {
            "schemas": [USER, ENTERPRISE],
            "userName": login,
            "displayName": name,
            "emails": [
                {"value": f"{login}.old@corp.test", "type": "other"},
                {"value": f"{login}@corp.test", "type": "work", "primary": True},
            ],
            "active": True,
            ENTERPRISE: {"employeeNumber": number},
        }
        self.ids[login] = self.server.ask("POST", "Users", body | more)["id"]
        return self.ids[login]

    def change(self, path: str, *operations: dict[str, Any]) -> None:
        """Change something by hand, as an administrator would."""
        schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
        self.server.ask("PATCH", path, {"schemas": [schema], "Operations": list(operations)})

    def user(self, login: str) -> dict[str, Any]:
        """Return a user as the product holds them."""
        return next(one for one in self.server.resources() if one["id"] == self.ids[login])

    def members(self, group: str) -> list[dict[str, Any]]:
        """Return a group's members as the product holds them."""
        found = next(one for one in self.server.resources() if one["id"] == self.groups[group])
        return list(found.get("members", []))


def start_saas(authority: Authority, *, differs: dict[str, Any] | None = None) -> Saas:
    """Start a product and let its people in; ``differs`` is what it says of itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.cert_file, authority.key_file)
    made = Saas(ScimServer(context, TOKEN, differs=differs), authority)
    made.fill()
    made.server.start()
    return made


@pytest.fixture
def saas(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Saas]:
    monkeypatch.setenv("SAAS_TOKEN", TOKEN)
    made = start_saas(authority)
    yield made
    made.server.stop()
