"""The address list offers the leaver no more."""

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
    wishes = there_and_back(
        step_class("hide_from_address_list")(acme), exchange_office.leaving(), exchange_office.connect()
    )
    assert len(wishes) == 1
    exchange_office.connect().mailbox_kind(box["Guid"])
    assert {key: value for key, value in box.items() if not key.startswith(("_shared", "_becomes"))} == before


def test_a_mailbox_of_active_directory_is_hidden_there(exchange_office: Office, acme: House):
    exchange_office.ruth["IsDirSynced"] = True
    step, departure, mail = (
        step_class("hide_from_address_list")(acme),
        exchange_office.leaving(),
        exchange_office.connect(),
    )
    snapshot = step.observe(departure, mail)
    assert list(step.plan(departure, snapshot, {})) == []
    assert "Active Directory" in next(step.beyond(departure, snapshot))
