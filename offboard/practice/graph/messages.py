"""Answers about mails: laid down as MIME, kept as Exchange keeps them, written anew when they are read, and sent."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

from offboard.practice.graph.calls import Ask, Refused, Reply, answers
from offboard.practice.graph.directory import person
from offboard.practice.graph.listing import many, one

if TYPE_CHECKING:
    from email.message import EmailMessage

    from offboard.practice.graph.tenant import Thing

MESSAGES = "/users/{id}/messages"
GONE = "The specified object was not found in the store."
_BY_ID = re.compile(r"internetMessageId eq '((?:[^']|'')*)'")


@answers(f"POST {MESSAGES}")
def lay_down(ask: Ask, who: str) -> Reply:
    """Keep a mail as a draft; it comes as MIME in base64."""
    if not isinstance(ask.call.body, str):
        raise Refused(400, "ErrorInvalidRequest", "This practice mailbox takes MIME alone.")
    try:
        mime = base64.b64decode(ask.call.body, validate=True)
        read = message_from_bytes(mime, policy=policy.SMTP)
    except (binascii.Error, ValueError) as error:
        raise Refused(400, "ErrorMimeContentInvalidBase64String", "Invalid base64 string for MIME content.") from error
    kept = _messages(ask, who)
    made: Thing = {
        "id": f"{secrets.token_urlsafe(24)}=", "isDraft": True, "subject": str(read["Subject"]),
        "internetMessageId": str(read["Message-ID"]), "_mime": _written_anew(read, spoilt=ask.quirks.mail_spoilt),
    }  # fmt: skip
    kept[made["id"]] = made
    return one(ask, _seen(made), "message", f"users('{who}')/messages", status=201)


@answers(f"GET {MESSAGES}")
def find(ask: Ask, who: str) -> Reply:
    """Return the mails, those with one Message-ID where it is asked for."""
    wanted = _BY_ID.fullmatch(ask.option("filter"))
    found = [
        _seen(mail)
        for mail in _messages(ask, who).values()
        if wanted is None or mail["internetMessageId"] == wanted[1].replace("''", "'")
    ]
    return many(ask, found, "message", f"users('{who}')/messages")


@answers(f"GET {MESSAGES}/{{id}}")
def look(ask: Ask, who: str, mail: str) -> Reply:
    """Return one mail."""
    return one(ask, _seen(_message(ask, who, mail)), "message", f"users('{who}')/messages")


@answers(f"GET {MESSAGES}/{{id}}/$value")
def read(ask: Ask, who: str, mail: str) -> Reply:
    """Return one mail as MIME, as Exchange writes it."""
    return Reply(200, bytes(_message(ask, who, mail)["_mime"]))


@answers(f"POST {MESSAGES}/{{id}}/send")
def send(ask: Ask, who: str, mail: str) -> Reply:
    """Send a draft: it lies in Sent Items under the same immutable id."""
    found = _message(ask, who, mail)
    if not found["isDraft"]:
        raise Refused(400, "ErrorInvalidOperation", "The message was sent already.")
    found["isDraft"] = False
    return Reply(202)


@answers(f"DELETE {MESSAGES}/{{id}}")
def delete(ask: Ask, who: str, mail: str) -> Reply:
    """Delete a mail."""
    _message(ask, who, mail)
    del _messages(ask, who)[mail]
    return Reply(204)


def _messages(ask: Ask, who: str) -> dict[str, Thing]:
    found = person(ask, who)
    if "_settings" not in found:
        raise Refused(404, "MailboxNotEnabledForRESTAPI", "The mailbox is either inactive or soft-deleted.")
    kept: dict[str, Thing] = found.setdefault("_messages", {})
    return kept


def _message(ask: Ask, who: str, mail: str) -> Thing:
    kept = _messages(ask, who)
    if mail not in kept:
        raise Refused(404, "ErrorItemNotFound", GONE)
    return kept[mail]


def _seen(mail: Thing) -> Thing:
    return {name: value for name, value in mail.items() if not name.startswith("_")}


def _written_anew(mail: EmailMessage, *, spoilt: str) -> bytes:
    """Write a mail as Exchange does: boundaries, headers and markup of its own, the words as they were."""
    for number, part in enumerate(part for part in mail.walk() if part.is_multipart()):
        part.set_boundary(f"_{number:03}_{secrets.token_hex(12)}_")
    page = mail.get_body(("html",))
    if page is not None:
        html = page.get_content().replace("<head>", '<head>\n<meta name="Generator" content="Exchange">')
        page.set_content(html.replace(spoilt, "[removed]") if spoilt else html, subtype="html", cte="base64")
    mail["X-MS-Exchange-Organization-AuthAs"] = "Internal"
    mail["Thread-Index"] = secrets.token_urlsafe(12)
    return mail.as_bytes()
