"""Letters: one client, one language, one digest. What was approved is what is sent."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, cast

from offboard.domain.canonical import Json, digest

if TYPE_CHECKING:
    from collections.abc import Mapping


class LetterState(StrEnum):
    """Where a letter stands."""

    DRAFT = "draft"
    TO_REVIEW = "to_review"
    APPROVED = "approved"
    REJECTED = "rejected"
    HELD = "held"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


LETTER_SETTLED = frozenset({LetterState.REJECTED, LetterState.SENT})
"""The states after which nobody has to decide on a letter again."""


class Channel(StrEnum):
    """How a letter reaches its client; by ``both`` it is sent when both ways are gone."""

    MAIL = "mail"
    POST = "post"
    BOTH = "both"


class Mark(StrEnum):
    """What happened to a letter beside its state; each mark has its moment, and who made it."""

    HELD = "held"
    REHEARSED = "rehearsed"
    MAILED = "mailed"
    DRAFTED = "drafted"
    RECALLED = "recalled"
    PRINTED = "printed"
    POSTED = "posted"


@dataclass(frozen=True, slots=True)
class Marked:
    """One mark: when it was made (instant), by whom, for which digest; ``note`` is what else must be known."""

    at: str
    person: str = ""
    digest: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter to one client, or to the leaver: that one has no client.

    ``body`` is the final Markdown, the one source of mail, plain text and PDF; it is never rendered as a template
    again. ``date`` is the ISO date printed on it. ``warnings`` are for the owner and are not part of the digest;
    nor are ``country`` (ISO 3166) and ``postcode``, by which the post is put in order: ``address`` is what is printed.
    """

    id: str
    departure: str
    client: str
    client_name: str
    contact: str
    recipient: str
    address: tuple[str, ...]
    language: str
    channel: Channel
    date: str
    subject: str
    body: str
    state: LetterState = LetterState.TO_REVIEW
    warnings: tuple[str, ...] = ()
    reason: str = ""
    country: str = ""
    postcode: str = ""

    @property
    def by_mail(self) -> bool:
        """Whether it goes by mail, alone or on paper as well."""
        return self.channel is not Channel.POST

    @property
    def by_post(self) -> bool:
        """Whether it goes on paper, alone or by mail as well."""
        return self.channel is not Channel.MAIL

    @property
    def to_leaver(self) -> bool:
        """Whether it goes to the leaver themselves."""
        return not self.client

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of everything that its reader will see, and of where it goes."""
        seen: dict[str, Json] = {
            "id": self.id,
            "departure": self.departure,
            "client": self.client,
            "contact": self.contact,
            "recipient": self.recipient,
            "address": list(self.address),
            "language": self.language,
            "channel": self.channel.value,
            "date": self.date,
            "subject": self.subject,
            "body": self.body,
        }
        return digest("letter", seen)

    def to_json(self) -> dict[str, Json]:
        """Return the letter as data."""
        return cast("dict[str, Json]", asdict(self)) | {"address": list(self.address), "warnings": list(self.warnings)}

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Letter:
        """Read what :meth:`to_json` wrote."""
        fields = dict(data)
        fields["channel"] = Channel(cast("str", fields["channel"]))
        fields["state"] = LetterState(cast("str", fields["state"]))
        return cls(
            **{  # type: ignore[arg-type]
                **fields,
                "address": tuple(cast("list[str]", fields["address"])),
                "warnings": tuple(cast("list[str]", fields["warnings"])),
            }
        )

    def row(self) -> dict[str, Json]:
        """Return the fixed shape that ``letters list --json`` prints."""
        return {
            "id": self.id,
            "client": self.client,
            "client_name": self.client_name,
            "contact": self.contact,
            "language": self.language,
            "channel": self.channel.value,
            "state": self.state.value,
            "warnings": list(self.warnings),
            "reason": self.reason,
            "digest": self.digest,
        }
