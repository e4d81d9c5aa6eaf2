from __future__ import annotations

import json
from typing import Any

import pytest

from offboard.practice.graph import Call, check_against_facts, facts
from offboard.practice.graph.calls import answered
from tests.practice.derive_graph_facts import DATA, FACTS, derive, text

NOT_GRAPHS = {
    "DELETE /groups/{id}/members/{id}",  # the trap: the stand-in falls into it as Graph does
    "DELETE /users/{id}/authentication/methods/{id}",  # refused
    "DELETE /users/{id}/authentication/passwordMethods/{id}",  # refused
}
GUID = "84a661c4-e949-4bd2-a560-ed7766fcaf2b"


def test_the_table_is_what_microsofts_files_say():
    if not DATA.exists():
        pytest.skip("Microsoft's schema is not here; set OFFBOARD_GRAPH_DATA to the folder that holds it")
    assert FACTS.read_text(encoding="utf-8") == text(derive())


def test_the_stand_in_answers_every_call_of_the_table_and_no_other():
    assert set(answered()) - NOT_GRAPHS == set(facts()["calls"])


def test_every_call_of_the_table_has_a_permission():
    assert [name for name, known in facts()["calls"].items() if not known["rights"]] == []


def patched(**body: Any) -> Call:
    return Call("PATCH", f"/users/{GUID}", body=body, status=204, known="PATCH /users/{id}")


def read(reply: Any, known: str = "GET /users/{id}", **more: Any) -> Call:
    return Call("GET", f"/users/{GUID}", status=200, reply=reply, known=known, **more)


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (patched(accountEnabld=False), "unknown property accountEnabld"),
        (patched(accountEnabled="no"), "is no Edm.Boolean"),
        (patched(passwordProfile={"pasword": "x"}), "unknown property passwordProfile/pasword"),
        (patched(passwordProfile="x"), "is no microsoft.graph.passwordProfile"),
        (patched(businessPhones="x"), "businessPhones is no list"),
        (patched(**{"@odata.type": "#microsoft.graph.group"}), "is no microsoft.graph.user"),
        (Call("PATCH", "/users/x", status=204, known="PATCH /users/{id}"), "no body"),
        (Call("PATCH", "/users/x", body={}, status=200, known="PATCH /users/{id}"), "answered 200, Graph answers"),
        (Call("PATCH", "/users/x", body={}, status=204, reply={}, known="PATCH /users/{id}"), "a body in the reply"),
        (Call("PATCH", "/users/x", body={}, status=404, known="PATCH /users/{id}"), "an error without code"),
        (Call("DELETE", f"/groups/{GUID}/members/{GUID}", status=204), "no such call"),
        (read({"id": GUID, "displayname": "x"}), "unknown property displayname"),
        (read({"createdDateTime": "yesterday"}), "is no Edm.DateTimeOffset"),
        (read({"createdDateTime": "2026-01-01"}), "is no Edm.DateTimeOffset"),
        (read({"licenseAssignmentStates": [{"skuId": "E3"}]}), "is no Edm.Guid"),
        (read({"value": [{"id": 1}]}, "GET /users"), "is no Edm.String"),
        (read([], "GET /users"), "no JSON object"),
        (read({"values": []}, "GET /users"), "no 'value'"),
        (read({"value": []}, "GET /users", query={"$select": "id,acountEnabled"}), "acountEnabled in $select"),
        (read({"value": []}, "GET /users", query={"$filter": "maill eq 'x'"}), "maill in $filter"),
        (read({"value": []}, "GET /users", query={"$filter": "startswith(maill,'x')"}), "maill in $filter"),
        (read({"value": []}, "GET /users", query={"$expand": "boss"}), "boss in $expand"),
        (read({"value": []}, "GET /users", query={"$orderby": "nme desc"}), "nme in $orderby"),
        (
            Call("POST", "/", body={"members": []}, status=204, known="POST /groups/{id}/members/$ref"),
            "a reference is",
        ),
        (
            Call("POST", "/", body={"addLicenses": [], "remove": []}, status=200, reply={},
                 known="POST /users/{id}/assignLicense"),
            "unknown property remove",
        ),
        (
            Call("POST", "/", body={"x": 1}, status=200, reply={"value": True},
                 known="POST /users/{id}/revokeSignInSessions"),
            "a body where none belongs",
        ),
        (
            Call("POST", "/", body={"action": "removeIt"}, status=201, reply={},
                 known="POST /roleManagement/directory/roleAssignmentScheduleRequests"),
            "'removeIt' is none of",
        ),
        (Call("POST", "/$batch", body={"request": []}), "more or less than 'requests'"),
    ],
)  # fmt: skip
def test_the_check_finds_what_is_wrong(call: Call, word: str):
    assert [fault for fault in check_against_facts(call) if word in fault] != []


@pytest.mark.parametrize(
    "call",
    [
        patched(accountEnabled=False, businessPhones=["1"], passwordProfile={"password": "x"}, employeeId=None),
        read({"id": GUID, "createdDateTime": "2026-01-01T00:00:00Z", "@odata.context": "x"}),
        read({"value": [{"@odata.type": "#microsoft.graph.group", "id": GUID, "groupTypes": []}]},
             "GET /users/{id}/memberOf", query={"$select": "id,groupTypes"}),
        read({"value": []}, "GET /users", query={"$filter": "proxyAddresses/any(p:p eq 'a ne b') and not(mail eq '')"}),
        Call("PATCH", "/users/x", body={}, status=404, reply={"error": {"code": "x", "message": "y"}},
             known="PATCH /users/{id}"),
    ],
)  # fmt: skip
def test_the_check_lets_pass_what_is_right(call: Call):
    assert check_against_facts(call) == []


def test_a_planted_fault_in_the_stand_in_is_found(office: Any):
    office.standin.look(office.ruth)["displayName"] = 7
    office.get(f"/users/{office.ruth}")
    assert check_against_facts(office.standin.calls[-1]) == ["GET /users/{id}: displayName: 7 is no Edm.String"]
    office.standin.calls.clear()


def test_the_table_is_readable_line_by_line():
    lines = FACTS.read_text(encoding="utf-8").splitlines()
    assert max(len(line) for line in lines) < 12000
    assert set(json.loads(FACTS.read_text(encoding="utf-8"))) == {"sources", "calls", "narrow", "types", "enums"}
