"""The mails that ask people for what no interface can do, and remind them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from offboard.domain.canonical import digest_bytes
from offboard.domain.departure import instant
from offboard.letters.as_html import to_html
from offboard.letters.as_text import to_text
from offboard.letters.cleaning import header_text
from offboard.letters.countries import long_date
from offboard.letters.facts import ASKED, asked_facts
from offboard.letters.mail import Envelope, compose
from offboard.letters.tree import read

if TYPE_CHECKING:
    from collections.abc import Callable

    from offboard.domain.asking import Task
    from offboard.domain.departure import Departure
    from offboard.letters.book import Book
    from offboard.settings import CompanySection


class TaskMails:
    """Writes these mails for one company; they carry no power, they only tell."""

    def __init__(self, book: Book, company: CompanySection, now: Callable[[], datetime]) -> None:
        self._book, self._company, self._now = book, company, now

    def task_mail(self, task: Task, departure: Departure, *, sender: str, recipient: str, reminder: bool) -> bytes:
        """Return the finished mail, in the company's first language.

        Raises:
            BadInput: a template is wrong, or an address is none.
        """
        language, zone = self._company.languages[0], ZoneInfo(self._company.timezone)
        due = datetime.fromisoformat(task.due).astimezone(zone)
        until = f"{long_date(due.date(), language, self._book.country())}, {due:%H:%M %Z}"
        facts = asked_facts(task, departure, company=self._company, sender=sender, due=until, reminder=reminder)
        subject, body = self._book.template(ASKED, language).fill(facts)
        now = self._now()
        key = f"{task.id}/{recipient}/{instant(now)}"
        envelope = Envelope(
            sender=sender,
            sender_name=self._company.name,
            recipient=recipient,
            recipient_name="",
            subject=header_text(subject),
            moment=now.astimezone(zone),
            message_id=f"<{digest_bytes('task mail', key.encode())[:32]}@{sender.rpartition('@')[2]}>",
            key=key,
        )
        tree = read(body)
        html = to_html(tree, title=subject, language=language, colour=self._book.colour, closing=task.id)
        return compose(envelope, text=f"{to_text(tree)}\n{task.id}\n", html=html, pdf=None, filename="")
