"""Fixtures for the steps; a test file may define its own under the same name."""

from __future__ import annotations

from tests.connectors.entra_office import tenant  # noqa: F401 - a fixture
from tests.connectors.exchange_office import exchange_office  # noqa: F401 - a fixture
from tests.connectors.ldap_office import office  # noqa: F401 - a fixture
from tests.connectors.postgresql_office import cellar  # noqa: F401 - a fixture
from tests.servers.postgresql import postgresql, postgresql_server  # noqa: F401 - fixtures
from tests.steps.acme_house import acme  # noqa: F401 - a fixture
from tests.steps.mail_house import house, leaving, mail  # noqa: F401 - fixtures
