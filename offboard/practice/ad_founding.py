"""The practice company's people in its Windows domain, with the groups, administrators and second accounts there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from offboard.practice.ad_domain import Domain
from offboard.practice.founding import DATA, read_ldif

if TYPE_CHECKING:
    from collections.abc import Mapping

DOMAIN_BASE: Final = "DC=harcombe,DC=example"
SERVICE_LOGIN: Final = "svc-offboard"

_REALM: Final = "harcombe.example"
_STAFF, _LEAVERS = f"OU=Staff,{DOMAIN_BASE}", f"OU=Leavers,{DOMAIN_BASE}"
_USERS: Final = f"CN=Users,{DOMAIN_BASE}"

_GROUPS: Final = {
    "Remote access": ("graham.pell", "martin.thorne", "sophie.adeyemi", "tomasz.lis"),
    "Sales share": ("graham.pell", "martin.thorne", "sophie.adeyemi", "claire.duval"),
}
_INSIDE: Final = {"File servers": ("Sales share",)}
_ADMINISTRATORS: Final = ("tomasz.lis",)
_SECOND: Final = {"martin.thorne-test": "martin.thorne"}
"""Second account → whose it is."""


def found_domain(passwords: Mapping[str, str], service_password: str) -> Domain:
    """Return the domain with the people of the directory; ``passwords`` are theirs by login.

    ``service_password`` is the one of ``svc-offboard@harcombe.example``, whose rights are delegated.
    """
    domain = Domain(DOMAIN_BASE, _REALM, SERVICE_LOGIN)
    for place in (_STAFF, _LEAVERS):
        domain.load(place, {"objectClass": [b"top", b"organizationalUnit"]})
    names: dict[str, str] = {}
    for _, attributes in read_ldif((DATA / "people.ldif").read_text(encoding="utf-8")):
        if "mail" not in attributes:
            continue
        login = attributes["uid"][0].decode()
        names[login] = f"CN={attributes['cn'][0].decode()},{_STAFF}"
        held = {"sAMAccountName": attributes["uid"], "displayName": attributes["cn"], "mail": attributes["mail"]}
        held |= {"employeeID": attributes["employeeNumber"]} if "employeeNumber" in attributes else {}
        held |= {"title": attributes["title"]} if "title" in attributes else {}
        domain.load(names[login], {"objectClass": [b"user"]} | held, passwords[login])
    for login, whose in _SECOND.items():
        held = {"sAMAccountName": [login.encode()], "displayName": [f"{whose} (test)".encode()]}
        domain.load(f"CN={login},{_STAFF}", {"objectClass": [b"user"]} | held, passwords[whose])
    service = {"objectClass": [b"user"], "sAMAccountName": [SERVICE_LOGIN.encode()]}
    domain.load(f"CN={SERVICE_LOGIN},{_USERS}", service, service_password)
    for group, logins in _GROUPS.items():
        _load_group(domain, f"CN={group},{_STAFF}", [names[login] for login in logins])
    for group, inner in _INSIDE.items():
        _load_group(domain, f"CN={group},{_STAFF}", [f"CN={name},{_STAFF}" for name in inner])
    _load_group(domain, f"CN=Domain Admins,{_USERS}", [names[login] for login in _ADMINISTRATORS], relative=512)
    return domain


def _load_group(domain: Domain, name: str, members: list[str], *, relative: int = 0) -> None:
    login = name.removeprefix("CN=").partition(",")[0]
    held = {"objectClass": [b"top", b"group"], "sAMAccountName": [login.encode()]}
    domain.load(name, held | {"member": [member.encode() for member in members]}, relative=relative)
