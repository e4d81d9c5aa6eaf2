"""The whole way through Prefect: deployments, events, moments, artifacts, and what Prefect may not know."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from offboard.domain.departure import instant
from offboard.domain.letter import LetterState
from offboard.engine.deciding import approve, decide_letters
from offboard.engine.starting import Request, start
from offboard.engine.verifying import verify

if TYPE_CHECKING:
    from tests.flows.conftest import Place

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect"), pytest.mark.timeout(240)]

LATE = timedelta(seconds=2)


def request_for(place: Place, person: str, successor: str) -> dict[str, Any]:
    domain = place.company.leaver.partition("@")[2]
    return {
        "person": f"{person}@{domain}",
        "last_moment": "2026-01-30T17:00:00+00:00",
        "playbook": "employee",
        "successor": f"{successor}@{domain}",
    }


def test_every_deployment_of_prefect_yaml_is_taken_by_prefects_own_command(place: Place) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"],
        env=place.env(), capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    names = {deployment["name"] for deployment in place.api.ask("deployments/filter", limit=50)}
    assert names == {"plan_departure", "carry_out", "deliver_letters", "verify_departure", "undo_departure"}


def test_a_cron_schedule_creates_runs(place: Place) -> None:
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


def test_the_run_form_has_titles_and_no_raw_json(place: Place) -> None:
    schema = place.api.deployment("plan_departure")["parameter_openapi_schema"]
    (form,) = schema["definitions"].values()

    assert list(form["properties"]) == ["person", "last_moment", "playbook", "successor"]
    for field in form["properties"].values():
        assert field["title"]
        assert field["description"]
        assert field["type"] == "string"
    assert form["properties"]["playbook"]["enum"] == ["employee", "contractor", "urgent"]
    assert form["properties"]["last_moment"]["format"] == "date-time"


def test_a_wrong_request_is_a_failed_run_that_says_why(place: Place) -> None:
    run = place.api.start("plan_departure", request=request_for(place, "nobody", "sophie.adeyemi"))

    assert run["state_type"] == "FAILED"
    assert "nobody" in run["state"]["message"]


def test_one_departure_by_its_deployment(place: Place) -> None:
    request = request_for(place, "martin.thorne", "sophie.adeyemi")
    run = place.api.start("plan_departure", request=request)
    assert run["state_type"] == "COMPLETED", run["state"]
    with place.firm() as firm:
        ((departure, _),) = firm.store.departures.every()
        number = departure.number
        assert departure.requested_by == ""
        approve(firm.office, number, place.company.it)

    status = _wait_for_status(place, number, {"informing", "attention"})

    assert status == "informing"
    assert not place.company.signs_in(place.company.leaver)
    with place.firm() as firm:
        assert verify(firm.office, number).holds
        letters = firm.store.letters.letters(number)
        decide_letters(firm.office, number, letters, place.company.owner, to=LetterState.APPROVED)
        by_mail = [letter for letter in letters if letter.channel.value == "mail"]
    place.api.wait_for(lambda: len(_sent(place, number)) == len(by_mail), "the letters were sent")
    for letter in by_mail:
        assert len(place.company.outbox.to(letter.recipient)) == 1
    _check_what_prefect_shows(place, number)
    _check_what_prefect_may_not_know(place, number)


def _check_what_prefect_shows(place: Place, number: str) -> None:
    def carried() -> list[dict[str, Any]]:
        runs = place.api.runs(name={"like_": f"carry out {number}"})
        return [run for run in runs if run["state_type"] == "COMPLETED"]

    run = place.api.wait_for(carried, "the run of carrying out was on record")[0]
    wanted = {"disable_account on office-ldap", "end_mail_sessions on mail", "reassign_clients on clients"}
    names = place.api.wait_for(
        lambda: (found := {task["name"] for task in place.api.tasks(run["id"])}) >= wanted and found,
        "the tasks were on record",
    )
    assert not any("thorne" in name.casefold() for name in names)
    artifacts = place.api.artifacts(number)
    assert set(artifacts) >= {"plan", "clock", "outcome", "clients", "letters", "mail-rules"}
    assert "alarm" in artifacts["mail-rules"]["data"]
    assert f"offboard letters list {number}" in artifacts["letters"]["description"]


def _check_what_prefect_may_not_know(place: Place, number: str) -> None:
    """No secret, no password and no text of a letter in anything that Prefect keeps."""
    with place.firm() as firm:
        texts = [letter.body for letter in firm.store.letters.letters(number)]
    sentence = max(texts[0].splitlines(), key=len)[:60]
    secrets = [*place.company.env().values(), *place.company.passwords.values(), sentence]
    kept = b"".join(file.read_bytes() for file in sorted(place.server.folder.rglob("*")) if file.is_file())
    kept += (place.folder / "serve.log").read_bytes()
    for secret in secrets:
        if secret != place.company.env()["OFFBOARD_CONFIG"]:
            assert secret.encode() not in kept
    assert number.encode() in kept, "this looked in the wrong place"


def test_an_event_that_comes_three_times_is_one_departure(place: Place) -> None:
    request = request_for(place, "george.pell", "sophie.adeyemi")
    with place.firm() as firm:
        person = next(iter(_others(place)), None)
        assert person
        request["person"] = person
        before = len(firm.store.departures.every())
    for _ in range(3):
        event = {
            "event": "offboard.departure.requested",
            "occurred": datetime.now(UTC).isoformat(),
            "resource": {"prefect.resource.id": "hr.system"},
            "payload": request,
            "id": str(__import__("uuid").uuid4()),
        }
        httpx.post(f"{place.server.address}/api/events", json=[event], trust_env=False).raise_for_status()

    def planned() -> list[dict[str, Any]]:
        deployment = place.api.deployment("plan_departure")["id"]
        runs = place.api.ask("flow_runs/filter", deployments={"id": {"any_": [deployment]}}, limit=100)
        caused = [run for run in runs if (run["created_by"] or {}).get("type") == "AUTOMATION"]
        return (
            caused if len(caused) == 3 and all(run["state_type"] in {"COMPLETED", "FAILED"} for run in caused) else []
        )

    runs = place.api.wait_for(planned, "three runs ended", seconds=120)

    assert {run["state_type"] for run in runs} == {"COMPLETED"}, [run["state"] for run in runs]
    with place.firm() as firm:
        assert len(firm.store.departures.every()) == before + 1


def test_a_moment_is_met_within_two_seconds_also_after_a_restart(place: Place) -> None:
    people = _others(place)
    first = _due_in(place, people[1], seconds=4)
    assert _late(place, first) <= LATE

    second = _due_in(place, people[2], seconds=12)
    place.kill()
    place.serve()

    assert _late(place, second) <= LATE


def _others(place: Place) -> list[str]:
    """Return people without clients whom nobody protects, so that their departures need no successor."""
    with place.firm() as firm:
        with firm.systems.reader("clients") as register:
            busy = {client.responsible for client in register.clients()}
        ours = {place.company.hr, place.company.it, place.company.owner, place.company.leaver, place.company.successor}
        found = []
        for login in sorted(place.company.passwords):
            with firm.systems.reader("office-ldap") as directory:
                people = directory.find(login)
            if people and not people[0].keys() & {key.casefold() for key in busy | ours}:
                found.append(people[0].mail)
        return found


def _due_in(place: Place, person: str, *, seconds: float) -> str:
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    with place.firm() as firm:
        request = Request(person, moment, "UTC", "contractor", "", place.company.hr)
        number = start(firm.office, request).departure.number
        approve(firm.office, number, place.company.it)
        approve(firm.office, number, place.company.owner)
    return number


def _late(place: Place, number: str) -> timedelta:
    """Return how long after its moment the first task of a departure began, by Prefect's own record."""
    with place.firm() as firm:
        moment = firm.store.departures.get(number).moment

    def first() -> str | None:
        runs = place.api.runs(name={"like_": f"carry out {number}"})
        started = [task["start_time"] for run in runs for task in place.api.tasks(run["id"]) if task["start_time"]]
        return min(started, default=None)

    began = datetime.fromisoformat(place.api.wait_for(first, f"{number} was carried out"))
    assert began >= moment, f"began at {began}, before {instant(moment)}"
    return began - moment


def _wait_for_status(place: Place, number: str, wanted: set[str]) -> str:
    def look() -> str | None:
        with place.firm() as firm:
            status = firm.store.departures.status(number).value
        return status if status in wanted else None

    return place.api.wait_for(look, f"{number} was {' or '.join(sorted(wanted))}")


def _sent(place: Place, number: str) -> list[str]:
    with place.firm() as firm:
        return [x.id for x in firm.store.letters.letters(number) if x.state is LetterState.SENT]
