"""What letters say of the company beside its name, and how they go out."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads it
from typing import Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, Field

from offboard.domain.letter_sending import SendingRules

Spoken: TypeAlias = str | dict[str, str]
"""Per language, as ``{ en = "…", de = "…" }``; plain text speaks the company's first language."""


class Tier(BaseModel, extra="forbid", frozen=True):
    """``[company.tiers.NAME]``: what clients of this tier may expect, where it differs from the company's usual."""

    hours: Spoken = ""
    response_time: Spoken = ""
    after_hours: Spoken = ""


class Colleague(BaseModel, extra="forbid", frozen=True):
    """``[[company.team]]``: somebody whom letters name beside the successor."""

    name: str = Field(min_length=1)
    role: Spoken = ""
    phone: str = ""
    mail: str = ""


class LetterContent(BaseModel, extra="forbid", frozen=True):
    """The part of ``[company]`` that letters alone need."""

    hours: Spoken = ""
    response_time: Spoken = ""
    after_hours: Spoken = ""  # whom to call outside the hours
    tiers: dict[str, Tier] = {}
    team: list[Colleague] = Field(default=[], max_length=6)
    introductions: dict[str, Spoken] = {}  # a colleague's mail address → one sentence on why they are the right one
    first_contact_days: int = Field(
        default=0, ge=0, le=90
    )  # letters promise the successor's first call within; 0: no promise
    owner_contact_days: int = Field(default=0, ge=0, le=180)  # and the owner's own call within; 0: no promise


class LettersSection(BaseModel, extra="forbid", frozen=True):
    """``[letters]``: how letters go out.

    ``test_mode``: every mail goes to the owner until this is ``false``. ``canary``: so many letters go first, to the
    owner or to their clients (``canary_to``), and the others wait for the owner's word. ``embargo``: no letter goes out
    before this moment. Left out, the first two are on (test mode, one canary), but for a mail server on loopback at a
    port above 1023, such as the practice company's, which reaches nobody: there they are off.
    """

    test_mode: bool | None = None
    canary: int | None = Field(default=None, ge=0, le=100)
    canary_to: Literal["owner", "client"] = "owner"
    embargo: AwareDatetime | None = None

    def left_off(self, *, practice: bool) -> str:
        """Say what is off for the one reason that the mail server is on loopback, and how to switch it on, if so."""
        named = {"test mode": self.test_mode, "the first letter for a look (canary)": self.canary}
        off = [what for what, said in named.items() if said is None]
        if not practice or not off:
            return ""
        switch = " and ".join(
            line for line, said in (("test_mode = true", self.test_mode), ("canary = 1", self.canary)) if said is None
        )
        return (
            f"{' and '.join(off)}: off, since the mail server is on loopback and none is chosen under [letters]; "
            f"should mail go on from there to clients, write {switch} under [letters]"
        )

    def rules(self, *, practice: bool) -> SendingRules:
        """Return how letters go out; ``practice``: no mail server that the settings name reaches anybody."""
        moment: datetime | None = self.embargo
        return SendingRules(
            test_mode=not practice if self.test_mode is None else self.test_mode,
            canary=int(not practice) if self.canary is None else self.canary,
            canary_to_owner=self.canary_to == "owner",
            embargo=moment,
        )
