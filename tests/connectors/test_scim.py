"""What is SCIM's alone, on a real scim2-server; what every connector promises stands in tests/contracts."""

from __future__ import annotations

from typing import Any

import pytest

from offboard.connectors import scim
from offboard.connectors._scim_groups import CANNOT_WRITE
from offboard.errors import BadSettings, Denied, Drifted, NotFound, Rejected, Unreachable, Untrusted
from tests.connectors.scim_office import OPEN, SHUT, Products
from tests.servers.memory_vault import MemoryVault

NO = {"supported": False}


def journal(saas: Any) -> list[tuple[str, int]]:
    return [(method, status) for method, _, status in saas.server.journal]


def test_what_is_so_already_is_not_written_again(products: Products):
    saas = products.start()
    connection, alice = products.connect(saas), saas.ids["alice"]
    for state in (OPEN, SHUT, SHUT, OPEN, OPEN):
        connection.set_account(alice, state)
    vpn = saas.groups["vpn"]
    state = connection.membership(alice, vpn)
    for wanted in (state, None, None, state, state):
        connection.set_membership(alice, vpn, wanted)
    assert journal(saas) == [("PATCH", 204)] * 4


def test_a_members_entry_comes_back_as_it_was_listed(products: Products):
    saas = products.start()
    connection, alice = products.connect(saas), saas.ids["alice"]
    saas.change(f"Groups/{saas.groups['vpn']}", {"op": "replace", "path": "members", "value": [
        {"value": alice, "type": "User", "display": "The VPN's last user"}]})  # fmt: skip
    before = saas.members("vpn")
    state = connection.membership(alice, saas.groups["vpn"])
    assert state == {"value": alice, "type": "User", "display": "The VPN's last user"}
    connection.set_membership(alice, saas.groups["vpn"], None)
    assert saas.members("vpn") == []
    connection.set_membership(alice, saas.groups["vpn"], state)
    assert saas.members("vpn") == before


def test_a_rename_between_plan_and_write_is_no_drift(products: Products):
    saas = products.start()
    connection, alice = products.connect(saas), saas.ids["alice"]
    planned = connection.memberships(alice)[saas.groups["staff"]].state
    saas.change(f"Users/{alice}", {"op": "replace", "path": "displayName", "value": "Alice Bowman"})
    for group in saas.groups.values():
        saas.change(f"Groups/{group}", {"op": "replace", "path": f'members[value eq "{alice}"].display',
                                        "value": "Alice Bowman"})  # fmt: skip
    assert connection.memberships(alice)[saas.groups["staff"]].state == planned
    connection.set_membership(alice, saas.groups["staff"], None)
    connection.set_membership(alice, saas.groups["staff"], planned)
    assert {"value": alice, "type": "User", "display": "Alice Bowman"} in saas.members("staff")


@pytest.mark.parametrize("differs", [{}, {"etag": NO}, {"filter": NO}, {"patch": NO}, {"patch": NO, "filter": NO}])
def test_products_that_offer_less_are_left_and_put_back_all_the_same(products: Products, differs: dict[str, Any]):
    saas = products.start(**differs)
    connection, alice = products.connect(saas), saas.ids["alice"]
    before = sorted(saas.server.resources(), key=str)
    assert [person.id for person in connection.find("alice@corp.test")] == [alice]
    account, found = connection.account(alice), connection.memberships(alice)
    connection.set_account(alice, SHUT)
    assert saas.user("alice")["active"] is False
    assert {one.label: one.beyond for one in found.values()} == {"vpn": "", "staff": "", "sales": ""}
    for group_id in found:
        connection.set_membership(alice, group_id, None)
    assert connection.memberships(alice) == {}
    assert len(saas.members("staff")) == 2
    for group_id, one in found.items():
        connection.set_membership(alice, group_id, one.state)
    connection.set_account(alice, account)
    after = sorted(saas.server.resources(), key=str)
    assert [_sorted(one) for one in after] == [_sorted(one) for one in before]
    assert {method for method, _ in journal(saas)} == {"PUT" if "patch" in differs else "PATCH"}


def _sorted(resource: dict[str, Any]) -> dict[str, Any]:
    return resource | {"members": sorted(resource.get("members", []), key=str)}


def test_where_nothing_can_be_written_safely_that_is_said_and_nothing_is_written(products: Products):
    saas = products.start(patch=NO, etag=NO)
    connection, alice = products.connect(saas), saas.ids["alice"]
    assert {one.beyond for one in connection.memberships(alice).values()} == {CANNOT_WRITE}
    (reason,) = connection.out_of_reach(alice)
    assert "neither PATCH nor versions" in reason
    assert any(limit.startswith("write anything") for limit in connection.health().cannot)
    with pytest.raises(Rejected, match="neither PATCH nor versions"):
        connection.set_account(alice, SHUT)
    with pytest.raises(Rejected, match="neither PATCH nor versions"):
        connection.set_membership(alice, saas.groups["vpn"], None)
    assert saas.server.journal == []


@pytest.mark.parametrize("patch", [True, False])
def test_others_changes_in_between_are_not_lost(products: Products, monkeypatch: pytest.MonkeyPatch, patch: bool):
    saas = products.start(patch={"supported": patch})
    connection, alice = products.connect(saas), saas.ids["alice"]
    serve, meddling = saas.server.serve, iter([True])

    def meddled(method: str, *args: Any, **kwargs: Any) -> Any:
        if method != "GET" and next(meddling, False):
            path = f"Groups/{saas.groups['staff']}"
            group = saas.server.ask("GET", path)
            group["members"].append({"value": saas.ids["erin"], "type": "User"})
            saas.server.ask("PUT", path, group)
        return serve(method, *args, **kwargs)

    monkeypatch.setattr(saas.server, "serve", meddled)
    connection.set_membership(alice, saas.groups["staff"], None)
    assert {one["value"] for one in saas.members("staff")} == {saas.ids[name] for name in ("bob", "carol", "erin")}
    assert [status for _, status in journal(saas)] == [412, 204 if patch else 200]


def test_somebody_who_never_stops_changing_is_drift(products: Products, monkeypatch: pytest.MonkeyPatch):
    saas = products.start()
    connection, alice = products.connect(saas), saas.ids["alice"]
    serve = saas.server.serve

    def meddled(method: str, *args: Any, **kwargs: Any) -> Any:
        if method != "GET":
            title = f"title {len(saas.server.journal)}"
            saas.change(f"Users/{alice}", {"op": "replace", "path": "title", "value": title})
        return serve(method, *args, **kwargs)

    monkeypatch.setattr(saas.server, "serve", meddled)
    with pytest.raises(Drifted, match="again and again"):
        connection.set_account(alice, SHUT)
    assert journal(saas) == [("PATCH", 412)] * 3
    assert saas.user("alice")["active"] is True


def test_a_user_deleted_meanwhile_is_named_so(products: Products):
    saas = products.start()
    connection, alice = products.connect(saas), saas.ids["alice"]
    saas.server.ask("DELETE", f"Users/{alice}")
    assert connection.account(alice) is None
    assert connection.find("alice") == []
    for write in (
        lambda: connection.set_account(alice, SHUT),
        lambda: connection.set_membership(alice, saas.groups["staff"], {"value": alice}),
        lambda: connection.memberships(alice),
    ):
        with pytest.raises(NotFound):
            write()
    assert saas.server.journal == []


def test_second_accounts_are_found(products: Products):
    saas = products.start()
    saas.add("adm-alice", "Admin", "")
    saas.add("alice-test", "Test", "")
    saas.add("a.archer", "Alice Archer", "1001")
    saas.add("malice", "Malice", "")
    connection = products.connect(saas)
    (alice,) = connection.find("alice")
    found = {kin.person.login: kin.why for kin in connection.twins(alice)}
    assert set(found) == {"adm-alice", "alice-test", "a.archer"}
    assert "employee number, 1001" in found["a.archer"]


def test_health_says_what_is_held_and_what_cannot_be_done(products: Products):
    saas = products.start(etag=NO)
    health = products.connect(saas).health()
    assert (health.reachable, health.tls, health.kind) == (True, "TLSv1.3", "scim")
    assert health.rights_held == ("read users", "read groups")
    assert any("refused sign-in" in limit for limit in health.cannot)
    assert any("ETag" in limit for limit in health.cannot)
    assert saas.server.journal == []


def test_a_wrong_token_is_denied_and_never_quoted(products: Products, monkeypatch: pytest.MonkeyPatch):
    saas = products.start()
    monkeypatch.setenv("SAAS_TOKEN", "not-the-token")
    connection = products.connect(saas)
    with pytest.raises(Denied) as caught:
        connection.find("alice")
    assert "not-the-token" not in str(caught.value) + caught.value.hint
    health = connection.health()
    assert health.rights_missing == ("read users", "read groups")


def test_what_keeps_a_connection_from_opening_has_its_name(products: Products, monkeypatch: pytest.MonkeyPatch):
    saas = products.start()
    with pytest.raises(Untrusted):
        products.connect(saas, ca_file=None)
    with pytest.raises(Rejected, match=r"not there|not as SCIM"):
        products.connect(saas, url=f"{saas.server.url}/nothing/here")
    monkeypatch.setenv("SAAS_TOKEN", "zwei\nZeilen")
    with pytest.raises(BadSettings, match="no token"):
        products.connect(saas)
    monkeypatch.delenv("SAAS_TOKEN")
    with pytest.raises(BadSettings, match="SAAS_TOKEN is not set"):
        products.connect(saas)
    monkeypatch.setenv("SAAS_TOKEN", "token")
    saas.server.stop()
    with pytest.raises(Unreachable):
        products.connect(saas)


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ({"url": "http://saas.example/scim/v2"}, "use https"),
        ({"url": "ftp://saas.example"}, "write it like"),
        ({"url": "https://ann:pw@saas.example/scim"}, "no password"),
        ({"url": "https://saas.example/scim?tenant=1"}, "write it like"),
        ({"token": None}, "either token, or username"),
        ({"username": "ann"}, "either token, or username"),
        ({"token": None, "username": "ann"}, "either token, or username"),
        ({"token": "plain"}, "plain text is refused"),
        ({"product": "slak"}, "slack"),
        ({"tokens": {"env": "X"}}, "Extra inputs"),
    ],
)
def test_wrong_settings_are_refused(table: dict[str, Any], fault: str):
    with pytest.raises(ValueError, match=fault):
        scim.Settings(**({"url": "https://saas.example/scim/v2", "token": {"env": "T"}} | table))


def test_a_user_name_and_password_sign_in_too(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SAAS_PASSWORD", "hush")
    table = {"url": "http://127.0.0.1:9/scim", "username": "ann", "password": {"env": "SAAS_PASSWORD"}}
    assert scim._authorization("saas", scim.Settings(**table)) == ("Basic YW5uOmh1c2g=", "hush")
    with pytest.raises(Unreachable):
        scim.connect("saas", scim.Settings(**table), MemoryVault())
