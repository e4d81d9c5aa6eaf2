"""Phones and mail programs are shut out by protocol, the successor is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offboard.steps import step_class
from tests.steps.memory import there_and_back

if TYPE_CHECKING:
    from offboard.domain.capabilities import House
    from tests.connectors.exchange_office import Office


def test_the_protocols_of_phones_are_closed_and_the_successors_stay(exchange_office: Office, acme: House):
    doors = dict(exchange_office.ruth["_doors"])
    step = step_class("close_mail_protocols")(acme)
    wishes = there_and_back(step, exchange_office.leaving(), exchange_office.connect())
    assert [wish.target for wish in wishes] == ["ActiveSync", "IMAP", "POP", "SMTP AUTH"]
    assert exchange_office.ruth["_doors"] == doors
    written = {name for one in exchange_office.standin.ran("Set-CASMailbox") for name in one}
    assert written & {"OWAEnabled", "MAPIEnabled", "EwsEnabled"} == set()
