"""Names that need escaping: real accounts, groups and places of such names are shut, taken out, moved, put back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.errors import NotFound, Rejected
from tests.connectors.ad_office import BY_CODE, SHUT
from tests.servers.samba_seed import LEAVERS, STAFF

if TYPE_CHECKING:
    from tests.connectors.ad_office import AdOffice

NAMES = {
    "comma": "Lee\\, Ann",
    "plus": "Ann\\+Bo",
    "sharp in front": "\\#1 Ann",
    "sharp within": "Ann #1",
    "blank in front": "\\ Bea",
    "blank at the end": "Ann\\ ",
    "two blanks": "Ann  Lee",
    "quotes": 'Ann \\"the boss\\" Lee',
    "slash": "Ann/Lee",
    "backslash": "Ann\\\\Lee",
    "semicolon": "Ann\\; Lee",
    "angle brackets": "Ann \\<ann\\>",
    "equals": "cn\\=Ann",
    "star and brackets": "Ann* (Lee)",
    "umlauts": "Zoë Müller-Straße",
    "Cyrillic": "Анна Ли",
    "Chinese": "李安",
    "an emoji": "Ann 🎈",
    "composed otherwise": "Rene\u0301",
    "looks like an id": "\\<GUID\\=8ec89b79-da8e-4b09-8f41-5aef126daad9\\>",
}  # fmt: skip


@pytest.mark.parametrize("name", list(NAMES.values()), ids=list(NAMES))
def test_whatever_somebody_is_called_they_are_shut_taken_out_moved_and_put_back(ad: AdOffice, name: str):
    admin = ad.first.admin()
    place = f"OU={name},{STAFF}"
    admin.add(place, "organizationalUnit")
    person = ad.hire("Ann", rdn=f"CN={name}", place=place)
    guid = ad.id_of(person)
    group = f"CN=group {name},{place}"
    admin.add(group, "group", {"sAMAccountName": f"g{guid[:8]}", "groupType": -2147483646})
    admin.modify(group, {"member": [("MODIFY_ADD", [person])]})
    group_id = ad.id_of(group)
    connection = ad.connect()
    state = connection.account(guid)
    connection.set_account(guid, SHUT)
    assert connection.account(guid) == BY_CODE
    connection.set_account(guid, state)
    assert connection.account(guid) == state
    held = connection.memberships(guid)[group_id]
    connection.set_membership(guid, group_id, None)
    assert connection.membership(guid, group_id) is None
    connection.set_membership(guid, group_id, held.state)
    assert connection.membership(guid, group_id) == held.state
    before, was = connection.placement(guid), ad.name_of(guid)
    connection.set_placement(guid, {"in": LEAVERS})
    assert connection.placement(guid) == {"in": LEAVERS}
    connection.set_placement(guid, before)
    assert (connection.placement(guid), ad.name_of(guid)) == (before, was)


def test_moving_is_done_once_and_to_places_that_are_there(ad: AdOffice):
    guid = ad.id_of(ad.hire())
    connection = ad.connect(delegated=True)
    connection.set_placement(guid, {"in": LEAVERS.upper().replace(",", ", ")})
    connection.set_placement(guid, {"in": LEAVERS})
    assert connection.placement(guid) == {"in": LEAVERS}
    for nowhere in (f"OU=Nowhere,{STAFF}", "no name at all", ""):
        with pytest.raises(NotFound, match="there is no place"):
            connection.set_placement(guid, {"in": nowhere})
    assert connection.placement("00000000-0000-0000-0000-000000000000") is None
    with pytest.raises(NotFound):
        connection.set_placement("00000000-0000-0000-0000-000000000000", {"in": LEAVERS})


def test_a_namesake_in_the_way_is_said_and_nobody_is_moved(ad: AdOffice):
    person = ad.hire(rdn="CN=In The Way")
    ad.hire(rdn="CN=In The Way", place=LEAVERS)
    guid = ad.id_of(person)
    with pytest.raises(Rejected, match="cannot move CN=In The Way") as caught:
        ad.connect().set_placement(guid, {"in": LEAVERS})
    assert "rename one of them" in caught.value.hint
    assert ad.name_of(guid) == person


def test_a_group_named_like_a_filter_is_one_group(ad: AdOffice):
    person = ad.hire()
    group = ad.group("All (staff)(objectClass", person)
    held = ad.connect().memberships(ad.id_of(person))
    assert held[ad.id_of(group)].label.startswith("All (staff)(objectClass")
