"""The practice company's Windows domain: a leaver with a group in a group, a second account, and an administrator."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from offboard.connectors import active_directory
from offboard.practice.active_directory import DomainServer
from offboard.practice.ad_founding import DOMAIN_BASE, SERVICE_LOGIN, found_domain
from offboard.practice.founding import DATA, read_ldif
from tests.servers.memory_vault import MemoryVault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.authority import Authority


@pytest.fixture
def office(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[active_directory.Connection]:
    people = [a for _, a in read_ldif((DATA / "people.ldif").read_text(encoding="utf-8")) if "mail" in a]
    domain = found_domain({a["uid"][0].decode(): "Pr4ctice-Made!" for a in people}, "S3rvice-Made!")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.cert_file, authority.key_file)
    server = DomainServer(domain, context)
    server.start()
    monkeypatch.setenv("OFFICE_AD_PASSWORD", "S3rvice-Made!")
    settings = active_directory.Settings(
        url=server.url,
        base=DOMAIN_BASE,
        bind_dn=f"{SERVICE_LOGIN}@harcombe.example",
        password={"env": "OFFICE_AD_PASSWORD"},  # type: ignore[arg-type]  # pydantic reads it
        ca_file=authority.ca_file,
    )
    connection = active_directory.connect("office-ad", settings, MemoryVault())
    yield connection
    connection.close()
    server.stop()


def test_the_leaver_of_the_practice_company_is_shut_and_opened_again(office: active_directory.Connection):
    (martin,) = office.find("martin.thorne")
    assert [kin.person.login for kin in office.twins(martin)] == ["martin.thorne-test"]
    held = {m.label: (m.note, bool(m.beyond)) for m in office.memberships(martin.id).values()}
    assert held == {
        "Remote access": ("", False),
        "Sales share": ("Through it the leaver is also in File servers.", False),
        "Domain Users": ("Through it the leaver is also in Users.", True),
    }
    assert office.out_of_reach(martin.id) == []
    state = office.account(martin.id)
    office.set_account(martin.id, {"sign_in": "shut"})
    shut = office.account(martin.id)
    assert isinstance(shut, dict)
    assert shut.pop("tickets_until")
    assert shut == {"sign_in": "shut", "refused": "533"}
    office.set_account(martin.id, state)
    assert office.account(martin.id) == state


def test_the_administrator_of_the_practice_company_is_out_of_reach(office: active_directory.Connection):
    (tomasz,) = office.find("tomasz.lis")
    assert "protected account" in office.out_of_reach(tomasz.id)[0]
    assert office.health().rights_missing == ()
