"""Tries every template before anybody relies on it: each language, with every optional fact missing and present."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offboard.errors import BadInput
from offboard.letters.as_pdf import NeedsFont, Press, count_pages
from offboard.letters.as_text import to_text
from offboard.letters.facts import HANDOVER, KINDS, Kind
from offboard.letters.letterhead import Letterhead
from offboard.letters.shelf import FILE_NAME, find_template, own_templates
from offboard.letters.templates import LetterTemplate, load
from offboard.letters.tree import plain, read
from offboard.letters.wording import doubtful_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from offboard.letters.tree import Node
    from offboard.settings import CompanySection

_PRINTED = 2
"""The first two cases, all known and nothing optional known, are also set as a page."""

_SAMPLES = {
    "client.name": "Nordwind & Söhne",
    "company.name": "Example Ltd",
    "leaver.name": "Łucja Żak",
    "owner.mail": "owner@company.example",
    "successor.name": "Νίκος Ivanov",
    "successor.mail": "nikos@company.example",
}


def check_templates(company: CompanySection, *, folder: Path) -> list[str]:
    """Return every fault of the letterhead and of every template, naming file, line and fact; empty: all is well.

    Checked are the company's languages, and whatever else lies in its own folder; ``folder`` is what relative paths
    of the settings are meant from.
    """
    faults: list[str] = []
    press = _press(company, folder, faults)
    for kind, language, path in _all(company, folder, faults):
        try:
            template = load(path, kind.known, with_subject=kind.with_subject)
        except BadInput as error:
            faults += error.faults or [str(error)]
            continue
        for number, facts in enumerate(_cases(kind)):
            faults += _try(template, facts, language, press if number < _PRINTED else None)
    return list(dict.fromkeys(faults))


def _press(company: CompanySection, folder: Path, faults: list[str]) -> Press | None:
    try:
        return Press(Letterhead.load(folder / company.letterhead if company.letterhead else None), company=company.name)
    except BadInput as error:
        faults += error.faults or [str(error)]
        return None


def _all(company: CompanySection, folder: Path, faults: list[str]) -> Iterator[tuple[Kind, str, Path]]:
    own = own_templates(company, folder)
    if own and not own.is_dir():
        faults.append(f"[company] templates: there is no folder {own}")
    for kind in KINDS:
        for language in company.languages:
            try:
                yield kind, language, find_template(kind, language, own)
            except BadInput as error:
                faults.append(f"{error}: {error.hint}")
    kinds = {kind.name: kind for kind in KINDS}
    for path in sorted(own.glob("*")) if own else []:
        match = FILE_NAME.fullmatch(path.name)
        if match and match["kind"] in kinds:
            yield kinds[match["kind"]], match["language"], path
        elif path.name.endswith(".j2"):
            faults.append(f"{path.name}: no letter has this name; write it like {HANDOVER.name}.en.md.j2")


def _cases(kind: Kind) -> Iterator[dict[str, str]]:
    """Yield the facts of made-up letters: everything known, nothing optional known, each alone, each left out."""
    full = {name: _SAMPLES.get(name, f"({name})") for name in kind.known}
    optional = sorted(kind.sometimes)
    yield full
    for missing in (set(optional), *({name} for name in optional), *(set(optional) - {name} for name in optional)):
        yield {name: "" if name in missing else value for name, value in full.items()}


def _try(template: LetterTemplate, facts: dict[str, str], language: str, press: Press | None) -> Iterator[str]:
    name = template.path.name
    try:
        subject, body = template.fill(facts)
        tree = read(body)
    except BadInput as error:
        yield from error.faults or [f"{name}: {error}"]
        return
    text = to_text(tree)
    if words := doubtful_words(f"{subject}\n{text}", tuple(facts.values())):
        yield f"{name}: says {', '.join(words)}: a letter should give no reason and judge nobody"
    if not text.strip():
        yield f"{name}: the letter is empty"
    for block in tree:
        if block["is"] == "paragraph" and plain(block["of"]).strip(" .,;:!") == "":
            yield f"{name}: a paragraph holds nothing but punctuation when a fact is missing"
    if press and subject:
        yield from _print(press, name, language, subject, tree)


def _print(press: Press, name: str, language: str, subject: str, tree: list[Node]) -> Iterator[str]:
    sheet = {
        "language": language,
        "subject": subject,
        "date": "1 December 2026",
        "reference": "L-D-2026-0001-EXAMPLE",
        "address": ["Nordwind & Söhne", "1 Example Street"],
        "body": tree,
    }
    try:
        pages = count_pages(press.pdf(sheet, date="2026-12-01"))
    except NeedsFont as error:
        yield f"{name}: needs a font: {error}"
    except BadInput as error:
        yield f"{name}: {error}"
    else:
        if pages > 1:
            yield f"{name}: {pages} pages when every fact is known; a letter should fit on one"
