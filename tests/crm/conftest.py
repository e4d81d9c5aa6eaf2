"""What the tests on a real CRM use; the suites' assertions speak as those of tests do."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.contracts.registers", "tests.contracts.passing_on")

from tests.crm.bottlecrm_bench import bottlecrm_bench  # noqa: E402, F401 - a fixture
from tests.servers.authority import stranger  # noqa: E402, F401 - a fixture
from tests.servers.bottlecrm import bottlecrm_server  # noqa: E402, F401 - a fixture
