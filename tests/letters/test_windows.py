"""Where the address stands on the paper, measured in the PDF, against what each kind of envelope shows."""

from __future__ import annotations

import re
import subprocess
from io import BytesIO
from typing import TYPE_CHECKING

import pikepdf
import pytest

from offboard.letters.as_pdf import Press
from offboard.letters.letterhead import Letterhead
from offboard.letters.tree import read

if TYPE_CHECKING:
    from pathlib import Path

MM = 72 / 25.4
ADDRESS = ["Alfreds Futterkiste GmbH", "Maria Anders", "Hinterhaus", "Obere Strasse 57", "12209 BERLIN", "GERMANY"]

# What is visible, in mm from the left and the top of the paper: left, top, right, bottom; and how many lines must fit.
# DIN 5008:2020 form A and B: the address zone of 27.3 mm under the return line, in a window that begins 20 mm from the
# left. DL (110 x 220 mm, window 90 x 35 mm, 20 mm from the left, 18 mm from the bottom) and C5/6 (114 x 229 mm, window
# 90 x 45 mm, 20 from the left, 15 from the bottom), A4 folded at 99 mm: what stays visible wherever the sheet slides.
# US #10 (9.5 x 4.125 in, window 4.5 x 1.125 in, 0.875 in from the left, 0.5 in from the bottom), folded in three.
ZONES = {
    "din5008a": ((20, 44.7, 105, 72), 6),
    "din5008b": ((20, 62.7, 105, 90), 6),
    "dl": ((20, 57, 100, 81), 6),
    "us10": ((22.3, 63.5, 111, 80.4), 4),
}


def boxes(pdf: bytes) -> list[tuple[str, tuple[float, float, float, float]]]:
    """Return each word of the first page with its box in mm."""
    done = subprocess.run(["pdftotext", "-bbox", "-l", "1", "-", "-"], input=pdf, capture_output=True, check=True)
    found = re.findall(
        r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)</word>', done.stdout.decode()
    )
    return [(word, tuple(float(x) / MM for x in box)) for *box, word in found]  # type: ignore[misc]


@pytest.fixture
def set_letter(tmp_path: Path):
    def make(window: str, lines: int) -> bytes:
        (tmp_path / "letterhead.toml").write_text(f'window = "{window}"\n')
        sheet = {
            "language": "en", "subject": "Your new contact", "date": "1 December 2026", "reference": "L-1",
            "address": ADDRESS[-lines:], "body": read("Dear Maria,\n\nGood bye.\n"),
        }  # fmt: skip
        return Press(Letterhead.load(tmp_path), company="Acme").pdf(sheet, date="2026-12-01")

    return make


@pytest.mark.parametrize("window", ZONES)
def test_the_address_shows_in_the_window_and_nothing_else_does(set_letter, window):
    (left, top, right, bottom), lines = ZONES[window]
    pdf = set_letter(window, lines)
    with pikepdf.open(BytesIO(pdf)) as file:
        width, height = (round(float(x) / MM) for x in file.pages[0].MediaBox[2:])
    assert (width, height) == ((216, 279) if window == "us10" else (210, 297))
    words = {word for line in ADDRESS[-lines:] for word in line.split()}
    found = {word: box for word, box in boxes(pdf) if word in words}
    assert set(found) == words
    for word, (x0, y0, x1, y1) in found.items():
        # The box of a word is as high as the font's line; its tallest letters begin a fifth of that further down.
        above, below = (y1 - y0) * 0.2, (y1 - y0) * 0.12
        assert left <= x0, (word, x0)
        assert x1 <= right, (word, x1)
        assert top <= y0 + above, (word, y0)
        assert y1 - below <= bottom, (word, y1)
    others = [box for word, box in boxes(pdf) if word not in words]
    shown = [box for box in others if left < box[2] and box[0] < right and top < box[3] and box[1] < bottom]
    assert shown == []


def test_what_the_post_gets_is_in_the_order_given_untagged_and_on_pages_of_its_own(
    book, departure, horn, futterkiste, successor
):
    letters = [book.draft(departure, client, successor) for client in (horn, futterkiste, horn)]
    file = BytesIO()
    assert book.batch(letters, file) == 3
    again = BytesIO()
    book.batch(letters, again)
    assert file.getvalue() == again.getvalue()
    with pikepdf.open(file) as pdf:
        assert len(pdf.pages) == 3
        assert "/StructTreeRoot" not in pdf.Root
    for page, letter in enumerate(letters, 1):
        done = subprocess.run(
            ["pdftotext", "-f", str(page), "-l", str(page), "-", "-"],
            input=file.getvalue(),
            capture_output=True,
            check=True,
        )
        assert letter.id in done.stdout.decode()
        assert letter.client_name in done.stdout.decode()
