"""The letterhead: what stands around every letter, from a folder that an administrator may replace."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from offboard.errors import BadInput
from offboard.letters.cleaning import one_line
from offboard.letters.countries import base_language
from offboard.letters.places import shipped
from offboard.settings import explain

if TYPE_CHECKING:
    from pathlib import Path

_IMPORT = re.compile(r"\b(?:import|include)\b[ \t(]*(?P<rest>[^\n]*)")
_FILE = re.compile(r'"(?P<path>[\w./-]+\.typ)"')


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Strict):
    """The few words of the letterhead itself, in one language."""

    reference: str = ""
    page: str = ""


class Layout(_Strict):
    """``letterhead.toml``."""

    window: Literal["din5008b", "din5008a", "dl", "us10"] = "din5008b"
    colour: str = Field(default="#1f4e5f", pattern=r"^#[0-9a-fA-F]{6}$")
    sender_line: str = ""
    country: str = Field(default="", pattern=r"^([A-Z]{2})?$")
    logo: str = Field(default="", pattern=r"^([\w-][\w .-]*\.(svg|png|jpg))?$")
    footer: list[str] = Field(default=[], max_length=4)
    words: dict[str, Words] = {}

    @field_validator("sender_line")
    @classmethod
    def _visible(cls, text: str) -> str:
        return one_line(text)

    @field_validator("footer")
    @classmethod
    def _all_visible(cls, lines: list[str]) -> list[str]:
        return [one_line(line) for line in lines]

    def words_in(self, language: str) -> Words:
        """Return the words of a language; none in a language that has none."""
        return self.words.get(language) or self.words.get(base_language(language)) or Words()


@dataclass(frozen=True, slots=True)
class Letterhead:
    """A letterhead, read and checked; ``folder`` is all that its typesetting may read."""

    folder: Path
    layout: Layout
    source: bytes

    @classmethod
    def load(cls, folder: Path | None) -> Letterhead:
        """Read a letterhead's folder (``None``: the shipped one); a missing ``letter.typ`` is the shipped one.

        Raises:
            BadInput: ``faults`` names the file and the key or line.
        """
        own = folder or shipped("letterhead")
        faults: list[str] = []
        layout = _layout(own / "letterhead.toml", faults)
        if layout.logo and not (own / layout.logo).is_file():
            faults.append(f"letterhead.toml: logo: there is no {layout.logo} in {own.name}")
        for file in sorted(own.rglob("*.typ")):
            faults += _foreign_imports(file, own)
        typ = own / "letter.typ"
        if faults:
            raise BadInput(f"{own}: the letterhead cannot be used", faults=faults)
        return cls(own, layout, (typ if typ.is_file() else shipped("letterhead") / "letter.typ").read_bytes())


def _layout(path: Path, faults: list[str]) -> Layout:
    try:
        return Layout(**tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except OSError as error:
        faults.append(f"{path}: cannot be read ({error.strerror})")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(f"{path.name}: {error}")
    except ValidationError as error:
        faults += [f"{path.name}: {fault}" for fault in explain(error, Layout)]
    return Layout()


def _foreign_imports(file: Path, folder: Path) -> list[str]:
    """Refuse every import but that of a file in the folder: typst would fetch packages from the network."""
    text = file.read_text(encoding="utf-8", errors="replace")
    faults = []
    for number, line in enumerate(text.splitlines(), 1):
        code = line.partition("//")[0]
        for match in _IMPORT.finditer(code):
            inner = _FILE.match(match["rest"])
            if not inner or not (file.parent / inner["path"]).resolve().is_relative_to(folder.resolve()):
                faults.append(f"{file.name} line {number}: only .typ files of this folder may be imported")
        if "@preview" in line or "@local" in line:
            faults.append(f"{file.name} line {number}: packages are not fetched; copy the file into this folder")
    return faults
