"""What roles own, object by object, handed over and handed back with everything granted on it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, cast

from psycopg import sql

from offboard.connectors._postgresql_grants import Grant, grants, make_again
from offboard.connectors._postgresql_link import name_of
from offboard.connectors._postgresql_objects import ELSEWHERE, NOBODYS, OWNED, SUPERUSERS_ONLY, WORDS, Thing, named
from offboard.domain.capabilities import Membership
from offboard.errors import Denied, Drifted, NotFound, Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.connectors._postgresql_link import Link
    from offboard.connectors._postgresql_roles import Role, Roles
    from offboard.domain.canonical import Json
    from offboard.domain.capabilities import Vault

FIRST_ROLE: Final = 10
"""The number of the role that the cluster was made with: PostgreSQL keeps no list of what it owns."""

_NO_ALTER: Final = (
    "PostgreSQL has no command that gives one of these to somebody else: a superuser can, together with everything "
    "else that the role owns in that database, by REASSIGN OWNED"
)
_FIRST: Final = "what the cluster's first role owns is not listed by PostgreSQL: name another successor"


class Owned:
    """What the roles of one server own; an object's id is its database's number, its catalog and its own number."""

    def __init__(self, link: Link, vault: Vault, roles: Roles, databases: list[str]) -> None:
        self._link = link
        self._vault = vault
        self._roles = roles
        self._databases = databases
        self._system = link.server.system

    def all(self, leaver_id: str, successor_id: str) -> dict[str, Membership]:
        """Return what the one or the other owns; see ``Belongings.belongings``. The leaver as successor counts as none.

        Raises:
            NotFound: there is no such role.
        """
        leaver = self._need(leaver_id)
        successor = self._need(successor_id) if successor_id not in {"", leaver_id} else None
        owners = [role.oid for role in (leaver, successor) if role]
        found: dict[str, Membership] = {}
        for database, number, count in self._where(owners):
            try:
                for thing in self._things(database, owners):
                    found[_id(thing, number)] = self._membership(thing, database, leaver, successor)
            except (Denied, NotFound, Rejected) as fault:
                found[str(number)] = _unseen(count, database, f"{fault}; give our role CONNECT there")
        for database, number, count in self._elsewhere([leaver.oid]):
            if self._databases and database not in self._databases:
                found[str(number)] = _unseen(count, database, "it is not among the databases of the settings")
        return found

    def bring(self, leaver_id: str, successor_id: str, thing_id: str, state: dict[str, Json]) -> None:
        """Make the one or the other the owner of one object, and make the grants on it again on the way back."""
        leaver, successor = self._need(leaver_id), self._need(successor_id)
        if bool(state["leaver"]) == bool(state["successor"]):
            text = f"{self._system}: an object has exactly one owner, not {state}"
            raise Rejected(text, system=self._system)
        wanted, other = (leaver, successor) if state["leaver"] else (successor, leaver)
        database, catalog, oid = self._place(thing_id)
        with self._link.writing(f"make {wanted.name} the owner of {thing_id}", database) as run:
            query = OWNED.format(which="d.classid = %s::text::regclass AND d.objid = %s::bigint::oid")
            rows = run(query, (catalog, oid))
            thing = Thing(*rows[0]) if rows else None
            if thing and thing.owner == wanted.oid:
                return
            if thing is None or thing.owner != other.oid:
                owner = "gone" if thing is None else "somebody else's"
                raise Drifted(f"{self._system}: {thing_id} is {owner} meanwhile", system=self._system)
            name = named(thing, run)
            kept = self._kept(thing_id)
            if wanted is successor:
                self._vault.put(self._ref(thing_id), json.dumps(grants(thing, run)).encode())
            run(sql.SQL("ALTER {} {} OWNER TO {}").format(sql.SQL(WORDS[thing.kind]), name, name_of(wanted.name)))
            if wanted is leaver and kept is not None:
                make_again(thing, named(thing, run), kept, leaver.name, run)
            now = run(query, (catalog, oid))
            if not now or Thing(*now[0]).owner != wanted.oid:
                raise Drifted(f"{self._system}: {thing_id} was renamed meanwhile", system=self._system)
        if wanted is leaver:
            self._vault.put(self._ref(thing_id), b"")

    def _membership(self, thing: Thing, database: str, leaver: Role, successor: Role | None) -> Membership:
        label = f"{thing.kind} {thing.identity}" + (f" in {database}" if thing.local else "")
        state: Json = {
            "leaver": thing.owner == leaver.oid,
            "successor": successor is not None and thing.owner == successor.oid,
        }
        beyond = ""
        if thing.kind not in WORDS:
            beyond = _NO_ALTER
        elif successor is not None and successor.oid == FIRST_ROLE:
            beyond = _FIRST
        elif successor is not None and thing.kind in SUPERUSERS_ONLY and not successor.superuser:
            beyond = f"only a superuser may own one, and {successor.name} is none: name another successor for it"
        return Membership(label, state, beyond=beyond)

    def _things(self, database: str, owners: list[int]) -> Iterator[Thing]:
        query = OWNED.format(which="d.refobjid = ANY(%s)")
        for row in self._link.rows(query, (owners,), database=database, doing=f"read what is owned in {database}"):
            thing = Thing(*row)
            wanted = not (thing.local and self._databases and database not in self._databases)
            if wanted and thing.kind not in NOBODYS:
                yield thing

    def _where(self, owners: list[int]) -> list[tuple[str, int, int]]:
        """Return the databases to look in: the main one, for what is the server's, and where something is owned."""
        main = self._link.server.database
        query = "SELECT datname, oid::bigint, 0::bigint FROM pg_database WHERE datname = %s"
        elsewhere = [
            place
            for place in self._elsewhere(owners)
            if place[0] != main and (not self._databases or place[0] in self._databases)
        ]
        return [cast("tuple[str, int, int]", self._link.rows(query, (main,))[0]), *elsewhere]

    def _elsewhere(self, owners: list[int]) -> list[tuple[str, int, int]]:
        return cast("list[tuple[str, int, int]]", self._link.rows(ELSEWHERE, (owners,), doing="read what is owned"))

    def _place(self, thing_id: str) -> tuple[str, str, int]:
        number, catalog, oid = thing_id.split("/")
        if number == "0":
            return "", catalog, int(oid)
        found = self._link.rows("SELECT datname FROM pg_database WHERE oid = %s", (int(number),))
        if not found:
            raise NotFound(f"{self._system}: the database of {thing_id} is gone", system=self._system)
        return str(found[0][0]), catalog, int(oid)

    def _kept(self, thing_id: str) -> list[Grant] | None:
        data = self._vault.get(self._ref(thing_id))
        return [cast("Grant", tuple(one)) for one in json.loads(data)] if data else None

    def _need(self, role_id: str) -> Role:
        role = self._roles.one(role_id)
        if role is None:
            raise NotFound(f"{self._system}: there is no role {role_id} any more", system=self._system)
        return role

    def _ref(self, thing_id: str) -> str:
        return f"{self._system}/granted/{thing_id}"


def _id(thing: Thing, database: int) -> str:
    return f"{database if thing.local else 0}/{thing.catalog}/{thing.oid}"


def _unseen(count: int, database: str, why: str) -> Membership:
    state: Json = {"leaver": True, "successor": False}
    return Membership(f"{count} objects in the database {database}", state, beyond=why)
