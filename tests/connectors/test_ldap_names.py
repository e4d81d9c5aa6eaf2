"""Names that would break a filter or a DN, on a real OpenLDAP server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.connectors.ldap_office import SHUT

if TYPE_CHECKING:
    from tests.connectors.ldap_office import Office

GROUPS = "ou=groups,dc=corp,dc=test"

ODD = (
    "Smith, John",
    "a+b",
    "#hash",
    " outer blanks ",
    'back\\slash "quoted"',
    "<angle>;=",
    "*",
    ")(uid=*",
    "Ünïcødé 名前",
    "\\2a",
)


NAMES = {name: "cn=" + "".join(f"\\{byte:02x}" for byte in name.encode()) for name in ODD} | {
    "written plainly": "cn=Smith\\, John",
    "with a sign in front": "cn=\\#1",
    "of two parts": "cn=Eve\\+Adam+uid=odd",
    "of two parts with commas": "uid=odd+cn=Fox\\, Joe",
    "with a blank at each end": "cn=\\ x\\ ",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_would_break_a_filter_or_a_dn_is_just_a_name(office: Office, name: str):
    part, connection = NAMES[name], office.connect()
    dn = f"{part},ou=people,dc=corp,dc=test"
    office.server.add(
        f"dn: {dn}\nobjectClass: inetOrgPerson\nuid: odd\nsn: odd\nmail: odd@corp.test\nuserPassword: oddpw\n"
    )
    group = part.partition("+uid")[0].removeprefix("uid=odd+")
    office.server.add(f"dn: {group},{GROUPS}\nobjectClass: groupOfNames\nmember: {dn}\n")
    odd, before = office.id_of("odd"), (office.groups(), office.entry("odd"))
    (person,) = connection.find("odd")
    assert (person.id, person.login) == (odd, "odd")
    (group_id,) = found = connection.memberships(odd)
    assert found[group_id].state == {"member": ["{dn}"]}
    if name in ODD:
        assert found[group_id].label.strip() == name.strip()
    assert connection.out_of_reach(odd) == []
    assert connection.twins(person) == []
    state = connection.account(odd)
    connection.set_account(odd, SHUT)
    assert connection.account(odd) == SHUT
    assert not office.server.bind(dn, "oddpw")
    connection.set_membership(odd, group_id, None)
    assert connection.membership(odd, group_id) is None
    connection.set_membership(odd, group_id, found[group_id].state)
    connection.set_account(odd, state)
    assert office.server.bind(dn, "oddpw")
    assert (office.groups(), office.entry("odd")) == before
