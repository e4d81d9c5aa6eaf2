"""The bench of the connector ``entra``: the stand-in for Microsoft Graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import pytest

from offboard.connectors import entra
from offboard.practice.graph import GraphStandIn
from offboard.practice.graph.founding import FOUNDED
from tests.contracts.bench import Bench
from tests.servers.faulty import Trouble
from tests.servers.faulty_http import HttpProxy
from tests.servers.scim import GROUPS, PEOPLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.authority import Authority


class EntraBench(Bench):
    """The stand-in behind the proxy; the password is left alone, since no former one could be put back."""

    keys = ("alice@corp.test", "Alice@Corp.TEST", " alice@corp.test ", "1001")
    # Graph's 404 for a membership does not say whether the group or the membership is gone.
    takes_for_done = frozenset({Trouble.MISSING})
    counts_sessions = False
    goods: ClassVar[dict[str, str]] = {"ledger": "alice", "archive": "alice", "plan": "bob", "till": "carol"}

    def __init__(self, standin: GraphStandIn, proxy: HttpProxy, ca_file: Path) -> None:
        super().__init__()
        self.resets_password = False
        self.standin, self.proxy, self._ca_file = standin, proxy, ca_file
        self.ids: dict[str, str] = {}
        self._things: dict[str, str] = {}
        for login, (name, number, title) in PEOPLE.items():
            self._hire(login, name, number, f"{login}@corp.test", jobTitle=title)
        self.group_ids = {
            group: standin.add_group(group, members=[self.ids[login] for login in logins])
            for group, logins in GROUPS.items()
        }

    def connect(self) -> Any:
        settings = entra.Settings(
            tenant=self.standin.tenant,
            client_id=self.standin.client_id,
            client_secret={"env": "ENTRA_SECRET"},
            url=f"https://127.0.0.1:{self.proxy.port}/v1.0",
            authority=self.standin.url,
            ca_file=self._ca_file,
            reset_password=self.resets_password,
            connect_timeout=int(self.patience),
            timeout=int(self.patience),
        )
        # Settings take whole seconds, and each silence is waited for twice.
        quick = settings.model_copy(update={"timeout": self.patience / 2})
        return entra.connect(self.name, quick, self.vault)

    def login(self, name: str) -> str:
        return f"{name}@corp.test"

    def id_of(self, login: str) -> str:
        return self.ids[login]

    def group_id(self, name: str) -> str:
        return self.group_ids[name]

    def person(self, login: str) -> Any:
        # That sessions were ended is no part of what an undo puts back.
        return {key: value for key, value in self.standin.look(self.ids[login]).items() if "Sessions" not in key}

    def groups(self) -> dict[str, list[str]]:
        return {name: sorted(self.standin.members(group)) for name, group in self.group_ids.items()}

    def groups_of(self, login: str) -> set[str]:
        return {name for name, members in self.groups().items() if self.ids[login] in members}

    def means(self, listed: str, login: str) -> bool:
        return listed == self.ids[login]

    def signs_in(self, login: str) -> bool:
        return bool(self.standin.look(self.ids[login])["accountEnabled"])

    def leave_by_hand(self, login: str, group: str) -> None:
        with self.standin.store.writing() as tenant:
            tenant.unlink("members", self.group_ids[group], self.ids[login])

    def relist_by_hand(self, login: str) -> str:
        del login
        return ""

    def about(self, group: str) -> str:
        return self.group_ids[group]

    def add_by_hand(self, login: str, name: str, number: str, mail: str) -> None:
        self._hire(login, name, number, mail)

    def sign_in_by_hand(self, login: str) -> None:
        """Do nothing: a session here is whatever began after the instant that the account holds."""

    def still_signed_in(self, login: str) -> bool:
        return bool(self.standin.look(self.ids[login])["signInSessionsValidFromDateTime"] == FOUNDED)

    def furnish(self) -> None:
        for thing, owner in self.goods.items():
            self._things[thing] = self.standin.add_group(thing, unified=True, owners=[self.ids[owner]])

    def thing_id(self, thing: str) -> str:
        return f"groups/{self._things[thing]}"

    def owners_of(self, thing: str) -> set[str]:
        logins = {number: login for login, number in self.ids.items()}
        return {logins[one] for one in self.standin.owners(self._things[thing])}

    def give_by_hand(self, thing: str, login: str) -> None:
        with self.standin.store.writing() as tenant:
            for owner in tenant.to("owners", self._things[thing]):
                tenant.unlink("owners", self._things[thing], owner)
            tenant.link("owners", self._things[thing], self.ids[login])

    def raise_above_us(self, login: str) -> str:
        self.standin.assign_role(self.ids[login], "Global Administrator")
        return ""

    def _hire(self, login: str, name: str, number: str, mail: str, **more: Any) -> None:
        known = {"userPrincipalName": self.login(login), "mail": mail, "employeeId": number}
        self.ids[login] = self.standin.add_person(name, mailNickname=login, **known, **more)


@pytest.fixture
def entra_bench(
    tmp_path: Path, authority: Authority, stranger: Authority, monkeypatch: pytest.MonkeyPatch
) -> Iterator[EntraBench]:
    with GraphStandIn(tmp_path / "graph") as standin:
        monkeypatch.setenv("ENTRA_SECRET", standin.client_secret)
        both = tmp_path / "both.pem"
        both.write_bytes(standin.ca_file.read_bytes() + authority.ca_file.read_bytes())
        place = urlsplit(standin.url)
        upstream = (str(place.hostname), int(place.port or 0))
        with HttpProxy(upstream, authority, stranger, is_write=_is_write) as proxy:
            proxy.retry_after = "0"
            yield EntraBench(standin, proxy, both)


def _is_write(method: str, path: str, _body: bytes) -> bool:
    """Say whether a request changes something; the connector's batches only read."""
    return method != "GET" and not path.endswith("$batch")
