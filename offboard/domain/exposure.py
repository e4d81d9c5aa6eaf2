"""Who depends on one person: what the owner looks at before anybody leaves."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from offboard.domain.people import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from offboard.domain.canonical import Json
    from offboard.domain.clients import Client
    from offboard.domain.dealing import Dealing
    from offboard.domain.people import Person


@dataclass(frozen=True, slots=True)
class Depends:
    """One client of a person; ``alone``: nobody else on our side ever dealt with them.

    ``without_owner_days`` is how long ago the owner last dealt with them, ``None``: never.
    """

    id: str
    name: str
    value: int
    alone: bool
    without_owner_days: int | None

    def to_json(self) -> dict[str, Json]:
        """Return it as data."""
        return cast("dict[str, Json]", asdict(self))


@dataclass(frozen=True, slots=True)
class Exposure:
    """What the company would lose sight of if one person left.

    ``person`` is printed as the register writes it. ``clients`` are those the person is responsible for,
    ``sole_contact`` those of them that nobody else on our side ever dealt with, ``value_at_risk`` the value of these,
    in whole units of the company's currency. ``longest_without_owner_days`` is how long ago the owner last dealt with
    the client that has waited longest, ``None`` when the owner dealt with none of them; ``never_met_owner`` counts the
    clients that the owner never dealt with, which no number of days can say. ``each`` are the clients one by one, those
    that depend on the person alone first, the most valuable of them at the top.
    """

    person: str
    clients: int
    sole_contact: int
    value_at_risk: int
    longest_without_owner_days: int | None
    never_met_owner: int
    each: tuple[Depends, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Exposure:
        """Read what :meth:`to_json` wrote."""
        return cls(**{**data, "each": tuple(Depends(**client) for client in data["each"])})

    def to_json(self) -> dict[str, Json]:
        """Return the fixed shape that ``clients exposure --json`` prints."""
        return {
            "person": self.person,
            "clients": self.clients,
            "sole_contact": self.sole_contact,
            "value_at_risk": self.value_at_risk,
            "longest_without_owner_days": self.longest_without_owner_days,
            "never_met_owner": self.never_met_owner,
            "each": [client.to_json() for client in self.each],
        }


def exposure(
    clients: Iterable[Client],
    dealings: Iterable[Dealing],
    *,
    owners: Collection[str] = (),
    staff: Sequence[Person] = (),
    today: date,
) -> list[Exposure]:
    """Return one row per responsible person, the most valuable dependence first.

    ``owners`` are what the owner answers to in the register. Where ``staff`` is given, a person's login, address,
    employee number and full name count as the same person. Clients that nobody is responsible for are in no row.
    """
    one = _one_key(staff)
    owner_keys = {one(key) for key in owners}
    known_to: defaultdict[str, set[str]] = defaultdict(set)
    met_owner: dict[str, str] = {}
    for dealing in dealings:
        person = one(dealing.person)
        known_to[dealing.client].add(person)
        if person in owner_keys:
            met_owner[dealing.client] = max(met_owner.get(dealing.client, ""), dealing.last)
    groups: defaultdict[str, list[Client]] = defaultdict(list)
    for client in clients:
        if client.responsible:
            groups[one(client.responsible)].append(client)
    rows = [_row(mine, person, known_to, met_owner, today) for person, mine in groups.items()]
    return sorted(rows, key=lambda row: (-row.value_at_risk, -row.clients, row.person))


def _one_key(staff: Sequence[Person]) -> Callable[[str], str]:
    """Return what maps everything that one person answers to onto one key; a key that two people share stays itself."""
    owners: defaultdict[str, set[int]] = defaultdict(set)
    for place, person in enumerate(staff):
        for key in person.keys():  # noqa: SIM118 - a person is no dict
            owners[key].add(place)
    same = {key: f"person {min(places)}" for key, places in owners.items() if len(places) == 1}

    def one(key: str) -> str:
        folded = fold(key)
        return same.get(folded, folded)

    return one


def _row(
    mine: Sequence[Client],
    person: str,
    known_to: defaultdict[str, set[str]],
    met_owner: dict[str, str],
    today: date,
) -> Exposure:
    sole = {client.id for client in mine if not known_to[client.id] - {person}}
    ago = {client.id: _days(met_owner[client.id], today) for client in mine if client.id in met_owner}
    each = [Depends(c.id, c.name, c.value, c.id in sole, ago.get(c.id)) for c in mine]
    return Exposure(
        person=mine[0].responsible,
        clients=len(mine),
        sole_contact=len(sole),
        value_at_risk=sum(client.value for client in mine if client.id in sole),
        longest_without_owner_days=max(ago.values(), default=None),
        never_met_owner=len(mine) - len(ago),
        each=tuple(sorted(each, key=lambda client: (not client.alone, -client.value, client.id))),
    )


def _days(last: str, today: date) -> int:
    return max(0, (today - date.fromisoformat(last)).days)
