"""Message rules as Microsoft Graph v1.0 returns them (``/mailFolders/inbox/messageRules``).

Graph shows neither mailbox forwarding nor hidden rules, and of a rule that it cannot express only the name.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from offboard.forwarding.exchange import lower_names, read_properties
from offboard.forwarding.folders import FOLDER_ID
from offboard.forwarding.predicates import is_set, read_predicates
from offboard.forwarding.strict_json import record_digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from offboard.forwarding.model import Rule

_ID_LENGTH = 40
"""Folder names are shorter, folder ids longer."""


def read_graph(
    record: Mapping[str, Any],
    *,
    mailbox: str,
    system: str,
    domains: Sequence[str],
    folders: Mapping[str, str] | None = None,
) -> Rule:
    """Return the rule in one ``messageRule``; ``folders`` maps folder ids to their names where they are known.

    A read-only rule comes without conditions and actions: its one action is then *unknown*.
    """
    rule = lower_names(record)
    conditions = lower_names(_object(rule.get("conditions")))
    exceptions = {f"exceptif{name}": value for name, value in lower_names(_object(rule.get("exceptions"))).items()}
    actions = {
        name: _with_folder_name(value, folders or {}) if name in {"movetofolder", "copytofolder"} else value
        for name, value in lower_names(_object(rule.get("actions"))).items()
    }
    properties: dict[str, Any] = {**_named(conditions | exceptions), **actions}
    properties |= {
        "name": rule.get("displayname") or "",
        "enabled": rule.get("isenabled", True),
        "inerror": rule.get("haserror"),
        "ruleidentity": rule.get("id") or "",
        "priority": rule.get("sequence"),
        "hidden": False,
    }
    found = read_properties(properties, source="graph", mailbox=mailbox, system=system, domains=domains)
    return replace(found, raw_sha256=record_digest(record))


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _named(conditions: dict[str, Any]) -> dict[str, Any]:
    """Return conditions with those that we do not know gathered under one name: they still narrow the rule."""
    _, known = read_predicates(conditions)
    return {name: value for name, value in conditions.items() if name in known} | {
        "othercondition": sorted(name for name, value in conditions.items() if name not in known and is_set(value))
    }


def _with_folder_name(folder: Any, folders: Mapping[str, str]) -> Any:
    if not isinstance(folder, str) or folder in folders or len(folder) < _ID_LENGTH:
        return folders.get(folder, folder) if isinstance(folder, str) else folder
    return f"{FOLDER_ID} {folder}"
