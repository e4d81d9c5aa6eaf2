"""Exported files as rules, without any server: Sieve scripts, Exchange, Graph, audit records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from offboard.errors import BadInput
from offboard.forwarding.audit import read_audit
from offboard.forwarding.exchange import read_exchange, unknown_rule
from offboard.forwarding.graph import read_graph
from offboard.forwarding.sieve import read_sieve
from offboard.forwarding.strict_json import read_json, read_json_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offboard.forwarding.model import Rule

FORMATS = ("sieve", "exchange", "graph", "audit")
"""What ``offboard rules check --format`` takes."""

_SYSTEM = "file"


def read_rules(data: bytes, format: str, *, domains: Sequence[str], name: str = "") -> list[Rule]:  # noqa: A002 - the word of the command line
    """Return the rules in an exported file, in its order.

    ``name`` is the file's, for messages, for a Sieve script's name, and for the mailbox where the file names none.

    Raises:
        BadInput: for an unknown format, and for JSON that is broken, ambiguous, too deep or of another shape.
    """
    shown = name or "the file"
    if format == "sieve":
        return read_sieve(data, mailbox="", system=_SYSTEM, name=name or "script", active=True, domains=domains)
    if format == "audit":
        values = read_json_lines(data, name=shown)
        records = [record for value in values for record in _records(value, shown)]
        return [rule for record in records for rule in read_audit(record, system=_SYSTEM, domains=domains, name=shown)]
    if format not in FORMATS:
        raise BadInput(f"the format {format!r} is not known", hint=f"Give one of: {', '.join(FORMATS)}.")
    value = read_json(data, name=shown)
    mailbox = _mailbox_of(value) or name
    rules: list[Rule] = []
    for record in _records(value, shown):
        if not isinstance(record, dict):
            why = "It is no object, so no rule can be read from it."
            rules.append(unknown_rule(record, source=format, mailbox=mailbox, system=_SYSTEM, why=why))
        elif format == "exchange":
            rules += read_exchange(record, mailbox=mailbox, system=_SYSTEM, domains=domains)
        else:
            rules.append(read_graph(record, mailbox=mailbox, system=_SYSTEM, domains=domains))
    if isinstance(value, dict) and isinstance(value.get("@odata.nextLink"), str):
        why = "The file is one page of several (@odata.nextLink): the others were not read."
        rules.append(unknown_rule({"nextLink": ""}, source=format, mailbox=mailbox, system=_SYSTEM, why=why))
    return rules


def _records(value: Any, name: str) -> list[Any]:
    """Return the records of a list, of ``{"value": […]}`` or ``{"records": […]}``, or the one record there is."""
    if isinstance(value, list):
        return [record for item in value for record in (item if isinstance(item, list) else [item])]
    if not isinstance(value, dict):
        raise BadInput(f"{name}: a list of records or one record was expected, not {type(value).__name__}")
    for key in ("value", "Value", "records", "Records", "items"):
        if isinstance(value.get(key), list):
            return list(value[key])
    return [value] if value else []


def _mailbox_of(value: Any) -> str:
    """Return the mailbox that Graph names in ``@odata.context``, empty when it does not."""
    context = value.get("@odata.context") if isinstance(value, dict) else None
    _, found, rest = context.partition("users('") if isinstance(context, str) else ("", "", "")
    return rest.partition("'")[0].replace("%40", "@") if found else ""
