"""Markdown → one small tree of plain data, which every output is written from; and the escaping that keeps data data.

Blocks: ``{"is": "paragraph"|"heading", "of": [inline]}``, ``{"is": "card", "of": [block]}``,
``{"is": "list", "first": int|None, "of": [[block]]}`` (``None``: bullets), ``{"is": "sign"}`` (room for a signature).
Inlines: ``{"is": "text", "text": str}``, ``{"is": "break"}``, ``{"is": "strong"|"em", "of": [inline]}``,
``{"is": "link", "to": url, "of": [inline]}``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt

from offboard.errors import BadInput
from offboard.letters.cleaning import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

Node = dict[str, Any]

LONGEST_BODY = 50_000
"""Characters; a letter is a page of some 2,000."""

SIGNATURE = "--"
"""A paragraph of its own: room for a signature on paper, nothing elsewhere."""

_LINKS = re.compile(r"(?:https://|mailto:|tel:)[^\s]", re.IGNORECASE)


def _reader() -> MarkdownIt:
    reader = MarkdownIt("zero", {"html": False, "breaks": True, "maxNesting": 8})
    reader.enable(["heading", "list", "blockquote", "newline", "escape", "emphasis", "link", "balance_pairs"])
    reader.validateLink = lambda url: bool(_LINKS.match(url))  # type: ignore[method-assign]  # the way that markdown-it offers
    return reader


_WORDS = _reader()
_READER = _reader().disable("inline")
"""Splits a letter into blocks and leaves the words of each as they are: many letters share most of their blocks."""


def read(body: str) -> list[Node]:
    """Return the tree of a letter's Markdown; what is no known markup stands as it is written.

    A line break in the letter is a line break in every output.

    Raises:
        BadInput: the letter is longer than ``LONGEST_BODY``.
    """
    if len(body) > LONGEST_BODY:
        raise BadInput(f"a letter of {len(body)} characters; the most is {LONGEST_BODY}", hint="Shorten the letter.")
    return _blocks(iter(_READER.parse(clean(body))), "")


def _blocks(tokens: Iterator[Token], end: str) -> list[Node]:
    blocks: list[Node] = []
    for token in tokens:
        if token.type == end:
            break
        if token.type == "inline" and token.content == SIGNATURE:
            blocks.append({"is": "sign"})
        elif token.type == "inline":
            kind = "heading" if end == "heading_close" else "paragraph"
            blocks.append({"is": kind, "of": list(_words(token.content))})
        elif token.type in {"paragraph_open", "heading_open"}:
            blocks += _blocks(tokens, token.type.replace("open", "close"))
        elif token.type == "blockquote_open":
            blocks.append({"is": "card", "of": _blocks(tokens, "blockquote_close")})
        elif token.type in {"bullet_list_open", "ordered_list_open"}:
            first = int(token.attrs.get("start", 1)) if token.type.startswith("ordered") else None
            blocks.append({"is": "list", "first": first, "of": _items(tokens, token.type.replace("open", "close"))})
    return blocks


def _items(tokens: Iterator[Token], end: str) -> list[list[Node]]:
    items: list[list[Node]] = []
    for token in tokens:
        if token.type == end:
            break
        items.append(_blocks(tokens, "list_item_close"))
    return items


@lru_cache(maxsize=512)
def _words(text: str) -> tuple[Node, ...]:
    return tuple(_inlines(iter(_WORDS.parseInline(text)[0].children or []), ""))


def _inlines(tokens: Iterator[Token], end: str) -> list[Node]:
    inlines: list[Node] = []
    for token in tokens:
        if token.type == end:
            break
        if token.type in {"softbreak", "hardbreak"}:
            inlines.append({"is": "break"})
        elif token.type in {"strong_open", "em_open"}:
            name = token.type.removesuffix("_open")
            inlines.append({"is": name, "of": _inlines(tokens, f"{name}_close")})
        elif token.type == "link_open":
            to = str(token.attrs["href"])
            inlines.append({"is": "link", "to": to, "of": _inlines(tokens, "link_close")})
        elif token.content:
            _add_text(inlines, token.content)
    return inlines


def _add_text(inlines: list[Node], text: str) -> None:
    if inlines and inlines[-1]["is"] == "text":
        inlines[-1]["text"] += text
    else:
        inlines.append({"is": "text", "text": text})


def plain(inlines: list[Node]) -> str:
    """Return the words of inline nodes, a break as a line end; an address behind a link stands in brackets."""
    words = ""
    for node in inlines:
        if node["is"] == "text":
            words += node["text"]
        elif node["is"] == "break":
            words += "\n"
        else:
            inner = plain(node["of"])
            words += inner + (f" ({link_shown(node)})" if node["is"] == "link" and link_shown(node) else "")
    return words


def link_shown(link: Node) -> str:
    """Return the address of a link as it must be shown on paper; nothing when the link's words are the address."""
    bare = str(link["to"]).removeprefix("mailto:").removeprefix("tel:")
    return "" if plain(link["of"]).strip() in {bare, str(link["to"])} else bare


_MARKUP = re.compile(
    r"[\\*\[\]]"  # emphasis, links, and the escape itself
    r"|(?<![^\W_])_|_(?![^\W_])"  # an underscore, but for one inside a word
    r"|^[-+](?=\s|$)|^-(?=-$)|^(?P<number>\d{1,9})(?=[.)](?:\s|$))"  # list items, room for a signature
    r"|^#(?=#{0,5}(?:\s|$))|#(?=#*$)|^>"  # headings, cards
)


def escape(text: str) -> str:
    """Return one line of data as Markdown that reads as exactly these characters, wherever it stands in a line.

    Only what could be markup is escaped, because the owner reads the Markdown.
    """
    return _MARKUP.sub(lambda found: found[0] + "\\" if found["number"] else "\\" + found[0], text.replace("\n", " "))


_LETTER = re.compile(r"[^\W\d_]")
_NUMBER_ESCAPED = re.compile(r"(?<=\d)\\(?=[.)](?:\s|$))")


def eased(line: str) -> str:
    """Return a line without the escapes of numbers that can begin no list, since words stand before them."""
    found = _LETTER.search(line)
    return line[: found.start()] + _NUMBER_ESCAPED.sub("", line[found.start() :]) if found else line
