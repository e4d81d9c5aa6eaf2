"""Consents, sign-in methods, devices and licences in Entra: taken away, read back, given back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.errors import Denied, Rejected, Throttled, Unreachable

if TYPE_CHECKING:
    from tests.connectors.entra_office import Office


def test_only_what_this_person_agreed_to_is_taken_back(tenant: Office):
    _, mailer = tenant.standin.add_app("Mailer")
    _, notes = tenant.standin.add_app("Notes")
    tenant.standin.add_consent(mailer, "Mail.Read offline_access", who=tenant.ruth)
    tenant.standin.add_consent(mailer, "Mail.Read", who=tenant.sam)
    tenant.standin.add_consent(notes, "User.Read")
    connection = tenant.connect()
    before = connection.consents(tenant.ruth)
    ((consent_id, held),) = before.items()
    assert held.label == "Mailer: Mail.Read offline_access"
    for _ in range(2):
        connection.set_consent(tenant.ruth, consent_id, None)
        assert tenant.connect().consents(tenant.ruth) == {}
    assert len(tenant.standin.rows("oauth2PermissionGrants")) == 2
    connection.set_consent(tenant.ruth, consent_id, held.state)
    assert tenant.connect().consents(tenant.ruth) == before


def test_a_kept_connection_takes_nothing_of_whoever_left_before_for_the_next_one(tenant: Office):
    _, mailer = tenant.standin.add_app("Mailer")
    for who in (tenant.ruth, tenant.sam):
        tenant.standin.add_consent(mailer, "Mail.Read", who=who)
    looking, writing = tenant.connect(), tenant.connect()
    (consent_id,) = writing.consents(tenant.ruth)
    assert looking.consents(tenant.sam).keys() == {consent_id}, "the same app, and so the same id"

    writing.set_consent(tenant.sam, consent_id, None)

    assert tenant.connect().consents(tenant.sam) == {}
    assert tenant.connect().consents(tenant.ruth).keys() == {consent_id}


def test_a_fresh_connection_takes_a_consent_back_too(tenant: Office):
    _, mailer = tenant.standin.add_app("Mailer")
    tenant.standin.add_consent(mailer, "Mail.Read", who=tenant.ruth)
    (consent_id,) = tenant.connect().consents(tenant.ruth)
    tenant.connect().set_consent(tenant.ruth, consent_id, None)
    assert tenant.connect().consents(tenant.ruth) == {}


def remove_all(connection, person):
    """Remove every method as the engine does: what is to be tried later is tried after the others."""
    for _ in range(2):
        for method_id in connection.sign_in_methods(person):
            try:
                connection.set_sign_in_method(person, method_id, None)
            except Throttled:
                continue


KINDS = [
    "phone", "email", "fido2", "microsoftAuthenticator", "softwareOath", "windowsHelloForBusiness",
    "temporaryAccessPass", "platformCredential", "external",
]  # fmt: skip


@pytest.mark.parametrize("default", KINDS)
def test_every_kind_of_method_is_removed_and_the_default_one_last(tenant: Office, default):
    for kind in KINDS:
        tenant.standin.add_method(tenant.ruth, kind, default=kind == default)
    tenant.standin.add_method(tenant.sam, "phone")
    connection = tenant.connect()
    before = connection.sign_in_methods(tenant.ruth)
    assert len(before) == len(KINDS)
    remove_all(connection, tenant.ruth)
    assert tenant.connect().sign_in_methods(tenant.ruth) == {}
    assert len(tenant.connect().sign_in_methods(tenant.sam)) == 1
    back = {method_id: held for method_id, held in before.items() if held.one_way is None}
    assert {held.state["kind"] for held in back.values()} == {"phoneAuthenticationMethod", "emailAuthenticationMethod"}
    for method_id, held in back.items():
        connection.set_sign_in_method(tenant.ruth, method_id, held.state)
    assert tenant.connect().sign_in_methods(tenant.ruth) == back


def test_the_password_is_no_method_to_be_removed(tenant: Office):
    assert tenant.connect().sign_in_methods(tenant.ruth) == {}


def test_a_kind_that_has_no_address_is_told_and_none_is_guessed(tenant: Office):
    method = tenant.standin.add_method(tenant.ruth, "hardwareOath")
    connection = tenant.connect()
    assert "Authentication Administrator" in connection.sign_in_methods(tenant.ruth)[method].beyond
    with pytest.raises(Rejected, match="hardwareOath"):
        connection.set_sign_in_method(tenant.ruth, method, None)
    assert tenant.standin.made("DELETE") == []
    tenant.standin.calls.clear()  # v1.0 does not describe this kind, so Microsoft's own description knows no such reply


def test_what_cannot_be_registered_for_others_is_refused(tenant: Office):
    with pytest.raises(Rejected, match="registers it again"):
        tenant.connect().set_sign_in_method(tenant.ruth, "x", {"kind": "fido2AuthenticationMethod"})


def test_devices_are_disabled_and_enabled_and_never_deleted(tenant: Office):
    laptop = tenant.standin.add_device("LAP-1", owner=tenant.ruth)
    old = tenant.standin.add_device("LAP-0", owner=tenant.ruth, enabled=False, onPremisesSyncEnabled=True)
    connection = tenant.connect()
    before = connection.devices(tenant.ruth)
    assert {device: held.state for device, held in before.items()} == {
        laptop: {"enabled": True},
        old: {"enabled": False},
    }
    assert "disable the computer there too" in before[old].note
    for _ in range(2):
        connection.set_device(tenant.ruth, laptop, {"enabled": False})
        assert tenant.connect().devices(tenant.ruth)[laptop].state == {"enabled": False}
    connection.set_device(tenant.ruth, laptop, before[laptop].state)
    assert tenant.connect().devices(tenant.ruth) == before
    with pytest.raises(Rejected, match="never taken away"):
        connection.set_device(tenant.ruth, laptop, None)
    assert tenant.standin.made("DELETE") == []


def test_licences_directly_and_by_group(tenant: Office):
    office, power = tenant.standin.add_sku("SPE_E5"), tenant.standin.add_sku("POWER_BI_PRO")
    group = tenant.standin.add_group("E5", members=[tenant.ruth], licences=[office])
    tenant.standin.give_licence(tenant.ruth, power)
    connection = tenant.connect()
    before = connection.licences(tenant.ruth)
    assert before[power].label == "POWER_BI_PRO"
    assert before[power].beyond == ""
    assert group in before[f"{office}:{group}"].beyond
    for _ in range(2):
        connection.set_licence(tenant.ruth, power, None)
        assert tenant.connect().licences(tenant.ruth).keys() == {f"{office}:{group}"}
    connection.set_licence(tenant.ruth, power, before[power].state)
    assert tenant.connect().licences(tenant.ruth) == before
    connection.set_membership(tenant.ruth, group, None)
    assert tenant.connect().licences(tenant.ruth).keys() == {power}


@pytest.mark.parametrize(
    ("right", "write"),
    [
        ("Device.ReadWrite.All",
         lambda office, there: there.set_device(office.ruth, office.device, {"enabled": False})),
        ("LicenseAssignment.ReadWrite.All", lambda office, there: there.set_licence(office.ruth, office.sku, None)),
        ("UserAuthenticationMethod.ReadWrite.All",
         lambda office, there: there.set_sign_in_method(office.ruth, office.method, None)),
        ("DelegatedPermissionGrant.ReadWrite.All",
         lambda office, there: there.set_consent(office.ruth, *there.consents(office.ruth), None)),
    ],
)  # fmt: skip
def test_a_missing_right_is_named(tenant: Office, right, write):
    _, mailer = tenant.standin.add_app("Mailer")
    tenant.standin.add_consent(mailer, "Mail.Read", who=tenant.ruth)
    tenant.device = tenant.standin.add_device("LAP-1", owner=tenant.ruth)
    tenant.sku = tenant.standin.add_sku("POWER_BI_PRO")
    tenant.standin.give_licence(tenant.ruth, tenant.sku)
    tenant.method = tenant.standin.add_method(tenant.ruth, "phone")
    tenant.grant("Directory.Read.All", "UserAuthenticationMethod.Read.All")
    with pytest.raises(Denied) as caught:
        write(tenant, tenant.connect())
    assert right in caught.value.hint


@pytest.mark.parametrize("how", ["closed", "cut", "silence"])
def test_half_an_answer_is_none(tenant: Office, how):
    tenant.standin.add_device("LAP-1", owner=tenant.ruth)
    connection = tenant.connect(timeout=1)
    tenant.standin.fail(match="*", how=how, next=9)
    with pytest.raises(Unreachable):
        connection.devices(tenant.ruth)
