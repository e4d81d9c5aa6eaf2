"""Reassigning reports: to the successor or the leaver's manager, never to somebody themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.capabilities import Directory, Membership
from offboard.domain.holdings import Reports
from offboard.steps import step_class
from offboard.steps.reassign_reports import ReassignReports
from tests.steps.memory import People, there_and_back

if TYPE_CHECKING:
    from collections.abc import Iterable

    from offboard.domain.departure import Departure

ANN, JOE, MAX = "uuid-ann", "uuid-joe", "uuid-max"
TO_MANAGER = {"to": "manager"}


class Chart(People):
    """Knows who reports to whom."""

    def __init__(self, managers: dict[str, str], people: Iterable[str] | None = None, beyond: str = "") -> None:
        super().__init__(people)
        self.managers, self.reason = dict(managers), beyond

    def reports(self, account_id: str, successor_id: str) -> dict[str, Membership]:
        return {
            report: Membership(report.removeprefix("uuid-").title(), {"manager": manager}, beyond=self.reason)
            for report, manager in self.managers.items()
            if manager in {account_id, successor_id}
        }

    def set_manager(self, report_id: str, manager_id: str) -> None:
        assert report_id != manager_id
        self.managers[report_id] = manager_id


TEAM = {"uuid-bea": ANN, "uuid-cal": ANN, "uuid-dan": JOE, "uuid-eli": MAX, ANN: MAX}


@pytest.fixture
def step() -> ReassignReports:
    return ReassignReports(house=None)


@pytest.fixture
def leaving(departure: Departure) -> Departure:
    return replace(departure, accounts={"office": replace(departure.leaver, manager="max")})


@pytest.mark.parametrize(("options", "boss", "name"), [({}, JOE, "Joe Fox"), (TO_MANAGER, MAX, "Max Orr")])
def test_the_leavers_reports_go_to_whom_the_playbook_says_and_back(
    step: ReassignReports, leaving: Departure, options: dict[str, Any], boss: str, name: str
):
    chart = Chart(TEAM)
    wishes = there_and_back(step, leaving, chart, options)
    assert [wish.target for wish in wishes] == ["uuid-bea", "uuid-cal"]
    assert wishes[0].before == {"name": "Bea", "reports to": "Ann Lee", "held": {"manager": ANN}}
    assert wishes[0].after == {"name": "Bea", "reports to": name, "held": {"manager": boss}}
    assert wishes[0].why == f"Bea reports to Ann Lee, who leaves; {name} takes over."
    assert chart.managers == TEAM


def test_a_successor_who_is_a_report_goes_to_the_leavers_manager(step: ReassignReports, leaving: Departure):
    chart = Chart({"uuid-bea": ANN, JOE: ANN})
    wishes = there_and_back(step, leaving, chart)
    assert {wish.target: wish.after["held"]["manager"] for wish in wishes} == {"uuid-bea": JOE, JOE: MAX}


@pytest.mark.parametrize(
    ("managers", "options", "named", "manager", "says"),
    [
        (TEAM, {}, False, "max", {"Bea": "name a successor", "Cal": "name a successor"}),
        (TEAM, TO_MANAGER, True, "", {"Bea": "HR decides", "Cal": "HR decides"}),
        (TEAM, TO_MANAGER, True, "nobody", {"Bea": "HR decides", "Cal": "HR decides"}),
        ({JOE: ANN, "uuid-bea": ANN}, {}, True, "", {"Joe": "takes over from the leaver"}),
        ({MAX: ANN, "uuid-bea": ANN}, TO_MANAGER, True, "max", {"Max": "nobody reports to themselves; HR"}),
        (TEAM, TO_MANAGER, False, "max", {}),
        (TEAM, {}, True, "", {}),
    ],
)
def test_who_has_nobody_to_go_to_is_listed(
    step: ReassignReports, departure: Departure, managers: dict[str, str], options: dict[str, Any],
    named: bool, manager: str, says: dict[str, str],
):  # fmt: skip
    leaving = replace(departure, accounts={"office": replace(departure.leaver, manager=manager)})
    leaving = leaving if named else replace(leaving, successor=None)
    snapshot = step.observe(leaving, Chart(managers))
    listed = {line.partition(": ")[0]: line for line in step.beyond(leaving, snapshot, options)}
    assert listed.keys() == says.keys()
    assert all(says[name] in line for name, line in listed.items())
    planned = {wish.label for wish in step.plan(leaving, snapshot, options)}
    ours = {report.removeprefix("uuid-").title() for report, boss in managers.items() if boss == ANN}
    assert planned == ours - listed.keys()


def test_who_is_managed_elsewhere_is_listed(step: ReassignReports, leaving: Departure):
    snapshot = step.observe(leaving, Chart(TEAM, beyond="synced; change it in the directory that it comes from"))
    assert list(step.plan(leaving, snapshot, {})) == []
    assert [line.partition(":")[0] for line in step.beyond(leaving, snapshot)] == ["Bea", "Cal"]


@pytest.mark.parametrize(
    ("found", "wanted", "same"),
    [
        ({"name": "Bea", "held": {"manager": ANN}}, {"name": "Bea Cox", "held": {"manager": ANN}}, True),
        ({"name": "Bea", "held": {"manager": MAX}}, {"name": "Bea", "held": {"manager": ANN}}, False),
        (None, {"name": "Bea", "held": {"manager": ANN}}, False),
    ],
)
def test_only_the_manager_is_compared(step: ReassignReports, found: Any, wanted: Any, same: bool):
    assert step.holds(found, wanted) is same


def test_it_is_found_by_its_word_and_says_what_it_needs(step: ReassignReports, departure: Departure):
    assert step_class("reassign_reports") is ReassignReports
    assert ReassignReports.needs == (Reports, Directory)
    assert isinstance(Chart({}), Reports)
    assert step.observe(replace(departure, accounts={}), Chart(TEAM)) == {}
