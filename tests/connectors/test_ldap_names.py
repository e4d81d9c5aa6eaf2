"""Names that would break a filter or a DN, on a real OpenLDAP server."""

from __future__ import annotations

from typing import TYPE_CHECKING

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


def test_names_that_would_break_a_filter_or_a_dn_are_just_names(office: Office):
    connection = office.connect()
    escaped = {name: "".join(f"\\{byte:02x}" for byte in name.encode()) for name in ODD}
    for number, part in enumerate(escaped.values()):
        dn = f"cn={part},ou=people,dc=corp,dc=test"
        office.server.add(f"dn: {dn}\nobjectClass: inetOrgPerson\nuid: odd{number}\nsn: odd\nuserPassword: oddpw\n")
        office.server.add(f"dn: cn={part},{GROUPS}\nobjectClass: groupOfNames\nmember: {dn}\n")
    before = office.groups()
    for number, name in enumerate(ODD):
        odd = office.id_of(f"odd{number}")
        found = connection.memberships(odd)
        assert [m.state for m in found.values()] == [{"member": ["{dn}"]}], name
        assert [m.label.strip() for m in found.values()] == [name.strip()]
        state = connection.account(odd)
        connection.set_account(odd, SHUT)
        assert connection.account(odd) == SHUT
        for group_id, membership in found.items():
            connection.set_membership(odd, group_id, None)
            assert connection.membership(odd, group_id) is None
            connection.set_membership(odd, group_id, membership.state)
        connection.set_account(odd, state)
        assert office.server.bind(f"cn={escaped[name]},ou=people,dc=corp,dc=test", "oddpw")
    assert office.groups() == before
