"""The whole way through Prefect: deployments, events, artifacts, the undo, and what Prefect may not know."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from offboard.engine.deciding import approve
from offboard.engine.undoing import plan_undo
from offboard.engine.verifying import verify

if TYPE_CHECKING:
    from tests.flows.place import Place

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect"), pytest.mark.timeout(240)]

TREE = Path(__file__).parents[2]
NAMES = {"plan_departure", "carry_out", "deliver_letters", "verify_departure", "undo_departure", "watch_forwarding",
         "weigh_exposure"}  # fmt: skip
EVENT = "offboard.departure.requested"


def test_prefects_own_command_takes_every_deployment_as_often_as_one_likes(place: Place):
    before = {name: place.api.deployment(name)["id"] for name in NAMES}
    done = subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"],
        cwd=TREE, env=place.env(), capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    found = {one["name"]: one for one in place.api.ask("deployments/filter", limit=50)}
    assert {name: one["id"] for name, one in found.items()} == before
    own = {"watch_forwarding": "watching", "weigh_exposure": "weighing"}
    places = {name: own.get(name, "departures") for name in NAMES}
    assert {one["entrypoint"] for one in found.values()} == {f"flows.{places[name]}.{name}" for name in NAMES}
    assert not any(one["pull_steps"] for one in found.values())
    assert str(TREE) not in json.dumps(list(found.values())), "a worker on another machine has no such folder"
    automations = place.api.ask("automations/filter", limit=50)
    assert [one["trigger"]["expect"] for one in automations] == [[EVENT]]


def test_a_cron_schedule_creates_runs(place: Place):
    """With SQLAlchemy 2.1 the server imports and looks well, and never plans a run."""
    deployment = place.api.deployment("verify_departure")["id"]

    def planned() -> list[dict[str, Any]]:
        found = place.api.ask(
            "flow_runs/filter",
            deployments={"id": {"any_": [deployment]}},
            flow_runs={"state": {"type": {"any_": ["SCHEDULED"]}}},
        )
        return [run for run in found if run["auto_scheduled"]]

    assert place.api.wait_for(planned, "the schedule made runs", seconds=90)


def test_the_run_form_has_titles_and_no_raw_json(place: Place):
    schema = place.api.deployment("plan_departure")["parameter_openapi_schema"]
    (form,) = schema["definitions"].values()

    assert list(form["properties"]) == ["person", "last_moment", "playbook", "successor"]
    for field in form["properties"].values():
        assert field["title"]
        assert field["description"]
        assert field["type"] == "string"
    playbooks = form["properties"]["playbook"]["enum"]
    assert playbooks == ["employee", "contractor", "employee_with_property", "urgent"]
    assert form["properties"]["last_moment"]["format"] == "date-time"


def test_a_wrong_request_is_a_failed_run_that_says_why(place: Place):
    request = {"person": "nobody.at.all", "last_moment": "2026-01-30T17:00:00+00:00"}

    run = place.api.start("plan_departure", request=request)

    assert (run["state_type"], run["state_name"]) == ("FAILED", "NoSuchPerson")
    assert "nobody.at.all" in run["state"]["message"]


def test_what_a_departure_did_is_what_is_there(place: Place, carried: str):
    assert not place.company.signs_in(place.company.leaver)
    with place.firm() as firm:
        assert verify(firm.office, carried).holds
        letters = firm.store.letters.letters(carried)
    recipients = [letter.recipient for letter in letters if letter.channel.value == "mail"]
    assert recipients
    assert all(len(place.company.outbox.to(recipient)) == 1 for recipient in recipients)


def test_each_step_on_each_system_is_a_task_of_its_own(own_place: Place):
    number = own_place.due_in(own_place.others()[0], seconds=0)
    wanted = {
        "snapshot_forwarding on mail",
        "disable_account on office-ldap",
        "disable_account on ad",
        "disable_account on entra",
        "disable_account on helpdesk",
        "end_mail_sessions on mail",
        "leave_groups on office-ldap",
        "stop_forwarding on mail",
        "reassign_clients on clients",
    }

    state = own_place.run_flow("carry_out", number)

    assert state == {"type": "COMPLETED", "name": "Completed", "message": f"{number} is closed"}
    run = own_place.api.ended(f"carry out {number}")
    assert run["parameters"] == {"departure": number}
    states = own_place.api.task_states(run["id"], wanted)
    assert wanted <= states.keys()
    assert set(states.values()) == {"COMPLETED"}


def test_prefect_shows_what_is_needed_to_review_a_departure(place: Place, carried: str):
    assert place.api.ended(f"carry out {carried}")["state_type"] == "COMPLETED"
    artifacts = place.api.artifacts(carried)

    assert artifacts.keys() >= {"plan", "clock", "outcome", "clients", "letters", "mail-rules"}
    assert "Shut the doors" in artifacts["plan"]["data"]
    assert "after the request" in artifacts["clock"]["data"]
    assert "alarm" in artifacts["mail-rules"]["data"]
    assert f"offboard letters list {carried}" in artifacts["letters"]["description"]
    rows, asked = json.loads(artifacts["outcome"]["data"]), {"end_shares", "hand_over_meetings"}
    assert {row["outcome"] for row in rows if row["step"] not in asked} <= {"done", "already"}
    assert {row["outcome"] for row in rows if row["step"] in asked} == {"declined"}, "both were answered with no"
    clients = json.loads(artifacts["clients"]["data"])
    assert {"Martin Thorne", "Sophie Adeyemi"} == {clients[0]["old person"], clients[0]["new person"]}


def test_no_name_of_a_run_or_task_holds_a_person(place: Place, carried: str):
    runs = place.api.runs()
    names = [run["name"] for run in runs] + [task["name"] for run in runs for task in place.api.tasks(run["id"])]

    assert any(carried in name for name in names)
    assert not any("thorne" in name.casefold() or "martin" in name.casefold() for name in names)


def test_prefect_keeps_no_secret_no_password_and_no_text_of_a_letter(place: Place, carried: str):
    with place.firm() as firm:
        letters = firm.store.letters.letters(carried)
        reply = firm.book.auto_reply(firm.store.departures.get(carried))
    texts = [max(text.splitlines(), key=len)[:60] for text in (letters[0].body, letters[-1].body, reply)]
    env = {name: value for name, value in place.company.env().items() if name != "OFFBOARD_CONFIG"}
    kept = b"".join(file.read_bytes() for file in sorted(place.server.folder.rglob("*")) if file.is_file())
    kept += place.log.encode()

    assert carried.encode() in kept, "this looked in the wrong place"
    for secret in [*env.values(), *place.company.passwords.values(), *texts]:
        assert secret.encode() not in kept


def test_an_event_that_comes_three_times_is_one_departure(place: Place, carried: str):
    with place.firm() as firm:
        before = {departure.number for departure, _ in firm.store.departures.every()}
    payload = {"person": place.others()[0], "last_moment": "2026-12-01T17:00", "time_zone": "Europe/London"}
    for _ in range(3):
        place.api.event(EVENT, payload)

    def ended() -> list[dict[str, Any]]:
        deployment = place.api.deployment("plan_departure")["id"]
        runs = place.api.ask("flow_runs/filter", deployments={"id": {"any_": [deployment]}}, limit=100)
        caused = [run for run in runs if (run["created_by"] or {}).get("type") == "AUTOMATION"]
        return caused if len(caused) == 3 and all(place.api.is_over(run) for run in caused) else []

    runs = place.api.wait_for(ended, "three runs ended", seconds=120)

    assert {run["state_type"] for run in runs} == {"COMPLETED"}, [run["state"] for run in runs]
    with place.firm() as firm:
        (new,) = [d for d, _ in firm.store.departures.every() if d.number not in before]
    assert new.number != carried
    assert new.moment.isoformat() == "2026-12-01T17:00:00+00:00"


def test_verifying_fails_when_somebody_opens_the_account_by_hand_and_the_undo_puts_all_back(place: Place, carried: str):
    assert place.api.start("verify_departure", departure=carried)["state_name"] == "Completed"
    box = place.company.mailboxes.find(place.company.leaver)
    box.activate("roundcube")

    run = place.api.start("verify_departure", departure=carried)

    assert (run["state_type"], run["state_name"]) == ("FAILED", "AccessLeft")
    assert "roundcube" in place.api.artifacts(carried)["verified"]["data"]
    box.activate("offboard-auto-reply")
    with place.firm() as firm:
        plan_undo(firm.office, carried, asked_by=place.company.it)
        approve(firm.office, carried, place.company.owner)
    assert place.wait_for_status(carried, "undone", "attention") == "undone"
    assert place.company.signs_in(place.company.leaver)
    assert place.api.ended(f"undo {carried}")["state_type"] == "COMPLETED"
    clients = json.loads(place.api.artifacts(carried)["clients"]["data"])
    assert {(row["old person"], row["new person"]) for row in clients} == {("Sophie Adeyemi", "Martin Thorne")}
