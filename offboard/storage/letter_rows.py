"""Letters as rows of the store, and back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from offboard.domain.canonical import canonical_bytes
from offboard.domain.letter import Letter

if TYPE_CHECKING:
    from sqlalchemy import Row


def letter_of(row: Row[Any]) -> Letter:
    """Return the letter that a row keeps."""
    return Letter.from_json(json.loads(row.data) | {"state": row.state, "reason": row.reason})


def data_of(letter: Letter) -> str:
    """Return what is kept of a letter beside its state."""
    return canonical_bytes(letter.to_json()).decode()


def row_of(letter: Letter, place: int) -> dict[str, object]:
    """Return a new letter as a row."""
    return {
        "id": letter.id,
        "departure": letter.departure,
        "place": place,
        "state": letter.state.value,
        "approved": "",
        "approved_by": "",
        "reason": letter.reason,
        "data": data_of(letter),
    }
