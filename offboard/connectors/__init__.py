"""One file per kind of system, found by its name: the file's name is ``kind`` in the settings.

Each file holds ``Settings`` (a pydantic model that refuses unknown keys) and
``connect(name, settings, vault) -> Connector``. Foreign exceptions are mapped in one place per file.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from pydantic import BaseModel

    from offboard.domain.capabilities import Connector, Vault


class Kind(Protocol):
    """What a connector's file offers."""

    Settings: type[BaseModel]
    Connection: type[Connector]

    @staticmethod
    def connect(name: str, settings: BaseModel, vault: Vault) -> Connector:
        """Open a connection; fails with a ``SystemFault`` at once when the system does not answer."""


@cache
def kinds() -> tuple[str, ...]:
    """Return every kind of system, in alphabetical order."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")))


def kind(word: str) -> Kind:
    """Return what the file of that name offers; ``word`` must be one of :func:`kinds`."""
    return cast("Kind", importlib.import_module(f"{__name__}.{word}"))
