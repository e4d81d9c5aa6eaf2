"""Tries every template before anybody relies on it: each language, whichever one or two optional facts are missing."""

from __future__ import annotations

import re
from itertools import chain, combinations
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

    from offboard.letters.templates import Facts
    from offboard.letters.tree import Node
    from offboard.settings import CompanySection

_CONDITIONAL = re.compile(r"\{%-?\s*if\b.*?\{%-?\s*endif\s*-?%\}|\{[%{].*?[%}]\}")
_LACKING = re.compile(r'the text "(?P<text>.+?)"')
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
            template = load(path, kind.known, with_subject=kind.with_subject, lists=kind.lists)
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


def _cases(kind: Kind) -> Iterator[dict[str, Facts]]:
    """Yield the facts of made-up letters: everything known, nothing optional known, each one and each two left out.

    A list that is left out is empty; what some of its rows lack is left out as ``team.phone``. Each optional fact is
    also there alone.
    """
    optional = sorted([*kind.sometimes, *kind.lists, *_of_rows(kind)])
    yield _facts(kind, frozenset())
    yield _facts(kind, frozenset(optional))
    for missing in chain(combinations(optional, 1), combinations(optional, 2)):
        yield _facts(kind, frozenset(missing))
    for alone in optional:
        # A field of a row is only there when its list is.
        yield _facts(kind, frozenset(optional) - {alone, alone.partition(".")[0]})


def _of_rows(kind: Kind) -> Iterator[str]:
    return (f"{name}.{field}" for name, row in kind.lists.items() for field, always in row.items() if not always)


def _facts(kind: Kind, missing: frozenset[str]) -> dict[str, Facts]:
    facts: dict[str, Facts] = {name: "" if name in missing else _SAMPLES.get(name, f"({name})") for name in kind.known}
    for name, row in kind.lists.items():
        one = {field: "" if f"{name}.{field}" in missing else f"({name}.{field})" for field in row}
        facts[name] = [] if name in missing else [one, one]
    return facts


def _try(template: LetterTemplate, facts: dict[str, Facts], language: str, press: Press | None) -> Iterator[str]:
    name = template.path.name
    try:
        subject, body = template.fill(facts)
        tree = read(body)
    except BadInput as error:
        yield from error.faults or [f"{name}: {error}"]
        return
    text = to_text(tree)
    for word in doubtful_words(f"{subject}\n{text}", tuple(fact for fact in facts.values() if isinstance(fact, str))):
        yield f"{_place(template, word)}: says {word}: a letter should give no reason and judge nobody"
    if not text.strip():
        yield f"{name} line 1: the letter is empty when facts are missing"
    for block in tree:
        if block["is"] == "paragraph" and plain(block["of"]).strip(" .,;:!") == "":
            yield f"{_bare_place(template)}: a paragraph holds nothing but punctuation when a fact is missing"
    if press and subject:
        yield from _print(press, template, language, subject, tree)


def _place(template: LetterTemplate, words: str) -> str:
    """Return the file, and the first line that has these words; the first line where none has them as they stand."""
    lines = template.path.read_text(encoding="utf-8-sig").casefold().splitlines()
    number = next((place for place, line in enumerate(lines, 1) if words.casefold() in line), 1)
    return f"{template.path.name} line {number}"


def _bare_place(template: LetterTemplate) -> str:
    """Return the file, and the first line that keeps only punctuation when what it has under ``if`` is left out."""
    for number, line in enumerate(template.path.read_text(encoding="utf-8-sig").splitlines(), 1):
        rest = _CONDITIONAL.sub("", line).strip()
        if rest != line.strip() and rest and not rest.strip(" .,;:!"):
            return f"{template.path.name} line {number}"
    return f"{template.path.name} line 1"


def _print(press: Press, template: LetterTemplate, language: str, subject: str, tree: list[Node]) -> Iterator[str]:
    name = template.path.name
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
        lacking = _LACKING.search(str(error))
        yield f"{_place(template, lacking['text'] if lacking else '')}: needs a font: {error}"
    except BadInput as error:
        yield f"{name} line 1: {error}"
    else:
        if pages > 1:
            yield f"{name} line 1: {pages} pages when every fact is known; a letter should fit on one"
