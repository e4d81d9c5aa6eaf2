"""The practice domain beside a real Samba domain controller: the connector of production finds and does the same."""

from __future__ import annotations

import ssl
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from offboard.connectors import active_directory
from offboard.connectors._ad_link import AdLink
from offboard.connectors._ldap_door import Address, Door
from offboard.connectors._ldap_link import Link
from offboard.errors import SystemFault
from offboard.practice.active_directory import VALUES_AT_ONCE, DomainServer
from offboard.practice.ad_domain import Domain as PracticeDomain
from offboard.practice.entries import Edit
from tests.servers.memory_vault import MemoryVault
from tests.servers.samba_seed import (
    ADMIN,
    ADMIN_PASSWORD,
    BASE,
    LEAVERS,
    PASSWORD,
    SERVICE,
    SERVICE_PASSWORD,
    STAFF,
    USERS,
    add_group,
    add_person,
    protect,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from offboard.domain.people import Person
    from tests.servers.authority import Authority
    from tests.servers.samba import Domain

SHUT = {"sign_in": "shut"}
LEE, ROOT, BOSS = f"CN=Lee\\, Ann,{STAFF}", f"CN=Root R,{STAFF}", f"CN=Bo Boss,{STAFF}"


@dataclass
class World:
    """One of the two domains."""

    url: str
    ca_file: Path
    monkeypatch: pytest.MonkeyPatch
    write: Callable[..., Any]
    """Changes an object as an administrator of the domain would."""

    def __post_init__(self) -> None:
        self.vault = MemoryVault()

    def connect(self, *, admin: bool = False) -> active_directory.Connection:
        self.monkeypatch.setenv("OFFICE_AD_PASSWORD", ADMIN_PASSWORD if admin else SERVICE_PASSWORD)
        settings = active_directory.Settings(
            url=self.url,
            base=BASE,
            bind_dn=ADMIN if admin else SERVICE,
            password={"env": "OFFICE_AD_PASSWORD"},  # type: ignore[arg-type]  # pydantic reads it
            ca_file=self.ca_file,
            people_base=STAFF,
        )
        return active_directory.connect("ad", settings, self.vault)

    def knock(self, name: str, password: str) -> str:
        link = AdLink(Door(Address("ad", self.url, self.ca_file, 5, 20)), "", lambda: "")
        return link.try_to_sign_in(name, password)


@pytest.fixture
def samba(domain: Domain, monkeypatch: pytest.MonkeyPatch) -> World:
    admin = domain.first.admin()
    boss = add_person(admin, "boboss", "Bo Boss")
    lee = add_person(admin, "annlee", "Ann Lee", rdn="CN=Lee\\, Ann", employeeID="E-7", title="Sales", manager=boss)
    add_person(admin, "adm-annlee", "Ann Lee (admin)", mail=None)
    root = add_person(admin, "root", "Root R")
    admin.modify(f"CN=Domain Admins,{USERS}", {"member": [("MODIFY_ADD", [root])]})
    protect(admin, root)
    vpn = add_group(admin, "VPN", [lee])
    add_group(admin, "Office", [vpn])
    add_group(admin, "Theirs", [lee], place=USERS)
    return World(domain.first.url, domain.first.ca_file, monkeypatch, domain.first.write)


@pytest.fixture
def practice(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    domain = PracticeDomain(BASE, "corp.test", "svc-offboard")
    for place in (STAFF, LEAVERS):
        domain.load(place, {"objectClass": [b"top", b"organizationalUnit"]})

    def person(login: str, name: str, entry: str = "", password: str = PASSWORD, **more: str) -> None:
        values = {"sAMAccountName": login, "displayName": name, "mail": f"{login}@corp.test"} | more
        entry = entry or f"CN={name},{STAFF}"
        loaded = {key: [value.encode()] for key, value in values.items() if value}
        domain.load(entry, {"objectClass": [b"user"]} | loaded, password)

    def group(name: str, member: str, place: str = STAFF) -> None:
        values = {"objectClass": [b"top", b"group"], "sAMAccountName": [name.encode()], "member": [member.encode()]}
        domain.load(f"CN={name},{place}", values)

    person("boboss", "Bo Boss")
    person("annlee", "Ann Lee", LEE, employeeID="E-7", title="Sales", manager=BOSS)
    person("adm-annlee", "Ann Lee (admin)", mail="")
    person("root", "Root R", adminCount="1")
    person("Administrator", "", f"CN=Administrator,{USERS}", ADMIN_PASSWORD, mail="")
    person("svc-offboard", "Offboard", f"CN=Offboard,{USERS}", SERVICE_PASSWORD, mail="")
    group("VPN", LEE)
    group("Office", f"CN=VPN,{STAFF}")
    group("Theirs", LEE, USERS)
    admins = f"CN=Domain Admins,{USERS}"
    values = {"objectClass": [b"top", b"group"], "sAMAccountName": [b"Domain Admins"]}
    domain.load(admins, values | {"member": [ROOT.encode(), f"CN=Administrator,{USERS}".encode()]}, relative=512)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.cert_file, authority.key_file)
    server = DomainServer(domain, context)
    server.start()

    def write(name: str, **values: Any) -> None:
        edits = [Edit("replace", key, () if value is None else (_bytes(value),)) for key, value in values.items()]
        domain.modify(f"CN=Administrator,{USERS}", name, edits)

    yield World(server.url, authority.ca_file, monkeypatch, write)
    server.stop()


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _fault(call: Callable[[], Any]) -> str:
    try:
        call()
    except SystemFault as fault:
        return type(fault).__name__
    return "done"


def _shown(person: Person) -> Person:
    return replace(person, id="")


def _without_times(state: Any) -> Any:
    """Return a state without the hour until which tickets last: two domains are shut at two moments."""
    return {name: value for name, value in state.items() if name != "tickets_until"}


def _everything(world: World) -> list[Any]:
    """Carry out a whole departure by hand, with known cases on the way, and return all that was seen."""
    seen: list[Any] = []
    with closing(world.connect()) as ad:
        (lee,) = ad.find("ANNLEE")
        (root,) = ad.find("root")
        seen += [_shown(lee), [_shown(one) for one in ad.recognise(lee)], ad.find("*"), ad.find("annle")]
        seen += [[(kin.person.login, kin.why) for kin in ad.twins(lee)]]
        health = ad.health()
        seen += [health.rights_held, health.rights_missing, health.cannot, health.tls]
        seen += [ad.out_of_reach(lee.id), ad.out_of_reach(root.id)]
        state, held, place = ad.account(lee.id), ad.memberships(lee.id), ad.placement(lee.id)
        seen += [state, sorted((m.label, str(m.state), m.note, m.beyond) for m in held.values()), place]
        seen += [_fault(lambda: ad.set_account(root.id, SHUT)), world.knock(ROOT, PASSWORD)]
        ad.set_account(lee.id, SHUT)
        seen += [_without_times(ad.account(lee.id)), world.knock(LEE, PASSWORD)]
        ours = {m.label: key for key, m in held.items()}
        for name, wanted in (("VPN", None), ("VPN", None), ("Theirs", None), ("Domain Users", None)):
            seen += [name, _fault(lambda name=name, wanted=wanted: ad.set_membership(lee.id, ours[name], wanted))]
            seen += [ad.membership(lee.id, ours[name])]
        seen += [_fault(lambda: ad.set_placement(lee.id, {"in": f"OU=Nowhere,{STAFF}"}))]
    with closing(world.connect(admin=True)) as admin:
        seen += [admin.out_of_reach(root.id), admin.health().rights_missing]
        admin.set_placement(lee.id, {"in": LEAVERS})
        seen += [admin.placement(lee.id), _without_times(admin.account(lee.id))]
        for by_hand in (
            {"userAccountControl": "512"},
            {"accountExpires": "0", "logonHours": bytes(21)},
            {"logonHours": None},
            {"pwdLastSet": "0"},
        ):
            world.write(f"CN=Lee\\, Ann,{LEAVERS}", **by_hand)
            found = admin.account(lee.id)
            assert isinstance(found, dict)
            seen += [found["sign_in"], found.get("refused"), found.get("must_change")]
        admin.set_account(lee.id, SHUT)
        admin.set_account(lee.id, state)
        admin.set_membership(lee.id, ours["VPN"], {"member": "direct"})
        admin.set_placement(lee.id, place)
        seen += [admin.account(lee.id) == state, admin.memberships(lee.id) == held, admin.placement(lee.id) == place]
        seen += [admin.account("00000000-0000-0000-0000-000000000000"), world.knock(LEE, PASSWORD)]
    return seen


def test_the_connector_sees_and_does_the_same_in_both(samba: World, practice: World):
    real, ours = _everything(samba), _everything(practice)
    assert ours == real


def test_more_values_than_fit_into_one_answer_come_in_ranges(authority: Authority):
    domain = PracticeDomain(BASE, "corp.test", "svc-offboard")
    many = [f"CN=P{number},{BASE}" for number in range(2 * VALUES_AT_ONCE + 7)]
    for name in many[:3]:
        domain.load(name, {"objectClass": [b"user"], "sAMAccountName": [name[3:5].encode()]}, PASSWORD)
    domain.load(f"CN=Big,{BASE}", {"objectClass": [b"group"], "member": [name.encode() for name in many]})
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.cert_file, authority.key_file)
    server = DomainServer(domain, context)
    server.start()
    link = Link(Door(Address("ad", server.url, authority.ca_file, 5, 20)), many[0], lambda: PASSWORD)
    try:
        (big,) = link.search(f"CN=Big,{BASE}", "(objectClass=*)", ["member"], deep=False)
    finally:
        link.close()
        server.stop()
    assert big.texts("member") == many


def test_a_locked_out_account_hides_every_other_code_and_stays_proved_while_disabled(practice: World):
    with closing(practice.connect()) as ad:
        (lee,) = ad.find("annlee")
        ad.set_account(lee.id, SHUT)
        practice.write(LEE, lockoutTime="1")
        found = ad.account(lee.id)
        assert isinstance(found, dict)
        assert found["sign_in"] == "shut in part", "never seen refused for good"
        practice.write(LEE, lockoutTime="0")
        assert _without_times(ad.account(lee.id)) == {"sign_in": "shut", "refused": "533"}
        practice.write(LEE, lockoutTime="1")
        assert _without_times(ad.account(lee.id)) == {"sign_in": "shut", "refused": "775"}
