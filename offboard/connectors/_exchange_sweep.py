"""Sweep rules: they run a few times a day over the inbox, and move or delete what certain senders wrote.

Names are those of Microsoft's references of Get-SweepRule and New-SweepRule.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from offboard.connectors._exchange_records import content_of, parameter
from offboard.domain.capabilities import Script
from offboard.errors import Drifted

if TYPE_CHECKING:
    from offboard.connectors._exchange_link import Exchange

SWEEP: Final = "sweep/"

_SAID: Final = ("Sender", "ExceptionSenders", "DestinationFolder", "SourceFolder", "KeepForDays", "KeepLatest")
_CATEGORY: Final = "SystemCategory"
_AGAIN: Final = "were it deleted meanwhile and made again, what it has done until then stays done"


class Sweeps:
    """The sweep rules of one organisation's mailboxes."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def all(self, box: dict[str, Any]) -> list[tuple[Script, dict[str, Any]]]:
        """Return the sweep rules of a mailbox, each with the record that it comes from; equal names are counted."""
        guid, called = str(box["Guid"]), dict[str, int]()
        found = []
        records = self._exchange.run("Get-SweepRule", "read the sweep rules", mailbox=guid, Mailbox=guid)
        for record in sorted(records, key=lambda one: str(one.get("RuleId") or one.get("Identity"))):
            name = str(record.get("Name") or "")
            called[name] = called.get(name, 0) + 1
            script = Script(
                f"{SWEEP}{name}" + (f" #{called[name]}" if called[name] > 1 else ""),
                active=bool(record.get("Enabled")),
                content=content_of(_kept(box, record)),
                format="exchange",
                inexact=_AGAIN,
            )
            found.append((script, record))
        return found

    def stop(self, box: dict[str, Any], name: str) -> None:
        """Switch one off; it stays where it is."""
        for script, record in self.all(box):
            if script.name == name:
                self._run("Disable-SweepRule", "switch a sweep rule off", box, Identity=_identity(record))

    def restore(self, box: dict[str, Any], name: str, content: bytes) -> None:
        """Switch one on where it still is as it was, else make it anew.

        Raises:
            Drifted: one of that name is there, and is another one.
        """
        for script, record in self.all(box):
            if script.name != name:
                continue
            if script.content != content:
                text = f'{self._exchange.system}: the sweep rule "{record.get("Name")}" was changed meanwhile'
                raise Drifted(text, system=self._exchange.system)
            self._run("Enable-SweepRule", "switch a sweep rule on", box, Identity=_identity(record))
            return
        kept: dict[str, Any] = json.loads(content)
        said = {key: parameter(kept["Swept"][key]) for key in (*_SAID, _CATEGORY) if kept["Swept"].get(key)}
        self._run("New-SweepRule", "make a sweep rule again", box, Name=kept["Name"], Provider="Exchange16", **said)

    def _run(self, cmdlet: str, doing: str, box: dict[str, Any], **parameters: Any) -> None:
        guid = str(box["Guid"])
        self._exchange.run(cmdlet, doing, mailbox=guid, Mailbox=guid, Confirm=False, **parameters)


def _kept(box: dict[str, Any], record: dict[str, Any]) -> dict[str, Any]:
    """Return a sweep rule in the words of inbox rules, which readers know, and in its own."""
    senders = record.get("Sender")
    return {
        "Mailbox": box["PrimarySmtpAddress"],
        "Name": record.get("Name"),
        "From": senders if isinstance(senders, list) else [senders] if senders else [],
        "ExceptIfFrom": record.get("ExceptionSenders") or [],
        "MoveToFolder": record.get("DestinationFolder") or "Deleted Items",
        "Swept": {key: record[key] for key in (*_SAID, _CATEGORY) if record.get(key) not in (None, "", [], 0)},
    }


def _identity(record: dict[str, Any]) -> Any:
    return record.get("RuleId") or record.get("Identity")
