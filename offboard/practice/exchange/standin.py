"""The stand-in itself: it checks every call as the admin endpoint would, runs the cmdlet, and keeps a record."""

from __future__ import annotations

import copy
import json
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from offboard.practice.exchange import access, folders, mailboxes, rules
from offboard.practice.exchange.commands import BINDING, RUNS, Command, Refused, Run
from offboard.practice.exchange.organisation import SYSTEM, Organisation
from offboard.practice.graph.calls import Refused as NoToken
from offboard.practice.graph.calls import Reply

if TYPE_CHECKING:
    from offboard.practice.graph.quirks import Limit
    from offboard.practice.graph.standin import GraphStandIn

PARTS = (access, folders, mailboxes, rules)
"""The modules whose functions run cmdlets; importing them is what puts these in their places."""

RESOURCE = "https://outlook.office365.com"
RIGHT = "Exchange.ManageAsApp"
ROOT = "/adminapi/"


class ExchangeStandIn(Organisation):
    """The admin endpoint of one organisation, on the port of a Graph stand-in; see the package for its use."""

    def __init__(self, graph: GraphStandIn) -> None:
        """Found an empty organisation; it answers as soon as Graph does."""
        super().__init__(graph)
        self.commands: list[Command] = []
        self.roles = {name for name, _, _ in RUNS.values()}
        self.permissions = {RIGHT}
        self.page_size = 1000
        self.limit: Limit | None = None
        self.latency = 0.0
        self.writes_work = True
        self.foreign_next_link = ""
        self._failing: list[list[Any]] = []
        self._pages: dict[str, tuple[bytes, list[Any]]] = {}
        self._lock = threading.RLock()
        graph.tokens.others[RESOURCE] = self.permissions
        graph.others[ROOT] = self.respond

    @property
    def url(self) -> str:
        """Where the endpoint is, ``/adminapi`` not included."""
        return self.graph.url

    def fail(self, name: str = "*", status: int = 503, *, next: int = 1, headers: dict[str, str] | None = None) -> None:  # noqa: A002 - reads as a sentence
        """Fail the ``next`` runs of a cmdlet with this status, before anything is done."""
        with self._lock:
            self._failing.append([name, status, next, dict(headers or {})])

    def ran(self, name: str) -> list[dict[str, Any]]:
        """Return the parameters of each run of a cmdlet that succeeded."""
        return [command.parameters for command in self.commands if command.name == name and command.status < 300]  # noqa: PLR2004 - HTTP's

    def respond(self, method: str, target: str, headers: dict[str, str], raw: bytes) -> Reply:
        """Answer one call below ``/adminapi/``."""
        split = urlsplit(target)
        if method != "POST" or split.path != f"{ROOT}beta/{self.graph.tenant}/InvokeCommand":
            return Reply(404)
        if self.latency:
            time.sleep(self.latency)
        try:
            held = self.graph.tokens.rights(headers.get("authorization", ""), RESOURCE)
        except NoToken as refused:
            return Reply(401, None, refused.headers)
        if RIGHT not in held:
            return Reply(403)
        try:
            said = json.loads(raw)["CmdletInput"]
            command = Command(str(said["CmdletName"]), dict(said.get("Parameters") or {}), "", at=time.time())
        except (ValueError, KeyError, TypeError):
            return Reply(400, Refused(BINDING, "The request has no CmdletInput.").body())
        command.anchor = headers.get("x-anchormailbox", "")
        reply = self._limited(command, headers, raw, parse_qs(split.query).get("$skiptoken", [""])[0])
        command.status = reply.status
        with self._lock:
            self.commands.append(command)
        return Reply(reply.status, reply.body, reply.headers | {"request-id": str(uuid.uuid4())})

    def _limited(self, command: Command, headers: dict[str, str], raw: bytes, place: str) -> Reply:
        try:
            if self.limit:
                self.limit.enter()
        except NoToken as refused:
            return Reply(429, {"error": {"code": "TooManyRequests", "message": refused.message}}, refused.headers)
        try:
            return self._answer(command, headers, raw, place)
        except Refused as refused:
            return Reply(refused.status, refused.body())
        finally:
            if self.limit:
                self.limit.leave()

    def _answer(self, command: Command, headers: dict[str, str], raw: bytes, place: str) -> Reply:
        with self._lock:
            for one in self._failing:
                if one[0] in {"*", command.name} and one[2] > 0:
                    one[2] -= 1
                    return Reply(
                        one[1], {"error": {"code": "Failed", "message": "This failure was asked for."}}, one[3]
                    )
            self._check_anchor(command.anchor)
            found = self._rest_of(place, raw) if place else self._run(command)
            return self._page(found, headers, raw)

    def _check_anchor(self, anchor: str) -> None:
        """Check the hint that leads a request to its mailbox.

        Raises:
            Refused: there is none, or it leads nowhere.
        """
        kind, _, who = anchor.rpartition(":")
        if kind.upper() == "APP" and who.casefold() == f"systemmailbox{{{SYSTEM}}}@{self.graph.tenant}":
            return
        if kind.upper() not in {"", "UPN"} or not who:
            raise Refused("Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
                          "The X-AnchorMailbox header is missing or has an unknown form.")  # fmt: skip
        self.mailbox(who)

    def _run(self, command: Command) -> list[Any]:
        name, function, known = RUNS.get(command.name.casefold(), ("", None, {}))
        if function is None or name not in self.roles:
            text = f"The term '{command.name}' is not recognized as the name of a cmdlet, or our role lacks it."
            raise Refused(
                "System.Management.Automation.CommandNotFoundException", text, 400 if function is None else 403
            )
        for word in command.parameters:
            if word.casefold() not in known:
                raise Refused(BINDING, f"A parameter cannot be found that matches parameter name '{word}'.")
        self.settle()
        run = Run(self, {word.casefold(): value for word, value in command.parameters.items()})
        if not self.writes_work and not name.startswith("Get-"):
            return []
        return [_shown(thing) for thing in function(run)]

    def _rest_of(self, place: str, raw: bytes) -> list[Any]:
        body, found = self._pages.pop(place, (b"", []))
        if body != raw:
            raise Refused(BINDING, "A next page is asked for with another body than the first one.")
        return found

    def _page(self, found: list[Any], headers: dict[str, str], raw: bytes) -> Reply:
        asked = headers.get("prefer", "").partition("odata.maxpagesize=")[2].partition(";")[0]
        size = min(int(asked) if asked.isdigit() else self.page_size, self.page_size)
        body: dict[str, Any] = {"@odata.context": f"{self.url}{ROOT}$metadata#Collection(Exchange.GenericHashTable)",
                                "value": found[:size], "@adminapi.warnings": []}  # fmt: skip
        if len(found) > size:
            place = uuid.uuid4().hex
            self._pages[place] = (raw, found[size:])
            host = self.foreign_next_link or self.url
            body["@odata.nextLink"] = f"{host}{ROOT}beta/{self.graph.tenant}/InvokeCommand?$skiptoken={place}"
        return Reply(200, body)


def _shown(thing: dict[str, Any]) -> dict[str, Any]:
    """Return what leaves: without what is ours, and with the notes of types that come beside lists and ids."""
    shown: dict[str, Any] = {}
    for name, value in thing.items():
        if name.startswith("_"):
            continue
        if isinstance(value, list):
            shown[f"{name}@odata.type"] = "#Collection(String)"
        elif name.endswith("Guid"):
            shown[f"{name}@data.type"] = "System.Guid"
        shown[name] = copy.deepcopy(value)
    return shown
