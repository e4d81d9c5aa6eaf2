"""Answers that are none of Microsoft Graph's: never success, never followed for ever, never waited for long."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from offboard.connectors._entra_consents import ConsentLists
from offboard.connectors._entra_people import People
from offboard.connectors._graph_paths import at, guid
from offboard.connectors._graph_wire import Ask
from offboard.errors import Rejected, Throttled, Unreachable

if TYPE_CHECKING:
    from tests.connectors.entra_office import Office

WHOLE = object()


class _Oddity(BaseHTTPRequestHandler):
    """Answers every call with what the test wants; the stand-in cannot be talked into this."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked += 1
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, body, promised = self.server.oddity
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if promised is WHOLE else promised))
        self.end_headers()
        if self.server.drip:
            for byte in body:
                self.wfile.write(bytes([byte]))
                if self.server.released.wait(0.05):
                    return
        else:
            self.wfile.write(body)
        if promised is not WHOLE:
            self.close_connection = True
            if self.server.patient:
                self.server.released.wait(10)

    def do_POST(self):
        self.do_GET()

    def log_message(self, *_):
        pass


@pytest.fixture
def odd():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Oddity)
    server.patient, server.drip, server.asked, server.released = False, False, 0, threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def graph(tenant: Office, odd):
    graph = tenant.connect(timeout=1)._graph
    graph.wire.url = f"http://127.0.0.1:{odd.server_address[1]}/v1.0"
    return graph


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Sign in</html>", b"", b"[]", b"null", b'"text"', b"{}", b'{"value":{}}', b'{"value":[1]}',
        b'{"value":null}', b'\xff\xfe{"', b"[" * 100_000, b'{"value":[',
    ],
)  # fmt: skip
def test_a_strange_list_is_no_list(odd, graph, body):
    odd.oddity = 200, body, WHOLE
    with pytest.raises(Rejected, match="not as Microsoft Graph does"):
        graph.all(at("users"), "read people")


@pytest.mark.parametrize("status", [301, 302, 307])
def test_nobody_is_followed_elsewhere(odd, graph, status):
    odd.oddity = status, b"", WHOLE
    with pytest.raises(Rejected, match=f"HTTP {status}"):
        graph.get(at("users"), "read people")
    assert odd.asked == 1


def test_pages_that_go_round_in_circles_end(odd, graph):
    again = f"{graph.wire.url}/users?page=2"
    odd.oddity = 200, json.dumps({"value": [], "@odata.nextLink": again}).encode(), WHOLE
    with pytest.raises(Rejected, match="not as Microsoft Graph does"):
        graph.all(at("users"), "read people")
    assert odd.asked == 2


@pytest.mark.parametrize("patient", [False, True], ids=["hangs up", "hangs"])
@pytest.mark.parametrize("cut", [0, 1, 10])
def test_half_an_answer_is_no_answer(odd, graph, cut, patient):
    odd.patient = patient
    odd.oddity = 200, b'{"value":[]}'[:cut], 1000
    with pytest.raises(Unreachable, match=r"no answer from 127\.0\.0\.1"):
        graph.all(at("users"), "read people")


def test_an_answer_that_drips_is_not_waited_for(odd, graph):
    odd.drip = True
    odd.oddity = 200, b" " * 2000, WHOLE
    started = time.monotonic()
    with pytest.raises(Unreachable, match="took too long"):
        graph.get(at("users"), "read people")
    assert time.monotonic() - started < 5


RUTH = "80b23684-9abd-4e1b-9909-cff2e5114cdd"
SAM = "1ccc8347-6254-42d6-aaf2-a07cd077c038"


def test_what_was_agreed_to_for_others_is_never_taken_for_the_leavers(odd, graph):
    grant = {"id": "g", "clientId": SAM, "resourceId": SAM, "scope": "Mail.Read"}
    others = [
        grant | {"consentType": "AllPrincipals", "principalId": None},
        grant | {"consentType": "AllPrincipals", "principalId": RUTH},
        grant | {"consentType": "Principal", "principalId": SAM},
    ]
    odd.oddity = 200, json.dumps({"value": others}).encode(), WHOLE
    consents = ConsentLists(graph)
    assert consents.all(RUTH) == {}
    asked = odd.asked
    consents.bring(RUTH, f"{SAM}:{SAM}", None)
    assert odd.asked == asked + 1, "it looked once more, and deleted nothing"


def test_only_plain_equality_finds_people_whatever_the_service_thinks_alike(odd, graph):
    like = {"id": RUTH, "displayName": "Zoë", "mail": "zoë@acme.example", "userPrincipalName": "zoe2@acme.example"}
    odd.oddity = 200, json.dumps({"value": [like]}).encode(), WHOLE
    assert People(graph).find("zoe@acme.example") == []
    assert [one.id for one in People(graph).find("zoë@acme.example")] == [RUTH]


ASK = Ask("GET", at("users", guid(RUTH)), "read the account")


@pytest.mark.parametrize(
    "responses",
    [
        None, {}, [], [1], [{"id": "0"}], [{"id": "0", "status": "x"}], [{"id": "1", "status": 200}], [{"status": 200}],
        [{"id": "0", "status": 200}, {"id": "1", "status": 200}], [{"id": "0", "status": 200, "headers": 1}],
    ],
)  # fmt: skip
def test_a_strange_batch_is_no_batch(odd, graph, responses):
    odd.oddity = 200, json.dumps({"responses": responses}).encode(), WHOLE
    with pytest.raises(Rejected, match="not as Microsoft Graph does"):
        graph.batch([ASK])


def test_a_batch_that_is_told_to_wait_long_comes_back_later(odd, graph):
    part = {"id": "0", "status": 429, "headers": {"Retry-After": "600"}, "body": {"error": {"code": "TooManyRequests"}}}
    odd.oddity = 200, json.dumps({"responses": [part]}).encode(), WHOLE
    with pytest.raises(Throttled) as caught:
        graph.batch([ASK])
    assert caught.value.retry_after == 600
    assert odd.asked == 1
