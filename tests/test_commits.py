"""What durability costs: one commit before the first write of a step, one after its last look, and no more."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from offboard.domain.departure import read_moment
from offboard.engine.applying import StepRun
from offboard.engine.deciding import approve
from offboard.engine.driving import carry_out
from offboard.engine.starting import Request, start
from offboard.engine.undoing import plan_undo
from offboard.storage.database import Database
from tests.servers.workplace import settings_of

if TYPE_CHECKING:
    from offboard.domain.change import Outcome
    from offboard.wiring import Firm
    from tests.servers.slapd import Slapd
    from tests.servers.workplace import Workplace

PLAYBOOK = "playbook: doors\nsecure:\n  - disable_account: {on: all}\n  - leave_groups: {on: all}\n"


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How many commits each step cost, whoever made them; one system alone, so that nothing runs beside a step."""
    commits, per_step = [0], {}
    commit, run = Database._commit_together, StepRun.run

    def committed(self: Database, batch: list) -> None:
        commits[0] += 1
        commit(self, batch)

    def carried_out(self: StepRun) -> list[Outcome]:
        before = commits[0]
        try:
            return run(self)
        finally:
            per_step[str(self.told["step"])] = commits[0] - before

    monkeypatch.setattr(Database, "_commit_together", committed)
    monkeypatch.setattr(StepRun, "run", carried_out)
    return per_step


def test_sealing_a_former_password_or_a_stand_in_costs_no_commit_of_its_own(
    empty_workplace: Workplace, slapd: Slapd, counted: dict[str, int]
) -> None:
    (empty_workplace.folder / "playbooks").mkdir()
    (empty_workplace.folder / "playbooks" / "doors.yaml").write_text(PLAYBOOK, encoding="utf-8")
    empty_workplace.settings = settings_of(office=slapd.settings(bind_dn="cn=offboard,ou=services,dc=corp,dc=test"))
    empty_workplace.settings["company"]["playbooks"] = "playbooks"
    empty_workplace.write()
    groups = members(slapd)
    stored = slapd.search("(uid=alice)", ["userPassword", "pwdAccountLockedTime"])

    with closing(empty_workplace.firm()) as firm:
        number = leave(firm)
        assert counted == {"disable_account": 2, "leave_groups": 2}
        assert slapd.search("(cn=vpn)", ["member"])[0]["member"] == [""], "the last member's place is taken"
        plan_undo(firm.office, number, asked_by="dave@corp.test")
        approve(firm.office, number, "dora@corp.test")
        carry_out(firm.office, number)

    assert counted == {"disable_account": 2, "leave_groups": 2}
    assert slapd.search("(uid=alice)", ["userPassword", "pwdAccountLockedTime"]) == stored
    assert members(slapd) == groups


def members(slapd: Slapd) -> list[dict[str, list[str]]]:
    found = slapd.search("(|(member=*)(uniqueMember=*)(memberUid=*))", ["member", "uniqueMember", "memberUid"])
    return [{name: sorted(values) for name, values in group.items()} for group in found]


def leave(firm: Firm) -> str:
    moment, zone = read_moment("2026-01-05T17:00", "Europe/London")
    number = start(firm.office, Request("alice", moment, zone, "doors", "", "erin@corp.test")).departure.number
    approve(firm.office, number, "dave@corp.test")
    carry_out(firm.office, number)
    return number
