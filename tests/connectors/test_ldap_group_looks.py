"""What looking at memberships asks of a real OpenLDAP server, and that nothing is missed for asking less."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from offboard.connectors import _ldap_groups, _ldap_link
from tests.connectors.ldap_office import ALICE, Office

if TYPE_CHECKING:
    import pytest

GROUPS = "ou=groups,dc=corp,dc=test"


def asked(connection: Any, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Note from now on what the connection asks: the kind of call, and where or by which filter."""
    calls: list[tuple[str, str]] = []
    for word in ("search", "pages", "modify"):
        call = getattr(connection._link, word)

        def noted(*args: Any, call: Any = call, word: str = word, **more: Any) -> Any:
            calls.append((word, str(args[1])))
            return call(*args, **more)

        monkeypatch.setattr(connection._link, word, noted)
    return calls


def test_one_look_and_one_write_per_group(office: Office, monkeypatch: pytest.MonkeyPatch):
    alice, connection = office.id_of("alice"), office.connect()
    found = connection.memberships(alice)
    calls = asked(connection, monkeypatch)
    for group_id, membership in found.items():
        if not membership.note:
            connection.set_membership(alice, group_id, None)
    assert [word for word, _ in calls] == ["search", "modify"] * 3
    calls.clear()
    connection.memberships(alice)
    words = [word for word, _ in calls]
    assert words == ["search"] * 4, "the account, her groups twice, and the members of vpn"


def test_what_one_connection_read_of_an_account_serves_the_writes_of_another(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    alice, first = office.id_of("alice"), office.connect()
    second = type(first)(first.name, first._settings, first._sign_in._safe._vault)
    office.opened.append(second)
    second._link.root()
    found = {group_id: one for group_id, one in first.memberships(alice).items() if not one.note}
    calls = asked(second, monkeypatch)

    for group_id in found:
        second.set_membership(alice, group_id, None)

    assert [word for word, _ in calls] == ["search", "modify"] * 3, "each group, and never the account"
    assert not found.keys() & first.memberships(alice).keys()


def test_what_was_read_too_long_ago_is_read_again(office: Office, monkeypatch: pytest.MonkeyPatch):
    alice, connection = office.id_of("alice"), office.connect()
    connection.memberships(alice)
    monkeypatch.setattr("offboard.connectors._ldap_seen.FRESH", 0.0)
    calls = asked(connection, monkeypatch)
    connection.set_membership(alice, office.group_id("staff"), None)
    assert [word for word, _ in calls] == ["search", "search", "modify"]


def test_more_groups_than_the_server_gives_at_once_are_read_page_by_page(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    alice, connection = office.id_of("alice"), office.connect()
    found = connection.memberships(alice)
    search, ask = connection._link.search, connection._link._entries
    pages: list[int] = []
    monkeypatch.setattr(_ldap_link, "_PAGE", 1)
    monkeypatch.setattr(connection._link, "search", lambda *a, **k: search(*a, **k | {"limit": 1}))
    monkeypatch.setattr(connection._link, "_entries", lambda: (entries := ask(), pages.append(len(entries)))[0])
    assert connection.memberships(alice) == found
    assert max(pages) == 1
    assert len(pages) > len(found)


def test_the_whole_directory_is_searched_again_once_somebody_may_be_listed(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    alice, connection, staff = office.id_of("alice"), office.connect(), office.group_id("staff")
    office.server.modify(f"dn: cn=sales,{GROUPS}\nchangetype: delete\n")
    calls = asked(connection, monkeypatch)

    def everywhere() -> int:
        return sum("!(uniqueMember" in filter_ for _, filter_ in calls)

    state = connection.memberships(alice)[staff].state
    connection.memberships(alice)
    assert everywhere() == 1, "nobody is listed by a unique name here"

    connection.set_membership(alice, staff, None)
    connection.set_membership(alice, staff, state)
    connection.memberships(alice)
    assert everywhere() == 2, "we have written a list since"

    office.server.add(f"dn: cn=odd,{GROUPS}\nobjectClass: groupOfUniqueNames\ncn: odd\nuniqueMember: {ALICE}#'01'B\n")
    monkeypatch.setattr(_ldap_groups, "_NONE_LISTED", 0.0)
    for _ in range(2):
        assert office.group_id("odd") in connection.memberships(alice)
    assert everywhere() == 4, "where there are such lists, every look reads them"
