"""Whatever a name says stands in every output as it is, and changes no structure: not the tree's, not the mail's."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from email import message_from_bytes, policy
from html.parser import HTMLParser
from io import BytesIO
from zipfile import ZipFile

import pikepdf
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from offboard.connectors._smtp_message import check_message
from offboard.domain.clients import Client, Contact, ItemKind, OpenItem
from offboard.errors import BadInput
from offboard.letters.cleaning import one_line
from offboard.letters.tree import read
from tests.trying import tried

HOSTILE = [
    "*Foo*", "__b__", "_x_", "**", "#eval(1+1)", "# Title", "- item", "1. one", "> card", "--", "[a](https://x.example)",
    "<script>alert(1)</script>", "&lt;b&gt;", "{{7*7}}", "{% raw %}", "{{ ''.__class__ }}", "$x$", "@import",
    "\u202eevil\u202c", "\u200bzero\u200b", "\u2066x\u2069", "a\r\nBcc: x@evil.example", "a\nb", "x\x00y", "x" * 700,
    "\ud800", "a\udfffb", "=?utf-8?q?=0D=0ABcc:_x=40evil.example?=", "=?utf-8?b?DQpCY2M6IHhAZXZpbC5leGFtcGxl?=",
    "O'Brien \"Q\" <q@x.example>", "a, b; c: d", "\\", "`code`", "http://evil.example", "Łucja Νίκος", "\u0301", "",
]  # fmt: skip
PARTS = "*_#[]()<>{}%$@&\\`\r\n\x00\t -.!1a\u202e\u200b\ud800=?:;,\"'é株"
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40), st.text(alphabet=PARTS, max_size=40))
QUICK = tried(25, HealthCheck.function_scoped_fixture)


def hostile(name: str, contact: str, item: str) -> Client:
    return Client(
        id="C1",
        name=name,
        contact=Contact(name=contact, email="ida@alder.example"),
        address="1 Elm Road",
        city="Bristol",
        country="GB",
        open_items=1,
        items=(OpenItem("1", "C1", ItemKind.CASE, item, tellable=True),),
    )


def shape(nodes: list[dict]) -> list:
    """Return the structure of a tree without its words, pieces of text side by side taken together."""
    found: list = []
    for node in nodes:
        if node["is"] == "list":
            found.append(["list", node["first"], *[shape(item) for item in node["of"]]])
        elif node["is"] != "text" or found[-1:] != ["text"]:
            found.append([node["is"], *shape(node["of"])] if "of" in node else node["is"])
    return found


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


def html_of(page: str) -> Tags:
    found = Tags()
    found.feed(page)
    return found


def headers_of(mail: bytes) -> list[str]:
    return [name.lower() for name, _ in message_from_bytes(mail, policy=policy.compat32).items()]


def parts_of(mail: bytes) -> list[str]:
    return [part.get_content_type() for part in message_from_bytes(mail, policy=policy.SMTP).walk()]


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@QUICK
@given(name=TEXTS, contact=TEXTS, item=TEXTS)
def test_names_stand_literally_and_change_nothing_else(book, departure, successor, name, contact, item):
    try:
        letter = book.draft(departure, hostile(name, contact, item), successor)
    except BadInput:
        assert not one_line(name), "only a client of no name at all gets no letter"
        return
    known_contact = "Dear team" not in letter.body
    plain = book.draft(
        departure,
        hostile("Plain", "Plain" if known_contact else "", "Plain" if one_line(item).rstrip(".") else ""),
        successor,
    )
    tree, page = read(letter.body), html_of(book.html(letter))
    assert shape(tree) == shape(read(plain.body))
    assert page.tags == html_of(book.html(plain)).tags
    for given_name in (name, item):
        wanted = squeezed(one_line(given_name).rstrip(".") if given_name is item else one_line(given_name))
        assert wanted in squeezed(page.words)
        assert wanted in squeezed(book.text(letter))
    mail = book.message(letter)
    assert headers_of(mail) == headers_of(book.message(plain))
    # A letter for which there is no font goes without its PDF; its owner was warned.
    without = {"multipart/mixed", "application/pdf"} if any("font" in doubt for doubt in letter.warnings) else set()
    assert parts_of(mail) == [part for part in parts_of(book.message(plain)) if part not in without]
    checked = check_message("outbox", mail, sender="eleanor.whitcombe@harbour-vale.example", recipient=letter.recipient)
    assert checked.content == mail
    assert not checked.utf8, "no header needs SMTPUTF8: what is not ASCII is encoded"
    assert b"evil" not in mail.partition(b"\r\n\r\n")[0] or "evil" in name + contact


@pytest.mark.parametrize("name", [one for one in HOSTILE if one_line(one)])
def test_names_stand_literally_on_paper_and_in_word(book, departure, successor, name):
    letter = book.draft(departure, hostile(name, name, name), successor)
    plain = book.draft(departure, hostile("Plain", "Plain", "Plain"), successor)
    pdf = book.pdf(letter)
    done = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    shown = squeezed(done.stdout.decode())
    if len(name) < 500:
        # A hyphen at the end of a line is the typesetter's, and what begins with an accent stands on its own.
        assert squeezed(one_line(name)).replace("-", "") in shown.replace("-", "").replace("\xad", "")
        assert roles(pdf) == roles(book.pdf(plain))
    with ZipFile(BytesIO(book.docx(letter))) as word, ZipFile(BytesIO(book.docx(plain))) as other:
        assert sorted(word.namelist()) == sorted(other.namelist())
        tags = [
            re.findall(r"<(/?w:(?:p|r|t|hyperlink))\b", part.read("word/document.xml").decode())
            for part in (word, other)
        ]
        assert tags[0].count("w:p") == tags[1].count("w:p")
        assert "w:hyperlink" not in tags[0]


def roles(pdf: bytes) -> list[str]:
    def walk(node: object) -> list[str]:
        if isinstance(node, pikepdf.Array):
            return [role for child in node for role in walk(child)]
        if not isinstance(node, pikepdf.Dictionary):
            return []
        return ([str(node.S)] if "/S" in node else []) + (walk(node.K) if "/K" in node else [])

    with pikepdf.open(BytesIO(pdf)) as file:
        return walk(file.Root.StructTreeRoot)


@QUICK
@given(subject=TEXTS, recipient=st.one_of(TEXTS, TEXTS.map(lambda text: f"{text}@x.example")), contact=TEXTS)
def test_no_header_comes_in_whatever_the_store_says(book, departure, horn, successor, subject, recipient, contact):
    letter = replace(book.draft(departure, horn, successor), subject=subject, recipient=recipient, contact=contact)
    for make in (book.message, book.rehearsal):
        try:
            mail = make(letter)
        except (BadInput, UnicodeError):
            continue  # refused before a byte left
        head = mail.partition(b"\r\n\r\n")[0]
        names = [line.partition(b":")[0].lower() for line in head.split(b"\r\n") if line[:1] not in b" \t"]
        assert sorted(names) == sorted(
            [b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type"]
        )
