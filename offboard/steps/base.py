"""What a step promises."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from offboard.domain.capabilities import House, Named
    from offboard.domain.change import Snapshot, State
    from offboard.domain.departure import Departure

System = TypeVar("System")

Options = dict[str, Any]


class Wish:
    """What a step wants to differ; the engine makes a :class:`Change` of it."""

    __slots__ = ("after", "before", "label", "one_way", "target", "why")

    def __init__(
        self, target: str, *, before: State, after: State, why: str, label: str = "", one_way: str | None = None
    ) -> None:
        self.target = target
        self.label = label or target
        self.before = before
        self.after = after
        self.why = why
        self.one_way = one_way


class Step(ABC, Generic[System]):
    """One thing that must be true once somebody has left."""

    needs: ClassVar[tuple[type, ...]]
    """The capabilities that a system must have for this step."""

    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Kind of system → the rights our account needs there, least first."""

    options: ClassVar[Mapping[str, str]] = {}
    """The playbook's options for this step → what each means."""

    standing: ClassVar[bool] = False
    """Planned even when it already holds, since by the last moment it may not (open sessions, say)."""

    prepares: ClassVar[bool] = False
    """Carried out at planning, since it touches nothing but our own store (letter drafts)."""

    from_our_store: ClassVar[bool] = False
    """Looking needs no connection: what is there stands in our own store (the ledger of letters)."""

    harmless: ClassVar[bool] = False
    """One-way, yet nothing is lost by it; the urgent playbook may do it unapproved (ending a session)."""

    def __init__(self, house: House) -> None:
        self.house = house

    @staticmethod
    def account(departure: Departure, system: Named) -> str | None:
        """Return the leaver's immutable id in this system, or ``None`` when they have nothing there."""
        person = departure.account(system.name)
        return person.id if person else None

    @abstractmethod
    def observe(self, departure: Departure, system: System) -> Snapshot:
        """Return target → state; changes nothing."""

    @abstractmethod
    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Wish]:
        """Yield what should differ, each with its reason; pure."""

    @abstractmethod
    def write(self, departure: Departure, system: System, target: str, state: State) -> None:
        """Bring one target to ``state``, forwards and backwards alike."""

    def holds(self, found: State, wanted: State) -> bool:
        """Say whether what was found is what was wanted."""
        return found == wanted

    def texts(self, departure: Departure) -> list[str]:  # noqa: ARG002 - most steps publish nothing
        """Return the texts that this step publishes in the company's name, which the owner approves first."""
        return []

    def unclear(self, found: State) -> str | None:  # noqa: ARG002 - most systems can be asked again
        """Return why nobody can know whether a write that was under way took effect, or ``None``."""
        return None
