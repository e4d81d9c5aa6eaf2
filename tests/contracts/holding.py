"""One kind of thing that people hold in a system: how it is given, told, taken and seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from offboard.domain.capabilities import Membership
    from tests.servers.faulty import Trouble


def _gone(_state: Any, _bench: Any) -> Any:
    return None


@dataclass(frozen=True)
class Holding:
    """One kind of thing; ``count`` is how many alice holds.

    ``read`` returns what an account holds, ``write`` brings one thing of alice's to a state, ``seen`` is what a witness
    past the connector sees of somebody. ``taken`` makes the state that a thing has when it was taken away; ``apart``
    says that people and groups look the same as before; ``meddle`` lets somebody change one of alice's things, and
    ``kept`` says whether that change is still there; without it, ``no_drift`` says why nothing can drift. ``reading``
    and ``writing`` name the troubles that are an answer with this kind of thing, each with the reason: those raise
    nothing, and what is told must be true all the same.
    """

    capability: type
    playbook: str
    count: int
    furnish: Callable[[Any], None]
    read: Callable[[Any, Any, str], dict[str, Membership]]
    write: Callable[[Any, Any, str, Any], None]
    seen: Callable[[Any, str], Any]
    taken: Callable[[Any, Any], Any] = _gone
    comes_back: bool = True
    apart: bool = True
    meddle: Callable[[Any], None] | None = None
    no_drift: str = "it is there or not, so that nothing can drift"
    kept: Callable[[Any, Any], bool] = lambda now, then: any(one in then for one in now)
    reading: Mapping[Trouble, str] = field(default_factory=dict)
    writing: Mapping[Trouble, str] = field(default_factory=dict)
    in_turn: str = ""
    """Why one that stays keeps others, where things go in turn only."""

    later: bool = False
    """Whether what was asked for may come about by itself, a while after; until then it is waited for."""

    @property
    def name(self) -> str:
        """What tests call it."""
        return self.capability.__name__
