"""What every contract uses; the suites' assertions speak as those of tests do."""

from __future__ import annotations

import pytest

SUITES = (
    "directory", "accounts", "groups", "departures", "sessions", "belongings", "holdings", "knowing", "mail",
    "sending", "asking", "registers", "passing_on", "dealings",
)  # fmt: skip

pytest.register_assert_rewrite(*(f"tests.contracts.{suite}" for suite in SUITES))

from tests.contracts.ad_bench import ad_bench, staffed  # noqa: E402, F401 - fixtures
from tests.contracts.built_in_bench import built_in_bench  # noqa: E402, F401 - a fixture
from tests.contracts.crm_benches import (  # noqa: E402, F401 - fixtures
    authorities,
    hubspot_bench,
    hubspot_ground,
    salesforce_bench,
    salesforce_ground,
)
from tests.contracts.dataverse_bench import dataverse_bench, dataverse_ground  # noqa: E402, F401 - fixtures
from tests.contracts.dovecot_bench import dovecot_bench  # noqa: E402, F401 - a fixture
from tests.contracts.entra_bench import entra_bench  # noqa: E402, F401 - a fixture
from tests.contracts.exchange_bench import exchange_bench  # noqa: E402, F401 - a fixture
from tests.contracts.ldap_bench import keys_bench, ldap_bench  # noqa: E402, F401 - fixtures
from tests.contracts.people_bench import people_bench  # noqa: E402, F401 - a fixture
from tests.contracts.postgresql_bench import postgresql_bench  # noqa: E402, F401 - a fixture
from tests.contracts.scim_bench import scim_bench  # noqa: E402, F401 - a fixture
from tests.contracts.smtp_bench import smtp_bench  # noqa: E402, F401 - a fixture
from tests.servers.authority import stranger  # noqa: E402, F401 - a fixture
from tests.servers.scim import saas  # noqa: E402, F401 - a fixture
