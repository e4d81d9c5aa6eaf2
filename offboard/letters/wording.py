"""Words that a letter about somebody leaving should not contain; the owner is told before approving."""

from __future__ import annotations

import re

_ENGLISH = (
    r"dismiss\w*|terminat(?:ed|ion|ing)|fired|sacked|laid off|redundan(?:t|cy)|resign(?:ed|ing|ation)|"
    r"misconduct|disciplinary|incompeten\w+|underperform\w*|poor performance|"
    r"sick(?:ness)?|illness|ill health|burn-?out|pregnan\w+|(?:maternity|paternity|parental) leave|"
    r"competitor\w*|new employer|decided to leave|no longer with us|immediate effect|lawsuit"
)
_GERMAN = (
    r"entlassen\w*|entlassung\w*|gekündigt\w*|kündigung\w*|fristlos\w*|freigestellt\w*|freistellung\w*|"
    r"aufhebungsvertrag\w*|abmahnung\w*|abgemahnt\w*|fehlverhalten\w*|krank(?:heit\w*|geschrieben|gemeldet|en?|er)?|erkrank\w*|schwanger\w*|"
    r"mutterschutz\w*|elternzeit\w*|wettbewerber\w*|mitbewerber\w*|konkurrenz\w*|konkurrent\w*|"
    r"neuer arbeitgeber|neuen arbeitgeber|auf eigenen wunsch|mit sofortiger wirkung|rechtsstreit\w*"
)
_DOUBTFUL = re.compile(rf"\b(?:{_ENGLISH}|{_GERMAN})\b", re.IGNORECASE)


def doubtful_words(text: str, names: tuple[str, ...]) -> list[str]:
    """Return the words that hint at why somebody left, or that judge; ``names`` are people and firms, read over."""
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = text.replace(name, " ")
    return sorted({match.group().lower() for match in _DOUBTFUL.finditer(text)})
