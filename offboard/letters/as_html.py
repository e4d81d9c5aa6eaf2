"""The tree as the HTML part of a mail: one column, styles inline, nothing fetched from anywhere."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from offboard.letters.tree import plain

if TYPE_CHECKING:
    from offboard.letters.tree import Node

_FONT = "font-family:'Source Sans 3','Segoe UI',Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5"
_SMALL = "font-size:13px;opacity:.75"


def to_html(body: list[Node], *, title: str, language: str, colour: str, closing: str) -> str:
    """Return a whole HTML page; ``colour`` is ``#rrggbb``, ``closing`` a small last line (the reference)."""
    blocks = "\n".join(_block(block, colour) for block in body if block["is"] != "sign")
    tag = language.replace("_", "-")
    small = f'\n<p style="margin:24px 0 0;{_SMALL}">{escape(closing)}</p>' if closing else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(tag)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n</head>\n"
        f'<body style="margin:0;padding:16px">\n<div style="max-width:600px;{_FONT}">\n'
        f"{blocks}{small}\n</div>\n</body>\n</html>\n"
    )


def _block(block: Node, colour: str, gap: int = 16) -> str:
    if block["is"] == "card":
        inner = "\n".join(_block(child, colour, gap=0) for child in block["of"])
        return f'<div style="margin:0 0 16px;padding:4px 0 4px 16px;border-left:3px solid {colour}">\n{inner}\n</div>'
    if block["is"] == "list":
        tag = "ul" if block["first"] is None else "ol"
        start = f' start="{block["first"]}"' if block["first"] not in {None, 1} else ""
        items = "\n".join(f"<li>{_item(item, colour)}</li>" for item in block["of"])
        return f'<{tag}{start} style="margin:0 0 16px;padding:0 0 0 24px">\n{items}\n</{tag}>'
    if block["is"] == "heading":
        return f'<h2 style="margin:24px 0 8px;font-size:18px;line-height:1.3">{_inlines(block["of"])}</h2>'
    return f'<p style="margin:0 0 {gap}px">{_inlines(block["of"])}</p>'


def _item(item: list[Node], colour: str) -> str:
    if len(item) == 1 and item[0]["is"] == "paragraph":
        return _inlines(item[0]["of"])
    return "\n".join(_block(block, colour) for block in item)


def _inlines(inlines: list[Node]) -> str:
    return "".join(map(_inline, inlines))


def _inline(node: Node) -> str:
    if node["is"] == "text":
        return escape(node["text"])
    if node["is"] == "break":
        return "<br>"
    inner = _inlines(node["of"])
    if node["is"] == "link":
        return f'<a href="{escape(node["to"])}">{inner or escape(plain([node]))}</a>'
    return f"<{node['is']}>{inner}</{node['is']}>"
