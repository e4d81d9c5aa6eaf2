from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from offboard.connectors._doveadm import Doveadm
from offboard.errors import Denied, Drifted, NotFound, Rejected, Throttled, Unreachable

WHOLE = object()


class _Oddity(BaseHTTPRequestHandler):
    """Answers every call with what the test wants; no Dovecot can be talked into most of this."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        ((_, _, tag),) = json.loads(self.rfile.read(length))
        status, body, promised = self.server.oddity
        sent = body.replace(b"TAG", tag.encode())
        self.send_response(status)
        self.send_header("Content-Length", str(len(sent) if promised is WHOLE else promised))
        self.end_headers()
        self.wfile.write(sent)
        if promised is not WHOLE:
            self.close_connection = not self.server.patient
            if self.server.patient:
                self.server.released.wait(10)

    def log_message(self, *_):
        pass


@pytest.fixture
def odd():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Oddity)
    server.patient, server.released = False, threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def api(odd):
    url = f"http://127.0.0.1:{odd.server_address[1]}/doveadm/v1"
    api = Doveadm("mail", url, "key", ca_file=None, connect_timeout=2, timeout=0.3)
    yield api
    api.close()


def exit_code(code):
    return json.dumps([["error", {"type": "exitCode", "exitCode": code}, "TAG"]]).encode()


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (0, Rejected), (2, Drifted), (64, Rejected), (65, Rejected), (67, NotFound), (68, NotFound),
        (69, Unreachable), (74, Unreachable), (75, Unreachable), (77, Denied), (78, Rejected), (99, Rejected),
        ("x", Rejected), (None, Rejected),
    ],
)  # fmt: skip
def test_each_exit_code_has_its_error(odd, api, code, fault):
    odd.oddity = 200, exit_code(code), WHOLE
    with pytest.raises(fault, match=rf"mail: kick: .*doveadm exit code {code}") as caught:
        api.call("kick")
    assert type(caught.value) is fault
    assert caught.value.system == "mail"


@pytest.mark.parametrize(
    ("status", "fault"),
    [(400, Rejected), (401, Denied), (403, Denied), (404, Rejected), (413, Rejected), (429, Throttled),
     (500, Unreachable), (502, Unreachable), (503, Unreachable), (204, Rejected)],
)  # fmt: skip
def test_each_status_has_its_error(odd, api, status, fault):
    odd.oddity = status, b"", WHOLE
    with pytest.raises(fault, match=f"HTTP {status}"):
        api.call("kick")


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Sign in</html>", b"", b"{}", b"[]", b"null", b'[["doveadmResponse",[]]]', b'[["else",[],"TAG"]]',
        b'[["error",{"type":"invalidRequest","exitCode":68},"TAG"]]',  # the code is that of an earlier command
        b'[["error","no","TAG"]]', b'[["error",{"type":"unknownMethod"},"TAG"]]', b'[["doveadmResponse",[],"other"]]',
        b"[" * 100_000, b'\xff\xfe["', b'[["doveadmResponse",[],"TAG"],["doveadmResponse",[],"TAG"]]',
    ],
)  # fmt: skip
def test_an_answer_that_is_none_of_doveadms_is_never_taken_for_success(odd, api, body):
    odd.oddity = 200, body, WHOLE
    with pytest.raises(Rejected, match="mail: "):
        api.call("kick")


@pytest.mark.parametrize("cut", [0, 1, 20, 40])
@pytest.mark.parametrize("patient", [False, True], ids=["hangs up", "hangs"])
def test_half_an_answer_is_no_answer(odd, api, cut, patient):
    whole = b'[["doveadmResponse",[],"offboard-1"]]'
    odd.patient = patient
    odd.oddity = 200, whole[:cut], 1000
    with pytest.raises(Unreachable, match="mail: kick: no answer"):
        api.call("kick")


def test_a_good_answer_is_returned(odd, api):
    odd.oddity = 200, b'[["doveadmResponse",[{"result":"alice"}],"TAG"]]', WHOLE
    assert api.call("kick", mask=["alice"]) == [{"result": "alice"}]
