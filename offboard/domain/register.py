"""What a register of clients can do for us, be it the built-in one or a CRM.

Everywhere ``owner`` and ``responsible`` are people on our side, written as the register writes them. A CRM that keeps
its users' ids writes their mail addresses here and turns an address back into an id when it writes; the address of a
user who was deactivated still stands for them when reading. An address that is no user, or more than one, raises
``Rejected``. Ids are the register's own, never change, and are compared exactly. Whatever is read comes complete: a
connector follows pages to their end, or raises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from offboard.domain.capabilities import Named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from offboard.domain.change import State
    from offboard.domain.clients import Client, Contact, Interaction, OpenItem, Standing
    from offboard.domain.dealing import Dealing
    from offboard.errors import SystemFault


@runtime_checkable
class ClientRegister(Named, Protocol):
    """Knows the clients and who is responsible for each."""

    def clients(self) -> list[Client]:
        """Return every client, ordered by id, each with its contacts and open items as far as the register has them.

        What the register does not keep stays empty: nothing is guessed.
        """

    def client(self, client_id: str) -> Client | None:
        """Return one client exactly as :meth:`clients` does, or ``None``."""

    def responsible(self, client_id: str) -> State:
        """Return who is responsible, as the register writes it; ``None`` when there is no such client."""

    def set_responsible(self, client_id: str, responsible: str) -> None:
        """Write who is responsible, and nothing else: closed items, and what others own, stay as they are.

        Raises:
            NotFound: there is no such client.
        """


@runtime_checkable
class ClientContacts(Named, Protocol):
    """Knows the people at the clients, and who on our side looks after each of them."""

    def contacts(self) -> list[Contact]:
        """Return every contact with its id, those of no client too (``client`` is empty then).

        ``owner`` is empty where nobody but the one responsible for the client looks after them.
        """

    def contact_owner(self, contact_id: str) -> str | None:
        """Return who looks after one contact, ``None`` when there is no such contact."""

    def set_contact_owner(self, contact_id: str, owner: str) -> None:
        """Write who looks after a contact.

        Raises:
            NotFound: there is no such contact.
        """


@runtime_checkable
class OpenItems(Named, Protocol):
    """Knows what is open with the clients, and who on our side owns it."""

    def items(self) -> list[OpenItem]:
        """Return everything that is open: opportunities, cases, tasks, meetings ahead, whatever else names an owner.

        Other fields that name one of us (a second owner of an account, say) are items of kind ``OTHER``, as is what
        only people can pass on (a booking link), with ``beyond``. Closed items are not among them.
        """

    def item(self, item_id: str) -> OpenItem | None:
        """Return one item, a closed one too (``closed``), or ``None`` when there is none."""

    def set_item_owner(self, item_id: str, owner: str) -> None:
        """Write who owns an open item.

        Raises:
            NotFound: there is no such item.
            Rejected: it is closed by now: history is never rewritten.
        """


@runtime_checkable
class OwnersTogether(Named, Protocol):
    """Takes many owners in one call, which a CRM that counts its calls is glad of."""

    together: int
    """How many owners it takes at once."""

    def set_owners(self, owners: Mapping[str, str]) -> dict[str, SystemFault]:
        """Write owners: target (``parts.Part.target``) → mail address; closed items are left as they are.

        Returns the targets that were refused, each with its reason; every other one was accepted.

        Raises:
            SystemFault: nobody knows what was taken.
        """


@runtime_checkable
class ClientDealings(Named, Protocol):
    """Knows who on our side dealt with which client."""

    def dealings(self) -> list[Dealing]:
        """Return who dealt with which client, one row for each pair."""

    def interactions(self, client_id: str) -> list[Interaction]:
        """Return every interaction with one client, the latest first."""


@runtime_checkable
class RecordsDealings(Named, Protocol):
    """Takes note of who on our side dealt with a client."""

    def record(self, interaction: Interaction) -> None:
        """Record that somebody dealt with a client; the very same one a second time changes nothing.

        Raises:
            NotFound: there is no such client.
        """


@runtime_checkable
class ClientStandings(Named, Protocol):
    """Keeps what a client answered to the change, or what the owner decided about them."""

    def standing(self, client_id: str) -> Standing | None:
        """Return how it stands with one client, ``None`` when there is no such client."""

    def set_standing(self, client_id: str, standing: Standing) -> None:
        """Write how it stands with a client.

        Raises:
            NotFound: there is no such client.
        """
