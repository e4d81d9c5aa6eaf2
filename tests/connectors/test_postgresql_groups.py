"""Memberships in roles on a real PostgreSQL server, taken away and given back as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.connectors._postgresql_groups import ADMIN, LOST_GRANTOR, NO_SUPERUSER, NOT_OURS, PREDEFINED
from offboard.errors import Denied, NotFound

if TYPE_CHECKING:
    from tests.connectors.postgresql_office import Cellar


def granted(cellar: Cellar) -> list[tuple[str, str, str, bool]]:
    """Return every membership of the server: group, member, by whom, and the right to let others in."""
    query = "SELECT roleid::regrole, member::regrole, grantor::regrole, admin_option FROM pg_auth_members ORDER BY 1, 2"
    return [(str(a), str(b), str(c), d) for a, b, c, d in cellar.server.run(query)]


def test_memberships_go_and_come_back_with_their_grantor_and_admin_option(cellar: Cellar):
    ann = cellar.role()
    cellar.role("boss", "LOGIN CREATEROLE")
    for name in ("sales", "it", "nested"):
        cellar.role(name, "NOLOGIN")
    cellar.server.run(
        "GRANT sales TO boss WITH ADMIN OPTION",
        "GRANT sales TO ann GRANTED BY boss",
        "GRANT it TO ann WITH ADMIN OPTION",
        "GRANT nested TO sales",
        "GRANT pg_monitor TO ann",
    )
    before = granted(cellar)
    connection = cellar.connect()
    found = connection.memberships(ann)
    assert {m.label: (m.state, m.note, m.one_way, m.beyond) for m in found.values()} == {
        "sales": ({"grants": [{"by": "boss", "admin": False}]}, "", None, ""),
        "it": ({"grants": [{"by": "postgres", "admin": True}]}, ADMIN, None, ""),
        "pg_monitor": ({"grants": [{"by": "postgres", "admin": False}]}, PREDEFINED, None, ""),
    }
    for group_id, held in found.items():
        assert connection.membership(ann, group_id) == held.state
        for _ in range(2):
            connection.set_membership(ann, group_id, None)
        assert connection.membership(ann, group_id) is None
    assert [row for row in granted(cellar) if row[1] == "ann"] == []
    for group_id, held in found.items():
        for _ in range(2):
            connection.set_membership(ann, group_id, held.state)
    assert granted(cellar) == before


def test_a_membership_changed_in_kind_is_brought_back_exactly(cellar: Cellar):
    ann, sales = cellar.role(), cellar.role("sales", "NOLOGIN")
    cellar.server.run("GRANT sales TO ann")
    before = granted(cellar)
    connection = cellar.connect()
    state = connection.membership(ann, sales)
    cellar.server.run("GRANT sales TO ann WITH ADMIN OPTION")
    assert connection.membership(ann, sales) != state
    connection.set_membership(ann, sales, state)
    assert granted(cellar) == before


def test_whose_grantor_is_gone_is_said_before(cellar: Cellar):
    ann = cellar.role()
    cellar.role("boss", "LOGIN")
    cellar.role("sales", "NOLOGIN")
    cellar.server.run("GRANT sales TO ann GRANTED BY boss", "DROP ROLE boss")
    (held,) = cellar.connect().memberships(ann).values()
    assert held.one_way == LOST_GRANTOR


def test_without_superuser_the_grantor_is_left_out_and_what_we_may_not_take_is_beyond_us(cellar: Cellar):
    cellar.role("keeper", "LOGIN CREATEROLE PASSWORD 'secret'")
    cellar.role("weak", "LOGIN PASSWORD 'secret'")
    ann, sales = cellar.role(), cellar.role("sales", "NOLOGIN")
    cellar.role("gods", "SUPERUSER NOLOGIN")
    cellar.server.run("GRANT sales TO ann", "GRANT gods TO ann")
    connection = cellar.connect(username="keeper")
    found = {held.label: held for held in connection.memberships(ann).values()}
    assert found["gods"].beyond == NO_SUPERUSER
    assert found["sales"].beyond == ""
    state = found["sales"].state
    assert state == {"grants": [{"admin": False}]}
    connection.set_membership(ann, sales, None)
    connection.set_membership(ann, sales, state)
    assert connection.membership(ann, sales) == state
    weak = cellar.connect(username="weak")
    assert {held.beyond for held in weak.memberships(ann).values()} == {NO_SUPERUSER, NOT_OURS}
    with pytest.raises(Denied, match="ann in sales"):
        weak.set_membership(ann, sales, None)
    cellar.server.run("GRANT sales TO weak WITH ADMIN OPTION")
    assert [held.beyond for held in weak.memberships(ann).values()] == [NO_SUPERUSER, ""]


def test_a_group_or_person_that_is_gone(cellar: Cellar):
    ann, sales = cellar.role(), cellar.role("sales", "NOLOGIN")
    connection = cellar.connect()
    cellar.server.run("DROP ROLE sales")
    for call in (lambda: connection.membership(ann, sales), lambda: connection.set_membership(ann, sales, None)):
        with pytest.raises(NotFound):
            call()
    cellar.server.run("DROP ROLE ann")
    with pytest.raises(NotFound):
        connection.memberships(ann)
