"""Memberships in roles, with the right to let others in and by whom they were granted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from psycopg import sql

from offboard.connectors._postgresql_link import name_of
from offboard.domain.capabilities import Membership
from offboard.errors import NotFound, Rejected

if TYPE_CHECKING:
    from offboard.connectors._postgresql_link import Link
    from offboard.connectors._postgresql_roles import Role, Roles
    from offboard.domain.canonical import Json

ADMIN: Final = "They may let others in."
PREDEFINED: Final = "PostgreSQL's own role, with rights in the whole server."
LOST_GRANTOR: Final = "Who granted it is no longer there: given back, it counts as granted by our own role."
NOT_OURS: Final = "our role may not take this away: grant it CREATEROLE, or the role WITH ADMIN OPTION"
NO_SUPERUSER: Final = "the role is a superuser: only a superuser may take it away"

_APART: Final = 160000
"""From this version on several may grant the same role side by side, each with INHERIT and SET of its own."""

_MEMBERS: Final = """\
SELECT g.oid::bigint, g.rolname, g.rolsuper, by.rolname, m.admin_option, {more},
    pg_has_role(current_user, g.oid, 'MEMBER WITH ADMIN OPTION')
FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid LEFT JOIN pg_roles by ON by.oid = m.grantor
WHERE m.member = %s AND (%s = 0 OR m.roleid = %s) ORDER BY g.rolname, by.rolname"""


class RoleGroups:
    """The memberships of the roles of one server; the id of a group is that of its role."""

    def __init__(self, link: Link, roles: Roles) -> None:
        self._link = link
        self._roles = roles
        self._system = link.server.system

    def all(self, role_id: str) -> dict[str, Membership]:
        """Return the direct memberships of a role.

        Raises:
            NotFound: there is no such role.
        """
        ours = self._roles.ours()
        found: dict[str, list[Any]] = {}
        for row in self._rows(self._need(role_id)):
            found.setdefault(f"{row[0]}:{row[1]}", []).append(row)
        return {group_id: self._membership(rows, ours) for group_id, rows in found.items()}

    def one(self, role_id: str, group_id: str) -> dict[str, Json] | None:
        """Return the state of one membership, ``None`` when the role is no member."""
        member, group = self._need(role_id), self._need(group_id)
        return _state(self._rows(member, group), exact=self._roles.ours().superuser)

    def bring(self, role_id: str, group_id: str, state: dict[str, Json] | None) -> None:
        """Bring one membership to a state, in one transaction."""
        member, group = self._need(role_id), self._need(group_id)
        exact = self._roles.ours().superuser
        found = _state(self._rows(member, group), exact=exact)
        if found == state:
            return
        with self._link.writing(f"change the membership of {member.name} in {group.name}") as run:
            pair = (name_of(group.name), name_of(member.name))
            for grant in _grants(found):
                run(sql.SQL("REVOKE {} FROM {}").format(*pair) + self._revoked_from(grant))
            for grant in _grants(state):
                run(sql.SQL("GRANT {} TO {}").format(*pair) + self._with(grant) + _granted_by(grant))
            now = _state(run(*self._query(member, group)), exact=exact)
            if now != state:
                text = f"{self._system}: {member.name} cannot be made a member of {group.name} as before"
                raise Rejected(text, system=self._system)

    def _membership(self, rows: list[Any], ours: Role) -> Membership:
        _, name, superuser, by, _, _, _, may = rows[0]
        admin = any(row[4] for row in rows)
        note = " ".join(text for text, holds in ((ADMIN, admin), (PREDEFINED, name.startswith("pg_"))) if holds)
        beyond = ""
        if not ours.superuser:
            beyond = NO_SUPERUSER if superuser else "" if self._may(ours, may=may) else NOT_OURS
        one_way = LOST_GRANTOR if ours.superuser and by is None else None
        return Membership(name, _state(rows, exact=ours.superuser), note, one_way, beyond)

    def _may(self, ours: Role, *, may: bool) -> bool:
        return may or (ours.create_role and self._link.version < _APART)

    def _need(self, role_id: str) -> Role:
        role = self._roles.one(role_id)
        if role is None:
            raise NotFound(f"{self._system}: there is no role {role_id} any more", system=self._system)
        return role

    def _query(self, member: Role, group: Role | None = None) -> tuple[str, tuple[int, int, int]]:
        more = "m.inherit_option, m.set_option" if self._link.version >= _APART else "NULL, NULL"
        group_id = group.oid if group else 0
        return _MEMBERS.format(more=more), (member.oid, group_id, group_id)

    def _rows(self, member: Role, group: Role | None = None) -> list[Any]:
        return self._link.rows(*self._query(member, group), doing="read memberships")

    def _revoked_from(self, grant: dict[str, Any]) -> sql.Composable:
        # Before, REVOKE takes all there is away; a grantor may even be gone.
        return _granted_by(grant) if self._link.version >= _APART else sql.SQL("")

    def _with(self, grant: dict[str, Any]) -> sql.Composable:
        if self._link.version < _APART:
            return sql.SQL(" WITH ADMIN OPTION") if grant["admin"] else sql.SQL("")
        words = {key: sql.SQL("TRUE") if grant[key] else sql.SQL("FALSE") for key in ("admin", "inherit", "set")}
        return sql.SQL(" WITH ADMIN {admin}, INHERIT {inherit}, SET {set}").format(**words)


def _granted_by(grant: dict[str, Any]) -> sql.Composable:
    return sql.SQL(" GRANTED BY {}").format(name_of(grant["by"])) if grant.get("by") else sql.SQL("")


def _grants(state: dict[str, Json] | None) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", state["grants"]) if state else []


def _state(rows: list[Any], *, exact: bool) -> dict[str, Json] | None:
    """Return the grants; who made them only where we could make them again in that one's name (``exact``)."""
    grants: list[Json] = []
    for _, _, _, by, admin, inherit, set_, _ in rows:
        more: dict[str, Json] = {} if inherit is None else {"inherit": inherit, "set": set_}
        grants.append({"admin": admin, **({"by": by} if exact and by else {}), **more})
    return {"grants": grants} if grants else None
