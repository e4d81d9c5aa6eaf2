"""The conditions of Exchange inbox rules, Graph message rules and transport rules as plain sentences.

Names are those of Microsoft's references: Get-InboxRule, messageRulePredicates (Graph v1.0), Get-TransportRule.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from offboard.forwarding.recipients import recipients_in
from offboard.forwarding.scope import Scope, join_scopes, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "subjectcontainswords": ("subject contains", ("subject",)),
    "subjectcontains": ("subject contains", ("subject",)),
    "subjectmatchespatterns": ("subject matches the pattern", ("subject",)),
    "subjectorbodycontainswords": ("subject or body contains", ("body", "subject")),
    "subjectorbodymatchespatterns": ("subject or body matches the pattern", ("body", "subject")),
    "bodyorsubjectcontains": ("subject or body contains", ("body", "subject")),
    "bodycontainswords": ("body contains", ("body",)),
    "bodycontains": ("body contains", ("body",)),
    "fromaddresscontainswords": ("sender contains", ("sender",)),
    "fromaddressmatchespatterns": ("sender matches the pattern", ("sender",)),
    "sendercontains": ("sender contains", ("sender",)),
    "senderdomainis": ("sender's domain is", ("sender",)),
    "recipientaddresscontainswords": ("recipient contains", ("recipient",)),
    "recipientaddressmatchespatterns": ("recipient matches the pattern", ("recipient",)),
    "anyofrecipientaddresscontainswords": ("recipient contains", ("recipient",)),
    "recipientdomainis": ("recipient's domain is", ("recipient",)),
    "recipientcontains": ("recipient contains", ("recipient",)),
    "headercontainswords": ("a header contains", ("other",)),
    "headercontains": ("a header contains", ("other",)),
    "attachmentnamematchespatterns": ("the attachment's name matches the pattern", ("other",)),
    "attachmentcontainswords": ("an attachment contains", ("other",)),
    "attachmentextensionmatcheswords": ("the attachment's ending is", ("other",)),
    "categories": ("category is", ("other",)),
    "senderadattributecontainswords": ("the sender's entry in the directory contains", ("sender",)),
    "senderadattributematchespatterns": ("the sender's entry in the directory matches the pattern", ("sender",)),
    "recipientadattributecontainswords": ("the recipient's entry in the directory contains", ("recipient",)),
    "recipientadattributematchespatterns": (
        "the recipient's entry in the directory matches the pattern",
        ("recipient",),
    ),
    "anyofrecipientaddressmatchespatterns": ("recipient matches the pattern", ("recipient",)),
    "headermatchespatterns": ("a header matches the pattern", ("other",)),
    "attachmentmatchespatterns": ("an attachment matches the pattern", ("other",)),
    "attachmentpropertycontainswords": ("a property of an attachment contains", ("other",)),
    "contentcharactersetcontainswords": ("its character set is", ("other",)),
}
_PEOPLE: dict[str, tuple[str, tuple[str, ...]]] = {
    "from": ("sender is", ("sender",)),
    "fromaddresses": ("sender is", ("sender",)),
    "frommemberof": ("sender is a member of", ("sender",)),
    "sentto": ("recipient is", ("recipient",)),
    "senttoaddresses": ("recipient is", ("recipient",)),
    "senttomemberof": ("recipient is a member of", ("recipient",)),
    "anyoftoheader": ("recipient is", ("recipient",)),
    "anyofccheader": ("recipient is", ("recipient",)),
    "anyoftoccheader": ("recipient is", ("recipient",)),
    "anyoftoheadermemberof": ("recipient is a member of", ("recipient",)),
    "anyofccheadermemberof": ("recipient is a member of", ("recipient",)),
    "anyoftoccheadermemberof": ("recipient is a member of", ("recipient",)),
    "betweenmemberof1": ("it goes between members of", ("sender",)),
    "betweenmemberof2": ("it goes between members of", ("recipient",)),
    "manageraddresses": ("the manager is", ("sender",)),
    "senderinrecipientlist": ("the sender is in the list", ("sender",)),
    "recipientinsenderlist": ("the recipient is in the list", ("recipient",)),
}
_VALUES: dict[str, str] = {
    "withimportance": "importance is",
    "importance": "importance is",
    "withsensitivity": "sensitivity is",
    "sensitivity": "sensitivity is",
    "messagetypematches": "the kind of message is",
    "messageactionflag": "it is flagged for",
    "flaggedforaction": "it is flagged for",
    "hasclassification": "its classification is",
    "fromsubscription": "it came through",
    "receivedafterdate": "it came after",
    "receivedbeforedate": "it came before",
    "fromscope": "sender is in",
    "senttoscope": "recipient is in",
    "headercontainsmessageheader": "the header looked at is",
    "sclover": "its spam level is at least",
    "senderipranges": "it comes from the network",
    "attachmentsizeover": "an attachment is larger than",
    "messagesizeover": "it is larger than",
    "headermatchesmessageheader": "the header looked at is",
    "managerforevaluateduser": "whose manager is looked at:",
    "sendermanagementrelationship": "the sender is the recipient's",
    "adcomparisonattribute": "what is compared in the directory is",
    "adcomparisonoperator": "the two in the directory are",
    "messagecontainsdataclassifications": "it holds data of the kind",
    "messagecontainsalldataclassifications": "it holds data of all the kinds",
    "othercondition": "it fulfils a condition that is not known here:",
}
_FLAGS: dict[str, str] = {
    "hasattachment": "it has an attachment",
    "hasattachments": "it has an attachment",
    "mynameintobox": "it is addressed to the person",
    "senttome": "it is addressed to the person",
    "mynameinccbox": "the person is in copy",
    "sentccme": "the person is in copy",
    "mynameintoorccbox": "the person is addressed or in copy",
    "senttoorccme": "the person is addressed or in copy",
    "mynamenotintobox": "it is not addressed to the person",
    "notsenttome": "it is not addressed to the person",
    "sentonlytome": "it is addressed to the person alone",
    "isapprovalrequest": "it asks for approval",
    "isautomaticforward": "it was forwarded automatically",
    "isautomaticreply": "it is an automatic reply",
    "isencrypted": "it is encrypted",
    "ismeetingrequest": "it is a meeting request",
    "ismeetingresponse": "it answers a meeting request",
    "isnondeliveryreport": "it reports that a mail was not delivered",
    "ispermissioncontrolled": "its use is restricted",
    "isreadreceipt": "it is a read receipt",
    "issigned": "it is signed",
    "isvoicemail": "it is a voice mail",
    "attachmentisunsupported": "an attachment cannot be read",
    "attachmentispasswordprotected": "an attachment is locked by a password",
    "attachmenthasexecutablecontent": "an attachment is a program",
    "attachmentprocessinglimitexceeded": "an attachment could not be searched to its end",
    "hassenderoverride": "its sender chose to override a policy",
    "hasnoclassification": "it has no classification",
}
_BROAD = frozenset(
    {"subject or body contains", "body contains", "sender contains", "recipient contains", "a header contains"}
)
_SMALLEST_MAIL, _LARGEST_MAIL = 1024, 50 * 2**20
_IN_EVERY_HEADER = frozenset({"received", "from", "date", "message-id", "return-path", "mime-version", "to"})
_LONG_NUMBER = 12
_UNSET = frozenset({"", "false", "$false", "null", "$null"})
_EXCEPT = "exceptif"


def read_predicates(properties: Mapping[str, Any]) -> tuple[Scope, set[str]]:
    """Return the scope that the named conditions describe, and the names that were understood and carry a value.

    ``properties`` are by their name in lower case; a name that begins with ``exceptif`` is an exception. Conditions
    without a value are none. A condition that every mail fulfils is left out and noted.
    """
    scopes: list[Scope] = []
    known: set[str] = set()
    for name, value in properties.items():
        if not is_set(value):
            continue
        excepted = name.startswith(_EXCEPT)
        scope = _read(name.removeprefix(_EXCEPT), value)
        if scope is None:
            continue
        known.add(name)
        if scope.sentences and excepted:
            scope = Scope((f"not when {scope.sentences[0]}",), exceptions_only=True)
        scopes.append(scope)
    return join_scopes(scopes), known


def is_set(value: Any) -> bool:
    """Say whether a property carries anything; Exchange writes booleans also as the words True and False."""
    if value is None or value is False:
        return False
    if isinstance(value, str):
        return value.strip().lower() not in _UNSET
    return value is True or value not in ([], {})


def texts_in(value: Any) -> tuple[str, ...]:
    """Return the texts of a value: a list, or one string with semicolons as audit records have it."""
    if isinstance(value, str):
        parts = [part.strip() for part in value.split(";")]
        return tuple(part for part in parts if part) or (value,)
    if isinstance(value, list):
        return tuple(text for item in value for text in texts_in(item))
    if isinstance(value, dict):
        return tuple(str(value[key]) for key in ("Name", "name", "DisplayName", "Value", "value") if key in value)[:1]
    return () if value is None else (str(value),)


def _read(name: str, value: Any) -> Scope | None:
    if name in _WORDS:
        return _words(*_WORDS[name], value)
    if name in _PEOPLE:
        sentence, kinds = _PEOPLE[name]
        return Scope((f"{sentence} {quoted(recipients_in(value))}",), kinds) if is_set(value) else Scope()
    if name in _VALUES:
        scope = Scope((f"{_VALUES[name]} {quoted(texts_in(value))}",), ("other",))
        # From some day on, every mail: only what came before is left out.
        return replace(scope, exceptions_only=name == "receivedafterdate") if is_set(value) else Scope()
    if name in _FLAGS:
        return Scope((_FLAGS[name],), ("other",)) if is_set(value) else Scope()
    if name in {"withinsizerangeminimum", "withinsizerangemaximum"}:
        return _size(name.removeprefix("withinsizerange"), value)
    if name == "withinsizerange":
        sizes = value if isinstance(value, dict) else {}
        kilobytes = [(edge, sizes.get(f"{edge}Size")) for edge in ("minimum", "maximum")]
        return join_scopes([_size(edge, size * 1024) for edge, size in kilobytes if isinstance(size, int)])
    return None


def _words(sentence: str, kinds: tuple[str, ...], value: Any) -> Scope:
    if value is None or value == []:
        return Scope()
    words = texts_in(value)
    shown = f"{sentence} {quoted(words)}".replace("\x00", "\\0")
    # Detection rules of Elastic name these: a word of one character stands in practically every mail.
    fits_all = sentence in _BROAD and any(len(word.strip().strip("\x00")) <= 1 for word in words)
    if fits_all or (sentence == "a header contains" and any(_is_in_every_mail(word) for word in words)):
        return Scope(notes=(f"Its condition is true for practically every mail: {shown}.",))
    if words and all("spam" in word.lower() for word in words) and kinds == ("subject",):
        kinds = ("spam",)
    return Scope((shown,), kinds, words if {"subject", "body", "other"} & set(kinds) else ())


def _is_in_every_mail(word: str) -> bool:
    return word.strip().rstrip(":").lower() in _IN_EVERY_HEADER


def _size(edge: str, value: Any) -> Scope:
    digits = "".join(char for char in str(value).partition("(")[2] if char.isdigit()) or str(value)
    if not is_set(value):
        return Scope()
    number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < _LONG_NUMBER else None
    if number is not None and (number < _SMALLEST_MAIL if edge == "minimum" else number >= _LARGEST_MAIL):
        than = f"{'larger' if edge == 'minimum' else 'smaller'} than {number} bytes"
        return Scope(notes=(f"Its condition is true for practically every mail: {than}.",))
    return Scope((f"it is {'larger' if edge == 'minimum' else 'smaller'} than {value} bytes",), ("size",))
