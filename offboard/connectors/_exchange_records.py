"""Records of Exchange as bytes, and back: what belongs to a rule, what of it can be made again, whom it names."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from offboard.domain.people import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from offboard.domain.people import Person

FORWARDING: Final = "forwarding"
RULE: Final = "rule/"

OWN: Final = frozenset({"Enabled", "Priority", "RuleIdentity", "Identity", "ObjectState", "RunspaceId"})
"""What another rule of the same content would have otherwise."""

_BY_THE_SYSTEM: Final = ("Junk E-mail Rule", "Microsoft.Exchange.OOF.")
_BRACKET: Final = re.compile(r"\[(SMTP|EX|X500):([^\[\]]*)\]\s*$", re.IGNORECASE)

# Packed lists of property names: the parameters of New-InboxRule, and what says nothing of what a rule does.
# fmt: off
_ACTING: Final = frozenset({
    "ForwardTo", "ForwardAsAttachmentTo", "RedirectTo", "DeleteMessage", "SoftDeleteMessage", "MarkAsRead",
    "StopProcessingRules", "MoveToFolder", "CopyToFolder", "MarkImportance", "ApplyCategory", "PinMessage",
    "SendTextMessageNotificationTo", "ApplySystemCategory", "DeleteSystemCategory", "UnpinMessage",
})
_NARROWING: Final = frozenset({
    "BodyContainsWords", "FlaggedForAction", "From", "FromAddressContainsWords", "HasAttachment",
    "HasClassification", "HeaderContainsWords", "MessageTypeMatches", "MyNameInCcBox", "MyNameInToBox",
    "MyNameInToOrCcBox", "MyNameNotInToBox", "ReceivedAfterDate", "ReceivedBeforeDate",
    "RecipientAddressContainsWords", "SentOnlyToMe", "SentTo", "SubjectContainsWords", "SubjectOrBodyContainsWords",
    "WithImportance", "WithinSizeRangeMaximum", "WithinSizeRangeMinimum", "WithSensitivity",
})
_SILENT: Final = frozenset({
    "Name", "Mailbox", "MailboxOwnerId", "Hidden", "IsValid", "InError", "SupportedByTask", "Description", "Legacy",
    "ErrorType", "ElcFolder", "DescriptionTimeFormat", "DescriptionTimeZone", "Provider", "Guid", "Id",
})
# fmt: on


def content_of(record: Mapping[str, Any]) -> bytes:
    """Return a record as bytes, the same for the same record: JSON with sorted keys."""
    return json.dumps(record, sort_keys=True, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass")


def parameter(value: Any) -> Any:
    """Return a recipient as cmdlets take it: the address, or its name in the directory."""
    if isinstance(value, dict):
        value = value.get("Recipient") or value.get("PrimarySmtpAddress")
    if isinstance(value, list):
        return [parameter(one) for one in value]
    found = _BRACKET.search(value) if isinstance(value, str) else None
    return found[2] if found else value


def address_in(text: str) -> bool:
    """Say whether the text itself names an address."""
    found = _BRACKET.search(text)
    return found[1].upper() == "SMTP" if found else "@" in text


def new_rule(record: Mapping[str, Any], login: str) -> dict[str, Any]:
    """Return the parameters that make a rule of this record again."""
    made = {name: parameter(value) for name, value in record.items() if _can_be_made(name) and _is_set(value)}
    for name in ("MoveToFolder", "CopyToFolder"):
        if name in made and ":\\" not in str(made[name]):
            made[name] = f"{login}:\\{made[name]}"
    return {"Name": record.get("Name") or "", **made}


def lacking(record: Mapping[str, Any]) -> str:
    """Return what a rule made again from this record would lack, in words; empty when it would be the same."""
    lacks = list(_lacks(record))
    return f"were it deleted meanwhile and made again, {'; '.join(lacks)}" if lacks else ""


def _lacks(record: Mapping[str, Any]) -> Iterator[str]:
    if record.get("SupportedByTask") is False:
        yield "what exists in Outlook alone would be missing"
    if record.get("Hidden"):
        yield "it would show in the person's own list of rules"
    for name, value in record.items():
        if _is_set(value) and not _can_be_made(name) and name not in _SILENT:
            yield f"{name} could not be set"
    if record.get("MoveToFolder") or record.get("CopyToFolder"):
        yield "its folder would be looked for at the top of the mailbox"


def runs_for_the_system(record: Mapping[str, Any]) -> bool:
    """Say whether Exchange itself made this rule: it has the name, and none of the actions that people use."""
    name = str(record.get("Name") or "")
    named = name == _BY_THE_SYSTEM[0] or name.startswith(_BY_THE_SYSTEM[1])
    return named and not any(_is_set(record.get(action)) for action in _ACTING)


def names_person(record: Mapping[str, Any], box: Mapping[str, Any]) -> bool:
    """Say whether a rule of the organisation names this person, by an address, login or name."""
    addresses = [str(address).partition(":")[2] for address in box.get("EmailAddresses") or ()]
    names = {str(box.get(key) or "").casefold() for key in ("PrimarySmtpAddress", "UserPrincipalName", "DisplayName")}
    names |= {address.casefold() for address in addresses}
    return any(text.casefold() in names - {""} for text in _texts(list(record.values())))


def agreeing(person: Person, box: Mapping[str, Any]) -> int:
    """Return how many of login, mail address and name are the mailbox's too."""
    login = str(box.get("UserPrincipalName") or "")
    logins = {fold(login), fold(login.partition("@")[0]), fold(str(box.get("Alias") or ""))}
    addresses = {fold(str(address).partition(":")[2]) for address in box.get("EmailAddresses") or ()}
    addresses.add(fold(str(box.get("PrimarySmtpAddress") or "")))
    names = {fold(str(box.get("DisplayName") or ""))}
    pairs = ((person.login, logins), (person.mail, addresses), (person.name, names))
    return sum(1 for own, theirs in pairs if own and fold(own) in theirs)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield str(parameter(value))
    elif isinstance(value, (list, dict)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _can_be_made(name: str) -> bool:
    return name in _ACTING or name.removeprefix("ExceptIf") in _NARROWING


def _is_set(value: Any) -> bool:
    return value not in (None, False, "", [], {})
