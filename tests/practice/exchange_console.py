"""A plain client of Exchange's admin endpoint, and the stand-in that answers it; nothing of our connector."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from offboard.practice.exchange import ExchangeStandIn
from offboard.practice.exchange.organisation import SYSTEM
from offboard.practice.graph import GraphStandIn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Console:
    """A client that is signed in."""

    def __init__(self, exchange: ExchangeStandIn) -> None:
        self.exchange, self.graph = exchange, exchange.graph
        trust = ssl.create_default_context(cafile=str(self.graph.ca_file))
        self.client = httpx.Client(base_url=exchange.url, verify=trust, trust_env=False, timeout=10)
        self.anchor = f"APP:SystemMailbox{{{SYSTEM}}}@{self.graph.tenant}"
        self.path = f"/adminapi/beta/{self.graph.tenant}/InvokeCommand"
        form = {
            "grant_type": "client_credentials",
            "client_id": self.graph.client_id,
            "client_secret": self.graph.client_secret,
            "scope": "https://outlook.office365.com/.default",
        }
        answer = self.client.post(f"/{self.graph.tenant}/oauth2/v2.0/token", data=form)
        self.headers = {"Authorization": f"Bearer {answer.json()['access_token']}", "X-AnchorMailbox": self.anchor}

    def send(
        self, name: str, url: str = "", headers: dict[str, str] | None = None, **parameters: Any
    ) -> httpx.Response:
        body = {"CmdletInput": {"CmdletName": name, "Parameters": parameters}}
        return self.client.post(url or self.path, json=body, headers=self.headers | (headers or {}))

    def run(self, name: str, **parameters: Any) -> list[dict[str, Any]]:
        answer = self.send(name, **parameters)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["value"]
        return found

    def refused(self, name: str, **parameters: Any) -> tuple[int, str]:
        answer = self.send(name, **parameters)
        return answer.status_code, answer.json()["error"]["details"][0]["message"].split("|", 1)[1]


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    graph = GraphStandIn(tmp_path)
    exchange = ExchangeStandIn(graph)
    with graph:
        made = Console(exchange)
        yield made
        made.client.close()
