"""Whom the owner calls before a letter goes out, and what clients answer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from offboard.domain.canonical import Json
    from offboard.domain.clients import Client


@dataclass(frozen=True, slots=True)
class Call:
    """One client whom the owner calls first; ``called_at`` (instant) is empty until they did."""

    client: str
    name: str
    value: int
    contact: str = ""
    phone: str = ""
    language: str = ""
    called_at: str = ""
    called_by: str = ""
    note: str = ""

    def to_json(self) -> dict[str, Json]:
        """Return the call as data, as ``clients calls --json`` prints it."""
        return cast("dict[str, Json]", asdict(self))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Call:
        """Read what :meth:`to_json` wrote."""
        return cls(**data)


def call_list(clients: Iterable[Client], first: int) -> list[Call]:
    """Return the ``first`` most valuable of these clients, the most valuable at the top.

    A client who is not to be contacted is not called, nor one that is worth nothing that we know of.
    """
    worth = [client for client in clients if client.value > 0 and not client.do_not_contact]
    chosen = sorted(worth, key=lambda client: (-client.value, client.id))[: max(first, 0)]
    return [
        Call(c.id, c.name, c.value, c.contact.name, c.contact.phone, c.language)
        for c in chosen
    ]  # fmt: skip
