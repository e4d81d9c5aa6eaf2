"""The finished mail: what it is made of, always the same bytes, no header that nobody wrote."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from offboard.domain.clients import Contact
from offboard.errors import BadInput
from offboard.letters.book import Book
from offboard.letters.cleaning import known, one_line
from tests.trying import tried

HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"]
INJECTIONS = [
    "Robin\r\nBcc: evil@evil.example",
    "Robin\nBcc: evil@evil.example\n\nbody",
    "=?utf-8?q?hi=0D=0ABcc:_x=40evil.example?=",
    "=?utf-8?b?aGkNCkJjYzogeEBldmlsLmV4YW1wbGU=?=",
    "=?utf-8?q?a?= =?utf-8?q?b?=",
    "Robin <evil@evil.example>",
    "evil@evil.example, Robin",
    'Robin" <evil@evil.example>, "',
    "Robin\x00\x0b\x0c\x1c\x85\u2028Bcc: x@evil.example",
    "Robin;group:evil@evil.example;",
    "(comment) Robin \\",
    "R" * 5000,
    "Ä" * 300,
    "\u202eniboR",
]
MARKUP = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</p></div></body>",
    "<!-- gone",
    "<![CDATA[x]]>",
    "&lt;b&gt; &amp;",
    "'\"><b>",
    "<a href='https://evil.example'>",
    "<style>*{display:none}</style>",
]


class Tags(HTMLParser):
    """Collects the tags and the words of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple]] = []
        self.words = ""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, tuple(attrs)))

    def handle_endtag(self, tag):
        self.tags.append((f"/{tag}", ()))

    def handle_data(self, data):
        self.words += data


def tags_of(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    tags.close()
    return tags


@pytest.fixture
def calm(book, departure, horn, successor):
    """Return the tags of a letter of harmless data."""
    return tags_of(book.html(book.draft(departure, horn, successor))).tags


def test_a_mail_holds_text_then_html_then_the_page(book, departure, horn, successor):
    letter = book.draft(departure, horn, successor)
    mail = message_from_bytes(book.message(letter), policy=policy.default)
    assert mail.keys() == HEADERS
    assert mail["From"] == "Eleanor Whitcombe <eleanor.whitcombe@harbour-vale.example>"
    assert mail["To"] == "Robin Sorensen <robin@around-the-horn.example>"
    assert mail["Subject"] == letter.subject
    assert mail["Date"].datetime.isoformat() == "2026-12-01T12:00:00+00:00"
    assert mail["Message-ID"] == f"<{letter.id}.{letter.digest[:16]}@harbour-vale.example>"
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/pdf",
    ]  # fmt: skip
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text.get_content().replace("\r\n", "\n") == book.text(letter)
    assert html.get_content().replace("\r\n", "\n") == book.html(letter)
    (pdf,) = mail.iter_attachments()
    assert pdf.get_filename() == f"{letter.id}.pdf"
    assert pdf.get_content() == book.pdf(letter)


def test_the_same_letter_gives_the_same_mail_and_another_one_another(
    book, company, departure, horn, successor, tmp_path
):
    letter = book.draft(departure, horn, successor)
    other = Book(company, "eleanor.whitcombe@Harbour-Vale.Example", folder=tmp_path, now=lambda: departure.moment)
    assert book.message(letter) == book.message(letter)
    assert other.message(letter) == book.message(letter)
    assert book.message(letter) != book.message(replace(letter, body=letter.body + "\nP.S.\n"))


def test_lines_end_as_mail_wants_and_are_never_too_long(book, departure, horn, successor):
    data = book.message(book.draft(departure, replace(horn, name="Long " * 400), successor))
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert max(map(len, data.split(b"\r\n"))) <= 998


def test_a_very_long_id_stays_one_message_id(book, departure, horn, successor):
    letter = book.draft(departure, replace(horn, id="client " * 40), successor)
    mail = message_from_bytes(book.message(letter), policy=policy.default)
    assert mail["Message-ID"] == f"<{letter.id}.{letter.digest[:16]}@harbour-vale.example>"


def test_the_html_fetches_nothing_and_runs_nothing(book, departure, horn, successor):
    html = book.html(book.draft(departure, horn, successor))
    tags = tags_of(html).tags
    assert ("html", (("lang", "en"),)) in tags
    assert {name for name, _ in tags if not name.startswith("/")} == {
        "html",
        "head",
        "meta",
        "title",
        "body",
        "div",
        "p",
        "strong",
        "br",
    }
    assert "url(" not in html
    assert "http" not in html.replace("http-equiv", "")


@pytest.mark.parametrize("name", INJECTIONS)
def test_no_header_can_be_injected(book, departure, horn, successor, name):
    client = replace(horn, name=name, contact=Contact(name=name, title=name, email="robin@firm.example"))
    letter = book.draft(departure, client, replace(successor, name=name, title=name, phone=name))
    mail = message_from_bytes(book.message(letter), policy=policy.default)
    assert mail.keys() == HEADERS
    assert [address.addr_spec for address in mail["To"].addresses] == ["robin@firm.example"]
    assert " ".join(mail["Subject"].split()) == letter.subject
    assert one_line(name) in letter.body.replace("\\", "") or "\\" in name


@pytest.mark.parametrize(
    "email", ["a@firm.example\r\nBcc: x@evil.example", "a@evil.example<bob@firm.example>", "=?utf-8?q?x?=@firm.example"]
)
def test_a_doubtful_address_is_never_written_to(book, departure, horn, successor, email):
    letter = book.draft(departure, replace(horn, contact=Contact(email=email)), successor)
    assert letter.recipient == ""
    assert any("is no mail address" in warning for warning in letter.warnings)


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "x\r\nBcc: x@evil.example"},
        {"subject": "=?utf-8?q?hi=0D=0ABcc:_x=40evil.example?="},
        {"recipient": ""},
        {"recipient": "a@x.example, b@x.example"},
        {"recipient": "a@x.example\r\nBcc: x@evil.example"},
    ],
)
def test_a_letter_that_was_tampered_with_in_the_store_is_refused(book, departure, horn, successor, changes):
    letter = replace(book.draft(departure, horn, successor), **changes)
    with pytest.raises(BadInput):
        book.message(letter)


@pytest.mark.parametrize("name", MARKUP)
def test_markup_in_data_is_shown_and_not_obeyed(book, calm, departure, horn, successor, name):
    client = replace(horn, name=name, contact=Contact(name=name, email="robin@firm.example"))
    letter = book.draft(departure, client, replace(successor, name=name, title=name, mail=name))
    wild = tags_of(book.html(letter))
    assert wild.tags == calm
    assert wild.words.count(name) >= 5
    assert name in " ".join(book.text(letter).split())


hostile = (
    st.text(max_size=40)
    | st.sampled_from(INJECTIONS)
    | st.text(alphabet="*_#<>&=?abp/!\r\n\"'[]()\\`{}% @:;,\u202e\u200bäŁ", max_size=25)
)


@given(name=hostile, person=hostile, firm=hostile)
@tried(40, HealthCheck.function_scoped_fixture)
def test_data_changes_neither_headers_nor_the_structure_of_any_part(
    book, calm, departure, horn, successor, name, person, firm
):
    client = replace(horn, name=firm, contact=replace(horn.contact, name=person))
    if not one_line(firm) or not one_line(name) or not known(person) or "@" in person:
        return
    letter = book.draft(departure, client, replace(successor, name=name))
    mail = message_from_bytes(book.message(letter), policy=policy.default)
    assert mail.keys() == HEADERS
    assert [address.addr_spec for address in mail["To"].addresses] == [horn.contact.email]
    wild = tags_of(book.html(letter))
    assert wild.tags == calm
    for said in map(one_line, (name, person, firm)):
        assert said in wild.words
        assert "".join(said.split()) in "".join(book.text(letter).split())
