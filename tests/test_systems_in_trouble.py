"""Systems in trouble: said so with a hint, the rest is done, and nothing is half done without a word."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.servers.authority import make_authority
from tests.servers.command_line import ALICE, HR, PAST, START, approved, outcomes, refused
from tests.servers.needed import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.dovecot import Dovecot
    from tests.servers.slapd import Slapd
    from tests.servers.smtp import SmtpSink
    from tests.servers.workplace import Workplace


@pytest.mark.parametrize("down", ["slapd", "dovecot"])
def test_a_server_that_goes_down_is_said_so_and_waited_for(
    workplace: Workplace, slapd: Slapd, dovecot: Dovecot, down: str
) -> None:
    server = slapd if down == "slapd" else dovecot
    if down == "slapd":
        # Without its directory Dovecot knows nobody either, and takes its time to say so.
        del workplace.settings["systems"]["mail"]
        workplace.write()
    number = approved(workplace)
    server.stop()

    shown = json.loads(workplace.run("apply", number, "--json", code=3))

    assert shown["status"] == "attention"
    failed = [c for c in shown["changes"] if c["outcome"] == "failed"]
    assert {c["system"] for c in failed} == {"office" if down == "slapd" else "mail"}
    assert all(c["error"] and c["hint"] for c in failed)
    assert workplace.last_error.startswith("error: ")
    assert "hint: " in workplace.last_error
    done = {c["outcome"] for c in shown["changes"] if c["system"] == "office"}
    assert done == ({"failed"} if down == "slapd" else {"done"})
    assert {c["outcome"] for c in shown["changes"] if c["step"] == "reassign_clients"} == {None}
    assert not json.loads(workplace.run("verify", number, "--json", code=3))["holds"]
    doctor = json.loads(workplace.run("doctor", "--json", code=3))
    assert {row["system"] for row in doctor if not row["reachable"]} == {"office" if down == "slapd" else "mail"}
    server.start()
    workplace.run("apply", number)
    assert set().union(*outcomes(workplace, number).values()) <= {"done", "already"}
    assert workplace.json("verify", number)["holds"]
    assert not slapd.bind(ALICE, "alicepw")


def test_a_server_that_is_down_at_the_start_is_said_so(workplace: Workplace, slapd: Slapd, dovecot: Dovecot) -> None:
    slapd.stop()
    refused(workplace, *START, code=3, says="nobody could be looked up")
    assert workplace.json("list") == []
    slapd.start()
    dovecot.stop()
    plan = json.loads(workplace.run(*START, "--json", code=3))
    assert {gap["system"] for gap in plan["not_covered"]} == {"mail", None}
    assert "could not be planned" in workplace.last_error
    number = plan["departure"]
    workplace.run("approve", number, "--as", "dave@corp.test")
    dovecot.start()
    workplace.run("apply", number, code=1)
    assert workplace.json("show", number)["status"] == "attention"
    assert not slapd.bind(ALICE, "alicepw"), "what could be planned is shut at once"
    assert not json.loads(workplace.run("verify", number, "--json", code=1))["holds"]
    workplace.run("plan", number, "--again", "--as", "dora@corp.test")
    workplace.run("approve", number, "--as", "dave@corp.test")
    assert workplace.json("apply", number)["status"] == "informing"
    assert workplace.json("verify", number)["holds"]
    assert dovecot.active_script("alice") == "offboard-auto-reply"


def test_a_mail_server_that_is_down_gets_its_letters_later_and_once(workplace: Workplace, smtp_sink: SmtpSink) -> None:
    number = approved(workplace)
    workplace.run("apply", number)
    workplace.run("letters", "approve", number, "--as", "owner@corp.test")
    workplace.settings["systems"]["outbox"]["port"] = free_port()
    workplace.write()

    shown = json.loads(workplace.run("apply", number, "--json", code=3))

    assert [c["outcome"] for c in shown["changes"] if c["step"] == "send_letters"] == ["failed", "failed"]
    assert "outbox" in workplace.last_error
    workplace.run("letters", "send", number, code=3)
    assert {x["state"] for x in workplace.json("letters", "list", number)} == {"approved"}
    workplace.settings["systems"]["outbox"]["port"] = smtp_sink.port
    workplace.write()
    workplace.run("letters", "send", number)
    workplace.run("letters", "send", number)
    recipients = sorted(e.rcpt_tos[0] for e in smtp_sink.envelopes)
    assert recipients == ["ida@alder.example", "uwe@buchen.example"]


def test_letters_do_not_go_out_before_the_clients_are_handed_over(workplace: Workplace) -> None:
    number = workplace.json(*START)["departure"]
    workplace.run("letters", "approve", number, "--as", "owner@corp.test")
    post = str(workplace.folder / "post")

    refused(workplace, "letters", "print", number, "--out", post, "--as", "owner@corp.test", code=1, says="not before")
    workplace.run("letters", "send", number)

    assert {x["state"] for x in workplace.json("letters", "list", number)} == {"approved"}
    workplace.run("letters", "print", number, "--out", post, "--all")
    assert {x["state"] for x in workplace.json("letters", "list", number)} == {"approved"}


def test_rights_that_end_half_way_are_reported_and_the_rest_is_done(workplace: Workplace, slapd: Slapd) -> None:
    number = approved(workplace)
    workplace.settings["systems"]["office"]["bind_dn"] = "cn=doorman,ou=services,dc=corp,dc=test"
    workplace.write()

    shown = json.loads(workplace.run("apply", number, "--json", code=1))
    said = workplace.last_error

    assert shown["status"] == "attention"
    assert outcomes(workplace, number)["leave_groups"] == {"failed"}
    assert outcomes(workplace, number)["disable_account"] == {"done"}
    assert outcomes(workplace, number)["stop_forwarding"] == {"done"}
    assert outcomes(workplace, number)["reassign_clients"] == {None}
    assert said.startswith("error: office: ")
    assert "hint: Grant the right" in said
    assert not slapd.bind(ALICE, "alicepw")
    verified = json.loads(workplace.run("verify", number, "--json", code=1))
    assert {left["step"] for left in verified["left"] if left["phase"] == "secure"} == {"leave_groups"}
    workplace.settings["systems"]["office"]["bind_dn"] = "cn=offboard,ou=services,dc=corp,dc=test"
    workplace.write()
    assert workplace.json("apply", number)["status"] == "informing"
    assert slapd.search("(member=uid=alice,ou=people,dc=corp,dc=test)", ["cn"]) == []


def test_a_certificate_of_an_unknown_authority_is_refused(workplace: Workplace, slapd: Slapd, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = make_authority(tmp_path / "other")
    number = approved(workplace)
    workplace.settings["systems"]["office"]["ca_file"] = str(other.ca_file)
    workplace.write()

    refused(workplace, "start", "bob", *PAST, *HR, code=3, says="certificate")
    assert "ca_file" in workplace.last_error
    shown = json.loads(workplace.run("apply", number, "--json", code=3))
    assert {c["outcome"] for c in shown["changes"] if c["system"] == "office"} == {"failed"}
    assert slapd.bind(ALICE, "alicepw")
    workplace.settings["systems"]["office"]["ca_file"] = str(tmp_path / "nowhere.pem")
    workplace.write()
    refused(workplace, "doctor", code=2, says="nowhere.pem holds no certificate that can be read")


def test_a_wrong_password_is_said_so_and_never_repeated(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFICE_LDAP_PASSWORD", "canary-0815")

    refused(workplace, *START, code=3, says="office: ")

    assert "canary" not in workplace.last_error
