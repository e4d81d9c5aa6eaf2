"""The steps that a database server can do, there and back on a real PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from offboard.steps.end_sign_in_sessions import EndSignInSessions
from offboard.steps.hand_over_belongings import HandOverBelongings
from offboard.steps.leave_groups import LeaveGroups
from tests.steps.memory import there_and_back

if TYPE_CHECKING:
    from offboard.connectors.postgresql import Connection
    from offboard.domain.departure import Departure
    from tests.connectors.postgresql_office import Cellar


@pytest.fixture
def connection(cellar: Cellar) -> Connection:
    return cellar.connect(login_is_enough=True)


@pytest.fixture
def leaving(cellar: Cellar, connection: Connection, departure: Departure) -> Departure:
    cellar.role("ann")
    cellar.role("joe", "LOGIN PASSWORD 'joepw'")
    (ann,) = connection.recognise(departure.leaver)
    return replace(departure, accounts={"cellar": ann})


def test_sessions_are_counted_and_ended(cellar: Cellar, connection: Connection, leaving: Departure):
    step = EndSignInSessions(house=None)
    (wish,) = step.plan(leaving, step.observe(leaving, connection), {})
    assert step.holds(step.observe(leaving, connection)[wish.target], wish.after), "none is open yet"
    with cellar.server.connect("ann", "annpw"):
        assert step.holds(step.observe(leaving, connection)[wish.target], wish.before)
        step.write(leaving, connection, wish.target, wish.after)
        assert step.holds(step.observe(leaving, cellar.connect())[wish.target], wish.after)


def test_groups_are_left_and_joined_again(cellar: Cellar, connection: Connection, leaving: Departure):
    for name in ("readers", "writers"):
        cellar.role(name, "NOLOGIN")
        cellar.server.run(f"GRANT {name} TO ann")
    assert len(there_and_back(LeaveGroups(house=None), leaving, connection)) == 2


def test_a_table_goes_to_the_successor_and_back(cellar: Cellar, connection: Connection, leaving: Departure):
    cellar.server.run("CREATE TABLE prices (a int)", "ALTER TABLE prices OWNER TO ann")
    try:
        step = HandOverBelongings(house=None)
        (wish,) = there_and_back(step, leaving, connection)
        assert (wish.before["owner"], wish.after["owner"]) == ("Ann Lee", "Joe Fox")
        alone = replace(leaving, successor=None)
        (line,) = step.beyond(alone, step.observe(alone, connection))
        assert "name a successor" in line
    finally:
        cellar.server.run("DROP TABLE prices")
