"""Who and what is in the test domain: staff, leavers' place, services, groups, and one delegated service account."""

from __future__ import annotations

import struct
from typing import Any, Final

from offboard.connectors._ad_values import sid_text

BASE: Final = "DC=corp,DC=test"
STAFF: Final = f"OU=Staff,{BASE}"
USERS: Final = f"CN=Users,{BASE}"
LEAVERS: Final = f"OU=Leavers,{BASE}"
ADMIN: Final = "Administrator@corp.test"
ADMIN_PASSWORD: Final = "Adm1n-Passw0rd!"
SERVICE: Final = "svc-offboard@corp.test"
SERVICE_PASSWORD: Final = "S3rvice-Passw0rd!"
PASSWORD: Final = "Al1ce-Passw0rd!"
SECURITY_GROUP: Final = -2147483646
_NOT_IN_LOGINS: Final = '"/\\[]:;|=,+*?<>'
_OF_USERS: Final = "bf967aba-0de6-11d0-a285-00aa003049e2"
_OF_GROUPS: Final = "bf967a9c-0de6-11d0-a285-00aa003049e2"
_RESET: Final = "00299570-246d-11d0-a768-00aa006e0529"
_WRITTEN: Final = {
    "userAccountControl": "bf967a68-0de6-11d0-a285-00aa003049e2",
    "accountExpires": "bf967915-0de6-11d0-a285-00aa003049e2",
    "logonHours": "bf9679ab-0de6-11d0-a285-00aa003049e2",
    "pwdLastSet": "bf967a0a-0de6-11d0-a285-00aa003049e2",
    "cn": "bf96793f-0de6-11d0-a285-00aa003049e2",
    "name": "bf967a0e-0de6-11d0-a285-00aa003049e2",
}
_MEMBER: Final = "bf9679c0-0de6-11d0-a285-00aa003049e2"
_ACCESS_LIST: Final = ("1.2.840.113556.1.4.801", True, b"\x30\x03\x02\x01\x04")

GRANTED: Final = (
    f"(OA;CIIO;CR;{_RESET};{_OF_USERS};{{sid}})",
    *(f"(OA;CIIO;WP;{attribute};{_OF_USERS};{{sid}})" for attribute in _WRITTEN.values()),
    f"(OA;CIIO;WP;{_MEMBER};{_OF_GROUPS};{{sid}})",
    f"(OA;CI;CCDC;{_OF_USERS};;{{sid}})",
)
"""What the README tells an administrator to delegate on the places of people and leavers."""

USER: Final = ["top", "person", "organizationalPerson", "user"]


def quoted(password: str) -> bytes:
    """Return a password as ``unicodePwd`` takes it ([MS-ADTS] 3.1.1.3.1.5.1)."""
    return f'"{password}"'.encode("utf-16-le")


def add_person(admin: Any, login: str, name: str, *, place: str = STAFF, rdn: str = "", **more: Any) -> str:
    """Add somebody who can sign in with ``PASSWORD``; return the name of the entry."""
    entry = f"{rdn or f'CN={name}'},{place}"
    values = {
        "sAMAccountName": login,
        "userPrincipalName": f"{login}@corp.test",
        "displayName": name,
        "mail": f"{login}@corp.test",
        "userAccountControl": 512,
        "unicodePwd": quoted(PASSWORD),
    } | more
    admin.add(entry, USER, {key: value for key, value in values.items() if value is not None})
    return entry


def add_group(admin: Any, name: str, members: list[str], *, place: str = STAFF, kind: int = SECURITY_GROUP) -> str:
    """Add a group; return the name of the entry."""
    entry = f"CN={name},{place}"
    login = "".join(letter for letter in name if letter not in _NOT_IN_LOGINS)
    admin.add(entry, "group", {"sAMAccountName": login, "groupType": kind})
    if members:
        admin.modify(entry, {"member": [("MODIFY_ADD", members)]})
    return entry


def seed(admin: Any) -> list[tuple[str, str]]:
    """Fill a domain that was just provisioned; return place → what the service account is granted there, as SDDL."""
    for place in (STAFF, LEAVERS):
        admin.add(place, "organizationalUnit")
    add_person(admin, "rosa", "Rosa R", employeeID="77")
    service = add_person(admin, "svc-offboard", "Offboard", place=USERS, mail=None, unicodePwd=quoted(SERVICE_PASSWORD))
    admin.search(service, "(objectClass=*)", "BASE", attributes=["objectSid"])
    sid = sid_text(admin.response[0]["raw_attributes"]["objectSid"][0])
    return [(place, "".join(entry.format(sid=sid) for entry in GRANTED)) for place in (STAFF, LEAVERS)]


def hide_access_list(admin: Any, entry: str, sid: bytes) -> None:
    """Deny somebody to read who may do what to an account (READ_CONTROL), before everything else in its list."""
    admin.search(entry, "(objectClass=*)", "BASE", attributes=["nTSecurityDescriptor"], controls=[_ACCESS_LIST])
    descriptor = admin.response[0]["raw_attributes"]["nTSecurityDescriptor"][0]
    (place,) = struct.unpack_from("<I", descriptor, 16)
    head, (revision, zero, size, count, end) = descriptor[:place], struct.unpack_from("<BBHHH", descriptor, place)
    denied = struct.pack("<BBHI", 1, 0, 8 + len(sid), 0x20000) + sid
    aces = denied + descriptor[place + 8 : place + size]
    changed = head + struct.pack("<BBHHH", revision, zero, size + len(denied), count + 1, end) + aces
    admin.modify(entry, {"nTSecurityDescriptor": [("MODIFY_REPLACE", [changed])]}, controls=[_ACCESS_LIST])


def protect(admin: Any, entry: str) -> None:
    """Do to an account what the domain does hourly to members of protected groups; Samba does not by itself."""
    holder = f"CN=AdminSDHolder,CN=System,{BASE}"
    admin.search(holder, "(objectClass=*)", "BASE", attributes=["nTSecurityDescriptor"], controls=[_ACCESS_LIST])
    descriptor = admin.response[0]["raw_attributes"]["nTSecurityDescriptor"][0]
    admin.modify(entry, {"adminCount": [("MODIFY_REPLACE", ["1"])]})
    # The access list takes no more from its parents (SE_DACL_PROTECTED).
    control = int.from_bytes(descriptor[2:4], "little") | 0x1000
    descriptor = descriptor[:2] + control.to_bytes(2, "little") + descriptor[4:]
    admin.modify(entry, {"nTSecurityDescriptor": [("MODIFY_REPLACE", [descriptor])]}, controls=[_ACCESS_LIST])
