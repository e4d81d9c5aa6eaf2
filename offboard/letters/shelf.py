"""Where the templates stand: the company's own folder first, then the shipped ones, file by file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from offboard.errors import BadInput
from offboard.letters.countries import base_language
from offboard.letters.places import shipped

if TYPE_CHECKING:
    from pathlib import Path

    from offboard.letters.facts import Kind
    from offboard.settings import CompanySection

FILE_NAME = re.compile(r"(?P<kind>[a-z_]+)\.(?P<language>[a-z]{2,3}(?:[-_][A-Za-z]{2,4})?)\.md\.j2")


def own_templates(company: CompanySection, folder: Path) -> Path | None:
    """Return the company's own folder of templates, or ``None``; a relative one is meant from ``folder``."""
    return folder / company.templates if company.templates else None


def find_template(kind: Kind, language: str, own: Path | None) -> Path:
    """Return the file of a kind of letter in a language (``de-CH``: else ``de``; within the company: else English).

    Raises:
        BadInput: there is none.
    """
    base = base_language(language)
    for name in dict.fromkeys((language, base, *(["en"] if kind.within else []))):
        for shelf in filter(None, (own, shipped("letters"))):
            path = shelf / f"{kind.name}.{name}.md.j2"
            if path.is_file():
                return path
    raise BadInput(
        f"there is no letter {kind.name}.{base}.md.j2",
        hint=f"Write one ({kind.name}.en.md.j2 shows how) into the folder that [company] templates names, "
        f"or take {language!r} out of [company] languages.",
    )
