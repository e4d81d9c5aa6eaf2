"""The mailbox becomes a shared one in its own time, and licences wait for that."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from offboard.steps import step_class
from tests.steps.memory import there_and_back

if TYPE_CHECKING:
    from offboard.domain.capabilities import House
    from tests.connectors.exchange_office import Office


def test_what_is_changed_comes_back(exchange_office: Office, acme: House):
    box = exchange_office.ruth
    before = copy.deepcopy({key: value for key, value in box.items() if not key.startswith(("_shared", "_becomes"))})
    step = step_class("share_mailbox")(acme)
    wishes = there_and_back(step, exchange_office.leaving(), exchange_office.connect())
    assert len(wishes) == 1
    exchange_office.connect().mailbox_kind(box["Guid"])
    assert {key: value for key, value in box.items() if not key.startswith(("_shared", "_becomes"))} == before


def test_becoming_shared_is_waited_for_until_a_time(exchange_office: Office, acme: House):
    exchange_office.standin.sharing_takes = 3600
    step, departure, mail = step_class("share_mailbox")(acme), exchange_office.leaving(), exchange_office.connect()
    (wish,) = step.plan(departure, step.observe(departure, mail), {})
    step.write(departure, mail, wish.target, wish.after)
    found = step.observe(departure, mail)[wish.target]
    waiting = step.waiting(found, wish.after)
    assert not step.holds(found, wish.after)
    assert waiting is not None
    assert waiting.until == "2026-12-02T17:00:00.000Z"
    exchange_office.ruth["_shared_at"] = 0.0
    found = step.observe(departure, exchange_office.connect())[wish.target]
    assert step.holds(found, wish.after)
    assert step.waiting(found, wish.after) is None
