"""People of a tenant are found by equality alone; second accounts are looked for by what they are called."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from offboard.domain.people import Person, same_person

if TYPE_CHECKING:
    from tests.connectors.entra_office import Office


@pytest.mark.parametrize("key", ["ruth.castellan@acme.example", "RUTH.Castellan@Acme.Example", "1007", " 1007 "])
def test_by_login_mail_and_number(tenant: Office, key):
    (found,) = tenant.connect().find(key)
    assert (found.id, found.name, found.title) == (tenant.ruth, "Ruth Castellan", "Broker")
    assert found.employee_number == "1007"


@pytest.mark.parametrize(
    "key", ["ruth", "Ruth Castellan", "*", "' or 1 eq 1 or mail eq '", "100", "O'Brien", "", "\ud800", "%", "1007'--"]
)
def test_nobody_is_found_by_less(tenant: Office, key):
    assert tenant.connect().find(key) == []


def test_quotes_in_names_do_no_harm(tenant: Office):
    liam = tenant.standin.add_person("Liam O'Brien", employeeId="o'1")
    assert [one.id for one in tenant.connect().find("o'1")] == [liam]


def test_who_comes_from_active_directory_is_recognised_by_the_short_login(tenant: Office):
    ida = tenant.standin.add_person("Ida Novak", onPremisesSamAccountName="inovak", onPremisesSyncEnabled=True)
    there = Person("1", "ad", "INovak", "Ida Novak", mail="ida@elsewhere.example")
    (found,) = tenant.connect().recognise(there)
    assert (found.id, found.login) == (ida, "inovak")
    assert same_person(found, there)


def test_recognised_by_mail_or_number(tenant: Office):
    there = Person("1", "ldap", "rc", "R. Castellan", mail="ruth.castellan@acme.example", employee_number="1007")
    assert [one.id for one in tenant.connect().recognise(there)] == [tenant.ruth]
    assert tenant.connect().recognise(replace(there, mail="x@acme.example", employee_number="", login="")) == []


def test_near_misses_are_for_messages(tenant: Office):
    assert [one.id for one in tenant.connect().near("Ruth Castelan")] == [tenant.ruth]
    assert tenant.connect().near("") == []


def test_people_are_counted(tenant: Office):
    assert tenant.connect().staff() == 2


def test_second_accounts(tenant: Office):
    add, mail = tenant.standin.add_person, "ruth.castellan@acme.example"
    admin = add("Ruth Admin", userPrincipalName="adm-ruth.castellan@acme.example", mail=None)
    other = add("Ruth C", userPrincipalName="rc@acme.example", mail=None, employeeId="1007")
    trial = add("Trial", userPrincipalName="ruth.castellan-test@acme.onmicrosoft.example", mail=None)
    guest = add("Guest", userPrincipalName="g@acme.example", otherMails=[mail])
    connection = tenant.connect()
    (ruth,) = connection.find(mail)
    kin = {one.person.id: one.why for one in connection.twins(ruth)}
    assert set(kin) == {admin, other, trial, guest}
    assert "same employee number" in kin[other]
    assert "second account" in kin[admin]
    assert connection.twins(Person("x", "elsewhere", "nobody", "Nobody")) == []


def test_guests_and_agents_that_they_sponsor(tenant: Office):
    standin, mail = tenant.standin, "ruth.castellan@acme.example"
    guest = standin.add_person("Gesa Ost", userPrincipalName="gesa_partner.example#EXT#@acme.example", userType="Guest")
    other = standin.add_person("Otto Rau", userPrincipalName="otto@acme.example", userType="Guest")
    _, agent = standin.add_app("Invoice agent")
    standin.add_sponsor(guest, tenant.ruth)
    standin.add_sponsor(agent, tenant.ruth)
    standin.add_sponsor(other, tenant.sam)
    connection = tenant.connect()
    (ruth,) = connection.find(mail)
    kin = {one.person.id: one for one in connection.twins(ruth)}
    assert set(kin) == {guest, agent}
    assert kin[guest].why == "Ruth Castellan answers for this guest as its sponsor."
    assert kin[agent].person.login == "Invoice agent"
    assert "app account" in kin[agent].why
    elsewhere = replace(ruth, id=f"uid={ruth.id}", system="ldap")
    assert not {guest, agent} & {one.person.id for one in connection.twins(elsewhere)}, "an id there is none of ours"


@pytest.mark.parametrize("size", [1, 100])
def test_sponsored_guests_are_read_over_all_pages(tenant: Office, size: int):
    tenant.standin.quirks.page_size = size
    guests = {tenant.standin.add_person(f"Guest {number}", userType="Guest") for number in range(5)}
    for guest in guests:
        tenant.standin.add_sponsor(guest, tenant.ruth)
    connection = tenant.connect()
    (ruth,) = connection.find("1007")
    assert {one.person.id for one in connection.twins(ruth)} == guests
