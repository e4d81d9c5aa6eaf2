"""Everything of the PostgreSQL connector that needs psycopg, which is an extra, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from offboard.connectors._postgresql_groups import RoleGroups
from offboard.connectors._postgresql_health import examine, out_of_reach
from offboard.connectors._postgresql_link import Link, Server
from offboard.connectors._postgresql_owned import Owned
from offboard.connectors._postgresql_roles import Roles
from offboard.connectors._postgresql_sign_in import SignIn

if TYPE_CHECKING:
    from offboard.connectors.postgresql import Settings
    from offboard.domain.capabilities import Health, Vault


class Parts:
    """The parts of one connection."""

    def __init__(self, name: str, settings: Settings, vault: Vault) -> None:
        address = urlsplit(settings.url)
        server = Server(
            name,
            address.hostname or "",
            address.port or 5432,
            address.path.strip("/") or "postgres",
            settings.ca_file,
            settings.connect_timeout,
            settings.timeout,
        )
        password = settings.password
        self.link = Link(server, settings.username, lambda: password.resolve(f"systems.{name}.password"))
        self.sign_in = SignIn(self.link, vault)
        self.roles = Roles(
            self.link,
            settings.people,
            login_is_enough=settings.login_is_enough,
            shut_by_us=self.sign_in.shut_by_us,
        )
        self.groups = RoleGroups(self.link, self.roles)
        self.owned = Owned(self.link, vault, self.roles, settings.databases)

    def health(self) -> Health:
        """Say what ``doctor`` prints."""
        return examine(self.link, self.roles, self.sign_in)

    def out_of_reach(self, account_id: str) -> list[str]:
        """Return why our role may not change this one."""
        return out_of_reach(self.link, self.roles, self.roles.one(account_id))
