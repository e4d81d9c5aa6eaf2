"""The rules of inboxes and the automatic replies, as Microsoft Graph shows them: many mailboxes in one batch."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any, Final

from offboard.connectors._exchange_records import content_of
from offboard.connectors._graph_link import BATCH
from offboard.connectors._graph_paths import at, guid, opaque
from offboard.connectors._graph_wire import Ask
from offboard.domain.capabilities import Script
from offboard.errors import Drifted, Rejected, SystemFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from offboard.connectors._graph_faults import Answer
    from offboard.connectors._graph_link import Graph
    from offboard.connectors._graph_paths import Path

RULE: Final = "rule/"
REPLY: Final = "automatic reply"

_CALLS: Final = 2
"""What is asked of each mailbox: its rules and its settings."""

_OWN: Final = frozenset({"id", "isEnabled", "sequence"})
"""What another rule of the same content would have otherwise."""

_MADE: Final = ("displayName", "conditions", "actions", "exceptions")
_READ: Final = "read the mail rules"


class MessageRules:
    """The inbox rules of one tenant's mailboxes."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def settings(self, mailbox: str) -> dict[str, Any]:
        """Return a mailbox's settings.

        Raises:
            NotFound: the account has no mailbox in Exchange Online.
        """
        return self._graph.get(_settings(mailbox), "read the mailbox's settings", select="automaticRepliesSetting")

    def of(self, mailboxes: Sequence[str]) -> Iterator[tuple[str, list[Script] | SystemFault]]:
        """Yield each mailbox with its records, or with what stood against reading it."""
        boxes = iter(mailboxes)
        while some := list(itertools.islice(boxes, BATCH // _CALLS)):
            yield from self._together(some)

    def stop(self, mailbox: str, name: str) -> None:
        """Disable a rule, if it is there."""
        for script, record in self._inbox(mailbox):
            if script.name == name:
                self._change(mailbox, record, enabled=False)

    def restore(self, mailbox: str, name: str, content: bytes, place: int) -> None:
        """Enable a rule where it still is as it was, else make it anew.

        Raises:
            Drifted: a rule of that name is there, and is another one.
            Rejected: it is nothing that we can write.
        """
        system, wanted = self._graph.system, json.loads(content)
        if not name.startswith(RULE):
            raise Rejected(f"{system}: {name} is no rule of a mailbox", system=system)
        for script, record in self._inbox(mailbox):
            if script.name != name:
                continue
            if script.content != content:
                raise Drifted(f'{system}: the mail rule "{name}" was changed meanwhile', system=system)
            self._change(mailbox, record, enabled=True)
            return
        if not wanted.get("actions"):
            text = f'{system}: the mail rule "{name}" is gone, and Graph never showed what it does'
            raise Rejected(text, system=system, hint="Make it by hand in Outlook, as its owner knew it.")
        body = {key: wanted[key] for key in _MADE if wanted.get(key) is not None}
        body |= {"isEnabled": True, "sequence": place or 1}
        self._graph.do(Ask("POST", _rules(mailbox), "make a mail rule again", body=body))

    def _together(self, mailboxes: list[str]) -> Iterator[tuple[str, list[Script] | SystemFault]]:
        """Ask for several at once; where one spoils the answer of all, for each by itself."""
        try:
            asks = [ask for box in mailboxes for ask in _asks(box)]
            answers = self._graph.batch(asks)
        except Rejected as fault:
            if len(mailboxes) == 1:
                yield mailboxes[0], fault
                return
            for box in mailboxes:
                yield from self._together([box])
        except SystemFault as fault:
            yield from ((box, fault) for box in mailboxes)
        else:
            for place, box in enumerate(mailboxes):
                start = place * _CALLS
                yield box, self._read(asks[start : start + _CALLS], answers[start : start + _CALLS])

    def _read(self, asks: list[Ask], answers: list[Answer]) -> list[Script] | SystemFault:
        try:
            rules = [script for script, _ in self._scripts(asks[0], answers[0])]
            settings = self._graph.good(asks[1], answers[1]).body
            if not isinstance(settings, dict):
                raise self._graph.strange(asks[1].doing)
        except SystemFault as fault:
            return fault
        return [*rules, *_reply(settings.get("automaticRepliesSetting"))]

    def _inbox(self, mailbox: str) -> list[tuple[Script, dict[str, Any]]]:
        ask = Ask("GET", _rules(mailbox), _READ)
        return self._scripts(ask, self._graph.ask(ask))

    def _scripts(self, ask: Ask, answer: Answer) -> list[tuple[Script, dict[str, Any]]]:
        """Return the rules with the records that they come from, by their turn; names that repeat are counted."""
        found, called = [], dict[str, int]()
        for record in sorted(self._graph.pages(ask, answer), key=_turn):
            name = str(record.get("displayName") or "")
            called[name] = called.get(name, 0) + 1
            blind = record.get("isReadOnly") is True or not record.get("actions")
            script = Script(
                f"{RULE}{name}" + (f" #{called[name]}" if called[name] > 1 else ""),
                active=record.get("isEnabled") is not False,
                content=content_of({key: value for key, value in record.items() if key not in _OWN and "@" not in key}),
                format="graph",
                place=_turn(record),
                inexact="were it deleted meanwhile, it could not be made again: Graph does not show it"
                if blind
                else "",
            )
            found.append((script, record))
        return found

    def _change(self, mailbox: str, record: dict[str, Any], *, enabled: bool) -> None:
        path = _rules(mailbox) / opaque(str(record.get("id") or ""))
        doing = "enable a mail rule" if enabled else "disable a mail rule"
        self._graph.do(Ask("PATCH", path, doing, body={"isEnabled": enabled}))


def _asks(mailbox: str) -> list[Ask]:
    chosen = {"$select": "automaticRepliesSetting"}
    return [Ask("GET", _rules(mailbox), _READ), Ask("GET", _settings(mailbox), "read the automatic reply", chosen)]


def _rules(mailbox: str) -> Path:
    return at("users", guid(mailbox), "mailFolders", "inbox", "messageRules")


def _settings(mailbox: str) -> Path:
    return at("users", guid(mailbox), "mailboxSettings")


def _reply(setting: Any) -> Iterator[Script]:
    if isinstance(setting, dict) and setting.get("status", "disabled") != "disabled":
        yield Script(REPLY, True, content_of(setting), format="graph", part="reply")  # noqa: FBT003 - it is on


def _turn(record: dict[str, Any]) -> int:
    turn = record.get("sequence")
    return turn if isinstance(turn, int) else 0
