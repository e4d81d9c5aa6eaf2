"""Until when Kerberos tickets from before go on working, on a real Samba domain controller."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from offboard.connectors._ad_values import moment_of, ticks_of
from offboard.domain.departure import instant
from tests.connectors.ad_office import BY_CODE, SHUT, AdOffice
from tests.servers.samba_seed import BASE

if TYPE_CHECKING:
    from collections.abc import Iterator

POLICY = f"CN=Default Domain Policy,CN=System,{BASE}"
HOUR = 36_000_000_000


@pytest.fixture
def policy(ad: AdOffice) -> Iterator[str]:
    """Lend the domain's policy, which says nothing of tickets again afterwards."""
    yield POLICY
    ad.first.write(POLICY, maxTicketAge=[])


def shut(ad: AdOffice, *, delegated: bool = False, **settings: object) -> tuple[datetime, dict[str, object]]:
    """Shut somebody; return when, as the domain has it, and the state."""
    alice = ad.hire()
    connection = ad.connect(delegated=delegated, **({"ticket_hours": None} | settings))
    guid = ad.id_of(alice)
    connection.set_account(guid, SHUT)
    found = connection.account(guid)
    assert isinstance(found, dict)
    return moment_of(int(ad.first.text(alice, "pwdLastSet"))), dict(found)


@pytest.mark.parametrize("delegated", [False, True])
def test_ten_hours_where_the_domain_does_not_say(ad: AdOffice, *, delegated: bool):
    at, found = shut(ad, delegated=delegated)
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)
    assert found == BY_CODE | {"tickets_until": instant(at + timedelta(hours=10))}


@pytest.mark.parametrize(("age", "hours"), [(-4 * HOUR, 4), (4 * HOUR, 4), (0, 10), (-(2**63) + 1, 10)])
def test_as_long_as_the_domain_says(ad: AdOffice, policy: str, age: int, hours: int):
    ad.first.write(policy, maxTicketAge=str(age))
    at, found = shut(ad)
    assert found["tickets_until"] == instant(at + timedelta(hours=hours))


def test_settings_are_believed_before_the_directory(ad: AdOffice, policy: str):
    ad.first.write(policy, maxTicketAge=str(-4 * HOUR))
    at, found = shut(ad, ticket_hours=12)
    assert found["tickets_until"] == instant(at + timedelta(hours=12))


def test_once_they_have_run_out_nothing_is_said(ad: AdOffice, policy: str):
    ad.first.write(policy, maxTicketAge="-10")
    _, found = shut(ad)
    assert found == BY_CODE


def test_an_open_account_has_no_end_of_tickets(ad: AdOffice):
    found = ad.connect(ticket_hours=None).account(ad.id_of(ad.hire()))
    assert "tickets_until" not in found


def test_moments_are_counted_both_ways():
    moment = datetime(2026, 12, 1, 17, 0, 0, 123456, UTC)
    assert moment_of(ticks_of(moment)) == moment
