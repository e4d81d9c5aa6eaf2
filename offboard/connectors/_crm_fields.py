"""What a company keeps of a client in fields of its own CRM, and how each is understood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Known = Literal[
    "value", "language", "region", "sector", "tier", "channel", "do_not_contact", "signed", "satisfaction",
    "account_plan",
]  # fmt: skip
"""What a field may say of a client: the words of ``Client``."""

MOST_SATISFIED: Final = 10
_YES, _NO = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})
_PLANS: Final = frozenset({"draft", "approved"})


def agreed(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return whether the contract is signed, how satisfied they are and how far the account plan is.

    What is none of the words that these take is unknown, never guessed.
    """
    signed, satisfied, plan = (_text(told.get(name)) for name in ("signed", "satisfaction", "account_plan"))
    return {
        "signed": True if signed in _YES else False if signed in _NO else None,
        "satisfaction": _mark(satisfied),
        "account_plan": plan if plan in _PLANS else "",
    }


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip().casefold()


def _mark(text: str) -> int | None:
    try:
        mark = float(text)
    except ValueError:
        return None
    return round(mark) if 0 <= mark <= MOST_SATISFIED else None
