"""Every step that Entra can do, there and back through its connector, against the stand-in for Microsoft Graph."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.departure import Departure
from offboard.steps import step_class
from tests.steps.memory import there_and_back

if TYPE_CHECKING:
    from collections.abc import Callable

    from offboard.domain.capabilities import House
    from tests.connectors.entra_office import Office

NOW = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)


def leaving(office: Office) -> Departure:
    """Return a departure of Ruth, whom Sam follows."""
    connection = office.connect()
    (ruth,), (sam,) = connection.find("1007"), connection.find("1008")
    return Departure(
        number="D-2026-0001",
        leaver=replace(ruth, id="uuid-ruth", system="ldap"),
        moment=NOW,
        timezone="Europe/London",
        playbook="employee",
        requested_by="hr@corp.test",
        requested_at=NOW,
        successor=replace(sam, id="uuid-sam", system="ldap"),
        accounts={"office": ruth},
    )


def with_groups(office: Office) -> None:
    for name in ("Brokers", "London"):
        office.standin.join(office.standin.add_group(name), office.ruth)


def with_roles(office: Office) -> None:
    for name in ("Reports Viewer", "Printer Helper"):
        office.standin.add_role(name)
    office.standin.assign_role(office.ruth, "Reports Viewer")
    office.standin.make_eligible(office.ruth, "Printer Helper")
    _, payroll = office.standin.add_app("Payroll")
    office.standin.give_app_role(office.ruth, payroll)


def with_consents(office: Office) -> None:
    _, mailer = office.standin.add_app("Mailer")
    office.standin.add_consent(mailer, "Mail.Read", who=office.ruth)
    office.standin.add_consent(mailer, "User.Read")


def with_methods(office: Office) -> None:
    office.standin.add_method(office.ruth, "microsoftAuthenticator", default=True)
    office.standin.add_method(office.ruth, "phone")


def with_devices(office: Office) -> None:
    office.standin.add_device("LAPTOP-17", owner=office.ruth)
    office.standin.add_device("OLD-1", owner=office.ruth, enabled=False)


def with_licences(office: Office) -> None:
    for part_number in ("SPB", "VISIOCLIENT"):
        office.standin.give_licence(office.ruth, office.standin.add_sku(part_number))


def with_belongings(office: Office) -> None:
    office.standin.own(office.standin.add_group("Brokers"), office.ruth)
    office.standin.add_app("Price feed", owners=[office.ruth], registered=True)


def with_reports(office: Office) -> None:
    for name in ("Bea Cox", "Cal Dunn"):
        office.standin.set_manager(office.standin.add_person(name), office.ruth)


def with_a_drive(office: Office) -> None:
    office.standin.add_drive(office.ruth)


WHAT: list[tuple[str, Callable[[Office], None], dict[str, Any], int, int]] = [
    ("leave_groups", with_groups, {}, 2, 0),
    ("leave_roles", with_roles, {}, 3, 0),
    ("revoke_consents", with_consents, {}, 1, 0),
    ("remove_sign_in_methods", with_methods, {}, 2, 1),
    ("disable_devices", with_devices, {}, 1, 0),
    ("remove_licences", with_licences, {}, 2, 0),
    ("hand_over_belongings", with_belongings, {}, 3, 0),
    ("reassign_reports", with_reports, {}, 2, 0),
    ("open_drive", with_a_drive, {"days": 14}, 1, 0),
]


@pytest.mark.parametrize(("word", "endow", "options", "changes", "one_way"), WHAT, ids=[what[0] for what in WHAT])
def test_it_is_done_seen_and_put_back(
    house: House, tenant: Office, word: str, endow: Callable[[Office], None], options: dict[str, Any],
    changes: int, one_way: int,
):  # fmt: skip
    endow(tenant)
    step, departure = step_class(word)(replace(house, now=lambda: NOW)), leaving(tenant)
    before = step.observe(departure, tenant.connect())
    wishes = there_and_back(step, departure, tenant.connect(), options)
    assert (len(wishes), len([wish for wish in wishes if wish.one_way])) == (changes, one_way)
    after = step.observe(departure, tenant.connect())
    lost = {wish.target for wish in wishes if wish.one_way}
    assert all(step.holds(after[target], state) for target, state in before.items() if target not in lost)


def test_sessions_are_ended_and_that_shows_by_a_later_instant(house: House, tenant: Office):
    step, departure = step_class("end_sign_in_sessions")(house), leaving(tenant)
    connection = tenant.connect()
    (wish,) = step.plan(departure, step.observe(departure, connection), {})
    assert not step.holds(step.observe(departure, connection)[wish.target], wish.after)
    step.write(departure, connection, wish.target, wish.after)
    assert step.holds(step.observe(departure, tenant.connect())[wish.target], wish.after)


@pytest.mark.parametrize(("end", "ended", "asked"), [("none", 0, 2), ("external", 2, 0), ("all", 3, 0)])
def test_ways_in_from_outside_end_by_choice(house: House, tenant: Office, end: str, ended: int, asked: int):
    drive = tenant.standin.add_drive(tenant.ruth)
    file = tenant.standin.add_file(drive, "offer.docx")
    tenant.standin.share(file, link="anonymous")
    tenant.standin.share(file, link="organization")
    tenant.standin.share(file, outsiders=["bea@client.example"])
    step, departure, connection = step_class("end_shares")(house), leaving(tenant), tenant.connect()
    snapshot = step.observe(departure, connection)
    found = list(step.plan(departure, snapshot, {"end": end}))
    wishes = [wish for wish in found if wish.asks is None]
    assert (len(wishes), len(found)) == (ended, ended + asked)
    for wish in wishes:
        step.write(departure, connection, wish.target, wish.after)
    assert len(step.observe(departure, tenant.connect())) == 3 - ended


def test_whom_nobody_follows_is_listed(house: House, tenant: Office):
    for endow in (with_belongings, with_reports, with_a_drive):
        endow(tenant)
    alone = replace(leaving(tenant), successor=None)
    for word, things in (("hand_over_belongings", 3), ("reassign_reports", 2), ("open_drive", 1)):
        step = step_class(word)(replace(house, now=lambda: NOW))
        snapshot = step.observe(alone, tenant.connect())
        assert list(step.plan(alone, snapshot, {})) == []
        assert len(list(step.beyond(alone, snapshot, {}))) == things, word
