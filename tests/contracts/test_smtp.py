"""The contract of the connector ``smtp``, on aiosmtpd."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.sending import SenderContract

if TYPE_CHECKING:
    from tests.contracts.smtp_bench import SmtpBench


@pytest.fixture
def bench(smtp_bench: SmtpBench) -> SmtpBench:
    return smtp_bench


class TestSender(SenderContract):
    pass
