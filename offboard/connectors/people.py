"""The people of the company, who do by hand what no interface can; always there, without any setting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from offboard.domain.capabilities import Health
from offboard.settings import Section

if TYPE_CHECKING:
    from offboard.domain.capabilities import Vault


class Settings(Section):
    """``[systems.NAME]`` of kind ``people``; only needed to give it another name than ``people``."""

    kind: Literal["people"] = "people"


class Connection:
    """Whom we ask; what they are asked stands in our own store."""

    kind = "people"
    calls_at_once = 1

    def __init__(self, name: str) -> None:
        self.name = name

    def health(self) -> Health:
        """Say that there is nothing to reach."""
        return Health(self.name, self.kind, reachable=True, tls="our own store", rights_held=("ask",))

    def close(self) -> None:
        """Do nothing: nothing is open."""

    def asks_people(self) -> bool:
        """Say that people can be asked."""
        return True


def connect(name: str, settings: Settings, vault: Vault) -> Connection:
    """Return whom we ask."""
    del settings, vault
    return Connection(name)
