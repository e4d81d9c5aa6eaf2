"""The bench of the connector ``postgresql``: a real server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import psycopg
import pytest

from offboard.connectors import postgresql as connector
from tests.contracts.bench import Bench
from tests.servers.faulty import Trouble
from tests.servers.faulty_postgresql import PostgresqlProxy
from tests.servers.postgresql import PASSWORD, ROOT
from tests.servers.scim import GROUPS, PEOPLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import LiteralString

    from tests.servers.authority import Authority
    from tests.servers.postgresql import PostgreSQL

_HERE_ALREADY = 1


class PostgresqlBench(Bench):
    """PostgreSQL behind the proxy; what people own are tables."""

    people = len(PEOPLE) + _HERE_ALREADY
    untold: ClassVar[dict[Trouble, str]] = {
        Trouble.STALE: "whoever writes waits for whoever wrote first, so that no change is overtaken"
    }
    goods: ClassVar[dict[str, str]] = {"ledger": "alice", "archive": "alice", "plan": "bob", "till": "carol"}

    def __init__(self, server: PostgreSQL, proxy: PostgresqlProxy) -> None:
        super().__init__()
        self.server, self.proxy = server, proxy
        self._own = ROOT
        self._root = server.connect()
        self._sessions: dict[str, psycopg.Connection] = {}
        for login, (name, number, _) in PEOPLE.items():
            self.add_by_hand(login, name, number, f"{login}@corp.test")
        for group, logins in GROUPS.items():
            self._run(f"CREATE ROLE {group}", f"GRANT {group} TO {', '.join(logins)}")

    def connect(self) -> Any:
        settings = self.server.settings(
            url=f"postgresql://127.0.0.1:{self.proxy.port}",
            username=self._own,
            timeout=int(self.patience),
            connect_timeout=2,
        )
        return connector.connect(self.name, connector.Settings(**settings), self.vault)

    def id_of(self, login: str) -> str:
        return f"{self._one('SELECT %s::regrole::oid::bigint', login)}:{login}"

    group_id = id_of

    def person(self, login: str) -> Any:
        return self._root.execute("SELECT * FROM pg_authid WHERE rolname = %s", (login,)).fetchall()

    def groups(self) -> dict[str, list[str]]:
        query = (
            "SELECT roleid::regrole::text, member::regrole::text, admin_option, grantor::regrole::text "
            "FROM pg_auth_members ORDER BY 1, 2"
        )
        rows = [row for row in self._run(query) if row[0] in GROUPS]
        return {name: [" ".join(map(str, row[1:])) for row in rows if row[0] == name] for name in GROUPS}

    def groups_of(self, login: str) -> set[str]:
        return {name for name, members in self.groups().items() if any(self.means(one, login) for one in members)}

    def means(self, listed: str, login: str) -> bool:
        return listed.partition(" ")[0] == login

    def signs_in(self, login: str) -> bool:
        return self.server.refusal(login, f"{login}pw") == ""

    def leave_by_hand(self, login: str, group: str) -> None:
        self._run(f"REVOKE {group} FROM {login}")

    def relist_by_hand(self, login: str) -> str:
        self._run(f"GRANT staff TO {login} WITH ADMIN OPTION")
        return "staff"

    def about(self, group: str) -> str:
        return f'"{group}"'

    def add_by_hand(self, login: str, name: str, number: str, mail: str) -> None:
        self._run(
            f"CREATE ROLE \"{login}\" LOGIN PASSWORD '{login}pw'",
            f"COMMENT ON ROLE \"{login}\" IS '{name} <{mail}> #{number}'",
        )

    def raise_above_us(self, login: str) -> str:
        """Make somebody a superuser, and sign in as a role that may change all others."""
        self._run(f"CREATE ROLE deputy LOGIN CREATEROLE PASSWORD '{PASSWORD}'", "GRANT pg_signal_backend TO deputy")
        self._run(f"ALTER ROLE {login} SUPERUSER")
        self._own = "deputy"
        return ""

    def sign_in_by_hand(self, login: str) -> None:
        self._sessions[login] = self.server.connect(login, f"{login}pw")

    def still_signed_in(self, login: str) -> bool:
        try:
            self._sessions[login].execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def furnish(self) -> None:
        for thing, owner in self.goods.items():
            self._run(f"CREATE TABLE public.{thing} ()", f"ALTER TABLE public.{thing} OWNER TO {owner}")

    def thing_id(self, thing: str) -> str:
        database = self._one("SELECT oid::bigint FROM pg_database WHERE datname = %s", "postgres")
        return f"{database}/pg_class/{self._one('SELECT %s::regclass::oid::bigint', thing)}"

    def owners_of(self, thing: str) -> set[str]:
        return {self._one("SELECT tableowner FROM pg_tables WHERE tablename = %s", thing)}

    def give_by_hand(self, thing: str, login: str) -> None:
        self._run(f"ALTER TABLE public.{thing} OWNER TO {login}")

    def _one(self, query: LiteralString, value: str) -> Any:
        ((found,),) = self._root.execute(query, (value,)).fetchall()
        return found

    def _run(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements as the superuser, over one session, and return the rows of the last one."""
        for statement in statements:
            done = self._root.execute(statement.encode())
        return done.fetchall() if done.description else []

    def close(self) -> None:
        """End what was left open by hand."""
        for session in self._sessions.values():
            session.close()
        self._run("SET client_min_messages = error", *(f"DROP TABLE IF EXISTS public.{thing}" for thing in self.goods))
        self._root.close()


@pytest.fixture
def postgresql_bench(postgresql: PostgreSQL, authority: Authority, stranger: Authority) -> Iterator[PostgresqlBench]:
    with PostgresqlProxy(("127.0.0.1", postgresql.port), authority, stranger) as proxy:
        made = PostgresqlBench(postgresql, proxy)
        yield made
        made.close()
