"""What a step promises."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast

from offboard.domain.options import Names
from offboard.domain.people import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from offboard.domain.capabilities import House, Membership, Named
    from offboard.domain.change import Asks, Change, Snapshot, State
    from offboard.domain.departure import Departure
    from offboard.domain.options import Accepts
    from offboard.errors import SystemFault

System = TypeVar("System")

Options = dict[str, Any]


class Wish:
    """What a step wants to differ, or with ``asks`` would do on a yes; the engine makes a :class:`Change` of it."""

    __slots__ = ("after", "asks", "before", "label", "one_way", "target", "why")

    def __init__(
        self,
        target: str,
        *,
        before: State,
        after: State,
        why: str,
        label: str = "",
        one_way: str | None = None,
        asks: Asks | None = None,
    ) -> None:
        self.target = target
        self.label = label or target
        self.before = before
        self.after = after
        self.why = why
        self.one_way = one_way
        self.asks = asks


@dataclass(frozen=True, slots=True)
class Waiting:
    """Written, and out of our hands: a person confirms it, or another system takes it over, by ``until`` (instant).

    Empty, ``until`` is an hour after it was first seen so.
    """

    until: str
    why: str


class Step(ABC, Generic[System]):
    """One thing that must be true once somebody has left."""

    needs: ClassVar[tuple[type, ...]]
    """The capabilities that a system must have for this step."""

    one_of: ClassVar[tuple[type, ...]] = ()
    """The capabilities of which it must have one at least, besides those; none: nothing more is needed."""

    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Kind of system → the rights our account needs there, least first."""

    options: ClassVar[Mapping[str, str]] = {}
    """The playbook's options for this step → what each means."""

    accepts: ClassVar[Mapping[str, Accepts]] = {}
    """Option → the values that it takes; one that is not named takes any."""

    standing: ClassVar[bool] = False
    """Planned even when it already holds, since by the last moment it may not (open sessions, say)."""

    prepares: ClassVar[bool] = False
    """Carried out at planning, since it touches nothing but our own store (letter drafts)."""

    from_our_store: ClassVar[bool] = False
    """Looking needs no connection: what is there stands in our own store (the ledger of letters)."""

    independent: ClassVar[bool] = False
    """Its changes do not depend on one another, and may be written side by side, as far as the system allows."""

    after: ClassVar[tuple[str, ...]] = ()
    """Steps that must have come into effect, on whatever system, before this one writes anything."""

    harmless: ClassVar[bool] = False
    """One-way, yet nothing is lost by it; the urgent playbook may do it unapproved (ending a session)."""

    lasting: ClassVar[str] = ""
    """What goes on although the step holds, in a few words; :meth:`lasts` says until when."""

    unseen: ClassVar[bool] = False
    """What was asked for is under way without showing: an undo asks for the former state even where that is found."""

    def __init__(self, house: House) -> None:
        self.house = house

    @classmethod
    def fits(cls, has: Callable[[type], bool]) -> bool:
        """Say whether a system that has these capabilities can do this step."""
        return all(map(has, cls.needs)) and (not cls.one_of or any(map(has, cls.one_of)))

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

    def seal(self, departure: Departure, system: System, change: Change) -> None:
        """Note in the vault what must be known before this change is written; the intent's commit keeps it."""

    @abstractmethod
    def write(self, departure: Departure, system: System, target: str, state: State) -> None:
        """Bring one target to ``state``, forwards and backwards alike."""

    def together(self, system: System) -> int:  # noqa: ARG002 - most systems take one write at a time
        """Return how many targets :meth:`write_together` takes at once in this system; 1: each is written by itself."""
        return 1

    def write_together(
        self, departure: Departure, system: System, states: Mapping[str, State]
    ) -> Mapping[str, SystemFault]:
        """Bring many targets to their states in one call; return those that were refused, each with its reason."""
        raise NotImplementedError

    def holds(self, found: State, wanted: State) -> bool:
        """Say whether what was found is what was wanted."""
        return found == wanted

    def texts(self, departure: Departure) -> list[str]:  # noqa: ARG002 - most steps publish nothing
        """Return the texts that this step publishes in the company's name, which the owner approves first."""
        return []

    def beyond(
        self,
        departure: Departure,  # noqa: ARG002 - most steps reach all
        snapshot: Snapshot,  # noqa: ARG002
        options: Options | None = None,  # noqa: ARG002
    ) -> Iterator[str]:
        """Yield what this step found and does not change, each with the reason and who can; listed as not covered."""
        yield from ()

    def waiting(self, found: State, wanted: State) -> Waiting | None:  # noqa: ARG002 - most systems answer at once
        """Say that what was found becomes what is wanted without another write, and until when that may take."""
        return None

    def lasts(self, found: State) -> str:  # noqa: ARG002 - mostly what holds is all there is
        """Return the instant until which something handed out before goes on, although it holds; empty: nothing."""
        return ""

    def ends(self, wanted: State) -> str:  # noqa: ARG002 - most changes stay
        """Return the instant at which what was written ends, by writing the same state then; empty: it stays."""
        return ""

    def held_back(self, departure: Departure, target: str, after: State) -> Waiting | None:  # noqa: ARG002 - most steps may write at once
        """Say what a change waits for before it is written, and until when that may take."""
        return None

    def remains(self, before: State) -> str | None:  # noqa: ARG002 - most steps put everything back
        """Return what an undo does not put back of a change that it takes back otherwise, and what to do about it."""
        return None

    def unclear(self, found: State) -> str | None:  # noqa: ARG002 - most systems can be asked again
        """Return why nobody can know whether a write that was under way took effect, or ``None``."""
        return None


class Taking(Step[System]):
    """Takes away, one by one, what the leaver holds in a system; each can be given back as it was held.

    The state of a thing is ``{"name": …, "held": …}``, with ``"note"``, ``"one_way"`` and ``"beyond"`` where they are
    known: only ``held``, what is needed to restore it, is ever compared. The target is the thing's immutable id.
    """

    accepts: ClassVar[Mapping[str, Accepts]] = {"keep": Names()}
    keeps: ClassVar[str] = "keep"
    because: ClassVar[str]
    """Why it is taken away: the end of the sentence "Ann Lee leaves, and …"."""

    @abstractmethod
    def held(self, system: System, account_id: str) -> dict[str, Membership]:
        """Return what the account holds."""

    @abstractmethod
    def bring(self, system: System, account_id: str, thing_id: str, state: State) -> None:
        """Take one thing away (``None``), or give it back as it was held."""

    def taken(self, found: dict[str, State]) -> State:  # noqa: ARG002 - most things are simply not held any more
        """Return the state of a thing that was taken away; ``None``: it is not held at all."""
        return None

    def observe(self, departure: Departure, system: System) -> Snapshot:
        """Return everything that the leaver holds, by its id."""
        account_id = self.account(departure, cast("Named", system))
        found = self.held(system, account_id) if account_id else {}
        return {thing_id: cast("State", described(thing)) for thing_id, thing in found.items()}

    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Wish]:
        """Yield what we can take away and the playbook does not keep."""
        kept = {fold(name) for name in options.get(self.keeps, ())}
        for thing_id, found in snapshot.items():
            state = cast("dict[str, str]", found)
            after = self.taken(cast("dict[str, State]", found))
            if fold(state["name"]) in kept or state.get("beyond") or self.holds(found, after):
                continue
            why = f"{departure.leaver.name} leaves, and {self.because} {state.get('note', '')}".strip()
            yield Wish(
                thing_id, label=state["name"], before=found, after=after, why=why, one_way=state.get("one_way") or None
            )

    def beyond(self, departure: Departure, snapshot: Snapshot, options: Options | None = None) -> Iterator[str]:
        """Yield what we cannot take away, but for what the playbook keeps anyway."""
        del departure
        kept = {fold(name) for name in (options or {}).get(self.keeps, ())}
        for found in snapshot.values():
            state = cast("dict[str, str]", found)
            if state.get("beyond") and fold(state["name"]) not in kept:
                yield f"{state['name']}: {state['beyond']}"

    def write(self, departure: Departure, system: System, target: str, state: State) -> None:
        """Take the thing away, or give it back as it was held."""
        account_id = self.account(departure, cast("Named", system))
        if account_id:
            self.bring(system, account_id, target, state["held"] if isinstance(state, dict) else None)

    def holds(self, found: State, wanted: State) -> bool:
        """Compare how the thing is held alone: it may be renamed, and others come and go, meanwhile."""
        return _compared(found) == _compared(wanted)


def described(thing: Membership) -> dict[str, State]:
    """Return a thing as a state: its name, how it is held, and what is known of it."""
    known: dict[str, State] = {"note": thing.note, "one_way": thing.one_way, "beyond": thing.beyond}
    return {"name": thing.label, "held": thing.state, **{key: value for key, value in known.items() if value}}


def _compared(state: State) -> State:
    return state["held"] if isinstance(state, dict) else state
