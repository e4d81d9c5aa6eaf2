"""A system in memory that lets steps take things away and give them back, and keeps a journal of what was asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from offboard.domain.capabilities import Membership
from offboard.domain.people import Person
from offboard.errors import Throttled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from offboard.domain.change import State

ANN = "uuid-ann"


@dataclass
class Memory:
    """What one account holds: id → thing, in order; ``journal`` lists the writes."""

    things: dict[str, Membership] = field(default_factory=dict)
    journal: list[tuple[str, State]] = field(default_factory=list)
    name: str = "office"

    def all(self, account_id: str) -> dict[str, Membership]:
        """Return what the account holds; nobody but Ann holds anything."""
        return dict(self.things) if account_id == ANN else {}

    def bring(self, account_id: str, thing_id: str, state: State) -> None:
        """Bring one thing to a state; what is given back comes last."""
        assert account_id == ANN
        self.journal.append((thing_id, state))
        label = self.things[thing_id].label if thing_id in self.things else thing_id
        if state is None:
            self.things.pop(thing_id, None)
        else:
            self.things[thing_id] = Membership(label, state)


def there_and_back(step: Any, departure: Any, system: Any, options: dict[str, Any] | None = None) -> list[Any]:
    """Plan, write, see that a second plan is empty, write backwards what can be, and return the wishes."""
    options = options or {}
    snapshot = step.observe(departure, system)
    wishes = list(step.plan(departure, snapshot, options))
    for wish in wishes:
        assert step.holds(snapshot[wish.target], wish.before)
        assert not step.holds(snapshot[wish.target], wish.after)
    waiting = list(wishes)
    for wish in waiting:
        try:
            step.write(departure, system, wish.target, wish.after)
        except Throttled:
            waiting.append(wish)  # as the engine does: the others first
            assert len(waiting) <= 2 * len(wishes)
    found = step.observe(departure, system)
    assert all(step.holds(found.get(wish.target), wish.after) for wish in wishes)
    assert list(step.plan(departure, found, options)) == []
    for wish in reversed([wish for wish in wishes if wish.one_way is None]):
        step.write(departure, system, wish.target, wish.before)
        assert step.holds(step.observe(departure, system).get(wish.target), wish.before)
    return wishes


class People:
    """A directory in memory: Ann, who leaves, her successor Joe, and Max, to whom she reports."""

    name = "office"

    def __init__(self, logins: Iterable[str] | None = None) -> None:
        known = {
            "ann": Person("uuid-ann", "office", "ann", "Ann Lee", "ann@corp.test", "1001", manager="max"),
            "joe": Person("uuid-joe", "office", "joe", "Joe Fox", "joe@corp.test", "1002"),
            "max": Person("uuid-max", "office", "max", "Max Orr", "max@corp.test", "1003"),
        }
        self.people = [known[login] for login in (known if logins is None else logins)]

    def find(self, key: str) -> list[Person]:
        """Return who answers to that login, mail or number."""
        return [one for one in self.people if key in {one.login, one.mail, one.employee_number}]

    def near(self, key: str) -> list[Person]:
        """Return nobody."""
        del key
        return []

    def recognise(self, person: Person) -> list[Person]:
        """Return who shares something with that person, a full name as well."""
        return [one for one in self.people if one.keys() & person.keys()]

    def staff(self) -> int:
        """Return how many there are."""
        return len(self.people)
