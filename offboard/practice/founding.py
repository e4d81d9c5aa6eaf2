"""Founds the practice company from the files in ``data``: its people, groups, mailboxes and mail rules."""

from __future__ import annotations

import base64
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from offboard.practice.directory import Directory
from offboard.practice.mailboxes import Mailboxes
from offboard.practice.passwords import SECRET, hash_password

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.practice.entries import Attributes

DATA = Path(__file__).parent / "data"
DOMAIN = "harcombe.example"
BASE = "dc=harcombe,dc=example"
PEOPLE_BASE = f"ou=people,{BASE}"
SERVICE = f"cn=offboard,ou=services,{BASE}"
"""The account with which offboard signs in to the directory."""

_ROOT = f"cn=admin,{BASE}"
_POLICY = f"cn=default,ou=policies,{BASE}"
_ACTIVE = "roundcube"
"""The script of this name is the active one; the others lie idle."""


def found_directory(service_password: str) -> tuple[Directory, dict[str, str]]:
    """Return the directory with all its people, and everybody's password by login, made anew each time."""
    directory = Directory(BASE, _ROOT, secrets.token_urlsafe(24), frozenset({SERVICE}), _POLICY)
    passwords: dict[str, str] = {}
    for name, attributes in read_ldif((DATA / "people.ldif").read_text(encoding="utf-8")):
        if "uid" in attributes:
            passwords[attributes["uid"][0].decode()] = password = new_password()
            attributes[SECRET] = [hash_password(password)]
        elif name == SERVICE:
            attributes[SECRET] = [hash_password(service_password)]
        directory.load(name, attributes)
    return directory, passwords


def new_password() -> str:
    """Return a password that a domain's rules for passwords (three kinds of characters) take as well."""
    return f"{secrets.token_urlsafe(15)}aA1"


def found_mailboxes(directory: Directory, passwords: dict[str, str]) -> Mailboxes:
    """Return everybody's mailbox with its scripts, and the sessions that are open on an ordinary day."""
    mailboxes = Mailboxes(directory, PEOPLE_BASE, DOMAIN)
    for login in passwords:
        box = mailboxes.add(login)
        for file in sorted((DATA / "sieve" / login).glob("*.sieve")):
            box.scripts[file.stem] = file.read_bytes()
        box.active = _ACTIVE if _ACTIVE in box.scripts else ""
    for login, ip in (
        ("martin.thorne", "192.0.2.17"),
        ("martin.thorne", "198.51.100.23"),
        ("sophie.adeyemi", "192.0.2.21"),
        ("graham.pell", "192.0.2.9"),
    ):
        mailboxes.sign_in(login, passwords[login], ip=ip)
    return mailboxes


def read_ldif(text: str) -> Iterator[tuple[str, Attributes]]:
    """Yield the entries of an LDIF text (RFC 2849) without folded lines: name and attributes."""
    for block in text.split("\n\n"):
        name, attributes = "", dict[str, list[bytes]]()
        for line in block.splitlines():
            if not line or line.startswith("#"):
                continue
            attribute, _, value = line.partition(":")
            content = base64.b64decode(value[1:]) if value.startswith(":") else value.strip().encode()
            if attribute == "dn":
                name = content.decode()
            else:
                attributes.setdefault(attribute, []).append(content)
        if name:
            yield name, attributes
