"""The practice company's ticket desk, as the connector meets it."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from offboard.connectors import scim
from offboard.practice.scim import ScimServer
from offboard.practice.scim_founding import TEAMS, found_desk
from tests.servers.memory_vault import MemoryVault

if TYPE_CHECKING:
    import pytest

    from tests.servers.authority import Authority


def test_everybody_is_in_there_and_the_leaver_can_be_shut_out(authority: Authority, monkeypatch: pytest.MonkeyPatch):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.cert_file, authority.key_file)
    server = ScimServer(context, "desk-token")
    ids = found_desk(server)
    server.start()
    monkeypatch.setenv("DESK_TOKEN", "desk-token")
    settings = scim.Settings(url=server.url, token={"env": "DESK_TOKEN"}, ca_file=authority.ca_file)
    connection = scim.connect("desk", settings, MemoryVault())
    try:
        (martin,) = connection.find("martin.thorne@harcombe.example")
        assert (martin.id, martin.employee_number, martin.name) == (ids["martin.thorne"], "1007", "Martin Thorne")
        assert connection.staff() == len(ids) == 12
        teams = connection.memberships(martin.id)
        assert {one.label for one in teams.values()} == set(TEAMS) - {"Desk administrators"}
        connection.set_account(martin.id, {"sign_in": "shut"})
        for team in teams:
            connection.set_membership(martin.id, team, None)
        assert connection.account(martin.id) == {"sign_in": "shut"}
        assert connection.memberships(martin.id) == {}
        assert [status for _, _, status in server.journal] == [204] * 4
    finally:
        connection.close()
        server.stop()
