"""Who could take over each client of a leaver; people decide, this only proposes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from offboard.domain.people import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from offboard.domain.canonical import Json
    from offboard.domain.clients import Client
    from offboard.domain.dealing import Dealing
    from offboard.domain.people import Person


@dataclass(frozen=True, slots=True)
class Proposal:
    """One client and who could take them over; ``successor`` is a mail address, else a login, or empty for nobody."""

    client: str
    name: str
    successor: str
    why: str

    def to_json(self) -> dict[str, Json]:
        """Return the shape that ``clients propose --json`` prints."""
        return {"client": self.client, "name": self.name, "successor": self.successor, "why": self.why}


def propose(
    clients_of_leaver: Iterable[Client],
    *,
    leaver: Person,
    staff: Sequence[Person],
    leaving: Collection[str] = (),
    dealings: Iterable[Dealing] = (),
    load: Mapping[str, int] | None = None,
    everybodys: Iterable[Client] = (),
) -> list[Proposal]:
    """Propose a successor for each client and say why, in the order the clients came in.

    Whoever dealt with the client last is proposed; of several on the same day the one with more dealings, then the one
    with fewer clients. A client that nobody who stays knows goes to whoever looks after others in the same language,
    the same region and the same sector (``everybodys`` are all clients); of several who fit as well, to whoever has the
    fewest, counting those proposed before, and of these to whose clients are worth least. Neither the leaver nor
    anybody in ``leaving`` (logins, addresses, numbers, full names) is ever proposed. ``load`` is how many clients each
    person has now, by what the register calls them. Where ``dealings`` has nothing of a client, ``known_to`` counts.
    """
    gone = leaver.keys() | {fold(key) for key in leaving}
    staying = [person for person in staff if not person.keys() & gone]
    counts = [_load_of(person, load or {}) for person in staying]
    books = _books(staying, everybodys)
    of_client: dict[str, list[Dealing]] = {}
    for dealing in dealings:
        of_client.setdefault(dealing.client, []).append(dealing)
    proposals: dict[str, Proposal] = {}
    mine = list(clients_of_leaver)
    for client in sorted(mine, key=lambda each: (-each.value, each.id)):
        if not staying:
            proposals[client.id] = Proposal(client.id, client.name, "", "Nobody of the staff stays.")
            continue
        place, why = _best(client, staying, counts, of_client.get(client.id, []), books)
        counts[place] += 1
        books[place].worth += client.value
        chosen = staying[place]
        proposals[client.id] = Proposal(client.id, client.name, chosen.mail or chosen.login, why)
    return [proposals[client.id] for client in mine]


def load_of(clients: Iterable[Client]) -> dict[str, int]:
    """Return how many clients each responsible person has, by what the register calls them."""
    counts: dict[str, int] = {}
    for client in clients:
        if client.responsible:
            counts[client.responsible] = counts.get(client.responsible, 0) + 1
    return counts


def _load_of(person: Person, load: Mapping[str, int]) -> int:
    return sum(count for key, count in load.items() if person.answers_to(key))


@dataclass(slots=True)
class _Book:
    """What somebody looks after by now: how many clients share each trait, and what all of them are worth."""

    traits: Counter[tuple[str, str]] = field(default_factory=Counter)
    worth: int = 0


def _traits(client: Client) -> dict[tuple[str, str], str]:
    """Return what a client has in common with others, and how that is said."""
    region = client.region or client.country
    said = {
        ("language", fold(client.language)): f"who write {client.language}",
        ("region", fold(region)): f"in {region}",
        ("sector", fold(client.sector)): f"of {client.sector}",
    }
    return {trait: words for trait, words in said.items() if trait[1]}


def _books(staying: Sequence[Person], everybodys: Iterable[Client]) -> list[_Book]:
    books = [_Book() for _ in staying]
    places: dict[str, list[int]] = {}
    for place, person in enumerate(staying):
        for key in person.keys():  # noqa: SIM118 - a person is no dict
            places.setdefault(key, []).append(place)
    for client in everybodys:
        for place in places.get(fold(client.responsible), ()):
            books[place].traits.update(_traits(client).keys())
            books[place].worth += client.value
    return books


def _best(
    client: Client,
    staying: Sequence[Person],
    counts: Sequence[int],
    dealings: Sequence[Dealing],
    books: Sequence[_Book],
) -> tuple[int, str]:
    known = []
    for place, person in enumerate(staying):
        own = [dealing for dealing in dealings if person.answers_to(dealing.person)]
        if own:
            last, times = max(dealing.last for dealing in own), sum(dealing.times for dealing in own)
            known.append((last, times, -counts[place], -place))
    if known:
        last, times, _, place = max(known)
        once = "once" if times == 1 else f"{times} times"
        return -place, f"{staying[-place].name} dealt with them {once}, the last time on {last}."
    named = [place for place, person in enumerate(staying) if any(map(person.answers_to, client.known_to))]
    if named:
        place = min(named, key=lambda each: (counts[each], each))
        return place, f"{staying[place].name} already knows them."
    traits = _traits(client)

    def fitting(each: int) -> int:
        return sum(1 for trait in traits if books[each].traits[trait])

    place = min(range(len(staying)), key=lambda each: (-fitting(each), counts[each], books[each].worth, each))
    has = "1 client" if counts[place] == 1 else f"{counts[place]} clients"
    fits = [f"{books[place].traits[trait]} {words}" for trait, words in traits.items() if books[place].traits[trait]]
    if fits:
        return place, (
            f"Nobody who stays knows them; {staying[place].name} looks after {', '.join(fits)}, and has {has} in all."
        )
    return place, f"Nobody who stays knows them; {staying[place].name} has the fewest clients ({has})."
