"""How long one letter takes from its template to the finished PDF/UA page, beside WeasyPrint on the same letter."""

from __future__ import annotations

import json
import statistics
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from offboard.domain.clients import Client, Contact
from offboard.domain.departure import Departure
from offboard.domain.people import Person
from offboard.letters.as_html import to_html
from offboard.letters.book import Book
from offboard.letters.facts import HANDOVER, Days
from offboard.letters.handover import handover_facts
from offboard.letters.tree import read
from offboard.settings import CompanySection

if TYPE_CHECKING:
    from collections.abc import Callable

    from offboard.domain.letter import Letter

LETTERS = 60
GOAL = 5.0
MOMENT = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)
OWNER = "owner@acme.example"
PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
NAME = "one letter, template to PDF/UA (ms, median)"

COMPANY = CompanySection(
    name="Acme Ltd",
    domains=["acme.example"],
    timezone="Europe/London",
    owner_name="Eleanor Whitcombe",
    owner_title="Managing Director",
    owner_phone="+44 117 496 0100",
    hours="Monday to Friday, 9 am to 5.30 pm",
    response_time="within one working day",
    first_contact_days=10,
)
LEAVER = Person(id="1", system="s", login="ann", name="Ann Lee", mail="ann@acme.example")
SUCCESSOR = Person(
    id="2",
    system="s",
    login="joe",
    name="Joe Fox",
    mail="joe@acme.example",
    title="Account Manager",
    phone="+44 117 496 0123",
)
DEPARTURE = Departure(
    number="D-2026-0001",
    leaver=LEAVER,
    moment=MOMENT,
    timezone="Europe/London",
    playbook="employee",
    requested_by="hr@acme.example",
    requested_at=MOMENT,
    successor=SUCCESSOR,
)

OWN_FONT = "Source Sans 3"
STYLE = """
@page {{ size: A4; margin: 16mm 20mm 30mm 25mm;
        @bottom-left {{ content: "Acme Ltd  ·  +44 117 496 0100"; font: 8pt {font}; color: #5a5a5a; }} }}
body {{ margin: 0 !important; padding: 0 !important; }}
body > div {{ font: 9.6pt/1.3 {font} !important; max-width: none !important; }}
body > div > p {{ margin: 0 0 3mm !important; }}
.name {{ font: 600 17pt {font}; color: #1f4e5f; height: 40mm; }}
.address {{ float: left; width: 100mm; height: 38mm; }}
.dated {{ float: left; height: 38mm; }}
h1 {{ clear: both; font-size: 12.5pt; color: #1f4e5f; }}
"""
"""The measures of our own page, set on one page as well; ``font`` is a CSS family."""


def run(letters: int = LETTERS) -> list[dict[str, Any]]:
    """Write ``letters`` different letters both ways, in turn, in this process; return one row per font of WeasyPrint.

    WeasyPrint takes long to embed a variable font such as ours, so it is also measured with the system's own sans
    serif, where it is at its best; the goal holds for both.
    """
    book = Book(COMPANY, OWNER, folder=Path(), now=lambda: MOMENT)
    base = book.draft(DEPARTURE, client(0), SUCCESSOR)
    try:
        presses = {"the system's sans serif": weasyprint_press("sans-serif"), "our font": weasyprint_press(OWN_FONT)}
    except (ImportError, OSError) as error:
        took = [timed(lambda number=number: book.pdf(written(book, base, number))) for number in range(letters)]
        why = str(error).splitlines()[0]
        note = f"WeasyPrint does not load here ({why}): pip install weasyprint; apt-get install {PACKAGES}"
        return [{"name": NAME, "ours": ms(took), "theirs": None, "ratio": None, "goal": GOAL, "note": note}]
    rows = []
    for font, press in presses.items():
        ours, theirs = side_by_side(letters, lambda number: written(book, base, number), book.pdf, press)
        rows.append(
            {
                "name": f"{NAME}, WeasyPrint with {font}",
                "ours": ours,
                "theirs": theirs,
                "ratio": round(theirs / ours, 1),
                "goal": GOAL,
                "note": f"{letters} letters each, in turn, one process; the chain up to the page is the same for both",
            }
        )
    return rows


def side_by_side(
    letters: int, write: Callable[[int], Letter], one: Callable[[Letter], bytes], other: Callable[[Letter], bytes]
) -> tuple[float, float]:
    """Return the median milliseconds of both, taking turns at being first; four letters warm them up."""
    took: tuple[list[float], list[float]] = ([], [])
    for number in range(-4, letters):
        for place in (0, 1) if number % 2 else (1, 0):
            seconds = timed(lambda place=place, number=number: (one, other)[place](write(number)))
            if number >= 0:
                took[place].append(seconds)
    return ms(took[0]), ms(took[1])


def client(number: int) -> Client:
    """Return a made-up client; no two have the same name."""
    contact = Contact(name=f"Robin Sorensen {number}", email=f"robin{number}@client.example")
    return Client(
        id=f"C{number:04}".replace("-", "x"),
        name=f"Client No {number} & Söhne",
        contact=contact,
        address="120 Hanover Square",
        postcode="W1S 1DP",
        city="London",
        country="UK",
        open_items=1,
    )


def written(book: Book, base: Letter, number: int) -> Letter:
    """Return a letter freshly filled in from its template."""
    one = client(number)
    facts = handover_facts(
        DEPARTURE,
        one,
        SUCCESSOR,
        company=COMPANY,
        owner_mail=OWNER,
        days=Days.of(DEPARTURE, COMPANY, MOMENT),
        language="en",
        country="GB",
        reference=f"L-{number}",
    )
    subject, body = book.template(HANDOVER, "en").fill(facts)
    return replace(
        base,
        id=f"L-{number}",
        client=one.id,
        client_name=one.name,
        contact=one.contact.name,
        subject=subject,
        body=body,
    )


def weasyprint_press(font: str) -> Callable[[Letter], bytes]:
    """Return what prints a letter with WeasyPrint; its font and style sheet are read once, as a careful user would."""
    from weasyprint import CSS, HTML  # noqa: PLC0415 - may be missing; the caller says so
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415 - the same

    face = ""
    if font == OWN_FONT:
        file = Path(str(files("fontpkg_source_sans_3"))) / "files" / "SourceSans3[wght].ttf"
        face = f'@font-face {{ font-family: "{font}"; src: url("{file.as_uri()}"); font-weight: 200 900; }}'
    fonts = FontConfiguration()
    family = f'"{font}"' if face else font
    style = CSS(string=face + STYLE.format(font=family), font_config=fonts)

    def press(letter: Letter) -> bytes:
        html = to_html(read(letter.body), title=letter.subject, language="en", colour="#1f4e5f", closing="")
        head = (
            f'<p class="name">Acme Ltd</p><p class="address">{"<br>".join(letter.address)}</p>'
            f'<p class="dated">1 December 2026<br>Our reference<br>{letter.id}</p><h1>{letter.subject}</h1>'
        )
        opening, column, rest = html.partition('<div style="max-width')
        page = opening + column + rest.replace('">', f'">{head}', 1)
        made: bytes = HTML(string=page).write_pdf(stylesheets=[style], font_config=fonts, pdf_variant="pdf/ua-1")
        return made

    return press


def timed(work: Callable[[], bytes]) -> float:
    """Return how many seconds ``work`` took."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ms(times: list[float]) -> float:
    """Return the median in milliseconds."""
    return round(statistics.median(times) * 1000, 2)


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]) if len(sys.argv) > 1 else LETTERS), indent=2))
