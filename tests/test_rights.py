"""The rights to grant: per playbook, only for what systems of a kind can do, and in the words of their makers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from offboard.commands.rights import needed_rights, rights_page
from offboard.connectors import _entra_rights

if TYPE_CHECKING:
    from tests.servers.workplace import Workplace


def named(kind: str) -> set[str]:
    """Return every right that a step names for a kind, without what is said about it in brackets."""
    found = (right for one in needed_rights() if one.kind == kind for right in one.rights)
    return {right.partition(" (")[0] for right in found}


def test_each_is_named_once_per_kind_and_step():
    keys = [(one.kind, one.step) for one in needed_rights()]
    assert len(keys) == len(set(keys))
    assert all(one.rights for one in needed_rights())


def test_what_is_granted_for_entra_is_enough_for_every_call_and_no_more():
    granted = named("entra")
    assert _entra_rights.missing(granted) == []
    assert granted <= set(_entra_rights.every_right())


def test_a_playbook_needs_the_rights_of_its_own_steps_alone(empty_workplace: Workplace):
    everything = empty_workplace.json("playbooks", "rights")
    contractor = empty_workplace.json("playbooks", "rights", "contractor")
    assert everything == [{"kind": o.kind, "step": o.step, "rights": list(o.rights)} for o in needed_rights()]
    left = [one for one in everything if one not in contractor]
    assert all(one in everything for one in contractor)
    assert {"send_letters", "set_auto_reply", "reassign_reports"} <= {one["step"] for one in left}
    assert "disable_account" not in {one["step"] for one in left}


def test_a_playbook_of_ones_own_is_read_from_its_file(empty_workplace: Workplace):
    file = empty_workplace.folder / "intern.yaml"
    file.write_text("playbook: intern\nsecure:\n  - end_mail_sessions\n", encoding="utf-8")
    found = json.loads(empty_workplace.run("playbooks", "rights", str(file), "--json"))
    assert found == [{"kind": "dovecot", "step": "end_mail_sessions", "rights": ["user", "who", "kick"]}]
    assert "user; who; kick" in empty_workplace.run("playbooks", "rights", str(file))
    page = empty_workplace.run("playbooks", "rights", str(file), "--markdown")
    assert page.splitlines()[2:] == ["| `dovecot` | `end_mail_sessions` | user; who; kick |"]


def test_an_unknown_playbook_is_refused(empty_workplace: Workplace):
    empty_workplace.run("playbooks", "rights", "employe", code=2)
    assert "employee" in empty_workplace.last_error


def test_the_table_has_a_line_for_each():
    assert len(rights_page(needed_rights()).splitlines()) == len(needed_rights()) + 2
