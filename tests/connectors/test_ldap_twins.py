"""Second accounts, accounts that somebody answers for, and whom our account may not touch, on a real OpenLDAP."""

from __future__ import annotations

import pytest

from offboard.connectors._ldap_faults import UNWILLING
from offboard.domain.holdings import Reach, Twins
from tests.connectors.ldap_office import ALICE, Office
from tests.servers.slapd import person

SERVICES = "ou=services,dc=corp,dc=test"


def account(name: str, *lines: str) -> str:
    return "\n".join([f"dn: uid={name},{SERVICES}", "objectClass: account", f"uid: {name}", *lines]) + "\n"


def test_second_accounts_and_those_they_answer_for_are_found_with_the_reason(office: Office):
    for ldif in (
        account("adm-alice"),
        account("alice-test"),
        account("alice2"),
        account("malice"),
        account("alicepond"),
        account("backup", "objectClass: extensibleObject", f"owner: {ALICE}"),
        account("fax", "objectClass: extensibleObject", f"manager: {ALICE}"),
        account("boardroom", "objectClass: extensibleObject", f"secretary: {ALICE}"),
        person("aarcher", "Alice Archer", "1001"),
        person("pat", "Pat Report", "1010", manager="alice"),
    ):
        office.server.add(ldif)
    office.server.add(
        "dn: cn=owned,ou=groups,dc=corp,dc=test\nobjectClass: groupOfNames\ncn: owned\n"
        f"owner: {ALICE}\nmember: {ALICE}\n"
    )
    connection = office.connect()
    assert isinstance(connection, Twins)
    (alice,) = connection.find("alice")
    found = {kin.person.login: kin.why for kin in connection.twins(alice)}
    assert found == {
        "adm-alice": "adm-alice is called like alice.",
        "alice-test": "alice-test is called like alice.",
        "alice2": "alice2 is called like alice.",
        "aarcher": "aarcher has the same number, 1001.",
        "backup": "Alice Archer answers for backup (owner).",
        "fax": "Alice Archer answers for fax (manager).",
        "boardroom": "Alice Archer answers for boardroom (secretary).",
    }
    assert {kin.person.id for kin in connection.twins(alice)} >= {office.id_of("backup"), office.id_of("aarcher")}
    assert connection.twins(connection.find("dave")[0]) == []


def test_whoever_leads_hundreds_still_has_every_second_account_found(office: Office):
    # More than one page, and the second account last of all.
    office.server.add("\n".join(person(f"r{n}", f"Report {n}", f"9{n:04}", manager="alice") for n in range(510)))
    office.server.add(account("adm-alice"))
    connection = office.connect()
    (alice,) = connection.find("alice")
    assert [kin.person.login for kin in connection.twins(alice)] == ["adm-alice"]


@pytest.mark.parametrize(
    ("service", "lacking"),
    [("", []), ("offboard", []), ("blind", []), ("reader", ["userPassword", "pwdAccountLockedTime"])],
)
def test_whom_our_account_may_not_write_is_known_before(office: Office, service: str, lacking: list[str]):
    before = office.server.search("(objectClass=*)", ["*", "+"])
    connection = office.connect(service)
    assert isinstance(connection, Reach)
    found = connection.out_of_reach(office.id_of("alice"))
    assert [name for name in lacking if not any(f"write {name} of {ALICE}" in one for one in found)] == []
    assert len(found) == len(lacking)
    assert office.server.search("(objectClass=*)", ["*", "+"]) == before, "nothing was changed by asking"


def test_a_lock_that_cannot_be_set_is_said(office: Office):
    assert "only the replaced password" in office.connect("reader").out_of_reach(office.id_of("alice"))[1]


def test_our_own_account_is_out_of_reach(office: Office):
    own = office.server.search("(cn=offboard)", ["entryUUID"])[0]["entryUUID"][0]
    connection = office.connect("offboard")
    assert "itself signs in with" in connection.out_of_reach(own)[0]
    assert connection.out_of_reach("00000000-0000-0000-0000-000000000000") == []


def test_a_server_that_does_not_tell_is_said_to_be_one(office: Office, monkeypatch: pytest.MonkeyPatch):
    connection = office.connect()
    monkeypatch.setattr(connection._link, "modify", lambda *_, **__: UNWILLING)
    health = connection.health()
    assert health.rights_missing == ()
    assert [limit for limit in health.cannot if limit.startswith("tell whether our account may write userPassword")]
    assert connection.out_of_reach(office.id_of("alice")) == []


@pytest.mark.parametrize("sort", ["posixAccount", "shadowAccount"])
def test_rights_on_machines_are_tried_where_there_are_such_accounts(office: Office, sort: str):
    known = set(office.connect().health().rights_held)
    extra = "uidNumber: 5009\ngidNumber: 5009\nhomeDirectory: /h\ncn: fay\n" if sort == "posixAccount" else ""
    office.server.add(
        f"dn: uid=fay,ou=people,dc=corp,dc=test\nobjectClass: inetOrgPerson\nobjectClass: {sort}\nuid: fay\nsn: Fay\n"
        + (extra or "cn: fay\n")
    )
    attribute = {"posixAccount": "loginShell", "shadowAccount": "shadowExpire"}[sort]
    assert set(office.connect().health().rights_held) - known == {f"write {attribute}"}
    assert f"write {attribute}" in office.connect("offboard").health().rights_missing
