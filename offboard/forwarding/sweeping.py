"""Sweep rules of Exchange: they run a few times a day and move what certain senders wrote out of the inbox.

Names are those of Microsoft's references of Get-SweepRule and New-SweepRule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from offboard.forwarding.folders import hides
from offboard.forwarding.model import Action, Rule
from offboard.forwarding.predicates import is_set, texts_in
from offboard.forwarding.recipients import recipients_in
from offboard.forwarding.scope import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

MARKS = frozenset({"swept", "keepfordays", "keeplatest", "destinationfolder"})
"""Properties that no other rule has; ``Swept`` holds the rule's own where a record tells it in words of inbox rules."""


def read_sweep(properties: Mapping[str, Any], *, mailbox: str, system: str) -> Rule:
    """Return the rule in one object by lower-case names.

    What is swept away at once counts as filed; what stays for some days, or until the next one comes, is *swept*: the
    person sees each mail.
    """
    inner = properties.get("swept")
    said = dict(properties) | (
        {name.lower(): value for name, value in inner.items()} if isinstance(inner, dict) else {}
    )
    senders = recipients_in(said.get("sender") or said.get("from"))
    excepted = recipients_in(said.get("exceptionsenders") or said.get("exceptiffrom"))
    folder = " ".join(texts_in(said.get("destinationfolder") or said.get("movetofolder"))) or "Deleted Items"
    stays = next((words.format(said[name]) for name, words in _STAYS.items() if is_set(said.get(name))), "")
    swept = Action("sweep", f'"{folder}" {stays}') if stays and hides(folder, marked_read=False) else None
    return Rule(
        mailbox=mailbox,
        system=system,
        source="sweep",
        name=str(properties.get("name") or ""),
        active=is_set(properties.get("enabled", True)),
        conditions=(
            *([f"sender is {quoted(senders)}"] if senders else []),
            *([f"not when sender is {quoted(excepted)}"] if excepted else []),
        ),
        actions=(swept or Action("file", folder),),
        keeps_copy=True,
        hidden=False,
        raw_sha256="",
        looks_at=("sender",) if senders else (),
        exceptions_only=bool(excepted) and not senders,
    )


_STAYS = {"keepfordays": "after {} days", "keeplatest": "but for the latest {}"}
