"""The contracts of the connector ``dovecot``, on a real Dovecot with Pigeonhole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.mail import MailboxesContract, MailSessionsContract, ScriptsContract

if TYPE_CHECKING:
    from tests.contracts.dovecot_bench import DovecotBench


@pytest.fixture
def bench(dovecot_bench: DovecotBench) -> DovecotBench:
    return dovecot_bench


class TestMailboxes(MailboxesContract):
    pass


class TestScripts(ScriptsContract):
    pass


class TestMailSessions(MailSessionsContract):
    pass
