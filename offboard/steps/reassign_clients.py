"""Gives each client of the leaver, each contact and everything that is open to whoever takes over."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from offboard.domain.parts import PartKind, kind_and_id, parts_of
from offboard.domain.people import fold
from offboard.domain.register import ClientContacts, ClientRegister, OpenItems, OwnersTogether
from offboard.steps.base import Options, Step, Wish

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from offboard.domain.change import Snapshot, State
    from offboard.domain.departure import Departure
    from offboard.domain.people import Person
    from offboard.errors import SystemFault

FIELD = {PartKind.CLIENT: "responsible", PartKind.CONTACT: "owner", PartKind.ITEM: "owner"}


class ReassignClients(Step[ClientRegister]):
    """No client is left with somebody who is gone, and nothing that is open with one.

    The state of a client is ``{"name": …, "responsible": …}``, that of a contact or an open item ``{"name": …,
    "owner": …}`` with ``client`` and ``kept_by``, who is responsible there; only who it is, is ever compared and
    written. A closed item keeps its owner.
    """

    needs: ClassVar[tuple[type, ...]] = (ClientRegister,)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "register": ("read", "write"),
        "salesforce": (
            "API Enabled", "Read and Edit on Account, Contact, Opportunity, Case, Task, Event", "View All Data",
            "Transfer Record (or Modify All Data)", "Read and Create on AccountTeamMember (with account_teams)",
        ),
        "hubspot": (
            "crm.objects.owners.read", "crm.objects.companies.read", "crm.objects.companies.write",
            "crm.objects.contacts.read", "crm.objects.contacts.write (tasks and meetings too)",
            "crm.objects.deals.read", "crm.objects.deals.write", "tickets", "scheduler.meetings.meeting-link.read",
        ),
        "dataverse": (
            "prvReadUser", "Read, Write and Assign on Account, Contact, Lead, Opportunity, Incident and Activity",
            "all of them at organisation level",
        ),
        "bottlecrm": ("the role ADMIN",),
    }  # fmt: skip

    def observe(self, departure: Departure, system: ClientRegister) -> Snapshot:
        """Return who is responsible for each client, contact and open item, moved ones too."""
        del departure
        found: dict[str, State] = {}
        for part in parts_of(system):
            if part.kind is PartKind.CLIENT:
                found[part.target] = {"name": part.name, "responsible": part.owner}
            else:
                found[part.target] = {
                    "name": part.name, "owner": part.owner, "client": part.client, "kept_by": part.kept_by,
                    **({"beyond": part.beyond} if part.beyond else {}),
                }  # fmt: skip
        return found

    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Wish]:
        """Yield what the leaver is responsible for and somebody takes over, but for what a person decided to leave."""
        del options
        leaver = departure.leaver
        for target, found in snapshot.items():
            state = cast("dict[str, str]", found)
            kind, part_id = kind_and_id(target)
            who = state[FIELD[kind]]
            if not leaver.answers_to(who) or target in departure.skips or state.get("beyond"):
                continue
            successor = departure.successor_of(part_id if kind is PartKind.CLIENT else state["client"])
            kept_by = "" if kind is PartKind.CLIENT or leaver.answers_to(state["kept_by"]) else state["kept_by"]
            written = _as_written(successor, leaver, who) if successor else kept_by
            if not written:
                continue
            takes = successor.name if successor else kept_by
            yield Wish(
                target,
                label=f"{state['name']} ({part_id})" if kind is PartKind.CLIENT else state["name"],
                before=found,
                after={**state, FIELD[kind]: written},
                why=f"{leaver.name} is responsible for {state['name']} and leaves; {takes} takes over.",
            )

    def beyond(self, departure: Departure, snapshot: Snapshot, options: Options | None = None) -> Iterator[str]:
        """Yield what of the leaver's the register cannot pass on."""
        del options
        for target, found in snapshot.items():
            state = cast("dict[str, str]", found)
            kind, _ = kind_and_id(target)
            if (
                state.get("beyond")
                and departure.leaver.answers_to(state[FIELD[kind]])
                and target not in departure.skips
            ):
                yield f"{state['name']}: {state['beyond']}"

    def write(self, departure: Departure, system: ClientRegister, target: str, state: State) -> None:
        """Write who is responsible."""
        del departure
        kind, part_id = kind_and_id(target)
        who = cast("dict[str, str]", state)[FIELD[kind]]
        if kind is PartKind.CLIENT:
            system.set_responsible(part_id, who)
        elif kind is PartKind.CONTACT:
            cast("ClientContacts", system).set_contact_owner(part_id, who)
        else:
            cast("OpenItems", system).set_item_owner(part_id, who)

    def together(self, system: ClientRegister) -> int:
        """Return how many owners the register takes in one call."""
        return system.together if isinstance(system, OwnersTogether) else 1

    def write_together(
        self, departure: Departure, system: ClientRegister, states: Mapping[str, State]
    ) -> Mapping[str, SystemFault]:
        """Write who is responsible for each of them, in one call."""
        del departure
        owners = {
            target: cast("dict[str, str]", state)[FIELD[kind_and_id(target)[0]]] for target, state in states.items()
        }
        return cast("OwnersTogether", system).set_owners(owners)

    def holds(self, found: State, wanted: State) -> bool:
        """Compare who is responsible alone: a client may be renamed meanwhile, and an item closed."""
        if found is None and isinstance(wanted, dict) and "kept_by" in wanted:
            # Closed by now, or without an owner of its own: nothing names the leaver any more.
            return True
        if not isinstance(found, dict) or not isinstance(wanted, dict):
            return found == wanted
        return _who(found) == _who(wanted)


def _who(state: Mapping[str, State]) -> State:
    return state["responsible"] if "responsible" in state else state["owner"]


def _as_written(successor: Person, leaver: Person, entry: str) -> str | None:
    """Return the successor as the register writes people: an address for an address, a number for a number.

    What the leaver answers to as well (a namesake's full name) says nothing and is passed over; ``None`` when nothing
    tells the two apart.
    """
    forms = (
        (leaver.mail, successor.mail),
        (leaver.employee_number, successor.employee_number),
        (leaver.login, successor.login),
        (leaver.name, successor.name),
    )
    like_it = next(theirs for ours, theirs in forms if ours and fold(ours) == fold(entry))
    return next(
        (form for form in (like_it, successor.mail, successor.login) if form and not leaver.answers_to(form)), None
    )
