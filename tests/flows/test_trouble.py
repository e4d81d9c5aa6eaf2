"""What goes wrong is never hidden: the run fails with a clean message, and the rest is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.engine.deciding import resume, stop
from offboard.engine.showing import show

if TYPE_CHECKING:
    from tests.flows.place import Place

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect"), pytest.mark.timeout(240)]


def test_a_system_that_is_down_fails_its_tasks_and_the_run_and_the_others_go_on(own_place: Place):
    person = own_place.others()[0]
    number = own_place.due_in(person, seconds=0)
    own_place.company.doveadm.stop()

    state = own_place.run_flow("carry_out", number)

    assert (state["type"], state["name"]) == ("FAILED", "Attention")
    assert number in state["message"]
    assert "Traceback" not in state["message"]
    assert not own_place.company.signs_in(person)
    assert own_place.status(number) == "attention"
    run = own_place.api.ended(f"carry out {number}")
    tasks = own_place.api.task_states(run["id"], {"disable_account on office-ldap", "end_mail_sessions on mail"})
    assert tasks["disable_account on office-ldap"] == "COMPLETED"
    assert tasks["end_mail_sessions on mail"] == "FAILED"
    with own_place.firm() as firm:
        shown = show(firm.office, number)
    failed = {change["step"] for change in shown["changes"] if change["outcome"] == "failed"}  # type: ignore[union-attr, index]
    assert "end_mail_sessions" in failed
    assert "Somebody has to look at" in own_place.api.artifacts(number)["clock"]["data"]


def test_a_stop_is_obeyed_and_a_repeated_run_does_nothing_twice(own_place: Place):
    number = own_place.due_in(own_place.others()[0], seconds=0)
    with own_place.firm() as firm:
        stop(firm.office, own_place.company.hr)

    stopped = own_place.run_flow("carry_out", number)

    assert (stopped["type"], stopped["name"]) == ("FAILED", "Stopped")
    assert not own_place.company.directory.journal
    with own_place.firm() as firm:
        resume(firm.office, own_place.company.it)
    assert own_place.run_flow("carry_out", "every")["type"] == "COMPLETED"
    assert own_place.status(number) == "closed"
    journal = list(own_place.company.directory.journal)
    assert journal
    assert own_place.run_flow("carry_out", number)["type"] == "COMPLETED"
    assert list(own_place.company.directory.journal) == journal
