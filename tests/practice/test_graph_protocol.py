from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from offboard.practice.graph import Limit

if TYPE_CHECKING:
    from tests.practice.graph_office import Office


def ids(found: dict[str, Any]) -> list[str]:
    return [each["id"] for each in found["value"]]


def part(number: int | str, method: str, url: str, **more: Any) -> dict[str, Any]:
    headers = {"headers": {"Content-Type": "application/json"}} if "body" in more else {}
    return {"id": str(number), "method": method, "url": url} | headers | more


def batch(office: Office, *parts: dict[str, Any]) -> dict[str, dict[str, Any]]:
    answer = office.ask("POST", "/$batch", {"requests": list(parts)})
    assert answer.status_code == 200, answer.text
    return {each["id"]: each for each in answer.json()["responses"]}


@pytest.mark.parametrize("empty", [False, True])
def test_lists_come_in_pages(office: Office, empty: bool):
    people = [office.ruth, office.tom, *(office.standin.add_person(f"Person {number}") for number in range(5))]
    office.standin.quirks.page_size, office.standin.quirks.empty_page = 3, empty
    found, pages = office.get("/users?$select=id"), 1
    seen = ids(found)
    assert bool(seen) is not empty
    while "@odata.nextLink" in found:
        found, pages = office.get(found["@odata.nextLink"]), pages + 1
        seen += ids(found)
    assert (seen, pages) == (people, 4 if empty else 3)


def test_a_page_has_its_bounds(office: Office):
    assert len(office.get("/users?$top=1")["value"]) == 1
    assert office.refused("GET", "/users?$top=1000")[0] == 400
    assert office.refused("GET", "/users?$skiptoken=zzz")[1] == "Directory_ExpiredPageToken"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("displayName eq 'ruth castellan'", "r"),
        ("startswith(userPrincipalName,'TOM')", "t"),
        ("mail eq 'nobody@acme.example' or mail eq 'tom.lis@acme.example'", "t"),
        ("proxyAddresses/any(p:p eq 'SMTP:ruth.castellan@acme.example')", "r"),
        ("proxyAddresses/any(p:startswith(p,'smtp:'))", "rt"),
        ("accountEnabled eq true and userType eq 'Member'", "rt"),
        ("userPrincipalName in ('tom.lis@acme.example','x')", "t"),
        ("(surname eq 'Lis' or surname eq 'Castellan') and givenName eq 'Ruth'", "r"),
        ("surname eq 'O''Neill'", ""),
        ("employeeId eq null", "rt"),
        ("createdDateTime ge 2024-01-01T00:00:00Z", "rt"),
        ("createdDateTime lt 2024-01-01T00:00:00Z", ""),
    ],
)
def test_people_are_found_by_filter(office: Office, asked: str, found: str):
    seen = ids(office.get(f"/users?$filter={asked}&$select=id"))
    assert "".join("r" if each == office.ruth else "t" for each in seen) == found


@pytest.mark.parametrize("asked", ["displayName ne 'x'", "not(userType eq 'Guest')", "endswith(mail,'acme.example')"])
def test_some_filters_need_an_advanced_query(office: Office, asked: str):
    assert office.refused("GET", f"/users?$filter={asked}")[1] == "Request_UnsupportedQuery"
    path = f"/users?$filter={asked}&$count=true"
    assert office.refused("GET", path)[1] == "Request_UnsupportedQuery"
    assert office.get(path, ConsistencyLevel="eventual")["@odata.count"] == 2


def test_a_search_needs_the_header(office: Office):
    path = '/users?$search="displayName:cast"&$select=id'
    assert office.refused("GET", path)[1] == "Request_UnsupportedQuery"
    assert ids(office.get(path, ConsistencyLevel="eventual")) == [office.ruth]


@pytest.mark.parametrize("asked", ["displayName like 'x'", "displayName eq", "eq 'x' (", "startswith(mail 'x')", "§"])
def test_a_filter_that_cannot_be_read(office: Office, asked: str):
    assert office.refused("GET", f"/users?$filter={asked}")[0] == 400
    office.standin.calls.clear()


def test_an_unknown_property_is_refused_in_a_selection(office: Office):
    status, _, message = office.refused("GET", "/users?$select=id,acountEnabled")
    assert (status, "acountEnabled" in message) == (400, True)
    office.standin.calls.clear()


def test_lists_are_ordered_when_asked(office: Office):
    assert ids(office.get("/users?$orderby=displayName desc&$select=id")) == [office.tom, office.ruth]


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nonsense", 400), ("DELETE", "/users", 405)])
def test_what_is_not_there(office: Office, method: str, path: str, status: int):
    assert office.refused(method, path)[0] == status
    office.standin.calls.clear()


def test_a_batch_answers_each_part(office: Office):
    group = office.standin.add_group("Sales", members=[office.ruth])
    found = batch(
        office,
        part(1, "PATCH", f"/users/{office.ruth}", body={"accountEnabled": False}),
        part(2, "DELETE", f"/groups/{group}/members/{office.tom}/$ref"),
        part(3, "GET", f"/users/{office.ruth}?$select=accountEnabled", dependsOn=["1"]),
        part(4, "GET", f"/users/{office.tom}", dependsOn=["2"]),
    )
    assert {name: each["status"] for name, each in found.items()} == {"1": 204, "2": 404, "3": 200, "4": 424}
    assert found["3"]["body"]["accountEnabled"] is False
    assert [call.in_batch for call in office.standin.calls] == [True, True, True, False]


def test_parts_are_throttled_by_themselves(office: Office):
    office.standin.fail(429, match="GET /users/*", skip=1, headers={"Retry-After": "7"})
    found = batch(office, part(1, "GET", f"/users/{office.ruth}"), part(2, "GET", f"/users/{office.tom}"))
    assert sorted(each["status"] for each in found.values()) == [200, 429]
    late = next(each for each in found.values() if each["status"] == 429)
    assert late["headers"]["Retry-After"] == "7"


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [part(number, "GET", "/users") for number in range(21)],
        [part(1, "GET", "/users"), part(1, "GET", "/users")],
        [part(1, "GET", "/users", dependsOn=["2"])],
        [part(1, "GET", "/users", dependsOn=["2"]), part(2, "GET", "/users", dependsOn=["1"])],
        [{"id": "1", "method": "PATCH", "url": "/users/x", "body": {}}],
        [{"id": "1", "method": "GET"}],
    ],
)
def test_a_batch_that_is_wrong_is_refused_whole(office: Office, parts: list[dict[str, Any]]):
    assert office.refused("POST", "/$batch", {"requests": parts})[0] == 400


def test_readers_lag_behind_writers(office: Office):
    office.standin.quirks.lag = 0.4
    path = f"/users/{office.ruth}?$select=accountEnabled"
    assert office.ask("PATCH", f"/users/{office.ruth}", {"accountEnabled": False}).status_code == 204
    assert office.get(path)["accountEnabled"] is True
    deadline = time.monotonic() + 5
    while office.get(path)["accountEnabled"] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert office.get(path)["accountEnabled"] is False


def test_the_index_lags_more(office: Office):
    office.standin.quirks.index_lag = 60.0
    assert office.ask("PATCH", f"/users/{office.ruth}", {"jobTitle": "x"}).status_code == 204
    path = "/users?$filter=jobTitle eq 'x'&$count=true"
    assert office.get(path)["@odata.count"] == 1
    assert office.get(path, ConsistencyLevel="eventual")["@odata.count"] == 0


@pytest.mark.parametrize(("limit", "said"), [(Limit(calls=2, seconds=60), "1"), (Limit(2, 60, retry_after=None), None)])
def test_too_many_calls_are_throttled(office: Office, limit: Limit, said: str | None):
    office.standin.limits["directory"] = limit
    answers = [office.ask("GET", "/users") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers.get("Retry-After") == said
    assert office.ask("GET", f"/users/{office.ruth}/authentication/methods").status_code == 200  # another service


def test_too_many_calls_at_once_are_throttled(office: Office):
    office.standin.limits["directory"] = Limit(at_once=1)
    office.standin.limits["directory"].enter()
    assert office.refused("GET", "/users")[0] == 429
    office.standin.limits["directory"].leave()
    assert office.ask("GET", "/users").status_code == 200


@pytest.mark.parametrize(
    ("how", "done", "seen"),
    [("answer", False, 503), ("lost", True, 503), ("closed", False, 0), ("lost_closed", True, 0)],
)
def test_calls_fail_as_told(office: Office, how: Any, done: bool, seen: int):
    office.standin.fail(503, match="PATCH /users/*", how=how, headers={"Retry-After": "3"})
    try:
        answer = office.ask("PATCH", f"/users/{office.ruth}", {"accountEnabled": False})
        assert (answer.status_code, answer.headers["Retry-After"]) == (seen, "3")
    except httpx.RemoteProtocolError:
        assert seen == 0
    assert office.standin.look(office.ruth)["accountEnabled"] is not done
    assert office.ask("PATCH", f"/users/{office.ruth}", {"accountEnabled": False}).status_code == 204


def test_an_answer_can_be_cut_short(office: Office):
    office.standin.fail(match="GET /users", how="cut")
    with pytest.raises(httpx.RemoteProtocolError):
        office.ask("GET", "/users")


def test_silence_ends_with_the_stand_in(office: Office):
    office.standin.fail(match="GET /users", how="silence")
    with pytest.raises(httpx.ReadTimeout):
        office.client.get("/users", timeout=0.3)


def test_faults_can_wait_and_be_healed(office: Office):
    office.standin.fail(409, match="GET /users", next=5, skip=1)
    assert [office.ask("GET", "/users").status_code for _ in range(3)] == [200, 409, 409]
    office.standin.heal()
    assert office.ask("GET", "/users").status_code == 200


def test_planted_faults_deceive(office: Office):
    office.standin.quirks.writes_work = False
    assert office.ask("PATCH", f"/users/{office.ruth}", {"accountEnabled": False}).status_code == 204
    assert office.standin.look(office.ruth)["accountEnabled"] is True
    office.standin.quirks.writes_work, office.standin.quirks.revoking_works = True, False
    before = office.standin.look(office.ruth)["signInSessionsValidFromDateTime"]
    assert office.ask("POST", f"/users/{office.ruth}/revokeSignInSessions").json()["value"] is True
    assert office.standin.look(office.ruth)["signInSessionsValidFromDateTime"] == before


def test_a_next_link_can_lead_astray(office: Office):
    office.standin.quirks.foreign_next_link = "https://evil.example"
    assert office.get("/users?$top=1")["@odata.nextLink"].startswith("https://evil.example/v1.0/users?")


def test_a_refused_write_changes_nothing(office: Office):
    sku = office.standin.add_sku("SPE_E3")
    office.standin.give_licence(office.ruth, sku)
    other, unknown = {"skuId": office.standin.add_sku("VISIO")}, {"skuId": "84a661c4-e949-4bd2-a560-ed7766fcaf2b"}
    for body in (
        {"addLicenses": [unknown], "removeLicenses": [sku]},
        {"addLicenses": [other, unknown], "removeLicenses": []},
    ):
        assert office.refused("POST", f"/users/{office.ruth}/assignLicense", body)[0] == 400
        assert [each["skuId"] for each in office.standin.look(office.ruth)["licenseAssignmentStates"]] == [sku]


def test_calls_take_their_time_side_by_side(office: Office):
    office.standin.quirks.latency = 0.25
    begun = time.monotonic()
    threads = [threading.Thread(target=office.ask, args=("GET", "/users")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0.25 <= time.monotonic() - begun < 0.9  # one after another it would be a second


def test_ids_of_requests_are_given_back(office: Office):
    answer = office.client.get("/users", headers={"client-request-id": "mine"})
    assert answer.headers["client-request-id"] == "mine"
    assert answer.headers["request-id"]
    assert office.standin.made("GET") == ["GET /users"]
