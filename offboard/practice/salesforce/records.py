"""Kinds of record, their fields, and ids with the checksum that makes fifteen letters eighteen.

Source: Object Reference for the Salesforce Platform (fields and key prefixes).
"""

from __future__ import annotations

import string
from typing import Any, Final

PREFIXES: Final = {
    "User": "005", "Account": "001", "Contact": "003", "Opportunity": "006", "Case": "500", "Task": "00T",
    "Event": "00U", "Lead": "00Q", "AccountTeamMember": "01M",
}  # fmt: skip

FIELDS: Final[dict[str, dict[str, Any]]] = {
    "User": {"Id": "", "Name": "", "Email": None, "IsActive": True, "UserType": "Standard"},
    "Account": {
        "Id": "", "Name": "", "OwnerId": "", "BillingStreet": None, "BillingPostalCode": None, "BillingCity": None,
        "BillingState": None, "BillingCountry": None, "Industry": None, "LastActivityDate": None,
    },
    "Contact": {
        "Id": "", "Name": "", "Title": None, "Email": None, "Phone": None, "AccountId": None, "OwnerId": "",
        "HasOptedOutOfEmail": False,
    },
    "Opportunity": {
        "Id": "", "Name": "", "AccountId": None, "OwnerId": "", "CloseDate": None, "IsClosed": False, "Amount": None,
    },
    "Case": {"Id": "", "Subject": None, "AccountId": None, "OwnerId": "", "IsClosed": False},
    "Task": {
        "Id": "", "Subject": None, "AccountId": None, "OwnerId": "", "ActivityDate": None, "IsClosed": False,
        "CompletedDateTime": None, "TaskSubtype": "Task",
    },
    "Event": {
        "Id": "", "Subject": None, "AccountId": None, "OwnerId": "", "StartDateTime": None, "EndDateTime": None,
        "IsChild": False,
    },
    "Lead": {"Id": "", "Name": "", "OwnerId": "", "IsConverted": False},
    "AccountTeamMember": {
        "Id": "", "AccountId": "", "UserId": "", "TeamMemberRole": None, "AccountAccessLevel": None,
        "OpportunityAccessLevel": None, "CaseAccessLevel": None,
    },
}  # fmt: skip

_DIGITS: Final = string.ascii_uppercase + "012345"


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def checked_id(prefix: str, number: int) -> str:
    """Return the id of so many characters: five to a letter of the checksum, which says which are capitals."""
    short = f"{prefix}xx{number:010d}"
    marks = "".join(
        _DIGITS[sum(1 << place for place, letter in enumerate(short[start : start + 5]) if letter.isupper())]
        for start in (0, 5, 10)
    )
    return short + marks
