"""What a contract needs of a register of clients: the same small company in each, and a look past the connector."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Final

from offboard.domain.parts import PartKind
from tests.contracts.mail_bench import BesideDirectory
from tests.servers.faulty import Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from offboard.domain.clients import ItemKind

CLIENTS: Final = ("Alder", "Buchen", "Cedar")
CONTACTS: Final = ("Ida", "Uwe", "Cy", "Al", "Tim")

SILENCES: Final = frozenset({Trouble.SILENT, Trouble.HALF_OPEN})
"""The troubles that are waited for."""


def address(login: str) -> str:
    """Return how every register of the contracts writes somebody."""
    return f"{login}@corp.test"


class RegisterBench(BesideDirectory):
    """A register in which alice has the clients Alder and Buchen, and bob has Cedar.

    Alice looks after the contacts Ida, Uwe and Cy, one at each client, and after no other. Hers are all :attr:`items`,
    the closed ones too, whatever their client. :meth:`owners` may tell of more, as long as its names are none of these.
    """

    name = "crm"
    patience = 5.0
    impatience: ClassVar[float] = 0.4
    """Seconds after which a connection gives up that is to meet silence."""

    items: ClassVar[Mapping[str, tuple[str, ItemKind]]]
    """Each open item → the client that it belongs to, and what it is."""

    closed: ClassVar[tuple[str, ...]] = ("won", "solved", "called", "visited")
    knows_people: ClassVar[bool] = True
    """Whether owners are users of the register; else they are whatever is written there."""

    namesakes: ClassVar[bool] = True
    """Whether two users may have one address."""

    writes_each: ClassVar[int] = 1
    """How many requests that write one change takes."""

    wrong_ids: ClassVar[tuple[str, ...]] = ("", "nothing", "00", "x'y", "/")
    ids: Mapping[str, str]
    """What the contract calls each record → its id, as the connector writes it."""

    @abstractmethod
    def owners(self) -> dict[str, str]:
        """Return who owns each record there is, closed ones too, by login and past the connector."""

    @abstractmethod
    def rest(self) -> Any:
        """Return everything else that the register holds."""

    @abstractmethod
    def give_by_hand(self, thing: str, login: str) -> None:
        """Let somebody own a record, as a colleague does in the register's own pages."""

    @abstractmethod
    def close_by_hand(self, thing: str) -> None:
        """Close an open item."""

    @abstractmethod
    def deal_by_hand(self, client: str, login: str, kind: str, at: datetime) -> None:
        """Let somebody have dealt with a client: a ``call`` or a ``meeting``."""

    @abstractmethod
    def add_namesake(self, login: str) -> None:
        """Give one more user the address that somebody has."""

    @abstractmethod
    def refuse(self, thing: str) -> None:
        """Let the register refuse every write of one record, and of no other."""

    @abstractmethod
    def lie(self) -> None:
        """Let the register accept what is written, and keep nothing of it."""

    def expect(self, trouble: Trouble) -> None:
        """Let connections that are opened from now on give up soon where a trouble is silence, and else take time."""
        self.patience = self.impatience if trouble in SILENCES else type(self).patience

    def deny(self, k: int) -> None:
        """Let a right be missing for the k-th change."""
        self.proxy.trouble(Trouble.DENIED, writes=True, only=self.writes_each * (k - 1) + 1)

    def calm(self) -> None:
        """Let everything go right again."""
        self.proxy.calm()

    def leavers(self) -> set[str]:
        """Return what is alice's and open."""
        return {thing for thing, login in self.owners().items() if login == "alice" and thing not in self.closed}

    def target(self, thing: str) -> str:
        """Return what a record is called in plans."""
        kind = PartKind.CLIENT if thing in CLIENTS else PartKind.CONTACT if thing in CONTACTS else PartKind.ITEM
        return self.ids[thing] if kind is PartKind.CLIENT else f"/{kind.value}/{self.ids[thing]}"

    def thing(self, target: str) -> str:
        """Return what the contract calls a record, by its target."""
        return next(thing for thing in self.ids if self.target(thing) == target)
