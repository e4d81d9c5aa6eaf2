"""On a mail server of this machine nothing is kept back unless the settings say so, and that is said aloud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.test_whole_departure import START

if TYPE_CHECKING:
    from tests.servers.smtp import SmtpSink
    from tests.servers.workplace import Workplace

OWNER = ("--as", "owner@corp.test")


@pytest.mark.parametrize(
    ("letters", "said", "kept_back"),
    [
        ({}, "test mode and the first letter for a look (canary): off", False),
        ({"test_mode": False}, "the first letter for a look (canary): off", False),
        ({"test_mode": True, "canary": 0}, "", True),
        ({"test_mode": False, "canary": 0}, "", False),
    ],
)
def test_what_is_off_is_said_by_doctor_and_on_sending(
    workplace: Workplace, smtp_sink: SmtpSink, letters: dict[str, Any], said: str, *, kept_back: bool
) -> None:
    workplace.settings["letters"] = letters
    workplace.write()
    number = workplace.json(*START, "--as", "erin@corp.test")["departure"]
    workplace.run("approve", number, "--as", "dave@corp.test")
    workplace.run("apply", number)
    workplace.run("letters", "approve", number, *OWNER)

    workplace.run("letters", "send", number)

    assert (said in workplace.last_error) if said else "note:" not in workplace.last_error
    cannot = {row["system"]: " ".join(row["cannot"]) for row in workplace.json("doctor")}
    assert (said in cannot["outbox"]) if said else "keep letters back" not in cannot["outbox"]
    assert "keep letters back" not in cannot["office"] + cannot["mail"] + cannot["clients"]
    to_owner = {one for mail in smtp_sink.envelopes for one in mail.rcpt_tos} == {"owner@corp.test"}
    assert to_owner is kept_back
