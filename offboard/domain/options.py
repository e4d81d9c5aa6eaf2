"""What the options of a playbook's step may be: each says what is wrong with a value, and how a schema writes it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Accepts(ABC):
    """The values that one option takes; ``required`` ones have no default."""

    nested: ClassVar[bool] = False
    """Whether mappings may stand in the value."""

    required: bool = field(default=False, kw_only=True)

    def faults(self, value: Any) -> Iterator[str]:
        """Yield everything that is wrong with the value, each as the end of a sentence."""
        fault = self.fault(value)
        if fault:
            yield f"{fault}, not {value!r}"

    @abstractmethod
    def fault(self, value: Any) -> str | None:
        """Return what the value must be, as the end of a sentence, or ``None`` when it is that."""

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """Return the same as JSON Schema (2020-12)."""


@dataclass(frozen=True, slots=True)
class Text(Accepts):
    """Text that is not empty."""

    def fault(self, value: Any) -> str | None:
        """Return what the value must be, or ``None``."""
        return None if isinstance(value, str) and value.strip() else "must be text"

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return {"type": "string", "minLength": 1}


@dataclass(frozen=True, slots=True)
class Names(Accepts):
    """A list of names."""

    def fault(self, value: Any) -> str | None:
        """Return what the value must be, or ``None``."""
        right = isinstance(value, list) and all(isinstance(name, str) and name.strip() for name in value)
        return None if right else "must be a list of names, such as [staff, alumni]"

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return {"type": "array", "items": {"type": "string", "minLength": 1}}


@dataclass(frozen=True, slots=True)
class WholeNumber(Accepts):
    """A whole number between two bounds, both of which are allowed."""

    least: int
    most: int

    def fault(self, value: Any) -> str | None:
        """Return what the value must be, or ``None``."""
        right = isinstance(value, int) and not isinstance(value, bool) and self.least <= value <= self.most
        return None if right else f"must be a whole number from {self.least} to {self.most}"

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class Day(Accepts):
    """A date, as text of the form ``2027-01-31``."""

    def fault(self, value: Any) -> str | None:
        """Return what the value must be, or ``None``."""
        try:
            right = isinstance(value, str) and date.fromisoformat(value).isoformat() == value
        except ValueError:
            right = False
        return None if right else "must be a date such as 2027-01-31"

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


@dataclass(frozen=True, slots=True)
class OneOf(Accepts):
    """One of a few words."""

    words: tuple[str, ...]

    def fault(self, value: Any) -> str | None:
        """Return what the value must be, or ``None``."""
        return None if value in self.words else f"must be one of {', '.join(self.words)}"

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return {"enum": list(self.words)}
