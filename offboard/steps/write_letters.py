"""Each of the leaver's clients gets a letter, as a draft for the owner."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from offboard.domain.letter import LetterState
from offboard.domain.reaching import reached
from offboard.domain.register import ClientRegister
from offboard.steps.base import Options, Step, Wish

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from offboard.domain.change import Snapshot, State
    from offboard.domain.departure import Departure

UNDECIDED = frozenset({LetterState.DRAFT, LetterState.TO_REVIEW})


class WriteLetters(Step[ClientRegister]):
    """Every client of the leaver who has a successor has a letter; what nobody decided on yet is written anew."""

    needs = (ClientRegister,)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "register": ("read",),
        "salesforce": ("API Enabled", "Read on Account, Contact, Opportunity, Case, Task, Event", "View All Data"),
        "hubspot": (
            "crm.objects.owners.read", "crm.objects.companies.read", "crm.objects.contacts.read",
            "crm.objects.deals.read", "tickets", "scheduler.meetings.meeting-link.read",
        ),
        "dataverse": (
            "prvReadUser", "Read on Account, Contact, Lead, Opportunity, Incident and Activity",
            "all of them at organisation level",
        ),
        "bottlecrm": ("the role ADMIN",),
    }  # fmt: skip
    prepares = True

    def observe(self, departure: Departure, system: ClientRegister) -> Snapshot:
        """Return client → the state of its letter, for the clients that are the leaver's now."""
        letters = {letter.client: letter.state for letter in self.house.box.letters(departure.number)}
        return {
            client.id: {"letter": None if letters.get(client.id) in {None, *UNDECIDED} else letters[client.id].value}
            for client in system.clients()
            if departure.leaver.answers_to(client.responsible) and reached(client)
        }

    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Wish]:
        """Yield a draft for each client without a decided letter."""
        del options
        for client, state in snapshot.items():
            if state == {"letter": None} and departure.successor_of(client):
                yield Wish(
                    client,
                    before=state,
                    after={"letter": "to_review"},
                    why="The owner writes to each client personally.",
                )

    def write(self, departure: Departure, system: ClientRegister, target: str, state: State) -> None:
        """Write the draft; a decided letter is left alone by the letter box."""
        successor = departure.successor_of(target)
        client = system.client(target)
        written_to = reached(client) if client else None
        if state is not None and successor and written_to:
            self.house.box.add([self.house.book.draft(departure, written_to, successor)])
