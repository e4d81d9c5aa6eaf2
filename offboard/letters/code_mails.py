"""The mail that carries a code for signing in at the desk."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from offboard.domain.canonical import digest_bytes
from offboard.letters.as_html import to_html
from offboard.letters.as_text import to_text
from offboard.letters.cleaning import header_text
from offboard.letters.mail import Envelope, compose
from offboard.letters.tree import escape, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from offboard.letters.book import Book
    from offboard.settings import CompanySection

ENGLISH = """**{code}**

Type this code on the page where you asked for it. It works once, until {until}, and in that browser only.

Did you not ask for it? Then do nothing, and give the code to nobody: {company} never asks for it by telephone or mail.
"""
GERMAN = """**{code}**

Geben Sie diesen Code auf der Seite ein, auf der Sie ihn angefordert haben. Er gilt einmal, bis {until}, und nur in
diesem Browser.

Sie haben keinen Code angefordert? Dann tun Sie nichts, und geben Sie ihn niemandem: {company} fragt nie am Telefon oder
per Mail danach.
"""
WORDS = {"en": ("Your code for the desk", ENGLISH), "de": ("Ihr Code für die Anmeldung", GERMAN)}
"""Language → subject and text; where the company's first one is not here, English is."""


class CodeMails:
    """Writes these mails for one company; they hold no link, so that nobody learns to follow one."""

    def __init__(self, book: Book, company: CompanySection, now: Callable[[], datetime]) -> None:
        self._book, self._company, self._now = book, company, now

    def code_mail(self, code: str, until: str, *, sender: str, recipient: str) -> bytes:
        """Return the finished mail, in the company's first language.

        Raises:
            BadInput: an address is none.
        """
        first = self._company.languages[0].split("-")[0].casefold()
        language = first if first in WORDS else "en"
        zone = ZoneInfo(self._company.timezone)
        subject, text = WORDS[language]
        ends = datetime.fromisoformat(until).astimezone(zone)
        tree = read(text.format(code=code, until=f"{ends:%H:%M %Z}", company=escape(self._company.name)))
        key = digest_bytes("code mail", f"{code}/{recipient}/{until}".encode())[:32]
        envelope = Envelope(
            sender=sender,
            sender_name=self._company.name,
            recipient=recipient,
            recipient_name="",
            subject=header_text(subject),
            moment=self._now().astimezone(zone),
            message_id=f"<{key}@{sender.rpartition('@')[2]}>",
            key=key,
        )
        html = to_html(tree, title=subject, language=language, colour=self._book.colour, closing=self._company.name)
        return compose(envelope, text=to_text(tree), html=html, pdf=None, filename="")
