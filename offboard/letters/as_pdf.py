"""The tree as a printed page: PDF/UA-1 and PNG by typst, the same bytes for the same letter."""

from __future__ import annotations

import json
import re
import threading
from datetime import UTC, datetime
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pikepdf
import typst

from offboard.errors import BadInput
from offboard.letters.countries import base_language
from offboard.letters.tree import link_shown

if TYPE_CHECKING:
    from offboard.letters.letterhead import Letterhead
    from offboard.letters.tree import Node

_FAMILY = "Source Sans 3"
_OWN_FONTS = Path(str(files("fontpkg_source_sans_3"))) / "files"
_MAIL_ADDRESS = re.compile(r"([\w.+-]{1,64}@[\w.-]{1,80}\w)")
_PREVIEW_DPI = 110.0


class NeedsFont(BadInput):
    """No font here has a character of this letter."""

    default_hint = "Put a font that has it into the folder 'fonts' of your letterhead."


class Press:
    """Sets letters on one letterhead; safe to use from several threads, each of which keeps its own typesetter."""

    def __init__(self, letterhead: Letterhead, *, company: str, footer: str = "") -> None:
        """``footer`` is the one line at the foot where the letterhead has none."""
        self._letterhead = letterhead
        self._company = company
        self._footer = footer
        self._local = threading.local()

    def pdf(self, sheet: dict[str, Any], *, date: str) -> bytes:
        """Return one letter as tagged PDF/UA-1; ``date`` (ISO) is the file's date.

        Raises:
            NeedsFont: a character is in none of the fonts.
            BadInput: the letterhead cannot be set.
        """
        noon = datetime.fromisoformat(date).replace(hour=12, tzinfo=UTC)
        return self._set(sheet, format="pdf", pdf_standards="ua-1", timestamp=int(noon.timestamp()))[0]

    def png(self, sheet: dict[str, Any]) -> list[bytes]:
        """Return each page as a PNG; a character without a font shows as an empty box."""
        return self._set(sheet, format="png", ppi=_PREVIEW_DPI)

    def _set(self, sheet: dict[str, Any], **how: Any) -> list[bytes]:
        compiler, fonts = self._typesetter()
        layout = self._letterhead.layout
        head = {
            **layout.model_dump(exclude={"words"}),
            "company": self._company,
            "footer": layout.footer or [self._footer],
            "words": layout.words_in(sheet["language"]).model_dump(),
            "fonts": fonts,
        }
        letter = {**sheet, "language": base_language(sheet["language"]), "body": _for_paper(sheet["body"])}
        try:
            data = {"letter": json.dumps(letter), "head": json.dumps(head)}
            made = compiler.compile(self._letterhead.source, sys_inputs=data, **how)
        except typst.TypstError as error:
            if "could not be displayed" in error.message:
                raise NeedsFont(f"no font for a character of this letter: {error.message}") from error
            raise BadInput(
                f"{self._letterhead.folder}: the letter cannot be set: {error.message}",
                hint="Check letter.typ in that folder, or set [company] letterhead to nothing for the shipped one.",
            ) from error
        return [page for page in (made if isinstance(made, list) else [made]) if page]

    def _typesetter(self) -> tuple[typst.Compiler, list[str]]:
        if not hasattr(self._local, "typesetter"):
            own = self._letterhead.folder / "fonts"
            folders = [str(_OWN_FONTS), *([str(own)] if own.is_dir() else [])]
            fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
            families = sorted(set(fonts.families()), key=lambda name: (name != _FAMILY, name))
            compiler = typst.Compiler(
                input=self._letterhead.source, root=str(self._letterhead.folder), font_paths=fonts
            )
            self._local.typesetter = (compiler, families)
        typesetter: tuple[typst.Compiler, list[str]] = self._local.typesetter
        return typesetter


def count_pages(pdf: bytes) -> int:
    """Return how many pages a PDF has."""
    with pikepdf.open(BytesIO(pdf)) as file:
        return len(file.pages)


def _for_paper(nodes: list[Node]) -> list[Node]:
    """Return the tree as paper needs it: a link shows where it leads, a mail address stays on one line."""
    paper: list[Node] = []
    for node in nodes:
        if node["is"] == "text":
            parts = _MAIL_ADDRESS.split(node["text"])
            paper += [{"is": ("text", "whole")[place % 2], "text": part} for place, part in enumerate(parts) if part]
        elif node["is"] == "list":
            paper.append({**node, "of": [_for_paper(item) for item in node["of"]]})
        else:
            shown = {"shown": link_shown(node)} if node["is"] == "link" else {}
            paper.append({**node, **shown, **({"of": _for_paper(node["of"])} if "of" in node else {})})
    return paper
