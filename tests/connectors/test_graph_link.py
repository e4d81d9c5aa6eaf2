"""The way to Microsoft Graph: what is sent again and what is not, waiting, pages, batches, tokens that run out."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from offboard.connectors._graph_paths import at, guid
from offboard.connectors._graph_wire import AT_ONCE, Ask, Wire
from offboard.errors import Denied, Rejected, Throttled, Unreachable, Untrusted
from offboard.practice.graph import Limit

if TYPE_CHECKING:
    from tests.connectors.entra_office import Office


def read(office: Office, person: str = "") -> Ask:
    return Ask("GET", at("users", guid(person or office.ruth)), "read the account", {"$select": "id,accountEnabled"})


def disable(office: Office) -> Ask:
    return Ask("PATCH", at("users", guid(office.ruth)), "disable the account", body={"accountEnabled": False})


def revoke(office: Office) -> Ask:
    return Ask("POST", at("users", guid(office.ruth), "revokeSignInSessions"), "end the sessions")


@pytest.fixture
def graph(tenant: Office):
    return tenant.connect()._graph


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_can_be_repeated_is_repeated(tenant: Office, graph, status):
    tenant.standin.fail(status, match="PATCH *", next=2)
    graph.do(disable(tenant))
    assert len(tenant.standin.made("PATCH")) == 3
    assert tenant.standin.look(tenant.ruth)["accountEnabled"] is False


@pytest.mark.parametrize("status", [500, 400, 404, 409, 412, 423])
def test_what_time_does_not_mend_is_not_repeated(tenant: Office, graph, status):
    tenant.standin.fail(status, match="PATCH *")
    assert graph.ask(disable(tenant)).status == status
    assert len(tenant.standin.made("PATCH")) == 1


def test_it_is_given_up_after_some_tries(tenant: Office, graph):
    tenant.standin.fail(503, match="GET *", next=99)
    with pytest.raises(Unreachable, match="HTTP 503"):
        graph.do(read(tenant))
    assert len(tenant.standin.made("GET")) == 4


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("how", ["answer", "lost"])
def test_a_post_is_never_repeated_on_a_guess(tenant: Office, graph, status, how):
    tenant.standin.fail(status, match="POST *", how=how)
    with pytest.raises(Unreachable, match=f"HTTP {status}"):
        graph.do(revoke(tenant))
    assert len(tenant.standin.made("POST")) == 1


@pytest.mark.parametrize("how", ["closed", "lost_closed", "cut"])
def test_a_post_without_an_answer_is_not_repeated(tenant: Office, graph, how):
    tenant.standin.fail(match="POST *", how=how)
    with pytest.raises(Unreachable, match="no answer"):
        graph.do(revoke(tenant))
    assert len(tenant.standin.made("POST")) == 1


def test_a_post_that_was_too_much_is_repeated(tenant: Office, graph):
    tenant.standin.fail(429, match="POST *", headers={"Retry-After": "0"})
    assert graph.do(revoke(tenant))["value"] is True
    assert len(tenant.standin.made("POST")) == 2


def test_a_post_that_reached_nobody_is_repeated_and_then_given_up(tenant: Office, graph):
    graph.do(read(tenant))
    tenant.standin.stop()
    with pytest.raises(Unreachable, match="no answer from localhost"):
        graph.do(revoke(tenant))


@pytest.mark.parametrize("how", ["closed", "lost_closed", "cut"])
def test_a_write_that_may_be_repeated_ends_well_after_a_broken_connection(tenant: Office, graph, how):
    tenant.standin.fail(match="PATCH *", how=how)
    graph.do(disable(tenant))
    assert tenant.standin.look(tenant.ruth)["accountEnabled"] is False


def test_silence_ends_in_time(tenant: Office):
    graph = tenant.connect(timeout=1)._graph
    tenant.standin.fail(match="GET *", how="silence", next=5)
    started = time.monotonic()
    with pytest.raises(Unreachable, match="no answer"):
        graph.do(read(tenant))
    assert time.monotonic() - started < 4
    assert len(tenant.standin.made("GET")) == 2


def test_retry_after_is_obeyed(tenant: Office, graph):
    tenant.standin.fail(429, match="GET *", headers={"Retry-After": "1"})
    started = time.monotonic()
    graph.do(read(tenant))
    assert time.monotonic() - started >= 1


def test_a_long_wait_is_not_waited_for_here(tenant: Office, graph):
    tenant.standin.fail(429, match="GET *", headers={"Retry-After": "120"})
    started = time.monotonic()
    with pytest.raises(Throttled, match="come back in 120 s") as caught:
        graph.do(read(tenant))
    assert caught.value.retry_after == 120
    assert time.monotonic() - started < 1


def test_a_token_that_runs_out_in_the_middle_is_replaced(tenant: Office, graph):
    graph.do(read(tenant))
    tenant.standin.refuse_tokens()
    graph.do(revoke(tenant))
    assert tenant.standin.tokens.issued == 2


def test_a_token_that_is_refused_again_is_an_error_and_no_loop(tenant: Office, graph):
    tenant.standin.fail(401, match="GET *", next=9)
    with pytest.raises(Denied, match="HTTP 401"):
        graph.do(read(tenant))
    assert len(tenant.standin.made("GET")) == 2


def test_pages_are_followed_even_behind_an_empty_one(tenant: Office, graph):
    names = {f"Person {letter}" for letter in "ABCDEFG"}
    for name in names:
        tenant.standin.add_person(name)
    tenant.standin.quirks.page_size = 2
    tenant.standin.quirks.empty_page = True
    found = graph.all(at("users"), "read people", select="id,displayName")
    assert names < {user["displayName"] for user in found}
    assert len(found) == len({user["id"] for user in found})


def test_a_next_page_on_another_host_gets_no_token(tenant: Office, graph):
    tenant.standin.add_person("Ida Novak")
    tenant.standin.quirks.page_size = 1
    tenant.standin.quirks.foreign_next_link = "https://graph.attacker.example"
    with pytest.raises(Untrusted, match="another host"):
        graph.all(at("users"), "read people", select="id")
    assert len(tenant.standin.made()) == 1


def test_a_batch_keeps_the_order_and_goes_twenty_at_a_time(tenant: Office, graph):
    people = [tenant.standin.add_person(f"Person {number}") for number in range(45)]
    answers = graph.batch([read(tenant, person) for person in people])
    assert [answer.body["id"] for answer in answers] == people
    assert sum(call.path == "/$batch" for call in tenant.standin.calls) == 3


def test_of_a_batch_only_the_parts_that_were_too_much_are_sent_again(tenant: Office, graph):
    people = [tenant.standin.add_person(f"Person {number}") for number in range(6)]
    tenant.standin.fail(429, match=f"GET /users/{people[2]}", headers={"Retry-After": "0"})
    tenant.standin.fail(503, match=f"GET /users/{people[4]}")
    answers = graph.batch([read(tenant, person) for person in people])
    assert [answer.body["id"] for answer in answers] == people
    assert len(tenant.standin.made("GET")) == 8


def test_a_part_that_fails_spoils_no_other(tenant: Office, graph):
    nobody = "00000000-0000-4000-8000-000000000000"
    first, second, third = graph.batch([read(tenant), read(tenant, nobody), read(tenant, tenant.sam)])
    assert (first.status, second.status, third.status) == (200, 404, 200)
    assert second.error[0] == "Request_ResourceNotFound"


def test_nothing_that_would_delete_an_object_is_ever_sent(tenant: Office, graph):
    ask = Ask("DELETE", at("users", guid(tenant.ruth)), "delete")
    with pytest.raises(ValueError, match="itself"):
        graph.do(ask)
    with pytest.raises(ValueError, match="itself"):
        graph.batch([ask])
    assert tenant.standin.made() == []


def test_requests_are_numbered_and_their_numbers_kept(tenant: Office, graph):
    graph.do(read(tenant))
    (sent,) = graph.wire.sent
    assert (sent.method, sent.path, sent.status) == ("GET", "/users/{id}", 200)
    assert sent.client_request_id == tenant.standin.calls[-1].headers["client-request-id"]
    assert len(sent.request_id) == 36
    with pytest.raises(Rejected, match=r"request [0-9a-f-]{36}, [0-9a-f-]{36}"):
        graph.get(at("users", guid(tenant.ruth)), "read", select="noSuchThing")
    tenant.standin.calls.pop()


def test_a_service_gets_no_more_at_once_than_it_allows(tenant: Office):
    tenant.standin.limits["directory"] = Limit(at_once=AT_ONCE["directory"])
    tenant.standin.quirks.latency = 0.02
    graphs = [tenant.connect()._graph for _ in range(4)]
    threads = [threading.Thread(target=graphs[number % 4].do, args=(read(tenant),)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {call.status for call in tenant.standin.calls} == {200}
    assert len(tenant.standin.calls) == 40


def test_a_certificate_of_a_stranger_is_refused(tenant: Office, authority):
    wire = Wire(f"{tenant.standin.url}/v1.0", tenant.settings(ca_file=authority.ca_file).account("office"))
    wire.tokens = tenant.connect()._graph.wire.tokens
    with pytest.raises(Untrusted, match="certificate"):
        wire.repeat(read(tenant), wire.url)
    wire.close()
