"""Words by which rules pick the mail that somebody is after: business, money, security."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEYWORDS = (
    # business and clients
    "account statement|agreement|bid|budget|client|commission|contract|customer|deal|estimate|forecast|lead|offer|"
    "order|pipeline|pitch|pricing|price list|proposal|prospect|purchase|quotation|quote|renewal|rfp|tender|"
    "angebot|angebote|anfrage|auftrag|aufträge|ausschreibung|bestellung|kunde|kunden|kostenvoranschlag|mandant|"
    "mandanten|preisliste|vertrag|verträge|"
    # money
    "bank|bic|iban|invoice|invoices|payment|payroll|remittance|salary|statement|swift|transfer|wire|"
    "gehalt|konto|mahnung|rechnung|rechnungen|überweisung|zahlung|"
    # security: what an intruder does not want to be read
    "alert|breach|compromised|confidential|fraud|hack|hacked|helpdesk|login|malware|mfa|password|phish|phishing|"
    "protection|reset|scam|security|sign-in|suspicious|unauthorized|unusual|virus|"
    "betrug|kennwort|passwort|sicherheit|vertraulich"
)
_PATTERN = re.compile(rf"(?<!\w)(?:{_KEYWORDS})(?:s|es|en)?(?!\w)", re.IGNORECASE)
_MOST = 8


def found_keywords(words: Sequence[str]) -> tuple[str, ...]:
    """Return the keywords that stand, as whole words, in what a rule looks for; at most eight, in lower case."""
    found = (match.group().lower() for word in words for match in _PATTERN.finditer(word))
    return tuple(dict.fromkeys(found))[:_MOST]
