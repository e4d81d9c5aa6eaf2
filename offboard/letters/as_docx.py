"""The tree as a Word document, to write a letter on by hand; nothing is ever read back from it."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from offboard.letters.tree import link_shown

if TYPE_CHECKING:
    from docx.document import Document as Paper
    from docx.text.paragraph import Paragraph

    from offboard.letters.tree import Node

FONT = "Source Sans 3"
_CARD = Mm(5)


def to_docx(sheet: dict[str, Any], *, company: str, colour: str) -> bytes:
    """Return one letter as a document of Word; ``sheet`` is what the page is set from, ``colour`` is ``#rrggbb``."""
    paper = Document()
    _style(paper, sheet["language"])
    paper.core_properties.title = sheet["subject"]
    paper.core_properties.author = company
    shade = RGBColor.from_string(colour.removeprefix("#").upper())
    _line(paper, company, size=17, shade=shade)
    for line in sheet["address"]:
        _line(paper, line)
    _line(paper, f"{sheet['date']}  ·  {sheet['reference']}", size=9)
    heading = paper.add_heading(level=1)
    run = heading.add_run(sheet["subject"])
    run.font.size, run.font.color.rgb, run.font.name = Pt(12.5), shade, FONT
    for block in sheet["body"]:
        _block(paper, block)
    made = BytesIO()
    paper.save(made)
    return made.getvalue()


def _style(paper: Paper, language: str) -> None:
    section = paper.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(25), Mm(20)
    normal = paper.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(10.5)
    normal.paragraph_format.space_after = Pt(6)
    tag = OxmlElement("w:lang")
    tag.set(qn("w:val"), language.replace("_", "-"))
    normal.element.get_or_add_rPr().append(tag)
    paper.core_properties.language = language


def _line(paper: Paper, text: str, *, size: float = 10.5, shade: RGBColor | None = None) -> None:
    paragraph = paper.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(0)
    run = paragraph.add_run(text)
    run.font.size, run.bold = Pt(size), shade is not None
    if shade:
        run.font.color.rgb = shade


def _block(paper: Paper, block: Node, *, style: str = "Normal", indent: Mm | None = None) -> None:
    if block["is"] == "list":
        for item in block["of"]:
            for place, inner in enumerate(item):
                kind = "List Bullet" if block["first"] is None else "List Number"
                _block(paper, inner, style=kind if place == 0 else "List Continue")
    elif block["is"] == "card":
        for inner in block["of"]:
            _block(paper, inner, indent=_CARD)
    elif block["is"] == "sign":
        paper.add_paragraph().paragraph_format.space_after = Pt(24)
    else:
        paragraph = paper.add_paragraph(style="Heading 2" if block["is"] == "heading" else style)
        if indent:
            paragraph.paragraph_format.left_indent = indent
        _inlines(paragraph, block["of"])


def _inlines(paragraph: Paragraph, nodes: list[Node], *, bold: bool = False, italic: bool = False) -> None:
    for node in nodes:
        if node["is"] == "text":
            run = paragraph.add_run(node["text"])
            run.bold, run.italic = bold or None, italic or None
        elif node["is"] == "break":
            paragraph.add_run().add_break()
        else:
            _inlines(paragraph, node["of"], bold=bold or node["is"] == "strong", italic=italic or node["is"] == "em")
            if node["is"] == "link" and (shown := link_shown(node)):
                paragraph.add_run(f" ({shown})")
