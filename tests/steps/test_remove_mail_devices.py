"""Phones are forgotten, and never wiped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.errors import Rejected
from offboard.steps import step_class

if TYPE_CHECKING:
    from offboard.domain.capabilities import House
    from tests.connectors.exchange_office import Office


def test_phones_are_forgotten_and_none_is_wiped(exchange_office: Office, acme: House):
    device = exchange_office.standin.add_device(exchange_office.ruth, "iPhone")
    kept = exchange_office.standin.add_device(exchange_office.sam, "Pixel")
    step, departure, mail = (
        step_class("remove_mail_devices")(acme),
        exchange_office.leaving(),
        exchange_office.connect(),
    )
    (wish,) = step.plan(departure, step.observe(departure, mail), {})
    assert "came last on 2026-11-20" in wish.why
    for _ in range(2):
        step.write(departure, mail, wish.target, wish.after)
    assert step.observe(departure, mail) == {}
    assert (device["_wiped"], list(exchange_office.sam["_devices"])) == (False, [kept["Identity"]])


def test_a_phone_is_never_wiped_whoever_asks(exchange_office: Office):
    link = exchange_office.connect()._exchange
    with pytest.raises(Rejected, match="never run"):
        link.run("Clear-MobileDevice", "wipe a phone", Identity="x")
