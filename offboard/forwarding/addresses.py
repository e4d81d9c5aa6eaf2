"""Whose address is it: ours, somebody else's, a private mail provider's, or one made to look like ours?"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

import idna

from offboard.forwarding.lookalikes import READ_AS
from offboard.forwarding.providers import IN_ANY_COUNTRY, PRIVATE_PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Sequence

# Exchange writes ``"Name" [SMTP:a@b]``, RFC 5322 ``Name <a@b>``.
_ANGLE = re.compile(r"<([^<>]*)>\s*$")
_BRACKET = re.compile(r"\[((?:smtp|ex|x500|x400|mapi|mailto):[^\[\]]*)\]\s*$", re.IGNORECASE)
_PREFIX = re.compile(r"^(?:smtp|mailto|rfc822)\s*[:;]\s*", re.IGNORECASE)
_DIRECTORY_NAME = re.compile(r"^(?:/o=|ex:|x500:|x400:|/c=|/g=|mapi:|cn=)", re.IGNORECASE)
_COMMENT = re.compile(r"\([^()]*\)")
_AROUND = re.compile(r"\s*([@.])\s*")
_SEVERAL = re.compile(r"[\s,;<>]")
_SHORT = 5
"""Below this length one different letter makes another name rather than a misspelt one."""


@lru_cache(maxsize=4096)
def bare_address(text: str) -> str | None:
    """Return ``local@domain`` from what a rule holds, or ``None`` when there is no address that mail could go to.

    Display names, ``smtp:`` and ``mailto:`` are taken away; an entry of the directory (X.500, legacyExchangeDN, a
    contact's name) has none.
    """
    text = text.strip().strip("\ufeff\u200b").strip()
    if found := _BRACKET.search(text) or _ANGLE.search(text):
        text = found.group(1).strip()
    if _DIRECTORY_NAME.match(text):
        return None
    if prefix := _PREFIX.match(text):
        text = text[prefix.end() :]
        text = text.partition("?")[0] if prefix.group().lower().startswith("mailto") else text
    local, at, domain = _unfolded(text.strip()).rpartition("@")
    if not at or not local or not domain or _SEVERAL.search(domain):
        return None
    if _SEVERAL.search(local) and not (local.startswith('"') and local.endswith('"')):
        return None
    return f"{local}@{domain}"


def _unfolded(text: str) -> str:
    """Take away comments, and blanks beside ``@`` and dots, as mail servers do (RFC 5322 §3.4.1)."""
    if text.startswith('"'):
        local, quote, rest = text.rpartition('"')
        return f"{local}{quote}{_unfolded(rest)}" if quote and local else text
    return _AROUND.sub(r"\1", _COMMENT.sub(" ", text)).strip()


def domain_of(address: str) -> str:
    """Return the domain of an address in its one comparable form, empty when there is none."""
    bare = bare_address(address)
    return _comparable(bare.rpartition("@")[2]) if bare else ""


def is_external(address: str, domains: Sequence[str]) -> bool | None:
    """Say whether mail to ``address`` leaves the company; ``None`` where that cannot be told before delivery.

    Internal is a listed domain or a sub-domain of one, compared in the A-label form of IDNA 2008, without case.
    Cannot be told: no address, a directory entry, a variable, and a local part that asks our own server to pass the
    mail on (``x%other.example@ours``, ``other.example!x@ours``). A variable before somebody else's domain leaves no
    doubt.
    """
    bare = bare_address(address)
    local, _, domain = (bare or "").rpartition("@")
    if bare is None or "${" in domain:
        return None
    if not is_listed(domain, domains):
        return True
    passes_on = not local.startswith('"') and any(mark in local for mark in "%!@:$")
    return None if passes_on else False


def is_listed(domain: str, domains: Sequence[str]) -> bool:
    """Say whether ``domain`` is one of ``domains`` or a sub-domain of one."""
    found = _comparable(domain)
    return any(found == ours or found.endswith(f".{ours}") for ours in map(_comparable, domains) if ours)


def is_private_provider(domain: str) -> bool:
    """Say whether people get their private mailboxes there."""
    found = _comparable(domain)
    labels = found.split(".")
    named = any(".".join(labels[start:]) in PRIVATE_PROVIDERS for start in range(len(labels) - 1))
    return named or _name(found) in IN_ANY_COUNTRY


def looks_like(domain: str, domains: Sequence[str]) -> str | None:
    """Return the listed domain that ``domain`` could be mistaken for, or ``None``; our own are never look-alikes.

    Mistaken are: letters that look the same, one letter more, less, other or swapped, our name with an addition
    (``acme-invoices.example``), under another ending, or in front of somebody else's domain.
    """
    if is_listed(domain, domains):
        return None
    seen = _readable(domain)
    for ours in domains:
        own = _readable(ours)
        name = _name(own)
        if not name:
            continue
        if seen == own or f".{own}." in f".{seen}.":
            return ours
        parts = re.split(r"[.-]", seen)
        long_enough = len(name) >= _SHORT - 1
        if long_enough and (name in parts or _name(seen) == name or f"-{name}-" in f"-{_name(seen)}-"):
            return ours
        if len(name) >= _SHORT and _one_edit_apart(_name(seen), name):
            return ours
    return None


@lru_cache(maxsize=4096)
def _comparable(domain: str) -> str:
    """Return the A-label form, so that both spellings of an international domain are equal."""
    lowered = domain.strip().strip(".").casefold() if domain.isascii() else domain.strip().strip(".")
    if lowered.isascii():
        return lowered
    try:
        return idna.encode(lowered, uts46=True).decode("ascii").casefold()
    except (idna.IDNAError, UnicodeError):
        return unicodedata.normalize("NFKC", lowered).casefold()


@lru_cache(maxsize=4096)
def _readable(domain: str) -> str:
    """Return how a hurried reader sees a domain: no accents, every look-alike as the Latin letter."""
    labels = []
    for label in _comparable(domain).split("."):
        try:
            shown = idna.decode(label) if label.startswith("xn--") else label
        except (idna.IDNAError, UnicodeError):
            shown = label
        plain = "".join(c for c in unicodedata.normalize("NFKD", shown) if not unicodedata.combining(c))
        labels.append(plain.translate(READ_AS).replace("rn", "m").replace("vv", "w"))
    return ".".join(labels)


def _name(domain: str) -> str:
    """Return the label that people know a company by: the one before the ending (``co.uk`` counts as one ending)."""
    labels = domain.removesuffix(".onmicrosoft.com").split(".")
    if len(labels) > 2 and len(labels[-2]) <= 3 and len(labels[-1]) == 2:  # noqa: PLR2004 - co.uk, com.au
        return labels[-3]
    return labels[-2] if len(labels) > 1 else labels[0]


def _one_edit_apart(one: str, other: str) -> bool:
    """Say whether one insertion, deletion, replacement or swap of neighbours turns one into the other."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    left, right = one[start : len(one) - end], other[start : len(other) - end]
    return max(len(left), len(right)) <= 1 or (len(left) == 2 and left == right[::-1])  # noqa: PLR2004 - a swap
