"""The successor gets into the mailbox, and no longer after an undo."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING

from offboard.steps import step_class
from tests.steps.memory import there_and_back

if TYPE_CHECKING:
    from offboard.domain.capabilities import House
    from tests.connectors.exchange_office import Office


def test_what_is_changed_comes_back(exchange_office: Office, acme: House):
    box = exchange_office.ruth
    before = copy.deepcopy({key: value for key, value in box.items() if not key.startswith(("_shared", "_becomes"))})
    step = step_class("open_mailbox")(acme)
    wishes = there_and_back(step, exchange_office.leaving(), exchange_office.connect())
    assert len(wishes) == 2
    exchange_office.connect().mailbox_kind(box["Guid"])
    assert {key: value for key, value in box.items() if not key.startswith(("_shared", "_becomes"))} == before


def test_nobody_is_let_in_where_nobody_follows(exchange_office: Office, acme: House):
    step, mail = step_class("open_mailbox")(acme), exchange_office.connect()
    departure = replace(exchange_office.leaving(), successor=None)
    snapshot = step.observe(departure, mail)
    assert list(step.plan(departure, snapshot, {})) == []
    assert next(step.beyond(departure, snapshot)).startswith("nobody takes over")
