"""People of a real domain, and the other accounts that may be theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.domain.people import Person
from tests.servers.samba_seed import STAFF

if TYPE_CHECKING:
    from tests.connectors.ad_office import AdOffice


def test_people_are_found_by_equality_alone(ad: AdOffice):
    boss = ad.hire("Bo Boss", login="boboss")
    ann = ad.hire(
        "Ann Lee", login="annlee", employeeID="4711", title="Sales", telephoneNumber="+44 117 496 0001", manager=boss
    )
    connection = ad.connect()
    person = Person(
        id=ad.id_of(ann),
        system="ad",
        login="annlee",
        name="Ann Lee",
        mail="annlee@corp.test",
        employee_number="4711",
        title="Sales",
        phone="+44 117 496 0001",
        manager=boss.split(",")[0].removeprefix("CN="),
    )
    for key in ("annlee", "ANNLEE", "annlee@corp.test", "4711"):
        assert connection.find(key) == [person]
    for key in ("annle", "annlee*", "*", "", ")(objectClass=*", "471"):
        assert connection.find(key) == []
    assert connection.recognise(person) == [person]
    assert [near.login for near in connection.near("annle")][:1] == ["annlee"]


def test_computers_contacts_and_groups_are_no_people(ad: AdOffice):
    connection = ad.connect()
    before = connection.staff()
    ad.first.admin().add(f"CN=PC9,{STAFF}", "computer", {"sAMAccountName": "PC9$", "userAccountControl": 4096})
    ad.first.admin().add(f"CN=Some Contact,{STAFF}", "contact", {"mail": "contact@corp.test"})
    ad.group("contact")
    assert connection.find("PC9$") == connection.find("contact@corp.test") == []
    assert ad.connect().staff() == before
    ad.hire()
    assert ad.connect().staff() == before + 1


def test_an_account_without_a_display_name_is_called_by_its_entry(ad: AdOffice):
    ad.hire(rdn="CN=Plain Jane", login="jane", displayName=None)
    (jane,) = ad.connect().find("jane")
    assert jane.name == "Plain Jane"


def test_the_employee_number_may_stand_elsewhere(ad: AdOffice):
    ad.hire(login="numbered", employeeNumber="N-5")
    assert ad.connect().find("N-5") == []
    (found,) = ad.connect(employee_number="employeeNumber").find("N-5")
    assert (found.login, found.employee_number) == ("numbered", "N-5")


def test_second_accounts_and_what_they_answer_for_are_found(ad: AdOffice):
    eve = ad.hire("Eve Stone", login="estone", employeeID="E-1", employeeNumber="X-9")
    expected = {
        "adm-estone": "mark of a second account",
        "estone-admin": "mark of a second account",
        "estone.test": "mark of a second account",
        "admestone": "mark of a second account",
        "other1": "same employee number, E-1",
        "other2": "same employee number, E-1",
        "other3": "begins with the same name, estone@",
        "other4": "begins with the same name, estone@",
        "svc-report": "service account (manager)",
        "pc77$": "computer (managedBy)",
        "Stone Team": "group (managedBy)",
    }
    for login in ("adm-estone", "estone-admin", "estone.test", "admestone"):
        ad.hire(login=login, mail=None)
    ad.hire(login="other1", employeeID="E-1")
    ad.hire(login="other2", employeeNumber="E-1")
    ad.hire(login="other3", mail="estone@daughter.test")
    ad.hire(login="other4", proxyAddresses=["smtp:estone@elsewhere.test"])
    ad.hire(login="svc-report", manager=eve, userAccountControl=66048, mail=None)
    ad.hire(login="report", manager=eve)  # only reports to her
    ad.hire(login="lestone")
    ad.hire(login="estones", employeeID="E-11", mail="estone2@corp.test")
    admin = ad.first.admin()
    admin.add(f"CN=PC77,{STAFF}", "computer", {"sAMAccountName": "pc77$", "userAccountControl": 4096, "managedBy": eve})
    admin.add(
        f"CN=Stone Team,{STAFF}", "group", {"sAMAccountName": "Stone Team", "groupType": -2147483646, "managedBy": eve}
    )
    connection = ad.connect()
    (person,) = connection.find("estone")
    found = {kin.person.login: kin for kin in connection.twins(person)}
    assert set(found) == set(expected)
    for login, why in expected.items():
        assert why in found[login].why, login
    assert found["adm-estone"].person == connection.find("adm-estone")[0]
    assert connection.twins(person) == connection.twins(person)


@pytest.mark.parametrize("attribute", ["employee_number", "mail"])
def test_a_person_of_another_system_is_recognised_first(ad: AdOffice, attribute: str):
    login = f"kin{attribute[:3]}"
    ad.hire("Kim Kin", login=login, employeeID=f"K-{attribute[:3]}")
    ad.hire(login=f"adm-{login}", mail=None)
    keys = {"employee_number": f"K-{attribute[:3]}", "mail": f"{login}@corp.test"}
    other = Person(id="uuid-kim", system="office-ldap", login="kk", name="Kim Kin", **{attribute: keys[attribute]})
    assert [kin.person.login for kin in ad.connect().twins(other)] == [f"adm-{login}"]


def test_somebody_with_nothing_to_go_by_has_no_second_account(ad: AdOffice):
    assert ad.connect().twins(Person(id="", system="ad", login="", name="")) == []
