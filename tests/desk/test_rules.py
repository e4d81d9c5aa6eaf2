"""The page of a leaver's mail rules: what it shows, what IT decides there, and what is refused."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from offboard.domain.people import Person
from offboard.engine.deciding import approve
from offboard.engine.driving import carry_out
from offboard.engine.scanning import scan
from offboard.engine.showing import show, show_plan
from offboard.engine.starting import plan_again
from tests.desk.conftest import AUDITOR, HR, IT, OWNER, Forms
from tests.desk.test_deciding import refused, token_for

if TYPE_CHECKING:
    from tests.desk.conftest import Desk, Visitor

NUMBER = "D-2026-0001"
PAGE = f"/departures/{NUMBER}/rules"
DECIDE, BULK, KEEP = f"{PAGE}/decide", f"{PAGE}/stop-outside", f"{PAGE}/keep-suggested"
MAIN = (
    'require ["copy", "fileinto"];\r\n# <script>alert(1)</script> \u202egp.exe Grüße\r\n'
    'if header :contains "subject" "invoice" { redirect :copy "ann.lee@gmail.com"; fileinto "{{ 7*7 }}"; }\r\n'
)


@pytest.fixture
def it(desk: Desk) -> Visitor:
    """Return IT at the page of a departure that is approved."""
    desk.company.systems.mail.stored = {"main": MAIN.encode(), "old": b'redirect "x@freemail.invalid";', "z": b"keep;"}
    desk.company.systems.mail.active = "main"
    desk.company.approved()
    visitor = desk.sign_in(IT)
    visitor.open(PAGE)
    return visitor


def ids(desk: Desk) -> dict[str, str]:
    from offboard.engine.reviewing import review  # noqa: PLC0415 - this alone

    return {one.key.name: one.key.id for one in review(desk.office, ["corp.test"], NUMBER)}


def decisions(desk: Desk) -> list[tuple[str, str, str]]:
    found = desk.firm.store.decisions.decisions(NUMBER)
    return [(one.rule.name, one.decision.value, one.because) for one in found]


def test_the_page_shows_every_rule_with_verdict_reasons_sources_and_its_very_bytes(desk: Desk, it: Visitor) -> None:
    page = it.page
    assert page.index(">main<") < page.index(">old<") < page.index(">z<"), "the worst first"
    for text in (
        "gmail.com is a provider of private mailboxes.",
        'href="https://attack.mitre.org/techniques/T1114/003"',
        "redirects to ann.lee@gmail.com",
        "moves to the folder {{ 7*7 }}",
        "&lt;script&gt;alert(1)&lt;/script&gt; [U+202E]gp.exe Grüße",
        hashlib.sha256(MAIN.encode()).hexdigest(),
    ):
        assert text in page
    assert "<script>alert" not in page
    assert "\u202e" not in page
    copy = it.client.get(f"{PAGE}/{ids(desk)['main']}/copy")
    assert copy.content == MAIN.encode()
    assert copy.headers["content-disposition"].startswith('attachment; filename="D-2026-0001-R-')
    assert it.client.get(f"{PAGE}/R-0000000000/copy").status_code == 404


def test_the_rules_can_be_picked_by_verdict(desk: Desk, it: Visitor) -> None:
    del desk
    for word, names in {
        "alarm": {"main"}, "suspicious": {"old"}, "none": {"z"}, "open": {"main", "old", "z"}, "no such": {
            "main", "old", "z"},
    }.items():  # fmt: skip
        page = it.open(f"{PAGE}?show={word}")
        assert {name for name in ("main", "old", "z") if f">{name}</h2>" in page} == names
    assert "No rule of that kind" in it.open(f"{PAGE}?show=notice")


def test_it_stops_all_that_leads_outside_and_keeps_the_rest(desk: Desk, it: Visitor) -> None:
    it.send(BULK)
    assert "It is recorded. The plan stays as it is." in it.page
    it.send(KEEP, rules=[ids(desk)[name] for name in ("old", "z")])
    assert decisions(desk) == [("main", "stop", ""), ("old", "keep", ""), ("z", "keep", "")]
    assert show(desk.office, NUMBER)["status"] == "approved"
    assert BULK not in Forms(it.page).found
    assert KEEP not in Forms(it.page).found
    assert "Decided by dave@corp.test" in it.page
    carry_out(desk.office, NUMBER)
    assert desk.company.systems.mail.active != "main"
    assert "stopped by c" in it.open(PAGE)


def test_a_decision_that_changes_the_plan_is_planned_anew_by_serve(desk: Desk, it: Visitor) -> None:
    it.send(DECIDE, rule=ids(desk)["main"], decision="leave", because="agreed\r\nwith <the> owner")
    assert "The plan is made anew with it" in it.page
    assert "until it is approved again, nothing is carried out" in it.page
    assert "“agreed with &lt;the&gt; owner”" in it.page
    assert show_plan(desk.office, NUMBER)["kind"] is None
    it.open(f"/departures/{NUMBER}")
    assert it.code == 200
    assert desk.serve() == ["D-2026-0001: planned anew with what was decided on its mail rules"]
    it.open(f"/departures/{NUMBER}")
    assert "goes on as it is" in it.page
    it.send(f"/departures/{NUMBER}/approve")
    carry_out(desk.office, NUMBER)
    assert desk.company.systems.mail.active == "main"
    assert "until it is approved again" not in it.open(PAGE)


def test_after_the_stop_it_is_an_undo_that_somebody_else_approves(desk: Desk, it: Visitor) -> None:
    carry_out(desk.office, NUMBER)
    it.open(PAGE)
    it.send(DECIDE, rule=ids(desk)["main"], decision="leave", because="the owner needs it")
    assert "put back once somebody else has approved that" in it.page
    it.open(f"/departures/{NUMBER}")
    assert "cannot approve it as well" in it.page
    approve(desk.office, NUMBER, "dora@corp.test")
    carry_out(desk.office, NUMBER)
    assert desk.company.systems.mail.active == "main"
    assert desk.company.systems.mail.stored["main"] == MAIN.encode()


def test_what_is_handed_on_is_planned(desk: Desk, it: Visitor) -> None:
    it.send(DECIDE, rule=ids(desk)["main"], decision="hand", because="")
    desk.serve()
    steps = {change["step"] for change in show_plan(desk.office, NUMBER)["changes"]}
    assert {"stop_forwarding", "hand_over_rules"} <= steps
    assert "Hand it to Joe Fox" in it.open(PAGE)


@pytest.mark.parametrize(
    ("fields", "code", "sentence"),
    [
        ({"decision": "leave"}, 409, "with a reason only"),
        ({"decision": "keep"}, 409, "would go on working"),
        ({"decision": "forget"}, 400, "hoose what becomes of the rule"),
        ({"decision": "stop", "rule": "R-0000000000"}, 404, "or it was changed since"),
        ({"decision": "stop", "seen": "7"}, 409, "somebody decided on a rule after you opened this"),
        ({"decision": "stop", "seen": "x"}, 409, "did not say what you had seen"),
        ({"decision": "stop", "token": "0" * 64}, 403, "does not come from a page that you opened here"),
    ],
)
def test_what_is_refused_says_so_and_records_nothing(
    desk: Desk, it: Visitor, fields: dict[str, str], code: int, sentence: str
) -> None:
    it.send(DECIDE, **({"rule": ids(desk)["main"], "because": ""} | fields))
    refused(it, code, sentence)
    assert decisions(desk) == []
    assert show(desk.office, NUMBER)["status"] == "approved"


def test_a_second_tab_with_a_stale_page_decides_nothing(desk: Desk, it: Visitor) -> None:
    stale, rules = it.page, ids(desk)
    it.send(DECIDE, rule=rules["z"], decision="keep")
    for path, fields in ((DECIDE, {"rule": rules["main"], "decision": "stop"}), (BULK, {}), (KEEP, {})):
        it.page = stale
        if path in Forms(stale).found:
            it.send(path, **fields)
            assert it.code == 409
    assert decisions(desk) == [("z", "keep", "")]

    it.open(PAGE)
    desk.company.systems.mail.stored["main"] = MAIN.replace("gmail", "gmx").encode()
    plan_again(desk.office, desk.firm.store.departures.get(NUMBER), asked_by=HR)
    it.send(BULK)
    refused(it, 409, "other rules than when you opened this")


def test_a_changed_rule_is_to_be_reviewed_again(desk: Desk, it: Visitor) -> None:
    it.send(BULK)
    desk.company.systems.mail.stored["main"] = MAIN.replace("gmail", "gmx").encode()
    plan_again(desk.office, desk.firm.store.departures.get(NUMBER), asked_by=HR)
    assert "It was changed since dave@corp.test decided on it (Stop it)" in it.open(PAGE)


def test_others_read_and_decide_nothing(desk: Desk, it: Visitor) -> None:
    assert BULK in Forms(it.page).found
    rule = ids(desk)["main"]
    for mail in (OWNER, AUDITOR):
        other = desk.sign_in(mail)
        other.open(PAGE)
        assert "ann.lee@gmail.com" in other.page
        assert "Suggested: Stop it" in other.page
        assert {BULK, DECIDE, KEEP}.isdisjoint(Forms(other.page).found)
        for path in (BULK, DECIDE, KEEP):
            fields = {"token": token_for(other, path), "rule": rule, "rules": rule, "decision": "stop", "seen": "0"}
            other._show(other.client.post(path, data=fields))
            refused(other, 403, "it takes the role it")
    hr = desk.sign_in(HR)
    hr.open(PAGE)
    refused(hr, 403, "it takes the role it or owner or auditor")
    assert decisions(desk) == []


def test_the_one_who_leaves_neither_sees_nor_decides(desk: Desk, it: Visitor) -> None:
    del it
    desk.company.systems.office.people.append(Person("id-dave", "office", "dave", "Dave Dunn", IT, "1003"))
    desk.company.systems.office.open["id-dave"] = True
    number = desk.company.start(person="dave")
    dave = desk.sign_in(IT)
    path = f"/departures/{number}/rules"
    dave.open(path)
    refused(dave, 404, "here is no departure")
    fields = {"token": token_for(dave, f"{path}/decide"), "rule": "x", "decision": "keep", "seen": "0"}
    dave._show(dave.client.post(f"{path}/decide", data=fields))
    refused(dave, 404, "here is no departure")


def test_everybodys_rules_are_those_of_the_last_scan(desk: Desk, it: Visitor) -> None:
    assert "Nobody's rules have been scanned yet" in it.open("/rules")
    scan(desk.office, ["corp.test"])
    desk.company.systems.down |= {"mail", "office", "clients"}
    page = it.open("/rules")
    assert "1 mailbox read" in page
    assert "ann.lee@gmail.com" in page
    assert "x@freemail.invalid" in page
    assert "x@freemail.invalid" not in it.open("/rules?show=alarm")
    hr = desk.sign_in(HR)
    hr.open("/rules")
    refused(hr, 403, "it takes the role")
