"""Reads the project's Markdown pages: their tables, code blocks, commands and links."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

TREE = Path(__file__).parent.parent
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/connecting.md",
    "docs/operations.md",
    "docs/security.md",
    "docs/performance.md",
    "docs/scim.md",
)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WORD = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Block:
    """One code block and the language it says it is in."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One command of a console block, and what the page says that it prints; ``refused`` when it says so."""

    command: str
    output: tuple[str, ...]
    refused: bool


def page(name: str) -> str:
    """Return a page's text."""
    return (TREE / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """Return what stands under a heading, up to the next one of the same rank or a higher one."""
    rank = len(heading) - len(heading.lstrip("#"))
    start = text.index(f"\n{heading}\n") + len(heading) + 2
    end = re.search(rf"^#{{1,{rank}}} ", FENCE.sub(lambda block: " " * len(block.group()), text[start:]), re.MULTILINE)
    return text[start : start + end.start()] if end else text[start:]


def table(text: str, heading: str) -> list[list[str]]:
    """Return the rows of the first table under a heading, without its head."""
    rows = []
    for line in section(text, heading).splitlines():
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
        elif rows:
            break
    return rows[2:]


def words_in(cell: str) -> list[str]:
    """Return what stands in backticks."""
    return WORD.findall(cell)


def blocks(text: str, language: str = "") -> list[Block]:
    """Return the code blocks, of one language or all."""
    found = [Block(match[1], match[2]) for match in FENCE.finditer(text)]
    return [block for block in found if not language or block.language == language]


def shown(text: str) -> list[Shown]:
    """Return the commands of the console blocks in order, each with what stands under it."""
    found: list[Shown] = []
    for block in blocks(text, "console"):
        for line in block.text.replace("\\\n", " ").splitlines():
            if line.startswith("$ "):
                command, _, remark = line[2:].partition("   # ")
                found.append(Shown(command, (), remark.startswith("no:")))
            else:
                last = found.pop()
                found.append(Shown(last.command, (*last.output, line), last.refused))
    return found


def commands_in(text: str) -> list[list[str]]:
    """Return every ``offboard …`` that a page shows, in code blocks and in backticks, as words."""
    whole = [block.text.replace("\\\n", " ") for block in blocks(text)]
    lines = [line.removeprefix("$ ") for one in whole for line in one.splitlines()]
    lines += [span for prose in FENCE.split(text)[::3] for span in WORD.findall(prose)]
    found = [line for line in lines if line.startswith("offboard ")]
    return [shlex.split(line, comments=True)[1:] for line in found]


def links_in(text: str) -> list[str]:
    """Return every local link and picture of a page."""
    prose = "".join(FENCE.split(text)[::3])
    found = re.findall(r"\]\(([^)\s]+)\)", prose) + re.findall(r'(?:src|href)="([^"]+)"', prose)
    return [link for link in found if not re.match(r"[a-z]+:", link)]
