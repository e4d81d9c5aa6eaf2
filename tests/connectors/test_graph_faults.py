"""Every answer of Microsoft Graph that is no success has one error of ours."""

from __future__ import annotations

import ssl
import time
from email.utils import formatdate

import httpx
import pytest

from offboard.connectors._graph_faults import Answer, fault_of_answer, fault_of_exception
from offboard.errors import Denied, Drifted, NotFound, Rejected, Throttled, Unreachable, Untrusted


@pytest.mark.parametrize(
    ("status", "fault"),
    [(302, Rejected), (400, Rejected), (401, Denied), (403, Denied), (404, NotFound), (405, Rejected),
     (408, Unreachable), (409, Drifted), (412, Drifted), (423, Rejected), (429, Throttled), (500, Unreachable),
     (503, Unreachable), (507, Unreachable)],
)  # fmt: skip
def test_each_status_has_its_error(status, fault):
    answer = Answer(status, {"error": {"code": "Some_Code", "message": "why"}}, {"request-id": "r-1"}, "c-1")
    found = fault_of_answer(answer, "office", "disable the account", "User.EnableDisableAccount.All")
    assert type(found) is fault
    assert str(found) == f"office: cannot disable the account (HTTP {status}, Some_Code: why; request r-1, c-1)"
    assert found.system == "office"


def test_a_missing_right_is_named():
    found = fault_of_answer(Answer(403, {}), "office", "read", "Directory.Read.All")
    assert "Directory.Read.All, with admin consent." in found.hint


def test_a_privileged_account_is_told_from_a_missing_right():
    answer = Answer(403, {"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges"}})
    assert "higher role" in fault_of_answer(answer, "office", "disable", "User.EnableDisableAccount.All").hint


@pytest.mark.parametrize("body", [None, [], "text", {"error": "text"}, {"error": {}}, {"error": {"code": None}}])
def test_an_answer_that_says_nothing_is_told_as_such(body):
    assert "no reason given" in str(fault_of_answer(Answer(400, body), "office", "read", ""))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("3", 3), ("0", 0), ("", None), ("-1", None), ("1e9", 1e9), ("inf", None), ("nan", None), ("soon", None)],
)
def test_retry_after_is_a_number_of_seconds_or_nothing(value, seconds):
    assert Answer(429, None, {"retry-after": value}).wait() == seconds


def test_retry_after_may_be_a_date():
    later = Answer(429, None, {"retry-after": formatdate(time.time() + 20, usegmt=True)}).wait()
    assert later is not None
    assert 15 < later <= 20
    assert Answer(429, None, {"retry-after": formatdate(time.time() - 20, usegmt=True)}).wait() is None


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (httpx.ConnectError("Bearer eyJ0"), Unreachable),
        (httpx.ReadTimeout("Bearer eyJ0"), Unreachable),
        (httpx.RemoteProtocolError("Bearer eyJ0"), Unreachable),
        (ssl.SSLCertVerificationError(1, "Bearer eyJ0"), Untrusted),
        (ssl.SSLEOFError(8, "Bearer eyJ0"), Unreachable),
    ],
)
def test_what_breaks_is_told_without_what_was_sent(error, fault):
    found = fault_of_exception(error, "office", "read", "localhost")
    assert type(found) is fault
    assert "eyJ0" not in str(found)
