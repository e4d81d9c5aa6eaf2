"""The tree as a printed page: PDF/UA-1 and PNG by typst, the same bytes for the same letter."""

from __future__ import annotations

import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import pikepdf
import typst

from offboard.errors import BadInput
from offboard.letters.countries import base_language
from offboard.letters.tree import link_shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import BinaryIO

    from offboard.letters.letterhead import Letterhead
    from offboard.letters.tree import Node

_FAMILY = "Source Sans 3"
_OWN_FONTS = Path(str(files("fontpkg_source_sans_3"))) / "files"
_MAIL_ADDRESS = re.compile(r"([\w.+-]{1,64}@[\w.-]{1,80}\w)")
_PREVIEW_DPI = 96.0
_SIZES = (10.5, 10.0, 9.5, 9.0)
"""Points; the first is the usual one."""

_AT_ONCE = 125
"""Letters in one run of the typesetter, which remembers what it set in the last ten runs: more need more memory."""

_WIDTH = 2
"""Runs side by side: while one sets letters, which needs no lock of Python's, the next is read."""

Item = TypeVar("Item")


class NeedsFont(BadInput):
    """No font here has a character of this letter."""

    default_hint = "Put a font that has it into the folder 'fonts' of your letterhead."


class _Fit(NamedTuple):
    """How a letter is set: its size in points, and how many pages it takes."""

    sheet: dict[str, Any]
    size: float = _SIZES[0]
    pages: int = 1


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

        A letter that would run over its page by a little is set a little smaller instead.

        Raises:
            NeedsFont: a character is in none of the fonts.
            BadInput: the letterhead cannot be set.
        """
        return self._fitted(sheet, format="pdf", pdf_standards="ua-1", timestamp=_noon(date))[0]

    def png(self, sheet: dict[str, Any]) -> list[bytes]:
        """Return each page as a PNG; a character without a font shows as an empty box."""
        return self._fitted(sheet, format="png", ppi=_PREVIEW_DPI)

    def batch(
        self, letters: Sequence[Item], sheet: Callable[[Item], dict[str, Any]], *, date: str, file: BinaryIO
    ) -> int:
        """Write letters for a printer into one file, each beginning on a page of its own; return how many pages.

        It is for paper: it has no tags, which would be of no use there. The single letters stay tagged. ``sheet`` makes
        of a letter what is set; it is called in threads.

        Raises:
            NeedsFont: a character of a letter is in none of the fonts.
            BadInput: the letterhead cannot be set.
        """

        def made(first: int) -> bytes:
            return self._for_paper([_Fit(sheet(letter)) for letter in letters[first : first + size]], date)

        size = _AT_ONCE if self._many else 1
        with ExitStack() as parts:
            joined = parts.enter_context(pikepdf.new())
            pool = parts.enter_context(ThreadPoolExecutor(max_workers=_WIDTH))
            # Each page is put into the tree of pages itself: "pages.append" goes through all the pages before it.
            tree = joined.Root.Pages
            for part in pool.map(made, range(0, len(letters), size)):
                for page in parts.enter_context(pikepdf.open(BytesIO(part))).pages:
                    own = joined.copy_foreign(page.obj)
                    own.Parent = tree
                    tree.Kids.append(own)
            tree.Count = len(tree.Kids)
            joined.save(file, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
            return len(tree.Kids)

    def _for_paper(self, chunk: Sequence[_Fit], date: str) -> bytes:
        # PDF/A is asked for because it demands a font for every character; the joined file is none.
        how: dict[str, Any] = {"format": "pdf", "pdf_standards": "a-2b", "pdf_tags": False, "timestamp": _noon(date)}
        made = self._set(chunk, **how)[0]
        if count_pages(made) > len(chunk):
            made = self._set([self._fit(fit.sheet) for fit in chunk], **how)[0]
        return made

    def _fitted(self, sheet: dict[str, Any], **how: Any) -> list[bytes]:
        made = self._set([_Fit(sheet)], **how)
        if (count_pages(made[0]) if how["format"] == "pdf" else len(made)) == 1:
            return made
        return self._set([self._fit(sheet)], **how)

    def _fit(self, sheet: dict[str, Any]) -> _Fit:
        """Return the largest size in which a letter fits on one page; where none does, the usual one on several."""
        most = 1
        for size in _SIZES:
            pages = len(self._set([_Fit(sheet, size)], format="svg"))
            if pages == 1:
                return _Fit(sheet, size)
            most = max(most, pages)
        return _Fit(sheet, _SIZES[0], most)

    @property
    def _many(self) -> bool:
        """Whether this letterhead sets many letters at once; one of a designer's own may know a single one only."""
        return b"inputs.letters" in self._letterhead.source

    def _set(self, fits: Sequence[_Fit], **how: Any) -> list[bytes]:
        compiler, fonts = self._typesetter()
        layout = self._letterhead.layout
        head = {
            **layout.model_dump(exclude={"words"}),
            "company": self._company,
            "footer": layout.footer or [self._footer],
            "words": layout.words_in(fits[0].sheet["language"]).model_dump(),
            "fonts": fonts,
            "tagged": how.get("pdf_tags", True),
        }
        letters = [
            {
                **fit.sheet,
                "language": base_language(fit.sheet["language"]),
                "size": fit.size,
                "pages": fit.pages,
                "words": layout.words_in(fit.sheet["language"]).model_dump(),
                "body": _as_printed(fit.sheet["body"]),
            }
            for fit in fits
        ]
        told = {"letters": json.dumps(letters)} if self._many else {"letter": json.dumps(letters[0])}
        try:
            made = compiler.compile(self._letterhead.source, sys_inputs={**told, "head": json.dumps(head)}, **how)
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


def _noon(date: str) -> int:
    return int(datetime.fromisoformat(date).replace(hour=12, tzinfo=UTC).timestamp())


def count_pages(pdf: bytes) -> int:
    """Return how many pages a PDF has."""
    with pikepdf.open(BytesIO(pdf)) as file:
        return len(file.pages)


def _as_printed(nodes: list[Node]) -> list[Node]:
    """Return the tree as paper needs it: a link shows where it leads, a mail address stays on one line."""
    paper: list[Node] = []
    for node in nodes:
        if node["is"] == "text":
            parts = _MAIL_ADDRESS.split(node["text"])
            paper += [{"is": ("text", "whole")[place % 2], "text": part} for place, part in enumerate(parts) if part]
        elif node["is"] == "list":
            paper.append({**node, "of": [_as_printed(item) for item in node["of"]]})
        else:
            shown = {"shown": link_shown(node)} if node["is"] == "link" else {}
            paper.append({**node, **shown, **({"of": _as_printed(node["of"])} if "of" in node else {})})
    return paper
