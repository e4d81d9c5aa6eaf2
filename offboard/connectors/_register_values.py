"""Checks single values of an import and brings them into the form that is kept."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import TYPE_CHECKING

from babel import Locale
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from offboard.domain.clients import ContactRole

if TYPE_CHECKING:
    from collections.abc import Callable

TEN_THOUSANDTHS = 10_000
MAX_AMOUNT = 10**11
CHANNELS = ("mail", "post", "both", "none")
YES, NO = frozenset({"yes", "true", "1", "y", "x"}), frozenset({"no", "false", "0", "n"})
YEARS = range(1900, 2101)
"""Exports write 0000-00-00 and 9999-12-31 for "no date"; such a day would decide who is responsible."""

PLAIN_ADDRESS = re.compile(
    r"(?=.{6,200}$)[A-Za-z0-9_]{1,30}(?:[.+-][A-Za-z0-9_]{1,15}){0,2}"
    r"@(?:[A-Za-z0-9]{1,30}(?:-[A-Za-z0-9]{1,30})?\.){1,4}[A-Za-z]{2,20}"
)
"""Addresses as nearly everybody has them; checking one in full takes a hundred times as long."""

RESERVED = frozenset(name.rpartition(".")[2] for name in SPECIAL_USE_DOMAIN_NAMES)
"""Top-level domains below which some names are nobody's (RFC 6761)."""

_BREAKING = re.compile(r"[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROL_BUT_BREAKS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_HIDDEN = re.compile(r"[\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)
_AMOUNT = re.compile(r"[+-]?[0-9]{1,12}(?:\.[0-9]{1,4})?")
_BETWEEN_WORDS = re.compile(r"[\s,;/+]+")
_LANGUAGE = re.compile(r"([A-Za-z]{2})(?:[-_][A-Za-z]{2})?")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?"
)


def line_of_text(longest: int) -> Callable[[str], str]:
    """Return a check for text without line breaks and other control characters."""

    def check(text: str) -> str:
        _fits(text, longest)
        if text.isprintable():
            return text
        if _BREAKING.search(text):
            raise ValueError("holds a line break; is a quote missing or astray?")
        if found := _CONTROL.search(text):
            raise ValueError(f"holds the control character U+{ord(found[0]):04X}")
        return text

    return check


def paragraphs(longest: int) -> Callable[[str], str]:
    """Return a check for text that may have several lines; each line end becomes one line feed."""

    def check(text: str) -> str:
        _fits(text, longest)
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if found := _CONTROL_BUT_BREAKS.search(text):
            raise ValueError(f"holds the control character U+{ord(found[0]):04X}")
        return text

    return check


def identifier(text: str) -> str:
    """Check a client's id: it is compared exactly, so it may hold nothing that nobody sees."""
    line_of_text(200)(text)
    if found := _HIDDEN.search(text):
        raise ValueError(f"holds the invisible character U+{ord(found[0]):04X}")
    if _SHORTENED.fullmatch(text):
        raise ValueError(f"{text!r} is a number that a spreadsheet shortened; export the column as text")
    return text


def address(text: str) -> str:
    """Check one mail address (RFC 5321), without a display name; kept as written."""
    if PLAIN_ADDRESS.fullmatch(text) and text.rpartition(".")[2].lower() not in RESERVED:
        return text
    try:
        found = validate_email(text, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise ValueError(f"{text!r} is no mail address: {str(error)[:1].lower()}{str(error)[1:]}") from error
    if "." not in found.domain:
        raise ValueError(f"{text!r} is no mail address: its domain has no dot")
    return text


def language(text: str) -> str:
    """Return the ISO 639-1 code of a language; a region behind it, as in ``de-AT``, is dropped."""
    found = _LANGUAGE.fullmatch(text)
    code = found[1].lower() if found else ""
    if code not in _languages():
        raise ValueError(f"{text!r} is no language; write a code of two letters such as en or de")
    return code


def country(text: str) -> str:
    """Check a country: a code must be one of ISO 3166-1, a name may be any without digits; kept as written."""
    line_of_text(100)(text)
    if any(each.isdigit() for each in text):
        raise ValueError(f"{text!r} is no country: it holds a digit; are the columns shifted?")
    if len(text) == 2 and text.isascii() and text.upper() not in _regions():  # noqa: PLR2004 - alpha-2
        raise ValueError(f"{text!r} is no country code of ISO 3166-1")
    if not any(each.isalpha() for each in text):
        raise ValueError(f"{text!r} is no country")
    return text


def one_of(*words: str) -> Callable[[str], str]:
    """Return a check for one of a few words; case does not count."""

    def check(text: str) -> str:
        if text.casefold() not in words:
            raise ValueError(f"{text!r} is unknown; write {', '.join(words[:-1])} or {words[-1]}")
        return text.casefold()

    return check


def channel(text: str) -> str:
    """Return how the client likes to be reached."""
    if text.casefold() not in CHANNELS:
        raise ValueError(f"{text!r} is no channel; write {', '.join(CHANNELS[:-1])} or {CHANNELS[-1]}")
    return text.casefold()


def yes_or_no(text: str) -> bool:
    """Return whether it is so."""
    if text.casefold() not in YES | NO:
        raise ValueError(f"{text!r} is neither yes nor no")
    return text.casefold() in YES


def satisfaction(text: str) -> int:
    """Return how content a client is, from 0 to 10."""
    if not re.fullmatch(r"[0-9]|10", text):
        raise ValueError(f"{text!r} is no satisfaction; write a number from 0 to 10")
    return int(text)


def roles(text: str) -> str:
    """Return what a contact does at the client, the words in their order with one space between them."""
    words = _BETWEEN_WORDS.split(text.casefold())
    if unknown := [word for word in words if word not in set(ContactRole)]:
        raise ValueError(f"{unknown[0]!r} is no role; write {', '.join(ContactRole)}, several with a space between")
    return " ".join(dict.fromkeys(words))


def day(text: str) -> str:
    """Return a date as ISO 8601; a time behind it is dropped."""
    return moment(text)[:10]


def whole_amount(text: str) -> int:
    """Return a client's value in whole units, half a unit rounded up."""
    amount = _amount(text)
    if amount < 0:
        raise ValueError(f"{text!r} is below zero")
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def amount(text: str) -> int:
    """Return an interaction's value in ten-thousandths; below zero for a credit."""
    return int(_amount(text) * TEN_THOUSANDTHS)


def moment(text: str) -> str:
    """Return a date, or a date with a time, as ISO 8601 to the millisecond; an offset is brought to UTC."""
    if not _MOMENT.fullmatch(text):
        raise ValueError(f"{text!r} is no date; write 2026-12-31 or 2026-12-31T17:00")
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no date: there is no such day or time") from error
    if found.year not in YEARS:
        raise ValueError(f"{text!r} is no likely date; the year must be from {YEARS.start} to {YEARS.stop - 1}")
    if found.tzinfo is not None:
        found = found.astimezone(UTC).replace(tzinfo=None)
    return found.isoformat(timespec="milliseconds")


def _amount(text: str) -> Decimal:
    if not _AMOUNT.fullmatch(text):
        raise ValueError(f"{text!r} is no amount; write digits and a point, such as 1234.50, without currency")
    found = Decimal(text)
    if abs(found) > MAX_AMOUNT:
        raise ValueError(f"{text!r} is more than any client can be worth")
    return found


def _fits(text: str, longest: int) -> None:
    if len(text) > longest:
        raise ValueError(f"has {len(text)} characters; at most {longest} are kept")


@cache
def _languages() -> frozenset[str]:
    return frozenset(code for code in map(str, Locale("en").languages) if len(code) == 2)  # noqa: PLR2004 - ISO 639-1


@cache
def _regions() -> frozenset[str]:
    found = {code for code in map(str, Locale("en").territories) if len(code) == 2 and code.isalpha()}  # noqa: PLR2004 - alpha-2
    return frozenset(found - {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"} | {"UK", "EL"})
