"""Answers that a SCIM connector meets in the field: refusals, pages that do not add up, and products' own ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from offboard.connectors._scim_faults import seconds
from offboard.connectors._scim_groups import INDIRECT
from offboard.errors import Denied, Drifted, NotFound, Rejected, SystemFault, Throttled, Unreachable
from tests.connectors.scim_office import ANN, ERROR, SHUT, Answer, error, users
from tests.servers.scim import TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable


def refusing(answer: Answer) -> Callable[[str, str, Any], Answer]:
    """Answer what is asked at the start, and this to everything else."""
    config = Answer(body={"patch": {"supported": True}, "filter": {"supported": True}, "etag": {"supported": False}})
    return lambda _method, path, _body: config if path.startswith("ServiceProviderConfig") else answer


@pytest.mark.parametrize(
    ("answer", "fault", "says"),
    [
        (error(400, "invalidValue", "no\r\nsuch\x00value"), Rejected, "no such value"),
        (error(401), Denied, "refused"),
        (error(403), Denied, "read users"),
        (error(403, Retry_After="7"), Throttled, "too many"),
        (error(409, "uniqueness"), Rejected, "taken"),
        (error(409), Drifted, "somebody else"),
        (error(412), Drifted, "somebody else"),
        (error(413), Rejected, "larger"),
        (error(429, Retry_After="7"), Throttled, "too many"),
        (error(500), Unreachable, "failed"),
        (error(501), Rejected, "does not offer"),
        (error(503, Retry_After="7"), Throttled, "too many"),
        (Answer(502, b"<html>Bad gateway</html>", {"Content-Type": "text/html"}), Unreachable, "failed"),
        (Answer(200, b"<html>Sign in</html>", {"Content-Type": "text/html"}), Rejected, "not as SCIM"),
        (Answer(200, b""), Rejected, "not as SCIM"),
        (Answer(200, [1, 2]), Rejected, "not as SCIM"),
        (Answer(404, b"<html>Not found</html>", {"Content-Type": "text/html"}), Rejected, "not as SCIM"),
        (Answer(302, b"", {"Location": "https://elsewhere.example/"}), Rejected, "elsewhere"),
        (Answer(200, {"schemas": [ERROR], "status": "403"}), Denied, "may not"),
        (Answer(200, ANN | {"id": "u2"}), Rejected, "not as SCIM"),
        (Answer(418, b""), Rejected, "refused"),
    ],
)
def test_each_refusal_has_its_name(scripted: Any, answer: Answer, fault: type[SystemFault], says: str):
    connection, server = scripted(refusing(answer))
    with pytest.raises(fault, match=says) as caught:
        connection.account("u1")
    assert type(caught.value) is fault or issubclass(fault, Rejected)
    assert caught.value.system == "saas"
    assert "\x00" not in str(caught.value)
    assert len(server.asked) == 1


def test_a_refusal_that_quotes_our_token_is_not_passed_on(scripted: Any):
    connection, _ = scripted(refusing(error(400, "invalidValue", f"bad header Bearer {TOKEN}")))
    with pytest.raises(Rejected) as caught:
        connection.account("u1")
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("told", "wait"),
    [("7", 7.0), ("0.5", 0.5), ("-3", 0.0), ("99999", 3600.0), ("soon", 1.0), ("", 1.0), ("nan", 1.0),
     ("Wed, 01 Jan 2020 00:00:00 GMT", 0.0), ("Fri, 01 Jan 2100 00:00:00 GMT", 3600.0)],
)  # fmt: skip
def test_how_long_to_wait_is_read_and_capped(told: str, wait: float):
    assert seconds(told) == wait


def test_an_id_can_point_nowhere_else(scripted: Any):
    connection, server = scripted(refusing(error(404)))
    for odd in ("../Groups/1", "a/b?c#d", "%2e%2e", "ü ", "..", ""):
        assert connection.account(odd) is None
    assert [path for _, path, _ in server.asked] == [
        "Users/..%2FGroups%2F1", "Users/a%2Fb%3Fc%23d", "Users/%252e%252e", "Users/%C3%BC%20",
    ]  # fmt: skip


def listing(people: list[dict[str, Any]], *, claims: int | None = None, honours_start: bool = True) -> Any:
    """Answer with pages of people, which claim to be so many."""

    def answer(_method: str, path: str, _body: Any) -> Answer:
        if path.startswith("ServiceProviderConfig"):
            return Answer(body={"patch": {"supported": True}, "filter": {"supported": False}})
        query = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        start = int(query.get("startIndex", 1)) - 1 if honours_start else 0
        page = people[start : start + int(query["count"])]
        return Answer(body={"totalResults": len(people) if claims is None else claims, "Resources": page})

    return answer


@pytest.mark.parametrize("claims", [None, 0, 100, 230, 999])
def test_everybody_is_read_however_the_server_counts(scripted: Any, claims: int | None):
    connection, _ = scripted(listing(users(230), claims=claims))
    assert [person.id for person in connection.find("p229@corp.test")] == ["u229"]


def test_a_server_that_begins_again_is_not_believed(scripted: Any):
    connection, server = scripted(listing(users(230), honours_start=False))
    with pytest.raises(Rejected, match="shows 100 of 230"):
        connection.find("p229@corp.test")
    assert len(server.asked) == 2


@pytest.mark.parametrize("body", [{}, {"totalResults": 3}, {"Resources": {}}, {"Resources": [{"userName": "x"}]}])
def test_a_list_that_is_none_is_no_empty_list(scripted: Any, body: dict[str, Any]):
    connection, _ = scripted(refusing(Answer(body=body)))
    with pytest.raises(Rejected, match="not as SCIM"):
        connection.find("ann")


def test_filters_that_are_refused_are_asked_one_by_one_and_then_everybody_is_read(scripted: Any):
    def answer(_method: str, path: str, _body: Any) -> Answer:
        if path.startswith("ServiceProviderConfig"):
            return Answer(404)
        query = parse_qs(urlsplit(path).query)
        if "filter" in query and (" or " in query["filter"][0] or "userName" not in query["filter"][0]):
            return error(400, "invalidFilter")
        found = [] if "filter" in query else [ANN, *users(9)[5:]]
        return Answer(body={"totalResults": len(found), "Resources": found})

    connection, server = scripted(answer)
    assert [person.login for person in connection.find("ANN@corp.test")] == ["ann"]
    assert [person.login for person in connection.find("ann@corp.test")] == ["ann"]
    assert sum("+or+" in path for _, path, _ in server.asked) == 1


def test_a_filter_that_is_ignored_finds_nobody_else(scripted: Any):
    connection, _ = scripted(listing([ANN, *users(9)[5:]]))
    assert [person.login for person in connection.find("ann")] == ["ann"]
    assert connection.find("nobody") == []


@pytest.mark.parametrize(
    ("told", "sign_in"),
    [({"active": False}, "shut"), ({"active": "False"}, "shut"), ({"active": "false"}, "shut"),
     ({"active": True}, "open"), ({"active": "True"}, "open"), ({"active": None}, "open"), ({}, "open")],
)  # fmt: skip
def test_active_is_read_however_it_is_written(scripted: Any, told: dict[str, Any], sign_in: str):
    connection, _ = scripted(refusing(Answer(body={"id": "u1", **told})))
    assert connection.account("u1") == {"sign_in": sign_in}


def test_groups_that_the_user_names_count_and_indirect_ones_are_beyond_us(scripted: Any):
    ann = ANN | {
        "groups": [{"value": "g1", "display": "direct"}, {"value": "g2", "display": "far", "type": "indirect"}]
    }

    def answer(_method: str, path: str, _body: Any) -> Answer:
        if path.startswith("Users/"):
            return Answer(body=ann)
        if path.startswith("Groups/g1"):
            return Answer(body={"id": "g1", "displayName": "direct", "members": [{"value": "u1"}]})
        return Answer(404) if path.startswith("ServiceProviderConfig") else Answer(body={"totalResults": 0})

    connection, _ = scripted(answer)
    found = connection.memberships("u1")
    assert {key: (one.label, one.beyond) for key, one in found.items()} == {
        "g1": ("direct", ""),
        "g2": ("far", INDIRECT),
    }


def test_a_search_that_finds_nobody_ever_is_not_trusted(scripted: Any):
    group = {"id": "g1", "displayName": "team", "members": [{"value": "u0"}, {"value": "u1"}]}

    def answer(_method: str, path: str, _body: Any) -> Answer:
        if path.startswith("Users/"):
            return Answer(body=ANN)
        found = [] if "filter" in path or not path.startswith("Groups") else [group]
        return (
            Answer(404) if path.startswith("Service") else Answer(body={"totalResults": len(found), "Resources": found})
        )

    connection, _ = scripted(answer)
    assert list(connection.memberships("u1")) == ["g1"]


def test_a_right_to_write_that_is_missing_is_named(scripted: Any):
    def answer(method: str, path: str, _body: Any) -> Answer:
        return error(403) if method != "GET" else Answer(body=ANN) if path.startswith("Users/") else Answer(404)

    def start(method: str, path: str, body: Any) -> Answer:
        return Answer(body={"totalResults": 0}) if path.startswith("Users?") else answer(method, path, body)

    connection, _ = scripted(start)
    with pytest.raises(Denied, match="may not write users"):
        connection.set_account("u1", SHUT)


def test_a_schema_that_fixes_active_is_out_of_reach(scripted: Any):
    def answer(_method: str, path: str, _body: Any) -> Answer:
        if path.startswith("Schemas/"):
            return Answer(body={"id": "x", "attributes": [{"name": "active", "mutability": "readOnly"}]})
        return Answer(body=ANN) if path.startswith("Users/") else Answer(body={"totalResults": 0})

    connection, _ = scripted(answer)
    (reason,) = connection.out_of_reach("u1")
    assert "read-only" in reason


def test_an_answer_that_never_ends_is_given_up(scripted: Any):
    connection, _ = scripted(refusing(Answer(200, b"{", {})), timeout=1)
    with pytest.raises(Rejected, match="not as SCIM"):
        connection.account("u1")


def test_nobody_there_is_nobody(scripted: Any):
    connection, _ = scripted(refusing(Answer(404)))
    assert connection.account("u1") is None
    with pytest.raises(NotFound):
        connection.set_account("u1", SHUT)
