"""What the tests of connectors share."""

from __future__ import annotations

from tests.connectors.ad_office import ad  # noqa: F401 - a fixture
from tests.connectors.crm_office import hub, sales  # noqa: F401 - fixtures
from tests.connectors.dataverse_office import dynamics  # noqa: F401 - a fixture
from tests.connectors.entra_office import tenant  # noqa: F401 - a fixture
from tests.connectors.exchange_office import exchange_office  # noqa: F401 - a fixture
from tests.connectors.ldap_office import lenient, office  # noqa: F401 - fixtures
from tests.connectors.postgresql_office import cellar  # noqa: F401 - a fixture
from tests.connectors.scim_office import products, scripted  # noqa: F401 - fixtures
from tests.steps.mail_house import house, leaving  # noqa: F401 - fixtures
