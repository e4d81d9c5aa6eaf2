"""Countries and languages: what a register calls a country, what we call it, and how its dates are written."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date
from babel.languages import get_official_languages

from offboard.letters.cleaning import known, one_line

if TYPE_CHECKING:
    from datetime import date

_READ_IN = ("en", "de", "fr", "es", "it", "nl", "pt", "pl")
_ALSO = {
    "america": "US",
    "bosnia": "BA",
    "czech republic": "CZ",
    "england": "GB",
    "great britain": "GB",
    "grossbritannien": "GB",
    "großbritannien": "GB",
    "holland": "NL",
    "korea": "KR",
    "macedonia": "MK",
    "northern ireland": "GB",
    "republic of ireland": "IE",
    "scotland": "GB",
    "the netherlands": "NL",
    "turkey": "TR",
    "uae": "AE",
    "united states of america": "US",
    "wales": "GB",
}


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    names: dict[str, str] = {}
    for language in _READ_IN:
        for code, name in Locale(language).territories.items():
            if re.fullmatch(r"[A-Z]{2}", code):
                names.setdefault(name.casefold(), code)
    return names | _ALSO


@lru_cache(maxsize=1024)
def country_code(given: str) -> str:
    """Return the ISO 3166 code (two capitals) of a country given by code or name; empty when it is not known."""
    text = one_line(given)
    bare = text.replace(".", "")
    if re.fullmatch(r"[A-Za-z]{2,3}", bare):
        code: str = get_global("territory_aliases").get(bare.upper(), [bare.upper()])[0]
        if code in Locale("en").territories:
            return code
    return _names().get(text.casefold(), _names().get(bare.casefold(), ""))


def country_name(code: str, language: str) -> str:
    """Return what a country is called in a language (else in English)."""
    try:
        return str(Locale(base_language(language)).territories[code])
    except (UnknownLocaleError, KeyError, ValueError):
        return str(Locale("en").territories[code])


def country_of_zone(timezone: str) -> str:
    """Return the country that an IANA time zone lies in; empty for zones of no country (``UTC``)."""
    return str(get_global("zone_territories").get(timezone, "")).replace("001", "")


@lru_cache(maxsize=512)
def language_of(code: str) -> str:
    """Return the language that most people of a country write officially; empty when unknown."""
    languages = get_official_languages(code, de_facto=True) if code else ()
    return str(languages[0]) if languages else ""


def choose_language(client_language: str, country: str, offered: list[str]) -> str:
    """Return the language of a letter: the client's, else by country, else our first; only among ``offered``."""
    for wished in (known(client_language), language_of(country)):
        for language in offered:
            if wished and base_language(language) == base_language(wished):
                return language
    return offered[0]


@lru_cache(maxsize=256)
def _date_locale(language: str, country: str) -> Locale:
    base, _, territory = language.replace("_", "-").partition("-")
    for name in (f"{base}_{territory.upper() or country}", f"{base}_001", base):
        try:
            return Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


def long_date(day: date, language: str, country: str) -> str:
    """Return a date in words as it is written in a language by senders of a country; it never breaks over two lines."""
    text: str = format_date(day, "long", locale=_date_locale(language, country))
    return "\u00a0".join(text.split())


def base_language(language: str) -> str:
    """Return the language of a tag without its country (``de-CH`` → ``de``)."""
    return re.split(r"[-_]", language.strip().lower())[0]
