"""How long one letter takes from its template to the PDF/UA page, beside docxtpl and LibreOffice on the same letter."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from benchmarks.bench_letters import COMPANY, DEPARTURE, MOMENT, OWNER, SUCCESSOR, client, written
from offboard.letters.as_text import to_text
from offboard.letters.book import Book
from offboard.letters.tree import read

if TYPE_CHECKING:
    from offboard.domain.letter import Letter

LETTERS = 60
GOAL = 15.0
APT = "apt-get install --no-install-recommends libreoffice-writer-nogui"
NAME = "one letter, template to PDF (ms), beside docxtpl + LibreOffice"


def run(letters: int = LETTERS) -> list[dict[str, Any]]:
    """Write different letters both ways; LibreOffice gets them all in one call, which is where it is at its best."""
    book = Book(COMPANY, OWNER, folder=Path(), now=lambda: MOMENT)
    base = book.draft(DEPARTURE, client(0), SUCCESSOR)
    book.pdf(written(book, base, -1))
    took = []
    for number in range(letters):
        began = time.perf_counter()
        book.pdf(written(book, base, number))
        took.append(time.perf_counter() - began)
    ours = round(statistics.median(took) * 1000, 2)
    row: dict[str, Any] = {"name": NAME, "ours": ours, "theirs": None, "ratio": None, "goal": GOAL}
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        return [row | {"note": f"LibreOffice is not here: {APT}"}]
    try:
        theirs = _by_word(office, [written(book, base, number) for number in range(letters)])
    except ImportError as error:
        return [row | {"note": f"docxtpl is not here ({error}): pip install docxtpl"}]
    note = f"{letters} letters; LibreOffice converts them in one call, its start shared by all of them"
    return [row | {"theirs": theirs, "ratio": round(theirs / ours, 1), "note": note}]


def _by_word(office: str, letters: list[Letter]) -> float:
    """Return the milliseconds that one letter takes."""
    import docxtpl  # type: ignore[import-untyped]  # noqa: PLC0415 - untyped, and may be missing
    from docx import Document  # noqa: PLC0415 - for this comparison alone
    from jinja2 import StrictUndefined  # noqa: PLC0415 - the same
    from jinja2.sandbox import SandboxedEnvironment  # noqa: PLC0415 - the same

    with TemporaryDirectory() as folder:
        place = Path(folder)
        paper = Document()
        for line in ("Acme Ltd", "{{ address }}", "{{ date }}", "{{ id }}"):
            paper.add_paragraph(line)
        paper.add_heading("{{ subject }}", level=1)
        for text in ("{%p for one in paragraphs %}", "{{ one }}", "{%p endfor %}"):
            paper.add_paragraph(text)
        paper.save(str(place / "template.docx"))
        began = time.perf_counter()
        for letter in letters:
            template = docxtpl.DocxTemplate(place / "template.docx")
            facts = {
                "address": "\n".join(letter.address),
                "date": letter.date,
                "id": letter.id,
                "subject": letter.subject,
                "paragraphs": to_text(read(letter.body)).split("\n\n"),
            }
            template.render(facts, SandboxedEnvironment(autoescape=True, undefined=StrictUndefined))
            template.save(place / f"{letter.id}.docx")
        files = [str(place / f"{letter.id}.docx") for letter in letters]
        profile = f"-env:UserInstallation={(place / 'profile').as_uri()}"
        command = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", folder, *files]
        subprocess.run(command, check=True, capture_output=True, timeout=600)
        seconds = time.perf_counter() - began
        missing = [letter.id for letter in letters if not (place / f"{letter.id}.pdf").is_file()]
        if missing:
            raise RuntimeError(f"LibreOffice made no PDF of {', '.join(missing[:3])}")
    return round(seconds / len(letters) * 1000, 2)
