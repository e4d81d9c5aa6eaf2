"""Finding people in a real OpenLDAP server."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from offboard.domain.capabilities import Accounts, Connector, Directory, Groups
from offboard.domain.people import Person
from offboard.errors import Denied, NotFound, Rejected
from tests.servers.slapd import person

if TYPE_CHECKING:
    from tests.connectors.ldap_office import Office


def test_a_person_is_found_by_login_mail_or_number_whatever_the_case(office: Office):
    connection = office.connect()
    alice = Person(
        id=office.id_of("alice"),
        system="office",
        login="alice",
        name="Alice Archer",
        mail="alice@corp.test",
        employee_number="1001",
        title="Sales",
        phone="+44 117 496 0101",
        manager="carol",
    )
    for key in ("alice", "ALICE", " alice ", "Alice@Corp.Test", "1001"):
        assert connection.find(key) == [alice]


def test_only_equality_counts(office: Office):
    connection = office.connect()
    for key in (
        "",
        " ",
        "*",
        "ali*",
        "al",
        "Alice Archer",
        ")(uid=*",
        "*)(|(objectClass=*",
        "\\2a",
        "\x00",
        "alice\x00",
    ):
        assert connection.find(key) == [], key
    # Full-width letters, which LDAP itself takes for the plain ones, a lone surrogate, and more than anybody is called.
    for key in (
        "\uff41\uff4c\uff49\uff43\uff45",
        "a" * 10_000,
        "\ud800",
        "uid=alice,ou=people,dc=corp,dc=test",
        "01001",
    ):
        assert connection.find(key) == [], key


def test_two_people_with_one_number_are_both_told(office: Office):
    office.server.add(person("alice2", "Alice Two", "1001"))
    assert [one.login for one in office.connect().find("1001")] == ["alice", "alice2"]


def test_near_misses_are_named(office: Office):
    connection = office.connect()
    for key, expected in (
        ("alcie", "alice"),
        ("Archer", "alice"),
        ("bobby baker", "bob"),
        ("alice@corp.example", "alice"),
        ("100", "alice"),
    ):
        assert expected in [one.login for one in connection.near(key)], key


def test_near_misses_are_few_and_nothing_is_near_to_nothing(office: Office):
    office.server.add("".join(person(f"temp{number}", f"Temp {number}", f"9{number:03}") for number in range(150)))
    connection = office.connect()
    assert len(connection.near("temp")) == 10
    for key in ("", "  ", "\ud800", "zzzzzz"):
        assert connection.near(key) == []


def test_accounts_that_share_one_attribute_are_recognised(office: Office):
    connection = office.connect()
    stranger = Person(id="x", system="hr", login="nobody", name="Nobody")
    assert connection.recognise(stranger) == []
    assert [one.login for one in connection.recognise(replace(stranger, mail="BOB@corp.test"))] == ["bob"]
    both = replace(stranger, login="alice", employee_number="1002")
    assert sorted(one.login for one in connection.recognise(both)) == ["alice", "bob"]
    assert connection.recognise(replace(stranger, login="*", mail=" ")) == []


def test_of_several_addresses_the_one_that_was_asked_for_is_told(office: Office):
    office.change("uid=alice,ou=people,dc=corp,dc=test", "add: mail", "mail: a.archer@corp.test")
    connection = office.connect()
    assert connection.find("a.archer@corp.test")[0].mail == "a.archer@corp.test"
    assert connection.find("alice")[0].mail == "alice@corp.test"


def test_everybody_is_counted_page_by_page(office: Office):
    office.server.add("".join(person(f"p{number}", f"P {number}", f"8{number:04}") for number in range(1100)))
    assert office.connect().staff() == 1105


def test_services_and_other_branches_are_no_people(office: Office):
    office.server.add(
        "dn: uid=eve,ou=leavers,dc=corp,dc=test\nobjectClass: inetOrgPerson\n"
        "uid: eve\ncn: Eve\nsn: Eve\nmail: eve@corp.test\n"
    )
    connection = office.connect(people_base="ou=people,dc=corp,dc=test")
    assert connection.find("eve") == []
    assert connection.find("offboard") == []
    assert connection.staff() == 5


def test_other_names_of_attributes(office: Office):
    connection = office.connect(login="mail", mail="uid", person_class="person", full_name="sn")
    (found,) = connection.find("alice")
    assert (found.login, found.mail, found.name) == ("alice@corp.test", "alice", "Archer")


def test_a_base_that_is_not_there(office: Office):
    with pytest.raises(NotFound, match="dc=nowhere"):
        office.connect(base="dc=nowhere,dc=test").find("alice")


def test_an_id_that_cannot_be_read_is_a_missing_right(office: Office):
    with pytest.raises(Denied, match="ipHostNumber") as caught:
        office.connect(id_attribute="ipHostNumber").find("alice")
    assert "id_attribute" in caught.value.hint


def test_an_id_that_two_entries_share_is_refused(office: Office):
    office.server.add(person("alice2", "Alice Two", "1001"))
    connection = office.connect(id_attribute="employeeNumber")
    with pytest.raises(Rejected, match="2 entries"):
        connection.account("1001")


def test_a_limit_of_the_server_is_an_error_and_no_short_answer(office: Office):
    office.change("ou=people,dc=corp,dc=test", "replace: description", "description: x")
    office.server.stop()
    config = office.server.folder / "slapd.conf"
    config.write_text(config.read_text().replace("sizelimit unlimited", "sizelimit 1"))
    office.server.start()
    office.server.add(person("alice2", "Alice Two", "1001"))
    with pytest.raises(Rejected, match="sizeLimitExceeded") as caught:
        office.connect("reader").find("1001")
    assert "limits" in caught.value.hint


def test_it_has_the_capabilities(office: Office):
    connection: Connector = office.connect()
    for capability in (Directory, Accounts, Groups):
        assert isinstance(connection, capability)
    assert (connection.name, connection.kind, connection.calls_at_once) == ("office", "ldap", 4)
