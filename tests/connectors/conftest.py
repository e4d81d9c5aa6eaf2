"""What the tests of connectors share."""

from __future__ import annotations

from tests.connectors.ldap_office import lenient, office  # noqa: F401 - fixtures
