"""A tenant at the stand-in for Microsoft Graph, and a plain client of it."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from offboard.practice.graph import GraphStandIn, check_against_facts

if TYPE_CHECKING:
    from collections.abc import Iterator


class Office:
    """``standin`` and a client that is signed in to it; ``ruth`` is who leaves, ``tom`` who stays."""

    def __init__(self, standin: GraphStandIn) -> None:
        self.standin = standin
        self.ruth = standin.add_person("Ruth Castellan")
        self.tom = standin.add_person("Tom Lis")
        trust = ssl.create_default_context(cafile=str(standin.ca_file))
        self.client = httpx.Client(base_url=f"{standin.url}/v1.0", verify=trust, trust_env=False, timeout=10)
        self.sign_in()

    def sign_in(self) -> None:
        """Take a new token with the app's present permissions."""
        token = self.standin.tokens.sign(sorted(self.standin.permissions))
        self.client.headers["Authorization"] = f"Bearer {token}"

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Send one request."""
        return self.client.request(method, path, json=body, headers=headers)

    def get(self, path: str, **headers: str) -> dict[str, Any]:
        """Read something that is there."""
        answer = self.ask("GET", path, **headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def refer(self, who: str) -> dict[str, str]:
        """Return the body that points at somebody."""
        return {"@odata.id": f"{self.standin.url}/v1.0/directoryObjects/{who}"}

    def refused(self, method: str, path: str, body: Any = None) -> tuple[int, str, str]:
        """Send a request that must fail; return status, code and message."""
        answer = self.ask(method, path, body)
        error = answer.json()["error"]
        assert error["innerError"]["request-id"] == answer.headers["request-id"]
        return answer.status_code, error["code"], error["message"]


@pytest.fixture
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A tenant whose every answer has to agree with the table of facts."""
    with GraphStandIn(tmp_path_factory.mktemp("graph")) as standin:
        office = Office(standin)
        yield office
        office.client.close()
        assert [fault for call in standin.calls if call.status for fault in check_against_facts(call)] == []
