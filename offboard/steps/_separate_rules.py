"""Rules that stand by themselves, as Exchange has them: each can rest while the others work.

Their state says besides: ``place``, their turn; ``rests``, false where a record is gone when it is out of service (the
forwarding of a whole mailbox); ``fragile``, lost when any other changes; ``inexact``, what of it a copy cannot bring
back; ``house``, a rule of the whole organisation.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, cast

from offboard.errors import NotFound

if TYPE_CHECKING:
    from offboard.domain.capabilities import Script
    from offboard.domain.change import State
    from offboard.domain.mail import ForwardingRules, RuleKeeper, SeparateRules

LOST = (
    "It exists in Outlook alone, and Exchange deletes such rules when any rule of the mailbox is changed: afterwards "
    "somebody makes it again in Outlook, from our copy."
)


def as_record(script: Script, mailbox: str) -> dict[str, State]:
    """Return what the state of a record says besides that of a script; nothing for a script."""
    if script.format == "sieve":
        return {}
    name = script.name.partition("/")[2] or script.name
    known: dict[str, State] = {"mailbox": mailbox, "name": name, "place": script.place}
    if not script.rests:
        known["rests"] = False
    if script.fragile:
        known["fragile"] = True
    if script.inexact:
        known["inexact"] = script.inexact
    if script.part == "house":
        known["house"] = True
    return known


def gone(state: dict[str, State]) -> bool:
    """Say whether the record is not there any more once it is out of service."""
    return state.get("rests") is False or bool(state.get("fragile"))


def rests_as_wanted(found: State, wanted: State) -> bool:
    """Compare two states: a record that is not there is out of service, and its turn among the others may differ."""
    if not isinstance(wanted, dict):
        return found == wanted
    if not isinstance(found, dict):
        return found is None and "place" in wanted and not wanted["active"]
    return (found["active"], found["sha256"]) == (wanted["active"], wanted["sha256"])


def bring_separately(
    shows: ForwardingRules, system: SeparateRules, keeper: RuleKeeper, mailbox: str, name: str, state: State
) -> None:
    """Put one record into or out of service without touching any other; whatever is put out of service is kept first.

    Raises:
        NotFound: it is gone, and we have no copy.
    """
    found = {script.name: script for script in shows.scripts(mailbox)}
    wanted = cast("dict[str, Any]", state)
    if state is None or not wanted["active"]:
        if name in found:
            keeper.keep(shows.name, mailbox, found[name])
            system.stop_rule(mailbox, name)
        return
    there = found.get(name)
    sha256 = str(wanted["sha256"])
    same = there is not None and hashlib.sha256(there.content).hexdigest() == sha256
    content = there.content if there is not None and same else keeper.kept(shows.name, mailbox, sha256)
    if content is None:
        text = f'{shows.name}: the mail rule "{name}" is gone or altered, and there is no copy of it'
        raise NotFound(text, system=shows.name)
    system.restore_rule(mailbox, name, content, int(wanted["place"]))
