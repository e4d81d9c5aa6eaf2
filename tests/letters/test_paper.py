"""What the printer gets: each approved letter exactly as its own tagged page shows it, all of them, in order."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from io import BytesIO

import pytest

from offboard.letters.book import Book

MANY = 300
WORDS = """Dear Maria,

# What *stays* as **it** is

Some *slanted and *upright again* words*, **bold and **bolder** ones**, ***both***, [our **terms**](https://acme.example/terms).

- a first matter, which takes more than one line of the page: {long}
- a second one

  3. numbered
  4. **numbered too**

> **Joe Fox**
> joe@acme.example

{more}
Kind regards

--

**Eleanor Whitcombe**
Managing Director
"""


def pages_of(pdf: bytes) -> list[list[tuple[str, ...]]]:
    """Return the words of each page, each with where it stands (to a fifth of a point)."""
    done = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True, timeout=60)
    word = re.compile(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)</word>')
    return [
        [(text, *(str(round(float(x) * 5)) for x in box)) for *box, text in word.findall(page)]
        for page in done.stdout.decode().split("<page ")[1:]
    ]


def ink(pdf: bytes) -> list[tuple[int, bytes]]:
    """Return each page as a picture: its width and its grey values."""
    made = subprocess.run(
        ["pdftoppm", "-gray", "-r", "50", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout
    pictures = []
    while made:
        found = re.match(rb"P5\s(\d+) (\d+)\s255\s", made)
        assert found
        end = found.end() + int(found[1]) * int(found[2])
        pictures.append((int(found[1]), made[found.end() : end]))
        made = made[end:]
    return pictures


@pytest.mark.parametrize("window", ["din5008b", "din5008a", "dl", "us10"])
def test_each_page_looks_as_the_single_letter_does(company, departure, horn, futterkiste, successor, tmp_path, window):
    (tmp_path / "letterhead.toml").write_text(
        f'window = "{window}"\nsender_line = "Harbour & Vale Ltd, Quay 1, Bristol"\n'
    )
    book = Book(
        company.model_copy(update={"letterhead": tmp_path}),
        "owner@acme.example",
        folder=tmp_path,
        now=lambda: departure.moment,
    )
    long = WORDS.format(long="so " * 9, more="Much is to be said. " * 40 + "\n\n" + "A b c. " * 500)
    plain = book.draft(departure, horn, successor)
    letters = [
        plain,
        replace(plain, id="L-rich", body=WORDS.format(long="so and so, " * 12, more="")),
         replace(plain, id="L-long", body=long),
        book.draft(departure, futterkiste, successor),
        replace(plain, id="L-full", body=plain.body + "A line more.\n\n" * 4),
    ]  # fmt: skip
    file = BytesIO()
    count = book.batch(letters, file)
    singly = [book.pdf(letter) for letter in letters]
    expected = [page for pdf in singly for page in pages_of(pdf)]
    assert count == len(expected) > len(letters)
    assert pages_of(file.getvalue()) == expected
    drawn = [page for pdf in singly for page in ink(pdf)]
    for (width, found), (wanted, single) in zip(ink(file.getvalue()), drawn, strict=True):
        assert width == wanted
        assert max(abs(a - b) for a, b in zip(found, single, strict=True)) < 40


def test_all_of_many_letters_are_there_in_the_order_given(book, departure, horn, successor):
    base = book.draft(departure, horn, successor)
    numbers = [n * 7 % MANY for n in range(MANY)]
    letters = [
        replace(
            base,
            id=f"L-{number}",
            address=(f"Client {number}", *base.address[1:]),
            body=base.body.replace("Kind regards", f"Word for {number} alone.\n\nKind regards"),
        )
        for number in numbers
    ]
    file = BytesIO()
    assert book.batch(letters, file) == MANY
    said = [" ".join(word for word, *_ in page) for page in pages_of(file.getvalue())]
    for number, page in zip(numbers, said, strict=True):
        assert re.findall(r"Client (\d+)|L-(\d+)|for (\d+) alone", page) == [
            (str(number), "", ""), ("", str(number), ""), ("", "", str(number)),
        ]  # fmt: skip
