"""What every test may use: a departure, a clock that stands still, and the real servers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from offboard.domain.departure import Departure
from offboard.domain.people import Person
from tests import trying  # noqa: F401 - how often a property is tried
from tests.rule_company import company  # noqa: F401 - a fixture
from tests.servers.authority import authority  # noqa: F401 - a fixture
from tests.servers.dovecot import dovecot  # noqa: F401 - a fixture
from tests.servers.postgresql import postgresql, postgresql_server  # noqa: F401 - fixtures
from tests.servers.samba import domain, samba_ground  # noqa: F401 - fixtures
from tests.servers.slapd import slapd  # noqa: F401 - a fixture
from tests.servers.smtp import smtp_sink  # noqa: F401 - a fixture
from tests.servers.workplace import empty_workplace, workplace  # noqa: F401 - fixtures
from tests.tasks_company import small  # noqa: F401 - a fixture

NOW = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)


@pytest.fixture
def leaver() -> Person:
    return Person(
        id="uuid-ann",
        system="office",
        login="ann",
        name="Ann Lee",
        mail="ann@corp.test",
        employee_number="1001",
        title="Sales",
    )


@pytest.fixture
def successor() -> Person:
    return Person(
        id="uuid-joe",
        system="office",
        login="joe",
        name="Joe Fox",
        mail="joe@corp.test",
        employee_number="1002",
        title="Sales",
        phone="+44 117 496 0123",
    )


@pytest.fixture
def departure(leaver: Person, successor: Person) -> Departure:
    return Departure(
        number="D-2026-0001",
        leaver=leaver,
        moment=NOW,
        timezone="Europe/London",
        playbook="employee",
        requested_by="hr@corp.test",
        requested_at=NOW,
        successor=successor,
        accounts={"office": leaver},
    )
