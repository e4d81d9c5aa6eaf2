"""What the engine works with; ``wiring`` puts it together."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from offboard.domain.letter_sending import SendingRules
from offboard.domain.people import Role
from offboard.errors import NotAllowed
from offboard.settings import ClientsSection

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from offboard.domain.departure import Departure
    from offboard.domain.playbook import Playbook
    from offboard.settings import GuardsSection, PeopleSection
    from offboard.steps import Step
    from offboard.storage.store import Store


class Systems(Protocol):
    """The connected systems; opening one raises a ``SystemFault`` when it does not answer."""

    def names(self) -> list[str]:
        """Return every system's name, in the order of the settings."""

    def having(self, *needs: type) -> list[str]:
        """Return the systems that have all these capabilities, without connecting."""

    def calls_at_once(self, name: str) -> int:
        """Return how many connections a system allows at once."""

    def places(self, name: str) -> int:
        """Return how many connections whoever holds one may use now, that one and those that nobody else holds."""

    def writer(self, name: str) -> AbstractContextManager[Any]:
        """Lend a connection for looking and writing."""

    def reader(self, name: str) -> AbstractContextManager[Any]:
        """Lend a connection that was never used for writing, for the independent look afterwards."""


@dataclass(frozen=True, slots=True)
class Office:
    """The store, the systems, the steps and the rules of this company."""

    store: Store
    systems: Systems
    step: Callable[[str], Step[Any]]
    playbook: Callable[[str], Playbook]
    people: PeopleSection
    guards: GuardsSection
    own: tuple[str, ...]
    now: Callable[[], datetime]
    os_user: str
    settle_seconds: float = 5.0
    sending: SendingRules = field(default_factory=SendingRules)
    owner_name: str = ""
    clients: ClientsSection = field(default_factory=ClientsSection)

    def roles(self, person: str) -> frozenset[Role]:
        """Return what this person may do.

        Raises:
            NotAllowed: nobody said who acts, or they are not listed.
        """
        if not person:
            raise NotAllowed("nobody said who decides this", hint="Add --as EMAIL, or set OFFBOARD_AS.")
        roles = self.people.roles(person)
        if not roles:
            raise NotAllowed(f"{person} is not listed in [people]")
        return roles

    def may_ask(self, person: str, departure: Departure | None = None) -> None:
        """Check that this person may ask for something: not an auditor alone, and not the one who leaves.

        Raises:
            NotAllowed: they may not, or are not listed.
        """
        if self.roles(person) == {Role.AUDITOR}:
            raise NotAllowed(f"{person} reads as an auditor and decides nothing")
        if departure and departure.leaver.answers_to(person):
            raise NotAllowed(f"{person} is the person who leaves, and cannot decide on it")

    def looking(self, step: Step[Any], system: str) -> AbstractContextManager[Any]:
        """Lend what this step looks with: a connection that never wrote, or nothing where the step needs none."""
        return nullcontext() if step.from_our_store else self.systems.reader(system)
