"""The letter book: writes each client's letter, and makes mail, page and preview of a letter as it was approved."""

from __future__ import annotations

import hashlib
import re
import threading
from dataclasses import replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from offboard.domain.letter import Channel, Letter
from offboard.errors import BadInput, BadSettings
from offboard.letters.addresses import address_lines, mail_address
from offboard.letters.as_docx import to_docx
from offboard.letters.as_html import to_html
from offboard.letters.as_pdf import NeedsFont, Press
from offboard.letters.as_text import to_text
from offboard.letters.cleaning import clean, header_text, known, one_line
from offboard.letters.countries import choose_language, country_code, country_of_zone, long_date
from offboard.letters.doubts import doubts_of
from offboard.letters.facts import AUTO_REPLY, HANDOVER, LEAVER, Days, Kind, leaver_facts, reply_facts
from offboard.letters.handover import handover_facts
from offboard.letters.letterhead import Letterhead
from offboard.letters.mail import Envelope, compose
from offboard.letters.routes import route
from offboard.letters.shelf import find_template, own_templates
from offboard.letters.templates import LetterTemplate, load
from offboard.letters.tree import read

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from offboard.domain.clients import Client
    from offboard.domain.departure import Departure
    from offboard.domain.people import Person
    from offboard.settings import CompanySection

_SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


class Book:
    """Writes letters for one company (fulfils ``LetterBook``); safe to use from several threads."""

    mail_until: Callable[[Departure], date | None] = staticmethod(lambda _: None)
    """Until when new mail of the leaver reaches the successor too; nobody knows unless it is set."""

    def __init__(self, company: CompanySection, owner_mail: str, *, folder: Path, now: Callable[[], datetime]) -> None:
        """``folder`` is what relative paths of the settings are meant from."""
        self._company = company
        self._owner_mail = mail_address(owner_mail)
        self._folder = folder
        self._now = now
        self._templates: dict[tuple[str, str], LetterTemplate] = {}
        self._lock = threading.Lock()
        self._loaded: tuple[Letterhead, Press] | None = None

    def draft(self, departure: Departure, client: Client, successor: Person) -> Letter:
        """Return the letter to this client as a draft for the owner, with what the owner should look at.

        Raises:
            BadInput: a template or the letterhead is wrong, or a fact that every letter needs is empty.
            BadSettings: the owner has no mail address.
        """
        if not self._owner_mail:
            raise BadSettings("[people] owner: letters need the owner's mail address", hint="Add it to offboard.toml.")
        country = country_code(client.country)
        language = choose_language(client.language, country, self._company.languages)
        days = Days.of(departure, self._company, self._now())
        reference = letter_id(departure.number, client.id)
        facts = handover_facts(
            departure,
            client,
            successor,
            company=self._company,
            owner_mail=self._owner_mail,
            days=days,
            language=language,
            country=self.country(),
            reference=reference,
            mail_until=self.mail_until(departure) if successor == departure.successor else None,
        )
        subject, body = self.template(HANDOVER, language).fill(facts)
        address = address_lines(client, sender_country=self.country(), sender_language=self._company.languages[0])
        channel, recipient, doubts = route(client, address, self._company.domains)
        letter = Letter(
            id=reference,
            departure=departure.number,
            client=client.id,
            client_name=one_line(client.name),
            contact=known(client.contact.name),
            recipient=recipient,
            address=address,
            language=language,
            channel=channel,
            date=days.dated.isoformat(),
            subject=header_text(subject),
            body=body,
            country=country,
            postcode=known(client.postcode),
        )
        names = (
            letter.client_name,
            letter.contact,
            one_line(departure.leaver.name),
            one_line(successor.name),
            one_line(self._company.name),
        )
        return replace(letter, warnings=(*doubts, *doubts_of(letter, names, self.pdf)))

    def to_leaver(self, departure: Departure, *, hr_mail: str, things: Sequence[str]) -> Letter:
        """Return the leaver's own letter as a draft for HR: what goes on, what to return, whom to ask.

        It is printed and handed over or posted: whoever leaves has no mailbox here any more. ``things`` is what the
        company wants back in particular.

        Raises:
            BadInput: a template or the letterhead is wrong.
        """
        language = self._company.languages[0]
        days = Days.of(departure, self._company, self._now())
        reference = f"L-{departure.number}~leaver"
        facts = leaver_facts(
            departure,
            company=self._company,
            hr_mail=hr_mail or self._owner_mail,
            things=things,
            days=days,
            last_day=long_date(days.last_day, language, self.country()),
            reference=reference,
        )
        subject, body = self.template(LEAVER, language).fill(facts)
        letter = Letter(
            id=reference,
            departure=departure.number,
            client="",
            client_name=facts["leaver.name"],
            contact=facts["leaver.name"],
            recipient="",
            address=(facts["leaver.name"],),
            language=language,
            channel=Channel.POST,
            date=days.dated.isoformat(),
            subject=header_text(subject),
            body=body,
        )
        doubts = doubts_of(letter, (facts["leaver.name"], facts["successor.name"], facts["company.name"]), self.pdf)
        return replace(letter, warnings=("no postal address is known: hand it over, or add the address", *doubts))

    def edited(self, letter: Letter, subject: str, body: str) -> Letter:
        """Return the letter with another subject and text, cleaned, and with what the owner should look at.

        Raises:
            BadInput: nothing is left of the subject or the text, or it is too long.
        """
        written = replace(letter, subject=header_text(subject), body=clean(body).strip("\n") + "\n")
        missing = [name for name, text in (("subject", written.subject), ("text", written.body)) if not text.strip()]
        if missing:
            raise BadInput(
                f"{letter.id}: a letter needs its {' and its '.join(missing)}", hint="Write it, then try again."
            )
        return replace(written, warnings=tuple(doubts_of(written, (letter.client_name, letter.contact), self.pdf)))

    def auto_reply(self, departure: Departure) -> str:
        """Return the text that answers mail to the leaver: plain text in the company's languages, first one first."""
        facts = reply_facts(departure, departure.successor, company=self._company)
        texts = [
            to_text(read(self.template(AUTO_REPLY, language).fill(facts)[1])) for language in self._company.languages
        ]
        return "\n---\n\n".join(texts)

    def message(self, letter: Letter) -> bytes:
        """Return the finished mail: plain text, HTML and PDF, the same bytes each time.

        A letter for which there is no font goes without its PDF; its owner was warned.

        Raises:
            BadInput: an address is none, or the subject could not stand in a header.
        """
        return self._mail(letter, recipient=letter.recipient, name=letter.contact, purpose="")

    def rehearsal(self, letter: Letter) -> bytes:
        """Return the same mail addressed to the owner, with the client's address in its subject, for looking at."""
        return self._mail(letter, recipient=self._owner_mail, name="", purpose=f"[to {letter.recipient}] ")

    def _mail(self, letter: Letter, *, recipient: str, name: str, purpose: str) -> bytes:
        digest = letter.digest
        domain = mail_address(f"id@{self._company.domains[0]}") or self._owner_mail
        envelope = Envelope(
            sender=self._owner_mail,
            sender_name=self._company.owner_name or self._company.name,
            recipient=recipient,
            recipient_name=name,
            subject=f"{purpose}{letter.subject}",
            moment=datetime.combine(date.fromisoformat(letter.date), time(12), ZoneInfo(self._company.timezone)),
            message_id=f"<{letter.id}{'.test' if purpose else ''}.{digest[:16]}@{domain.rpartition('@')[2]}>",
            key=f"{letter.id}/{digest}{purpose}",
        )
        try:
            pdf = self.pdf(letter)
        except NeedsFont:
            pdf = None
        return compose(envelope, text=self.text(letter), html=self.html(letter), pdf=pdf, filename=f"{letter.id}.pdf")

    def text(self, letter: Letter) -> str:
        """Return the letter as plain text."""
        return to_text(read(letter.body)) + f"\n{self._reference(letter)}\n"

    def html(self, letter: Letter) -> str:
        """Return the letter as the HTML page that goes by mail."""
        return to_html(
            read(letter.body),
            title=letter.subject,
            language=letter.language,
            colour=self._house()[0].layout.colour,
            closing=self._reference(letter),
        )

    def pdf(self, letter: Letter) -> bytes:
        """Return the letter on the company's letterhead as tagged PDF/UA-1, the same bytes each time.

        Raises:
            NeedsFont: a character is in none of the fonts.
        """
        return self._house()[1].pdf(self._sheet(letter), date=letter.date)

    def batch(self, letters: Sequence[Letter], file: BinaryIO) -> int:
        """Write letters for a printer into one file, untagged, each beginning on its own page; return how many pages.

        Raises:
            NeedsFont: a character of a letter is in none of the fonts.
        """
        date = max(letter.date for letter in letters)
        return self._house()[1].batch(letters, self._sheet, date=date, file=file)

    def docx(self, letter: Letter) -> bytes:
        """Return the letter as a document of Word, for writing on by hand."""
        return to_docx(self._sheet(letter), company=one_line(self._company.name), colour=self.colour)

    def png(self, letter: Letter) -> bytes:
        """Return the first page as a PNG, for looking at."""
        return self._house()[1].png(self._sheet(letter))[0]

    def template(self, kind: Kind, language: str) -> LetterTemplate:
        """Return the company's own template of this kind and language, else the shipped one.

        Raises:
            BadInput: there is none, or it is wrong.
        """
        key = (kind.name, language)
        if key not in self._templates:
            path = find_template(kind, language, own_templates(self._company, self._folder))
            self._templates[key] = load(path, kind.known, with_subject=kind.with_subject, lists=kind.lists)
        return self._templates[key]

    def _house(self) -> tuple[Letterhead, Press]:
        with self._lock:
            if self._loaded is None:
                own = self._company.letterhead
                letterhead = Letterhead.load(self._folder / own if own else None)
                known_of_us = (self._company.name, self._company.owner_phone, self._owner_mail)
                footer = "  ·  ".join(filter(None, map(one_line, known_of_us)))
                self._loaded = (letterhead, Press(letterhead, company=one_line(self._company.name), footer=footer))
            return self._loaded

    @property
    def colour(self) -> str:
        """The letterhead's colour."""
        return self._house()[0].layout.colour

    def country(self) -> str:
        """Return the country that letters are sent from (ISO 3166)."""
        return self._house()[0].layout.country or country_of_zone(self._company.timezone)

    def _reference(self, letter: Letter) -> str:
        words = self._house()[0].layout.words_in(letter.language)
        return f"{words.reference}: {letter.id}" if words.reference else letter.id

    def _sheet(self, letter: Letter) -> dict[str, Any]:
        return {
            "language": letter.language,
            "subject": letter.subject,
            "date": long_date(date.fromisoformat(letter.date), letter.language, self.country()),
            "reference": letter.id,
            "address": list(letter.address),
            "body": read(letter.body),
        }


def letter_id(departure: str, client: str) -> str:
    """Return the id of the letter to one client: the same each time, of safe characters, another for every client."""
    if _SAFE_ID.fullmatch(client):
        return f"L-{departure}-{client}"
    words = re.sub(r"[^A-Za-z0-9]+", "-", client).strip("-")[:20]
    # No safe id contains "~", so an id that had to be changed never meets another one.
    return f"L-{departure}-{words}~{hashlib.sha256(client.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"
