"""The tree as plain text: the first part of a mail, and what ``letters preview`` prints."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from offboard.letters.tree import plain

if TYPE_CHECKING:
    from offboard.letters.tree import Node

WIDTH = 72


def to_text(body: list[Node]) -> str:
    """Return the letter in lines of at most 72 characters (longer words stay whole), ending with a line end."""
    return "\n\n".join(text for block in body if (text := _block(block, WIDTH))) + "\n"


def _block(block: Node, width: int) -> str:
    if block["is"] == "sign":
        return ""
    if block["is"] == "card":
        return textwrap.indent("\n\n".join(_block(inner, width - 4) for inner in block["of"]), "    ")
    if block["is"] == "list":
        return "\n".join(_item(block, place, item, width) for place, item in enumerate(block["of"]))
    return "\n".join(_wrapped(line, width) for line in plain(block["of"]).split("\n"))


def _item(block: Node, place: int, item: list[Node], width: int) -> str:
    mark = "- " if block["first"] is None else f"{block['first'] + place}. "
    indent = " " * len(mark)
    return mark + textwrap.indent("\n".join(_block(inner, width - len(mark)) for inner in item), indent).lstrip()


def _wrapped(line: str, width: int) -> str:
    # Dates and numbers hold together by no-break blanks; once the lines are set, a common blank reads better in a mail.
    lines = textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines).replace("\u00a0", " ")
