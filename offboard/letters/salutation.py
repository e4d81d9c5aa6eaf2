"""How a contact is addressed: by what the register says of them, and nothing that it does not say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from offboard.letters.cleaning import known
from offboard.letters.countries import base_language

if TYPE_CHECKING:
    from offboard.domain.clients import Contact

_COURTESY = {
    "en": {
        "mr": "Mr",
        "mrs": "Mrs",
        "ms": "Ms",
        "miss": "Miss",
        "mx": "Mx",
        "sir": "Sir",
        "dame": "Dame",
        "herr": "Mr",
        "frau": "Ms",
    },
    "de": {"herr": "Herr", "frau": "Frau", "mr": "Herr", "mrs": "Frau", "ms": "Frau", "miss": "Frau"},
}
_LEARNED = {
    "dr": {"en": "Dr", "de": "Dr."},
    "prof": {"en": "Prof", "de": "Prof."},
    "professor": {"en": "Professor", "de": "Prof."},
}


def addressed(contact: Contact, language: str) -> str:
    """Return the contact's name as it follows a greeting, with the title that the register gives; empty for nobody.

    A register's title is often a role ("Sales Representative"): only words that are titles count, and one word that
    is none makes it a role. A family name or a gender is never guessed, so the whole name stands.
    """
    name = known(contact.name)
    if not name or "@" in name:
        return ""
    title = _title(contact.title, base_language(language))
    already = name.casefold().replace(".", "").split()[0] in {*_LEARNED, *_COURTESY["en"], *_COURTESY["de"]}
    return name if already or not title else f"{title} {name}"


def greeting(contact: Contact) -> str:
    """Return how a letter to this contact begins, as the register gives it, without the comma behind; else nothing."""
    return known(contact.salutation).rstrip(" ,;:!.")


def _title(given: str, language: str) -> str:
    courtesy = _COURTESY.get(language, {})
    words: list[str] = []
    for word in re.split(r"[\s.]+", known(given).casefold()):
        if not word:
            continue
        if word not in courtesy and word not in _LEARNED:
            return ""
        words.append(courtesy.get(word) or _LEARNED[word].get(language, ""))
    return " ".join(word for word in words if word)
