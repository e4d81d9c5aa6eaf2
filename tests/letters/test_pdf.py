"""The printed page: the same bytes, tagged, and every name readable in it."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO

import pikepdf
import pytest

from offboard.domain.clients import Contact
from offboard.letters.as_pdf import NeedsFont
from offboard.letters.book import Book


def words_of(pdf: bytes) -> str:
    done = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True, timeout=30)
    return " ".join(done.stdout.decode().split())


def roles_of(pdf: bytes) -> list[str]:
    """Return the roles of the structure tree, in reading order."""

    def walk(node):
        if isinstance(node, pikepdf.Array):
            return [role for child in node for role in walk(child)]
        if not isinstance(node, pikepdf.Dictionary):
            return []
        own = [str(node.S)] if "/S" in node else []
        return own + (walk(node.K) if "/K" in node else [])

    with pikepdf.open(BytesIO(pdf)) as file:
        return walk(file.Root.StructTreeRoot)


def test_the_page_is_tagged_and_says_so(book, departure, horn, futterkiste, successor):
    for client, language in ((horn, "en"), (futterkiste, "de")):
        letter = book.draft(departure, client, successor)
        pdf = book.pdf(letter)
        with pikepdf.open(BytesIO(pdf)) as file:
            assert file.Root.MarkInfo.Marked
            assert str(file.Root.Lang) == language
            assert bool(file.Root.ViewerPreferences.DisplayDocTitle)
            with file.open_metadata() as data:
                assert data["pdfuaid:part"] == "1"
                assert data["dc:title"] == letter.subject
            fonts = [font for page in file.pages for font in page.Resources.Font.values()]
            assert all("/FontFile" in " ".join(font.DescendantFonts[0].FontDescriptor.keys()) for font in fonts)
        assert {"/Document", "/H1", "/P"} <= set(roles_of(pdf))


def test_the_same_letter_gives_the_same_bytes(book, company, departure, horn, successor, tmp_path):
    letter = book.draft(departure, horn, successor)
    again = Book(company, "eleanor.whitcombe@harbour-vale.example", folder=tmp_path, now=lambda: departure.moment)
    first = book.pdf(letter)
    book.pdf(replace(letter, body="Something else\n"))
    assert book.pdf(letter) == first == again.pdf(letter)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(book.pdf, [letter] * 12)) == {first}


@pytest.mark.parametrize(
    "name",
    [
        "Jürgen Größmann",
        "Łucja Żółć",
        "Νίκος Παπαδόπουλος",
        "Дмитрий Щукин",
        "Nguyễn Thị Hòa",
        "Đorđe Šarić",
        "İlayda Iğdır",  # noqa: RUF001 - a Turkish name
        "O’Brien-d'Arc",  # noqa: RUF001 - as typed on paper
    ],
)
def test_names_of_many_alphabets_can_be_read_out_of_the_page(book, departure, horn, successor, name):
    letter = book.draft(departure, replace(horn, contact=Contact(name=name)), successor)
    assert letter.warnings == ()
    assert f"Dear {name}," in words_of(book.pdf(letter))


@pytest.mark.parametrize("name", ["株式会社", "محمد علي", "Kim 😀"])
def test_a_character_without_a_font_holds_up_that_letter_only(book, departure, horn, successor, name):
    letter = book.draft(departure, replace(horn, contact=replace(horn.contact, name=name)), successor)
    assert [warning for warning in letter.warnings if warning.startswith("needs a font")]
    with pytest.raises(NeedsFont):
        book.pdf(letter)
    assert name in book.text(letter)
    assert book.png(letter).startswith(b"\x89PNG")
    assert b"application/pdf" not in book.message(letter)
    assert book.pdf(book.draft(departure, horn, successor)).startswith(b"%PDF")


HOSTILE = [
    "*Foo*", "__b__", "#eval(1+1)", "<script>alert(1)</script>", "{{7*7}}", "$x^2$", '#image("x")',
    "= Head", "- item", "1. item",
    "\\*", "@label", "[x](https://evil.example)", "// gone", "/* gone */", '"quoted"', "a~b", "`raw`", "https://evil.example",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_change_nothing_on_the_page(book, departure, horn, successor, name):
    pdf = book.pdf(book.draft(departure, replace(horn, contact=Contact(name=name), name=name), successor))
    tame = book.pdf(book.draft(departure, replace(horn, contact=Contact(name="Tame"), name="Tame"), successor))
    assert words_of(pdf).replace(" ", "").count(name.replace(" ", "")) >= 3
    assert roles_of(pdf) == roles_of(tame)


def test_right_to_left_overrides_are_gone(book, departure, horn, successor):
    letter = book.draft(departure, replace(horn, name="\u202egnp.exe\u202c Ltd"), successor)
    assert "gnp.exe Ltd" in words_of(book.pdf(letter))
