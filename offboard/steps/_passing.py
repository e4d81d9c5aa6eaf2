"""What the steps share that pass something from the leaver to somebody else in the same system."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, cast

from offboard.domain.people import same_person
from offboard.steps.base import Options, Step, System, Wish, described

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.domain.capabilities import Directory, House, Membership
    from offboard.domain.change import Snapshot, State
    from offboard.domain.departure import Departure
    from offboard.domain.people import Person

Held = dict[str, Any]
"""How a thing is held: what the capability says, and ``"to"``, the account that it would be passed to."""


class Passing(Step[System]):
    """Passes what the leaver has to the successor's account in the same system, thing by thing.

    The state of a thing is that of ``Taking``, with a word for people beside it: only ``held`` is compared, without the
    account that it goes to. Where nobody can take a thing over it is left alone, and listed with who has to act.
    """

    @abstractmethod
    def found(self, system: System, account_id: str, heir_id: str) -> dict[str, Membership]:
        """Return what is there; ``heir_id`` is the leaver's own account where nobody takes over."""

    @abstractmethod
    def passed(self, departure: Departure, held: Held, options: Options) -> Held:
        """Return how the thing is held once it is passed on; the same as before where it is not the leaver's."""

    @abstractmethod
    def bring(self, system: System, account_id: str, thing_id: str, held: Held) -> None:
        """Make it so."""

    @abstractmethod
    def said(self, departure: Departure, held: Held) -> dict[str, str]:
        """Return how the thing is held, for people."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self._heirs = Heirs()

    def observe(self, departure: Departure, system: System) -> Snapshot:
        """Return what the leaver or the successor has, by its id."""
        account_id = self.account(departure, cast("Any", system))
        if not account_id:
            return {}
        heir, lacking = self._heirs.find(cast("Any", system), departure.successor)
        things = self.found(system, account_id, heir.id if heir else account_id)
        return {thing_id: self._state(departure, thing, heir, lacking) for thing_id, thing in things.items()}

    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Wish]:
        """Yield what is the leaver's and has somebody to go to."""
        for thing_id, found in snapshot.items():
            state = cast("dict[str, Any]", found)
            held = self.passed(departure, state["held"], options)
            after = {**state, **self.said(departure, held), "held": held}
            if state.get("beyond") or self.holds(found, after):
                continue
            yield Wish(
                thing_id,
                label=state["name"],
                before=found,
                after=after,
                why=f"{self.because(departure, state['held'], held)} {state.get('note', '')}".strip(),
                one_way=state.get("one_way") or None,
            )

    @abstractmethod
    def because(self, departure: Departure, before: Held, after: Held) -> str:
        """Return the sentence that says why it is passed on."""

    def beyond(self, departure: Departure, snapshot: Snapshot, options: Options | None = None) -> Iterator[str]:
        """Yield what is the leaver's and stays so, since nobody can take it over, or since we cannot pass it on."""
        for found in snapshot.values():
            state = cast("dict[str, Any]", found)
            held = self.passed(departure, state["held"], options or {})
            if state.get("beyond") and not self.holds(found, {**state, "held": held}):
                yield f"{state['name']}: {state['beyond']}"

    def write(self, departure: Departure, system: System, target: str, state: State) -> None:
        """Pass the thing on, or back."""
        account_id = self.account(departure, cast("Any", system))
        if account_id and isinstance(state, dict):
            self.bring(system, account_id, target, cast("Held", state["held"]))

    def holds(self, found: State, wanted: State) -> bool:
        """Compare how the thing is held alone: it may be renamed meanwhile."""
        return _compared(found) == _compared(wanted)

    def _state(self, departure: Departure, thing: Membership, heir: Person | None, lacking: str) -> State:
        held: Held = {**cast("Held", thing.state), "to": heir.id if heir else ""}
        state = described(thing)
        unpassed = {} if heir or thing.beyond else {"beyond": lacking}
        return cast("State", {**state, **self.said(departure, held), "held": held, **unpassed})


class Heirs:
    """Knows who takes over: found once in each system for as long as a step is at work."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, Person | None], Person] = {}

    def find(self, system: Directory, person: Person | None) -> tuple[Person | None, str]:
        """Return what :func:`heir_in` does; whoever was not found is looked for again."""
        known = self._found.get((system.name, person))
        if known is not None:
            return known, ""
        heir, lacking = heir_in(system, person)
        if heir is not None:
            self._found[system.name, person] = heir
        return heir, lacking


def heir_in(system: Directory, person: Person | None) -> tuple[Person | None, str]:
    """Return this person's account in a system; ``None`` with the reason, and who has to act, when there is none."""
    if person is None:
        return None, "nobody takes over from the leaver; name a successor and plan again, or pass it on by hand"
    same = [account for account in system.recognise(person) if same_person(account, person)]
    if len(same) != 1:
        lacks = "more than one account" if same else "no account"
        return None, f"{person.name} has {lacks} in {system.name}; IT sees to that, or passes it on by hand"
    return same[0], ""


def _compared(state: State) -> State:
    if not isinstance(state, dict):
        return state
    return {key: value for key, value in cast("dict[str, State]", state["held"]).items() if key != "to"}
