"""The mail that tells IT of alarms among the mail rules."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from offboard.domain.canonical import digest_bytes
from offboard.letters.as_html import to_html
from offboard.letters.as_text import to_text
from offboard.letters.cleaning import header_text
from offboard.letters.mail import Envelope, compose
from offboard.letters.tree import escape, read

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from offboard.letters.book import Book
    from offboard.settings import CompanySection

ENGLISH = """Mail rules were found that send mail outside the company in a way that people use to take it along or to
steal it:

{alarms}

A rule is a reason to ask, not proof of anything. What each does, and why it is an alarm: `offboard rules show PERSON`,
or for all of them `offboard rules scan --html rules.html`. A copy of each rule is kept. You are told of each once.
"""
GERMAN = """Es wurden E-Mail-Regeln gefunden, die Post so nach außen leiten, wie es geschieht, wenn jemand sie mitnehmen
oder stehlen will:

{alarms}

Eine Regel ist ein Grund zu fragen, kein Beweis. Was jede tut und warum sie auffällt: `offboard rules show PERSON`, oder
für alle `offboard rules scan --html rules.html`. Von jeder Regel ist eine Kopie aufbewahrt. Jede wird einmal gemeldet.
"""
WORDS = {
    "en": ("Alarm: mail rules that lead outside", ENGLISH, "- {mailbox} (system {system}): {count}"),
    "de": ("Alarm: E-Mail-Regeln, die nach außen führen", GERMAN, "- {mailbox} (System {system}): {count}"),
}
"""Language → subject, text and line; where the company's first one is not here, English is."""


class AlarmMails:
    """Writes these mails for one company; they say whose mailbox, not what the rules hold."""

    def __init__(self, book: Book, company: CompanySection, now: Callable[[], datetime]) -> None:
        self._book, self._company, self._now = book, company, now

    def alarm_mail(self, alarms: Sequence[tuple[str, str, int]], *, key: str, sender: str, recipient: str) -> bytes:
        """Return the finished mail, in the company's first language; an alarm is mailbox, system, number of rules.

        Raises:
            BadInput: an address is none.
        """
        first = self._company.languages[0].split("-")[0].casefold()
        language = first if first in WORDS else "en"
        subject, text, line = WORDS[language]
        lines = (
            line.format(mailbox=escape(mailbox), system=escape(system), count=count)
            for mailbox, system, count in alarms
        )
        tree = read(text.format(alarms="\n".join(lines)))
        digest = digest_bytes("alarm mail", f"{key}/{recipient}".encode())[:32]
        envelope = Envelope(
            sender=sender,
            sender_name=self._company.name,
            recipient=recipient,
            recipient_name="",
            subject=header_text(subject),
            moment=self._now().astimezone(ZoneInfo(self._company.timezone)),
            message_id=f"<{digest}@{sender.rpartition('@')[2]}>",
            key=digest,
        )
        html = to_html(tree, title=subject, language=language, colour=self._book.colour, closing=self._company.name)
        return compose(envelope, text=to_text(tree), html=html, pdf=None, filename="")
