"""The benches of systems that know nobody but whose mail or clients they keep; slapd beside them knows the people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from offboard.connectors import ldap
from tests.contracts.bench import Bench

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.servers.slapd import Slapd


class BesideDirectory(Bench):
    """A system without people of its own; those of slapd are alice, bob, carol, dave and erin."""

    def __init__(self, slapd: Slapd) -> None:
        super().__init__()
        self.slapd = slapd

    def beside(self) -> Mapping[str, Callable[[], Any]]:
        return {"people": self._people}

    def _people(self) -> Any:
        return ldap.connect("people", ldap.Settings(**self.slapd.settings()), self.vault)

    def id_of(self, login: str) -> str:
        return login

    def group_id(self, name: str) -> str:
        raise NotImplementedError(name)

    def person(self, login: str) -> Any:
        return self.slapd.search(f"(uid={login})", ["*"])

    def groups(self) -> dict[str, list[str]]:
        return {}

    def groups_of(self, login: str) -> set[str]:
        del login
        return set()

    def signs_in(self, login: str) -> bool:
        return self.slapd.bind(f"uid={login},ou=people,dc=corp,dc=test", f"{login}pw")

    def leave_by_hand(self, login: str, group: str) -> None:
        raise NotImplementedError

    def relist_by_hand(self, login: str) -> str:
        del login
        return ""

    def about(self, group: str) -> str:
        return group

    def add_by_hand(self, login: str, name: str, number: str, mail: str) -> None:
        raise NotImplementedError

    def means(self, listed: str, login: str) -> bool:
        return listed == login
