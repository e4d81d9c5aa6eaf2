"""What a contract suite needs of a connector: connections, a leaver, a witness from outside, and trouble to plant."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from offboard.domain.question import questions_of
from offboard.engine.deciding import approve
from offboard.engine.driving import carry_out
from offboard.engine.questions import answer
from offboard.engine.showing import show
from offboard.engine.starting import Request, start
from offboard.engine.undoing import plan_undo
from offboard.settings import Settings
from offboard.wiring import Firm
from tests.contracts.playbooks import PLAYBOOKS
from tests.servers.memory_vault import MemoryVault
from tests.servers.workplace import settings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from offboard.engine.office import Office
    from tests.servers.faulty import Proxy, Trouble

MOMENT = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)


class Bench(ABC):
    """A real system behind a proxy of ours, holding alice (who leaves), bob, carol, dave and erin.

    Alice's number is 1001, her mail address alice@corp.test; she is in at least two groups, others are in some of them.
    Everything that is asked of a bench besides :meth:`connect` goes past connector and proxy.
    """

    leaver: ClassVar[str] = "alice"
    name: ClassVar[str] = "office"
    people: ClassVar[int] = 5
    keys: ClassVar[tuple[str, ...]] = (
        "alice", "ALICE", " alice ", "alice@corp.test", "Alice@Corp.TEST", "1001",
    )  # fmt: skip
    """What finds the leaver, and nobody else."""

    gives_password_back: ClassVar[bool] = True
    """Whether a former password can be put back; where it cannot, shutting is one-way and the plan says so."""

    takes_for_done: ClassVar[frozenset[Trouble]] = frozenset()
    """The troubles with leaving a group that may mean that it was left already; reading back tells."""

    patience: ClassVar[float] = 1.0
    """Seconds after which a connection of this bench gives up waiting."""

    counts_sessions: ClassVar[bool] = True
    """Whether open sessions are known one by one; else nobody can tell that there are none: all are ended anyway."""

    rights_are_ours: ClassVar[bool] = False
    """Whether what we may do hangs on our own account alone, so that it is the same with everybody."""

    untold: ClassVar[Mapping[Trouble, str]] = {}
    """The troubles that this kind of system cannot have, each with the reason."""

    goods: ClassVar[Mapping[str, str]] = {}
    """What :meth:`furnish` makes, and whose it is: alice leaves, bob takes over, carol has nothing to do with it."""

    proxy: Proxy

    def __init__(self) -> None:
        self.vault = MemoryVault()

    @abstractmethod
    def connect(self) -> Any:
        """Open a new connection through the proxy."""

    def login(self, name: str) -> str:
        """Return what somebody signs in as."""
        return name

    @abstractmethod
    def id_of(self, login: str) -> str:
        """Return somebody's immutable id."""

    @abstractmethod
    def group_id(self, name: str) -> str:
        """Return a group's immutable id."""

    @abstractmethod
    def person(self, login: str) -> Any:
        """Return everything that the system holds of somebody, as far as an undo can put it back."""

    @abstractmethod
    def groups(self) -> dict[str, list[str]]:
        """Return every group's members by the group's name, each as it is listed, in alphabetical order."""

    @abstractmethod
    def groups_of(self, login: str) -> set[str]:
        """Return the names of the groups that list somebody."""

    @abstractmethod
    def signs_in(self, login: str) -> bool:
        """Say whether somebody can sign in with the password of the first day, or would be let in."""

    @abstractmethod
    def leave_by_hand(self, login: str, group: str) -> None:
        """Take somebody out of a group."""

    @abstractmethod
    def relist_by_hand(self, login: str) -> str:
        """List a member of one group in another way than before; return its name, empty where there is one way."""

    @abstractmethod
    def about(self, group: str) -> str:
        """Return what every request holds that would change this group."""

    @abstractmethod
    def add_by_hand(self, login: str, name: str, number: str, mail: str) -> None:
        """Let one more person in."""

    def sign_in_by_hand(self, login: str) -> None:
        """Let somebody have an open session; for systems that have any."""
        raise NotImplementedError

    def still_signed_in(self, login: str) -> bool:
        """Say whether the session goes on."""
        raise NotImplementedError

    def furnish(self) -> None:
        """Make what is owned; for systems that know owners."""
        raise NotImplementedError

    def thing_id(self, thing: str) -> str:
        """Return the immutable id of something that is owned."""
        raise NotImplementedError

    def owners_of(self, thing: str) -> set[str]:
        """Return who owns something."""
        raise NotImplementedError

    def give_by_hand(self, thing: str, login: str) -> None:
        """Make somebody the one owner of something."""
        raise NotImplementedError

    def owned(self) -> dict[str, set[str]]:
        """Return everything that is owned, and by whom."""
        return {thing: self.owners_of(thing) for thing in self.goods}

    def plant(self, trouble: Trouble, *, writes: bool | None = None) -> None:
        """Let something go wrong from now on; where the system knows no such trouble the test is skipped."""
        if trouble in self.untold:
            pytest.skip(f"{trouble.name}: {self.untold[trouble]}")
        self.proxy.trouble(trouble, writes=writes)

    def raise_above_us(self, login: str) -> str:
        """Let our account not be allowed to touch somebody; return why that cannot be, where it cannot."""
        raise NotImplementedError

    def settle(self) -> None:  # noqa: B027 - most systems answer at once
        """Let come about what takes the system a while."""

    def beside(self) -> Mapping[str, Callable[[], Any]]:
        """Return the other systems of a departure: name → what opens a connection, past the proxy."""
        return {}

    def picture(self) -> dict[str, Any]:
        """Return everything that a departure may change."""
        people = {login: self.person(login) for login in ("alice", "bob", "carol", "dave", "erin")}
        return {"people": people, "groups": self.groups()}

    def others(self) -> dict[str, Any]:
        """Return the picture without the leaver."""
        picture = self.picture()
        del picture["people"][self.leaver]
        listed = {
            name: [one for one in members if not self.means(one, self.leaver)]
            for name, members in picture["groups"].items()
        }
        return picture | {"groups": listed}

    @abstractmethod
    def means(self, listed: str, login: str) -> bool:
        """Say whether a group's listed member is this person, or the nobody that takes a last member's place."""

    @contextmanager
    def connected(self) -> Iterator[Any]:
        """Open a new connection through the proxy for a while."""
        connection = self.connect()
        try:
            yield connection
        finally:
            connection.close()


class BenchSystems:
    """The system of a bench, and those beside it, as the engine sees them; every look is a new connection."""

    def __init__(self, bench: Bench) -> None:
        self._opens = {**bench.beside(), bench.name: bench.connect}

    def names(self) -> list[str]:
        return list(self._opens)

    def calls_at_once(self, name: str) -> int:
        assert name in self._opens
        return 4

    def places(self, name: str) -> int:
        return self.calls_at_once(name)

    def having(self, *needs: type) -> list[str]:
        found = []
        for name in self._opens:
            with self.writer(name) as connection:
                found += [name] if all(isinstance(connection, need) for need in needs) else []
        return found

    @contextmanager
    def writer(self, name: str) -> Iterator[Any]:
        connection = self._opens[name]()
        try:
            yield connection
        finally:
            connection.close()

    reader = writer


def _firm(folder: Path) -> Firm:
    settings = settings_of()
    settings["company"]["playbooks"] = "playbooks"
    return Firm(Settings(**settings), folder, now=lambda: MOMENT)


@cache
def _empty_store() -> dict[str, bytes]:
    """Return the files of a store that holds nothing; making its tables takes longer than a departure."""
    with TemporaryDirectory() as folder:
        _firm(Path(folder)).close()
        return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


class Departing:
    """The engine over a bench's system."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        self.bench = bench
        (folder / "playbooks").mkdir(parents=True)
        for name, steps in PLAYBOOKS.items():
            text = f"playbook: {name}\ntitle: For a contract\n{steps}"
            (folder / "playbooks" / f"{name}.yaml").write_text(text, encoding="utf-8")
        for name, content in _empty_store().items():
            (folder / name).write_bytes(content)
            (folder / name).chmod(0o600)
        self.firm = _firm(folder)
        self.office: Office = replace(self.firm.office, systems=BenchSystems(bench), settle_seconds=0.05)

    def planned(self, playbook: str, successor: str = "") -> str:
        """Plan and approve the leaver's departure, with a no to whatever is asked; return its number."""
        leaver, heir = self.bench.login(self.bench.leaver), self.bench.login(successor) if successor else ""
        request = Request(leaver, MOMENT, "UTC", playbook, heir, "erin@corp.test")
        number = start(self.office, request).departure.number
        asked = [one.id for kept in self.office.store.plans.every(number) for one in questions_of(kept.plan)]
        answer(self.office, number, asked, "dave@corp.test", yes=False, because="they are used")
        approve(self.office, number, "dave@corp.test")
        return number

    def apply(self, number: str) -> None:
        """Carry out what is approved."""
        carry_out(self.office, number)

    def undo(self, number: str) -> None:
        """Put everything back."""
        plan_undo(self.office, number, asked_by="erin@corp.test")
        approve(self.office, number, "dave@corp.test")
        carry_out(self.office, number)

    def rows(self, number: str) -> list[dict[str, Any]]:
        """Return the changes with their outcomes."""
        rows: Any = show(self.office, number)["changes"]
        return list(rows)

    def outcomes(self, number: str) -> list[str]:
        """Return every outcome, in alphabetical order."""
        return sorted(str(row["outcome"]) for row in self.rows(number))

    def close(self) -> None:
        self.firm.close()
