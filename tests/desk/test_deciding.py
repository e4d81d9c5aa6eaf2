"""What people see and decide at the desk, and what is refused, each time with a sentence that a person understands."""

from __future__ import annotations

from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import pytest

from offboard.domain.letter import LetterState
from offboard.domain.people import Person
from offboard.engine.driving import carry_out
from offboard.engine.showing import show
from offboard.engine.starting import plan_again
from tests.desk.conftest import AUDITOR, HR, IT, OWNER, Forms, Visitor

if TYPE_CHECKING:
    from tests.desk.conftest import Desk

LETTERS = "/departures/D-2026-0001/letters"


def informing(desk: Desk) -> str:
    """Return a departure whose access is shut and whose letters wait for the owner."""
    number = desk.company.approved()
    carry_out(desk.office, number)
    return number


def states(desk: Desk, number: str) -> dict[str, str]:
    return {letter.client: letter.state.value for letter in desk.firm.store.letters.letters(number)}


def refused(visitor: Visitor, code: int, sentence: str) -> None:
    assert visitor.code == code, visitor.page
    assert sentence in visitor.page
    assert "offboard " not in visitor.page.split("<main")[1], "nobody at the desk has a command line"


def test_hr_finds_the_person_and_serve_plans_it(desk: Desk) -> None:
    desk.serve()
    hr = desk.sign_in(HR)
    hr.open("/start")
    hr.send("/start/find", words="lee")
    assert (hr.path, "Ann Lee" in hr.page) == ("/start/find", True)
    hr.send("/start/chosen", person="ann")
    hr.send("/start/ask", day="2026-12-01", time="17:00", successor="Joe Fox", playbook="employee")
    assert "is being planned" in hr.page
    request = hr.path
    assert "Ann Lee is being planned" in hr.open("/")

    assert desk.serve() == ["D-2026-0001: planned as erin@corp.test asked at the desk"]
    hr.open(request)
    assert hr.path == "/departures/D-2026-0001"
    assert "Shut the doors" in hr.page
    assert "cannot approve it as well" in hr.page
    departure = desk.firm.store.departures.get("D-2026-0001")
    assert (departure.requested_by, departure.successor.login, departure.timezone) == (HR, "joe", "Europe/London")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"day": "2026-13-01"}, "is not a date"),
        ({"day": "2027-03-28", "time": "01:30"}, "01:30"),
        ({"successor": "nobody of that name"}, "nobody who is known here"),
        ({"successor": "Ann"}, "the successor is the person who leaves"),
        ({"playbook": "../employee"}, "choose a playbook"),
    ],
)
def test_a_wrong_form_says_what_is_wrong_and_keeps_what_was_typed(
    desk: Desk, fields: dict[str, str], sentence: str
) -> None:
    desk.serve()
    hr = desk.sign_in(HR)
    hr.open("/start")
    hr.send("/start/find", words="ann")
    hr.send("/start/chosen", person="ann")
    hr.send("/start/ask", **({"day": "2026-12-01", "time": "17:00", "playbook": "employee"} | fields))

    refused(hr, 400, sentence)
    if "successor" in fields:
        assert f'value="{fields["successor"]}"' in hr.page
    assert desk.firm.store.requests.waiting() == []


def test_a_request_that_cannot_be_planned_says_why(desk: Desk) -> None:
    desk.serve()
    hr = desk.sign_in(HR)
    hr.open("/start")
    hr.send("/start/find", words="ann")
    hr.send("/start/chosen", person="ann")
    hr.send("/start/ask", day="2026-12-01", time="17:00", playbook="employee")
    desk.company.systems.office.people.clear()
    desk.serve()

    assert "There is no plan for Ann Lee" in hr.open(hr.path)


def test_it_approves_but_for_what_is_declined_and_the_engine_carries_that_out(desk: Desk) -> None:
    number = desk.company.start()
    it = desk.sign_in(IT)
    it.open(f"/departures/{number}")
    plan = {change["label"]: change["id"] for change in show(desk.office, number)["changes"]}
    it.send(f"/departures/{number}/approve", decline=plan["vpn"])
    assert "Your approval is recorded" in it.page
    carry_out(desk.office, number)

    assert "vpn" in desk.company.systems.picture()["groups"]
    assert desk.company.systems.office.groups["vpn"] == {"id-ann"}
    assert desk.company.systems.office.open["id-ann"] is False


def test_whoever_asked_does_not_approve_and_an_auditor_decides_nothing(desk: Desk) -> None:
    number = desk.company.start()
    plan = desk.sign_in(IT)
    plan.open(f"/departures/{number}")
    digest = Forms(plan.page).found[f"/departures/{number}/approve"]["digest"]
    for mail in (HR, AUDITOR):
        other = desk.sign_in(mail)
        other.open(f"/departures/{number}")
        assert f"/departures/{number}/approve" not in Forms(other.page).found
        forged = token_for(other, f"/departures/{number}/approve")
        other._show(other.client.post(f"/departures/{number}/approve", data={"token": forged, "digest": digest}))
        assert other.code == 403
    assert show(desk.office, number)["status"] == "planned"


def test_a_plan_that_was_made_anew_is_not_approved_from_an_old_page(desk: Desk) -> None:
    number = desk.company.start()
    it = desk.sign_in(IT)
    it.open(f"/departures/{number}")
    desk.company.systems.office.groups["more"] = {"id-ann"}
    plan_again(desk.office, desk.firm.store.departures.get(number), asked_by=HR)
    it.send(f"/departures/{number}/approve")

    refused(it, 409, "was planned anew after you opened this; nothing was approved")
    assert show(desk.office, number)["status"] == "planned"


def test_what_cannot_be_undone_needs_a_fresh_sign_in(desk: Desk) -> None:
    number = desk.company.start()
    it = desk.sign_in(IT)
    desk.company.wait(minutes=16)
    it.open(f"/departures/{number}")
    it.send(f"/departures/{number}/approve")
    refused(it, 403, "needs a sign-in of the last quarter of an hour")
    assert f"/sign-in?back=/departures/{number}" in it.page
    assert show(desk.office, number)["status"] == "planned"

    desk.sign_in(IT, it, back=f"/departures/{number}")
    assert it.path == f"/departures/{number}"
    it.send(f"/departures/{number}/approve")
    assert "Your approval is recorded" in it.page


def test_the_one_who_leaves_sees_nothing_of_it(desk: Desk) -> None:
    desk.company.systems.office.people.append(Person("id-dave", "office", "dave", "Dave Dunn", IT, "1003"))
    desk.company.systems.office.open["id-dave"] = True
    number = desk.company.start(person="dave")
    desk.serve()
    dave, hr = desk.sign_in(IT), desk.sign_in(HR)

    assert "Dave Dunn" in hr.open("/")
    assert "Dave Dunn" not in dave.open("/")
    for path in ("", "/letters", "/rules", "/evidence", "/evidence.zip"):
        dave.open(f"/departures/{number}{path}")
        assert dave.code in {403, 404}
        assert "Dave Dunn" not in dave.page
    unknown = dave.open("/departures/D-2026-0777")
    assert dave.open(f"/departures/{number}").replace(number, "D-2026-0777") == unknown


def test_the_owner_edits_one_rejects_one_approves_the_rest_and_that_is_what_is_sent(desk: Desk) -> None:
    desk.company.systems.register.responsibles |= {"C4": "ann", "C5": "ann"}
    number = informing(desk)
    owner = desk.sign_in(OWNER)
    owner.open(LETTERS)
    assert f'Not opened yet: <a href="/letters/L-{number}-C1">English by mail</a>' in owner.page

    owner.open(f"/letters/L-{number}-C1")
    body = Forms(owner.page).found[f"/letters/L-{number}-C1/save"]["body"]
    new = body.replace("\r\n", "\n").strip() + "\n\nI shall ring you on Monday: {{ 7 * 7 }} <b>& *soon*.\n"
    owner.send(f"/letters/L-{number}-C1/preview", body=new)
    assert "Not kept yet" in owner.page
    assert 'src="data:image/png;base64,' in owner.page
    owner.send(f"/letters/L-{number}-C1/save", body=new)
    assert "Your text is kept" in owner.page
    owner.send(f"/letters/L-{number}-C1/approve")

    owner.open(f"/letters/L-{number}-C2")
    owner.send(f"/letters/L-{number}-C2/reject", reason="told by telephone")
    owner.open(LETTERS)
    owner.send(f"{LETTERS}/approve")
    assert states(desk, number) == {"C1": "approved", "C2": "rejected", "C4": "approved", "C5": "approved"}

    desk.company.systems.outbox.sent.clear()
    carry_out(desk.office, number)
    sent = dict(desk.company.systems.outbox.sent)
    assert sorted(sent) == ["c1@client.example", "c4@client.example", "c5@client.example"]
    letters = {letter.client: letter for letter in desk.firm.store.letters.letters(number)}
    assert all(sent[letters[c].recipient] == desk.firm.book.message(letters[c]) for c in ("C1", "C4", "C5"))
    text = message_from_bytes(sent["c1@client.example"], policy=policy.default).get_body(("plain",)).get_content()
    assert "I shall ring you on Monday: {{ 7 * 7 }} <b>& soon." in " ".join(text.split())
    assert states(desk, number) == {"C1": "sent", "C2": "rejected", "C4": "sent", "C5": "sent"}


def test_letters_are_approved_together_only_after_one_of_each_kind_was_opened(desk: Desk) -> None:
    number = informing(desk)
    owner = desk.sign_in(OWNER)
    owner.open(LETTERS)
    assert f"{LETTERS}/approve" not in Forms(owner.page).found
    owner._show(owner.client.post(f"{LETTERS}/approve", data={"token": token_for(owner, f"{LETTERS}/approve")}))
    refused(owner, 409, "changed after you opened the page")

    owner.open(f"/letters/L-{number}-C1")
    owner.open(LETTERS)
    owner.send(f"{LETTERS}/approve")
    assert set(states(desk, number).values()) == {"approved"}


def test_a_second_tab_with_a_stale_page_decides_nothing(desk: Desk) -> None:
    number = informing(desk)
    path = f"/letters/L-{number}-C1"
    owner = desk.sign_in(OWNER)
    old = owner.open(path)
    owner.send(f"{path}/save", body="Dear Pat,\n\nAnother text.\n")
    for what, fields in (("approve", {}), ("reject", {"reason": "late"}), ("preview", {})):
        owner.page = old
        owner.send(f"{path}/{what}", **fields)
        refused(owner, 409, "changed after you opened the page, in another tab or by somebody else")
    owner.page = old
    owner.send(f"{path}/save", body="My long text that must not be lost.")
    refused(owner, 409, "changed after you opened the page")
    assert "My long text that must not be lost." in owner.page
    letter = desk.firm.store.letters.letter(f"L-{number}-C1")
    assert (letter.state, letter.body) == (LetterState.TO_REVIEW, "Dear Pat,\n\nAnother text.\n")


def test_only_the_owner_decides_on_letters_and_it_does_not_read_them(desk: Desk) -> None:
    number = informing(desk)
    hr, it = desk.sign_in(HR), desk.sign_in(IT)
    hr.open(f"/letters/L-{number}-C1")
    assert hr.code == 200
    assert f"/letters/L-{number}-C1/approve" not in Forms(hr.page).found
    for what in ("approve", "reject", "save", "preview"):
        path = f"/letters/L-{number}-C1/{what}"
        digest = desk.firm.store.letters.letter(f"L-{number}-C1").digest
        fields = {"token": token_for(hr, path), "digest": digest, "reason": "x", "subject": "x", "body": "x"}
        hr._show(hr.client.post(path, data=fields))
        assert hr.code in {403, 409}
    it.open(f"/letters/L-{number}-C1")
    refused(it, 403, "it takes the role owner or hr or auditor")
    assert set(states(desk, number).values()) == {"to_review"}


def test_an_edited_letter_keeps_its_text_when_the_departure_is_planned_anew(desk: Desk) -> None:
    number = desk.company.start()
    path = f"/letters/L-{number}-C1"
    owner = desk.sign_in(OWNER)
    owner.open(path)
    owner.send(f"{path}/save", body="Dear Pat,\n\nMy own words.\n")
    plan_again(desk.office, desk.firm.store.departures.get(number), asked_by=HR)
    owner.open(path)
    assert "My own words." in owner.page
    assert "planned anew" in owner.page


def test_the_evidence_can_be_taken_away_and_holds(desk: Desk, tmp_path: object) -> None:
    from offboard.storage import bundle  # noqa: PLC0415 - this test alone

    number = informing(desk)
    auditor = desk.sign_in(AUDITOR)
    assert "Download the bundle" in auditor.open(f"/departures/{number}/evidence")
    file = tmp_path / "evidence.zip"
    file.write_bytes(auditor.client.get(f"/departures/{number}/evidence.zip").content)
    assert bundle.check(file).ok


def test_the_rules_are_shown_from_the_copies_with_every_system_down(desk: Desk) -> None:
    number = informing(desk)
    desk.company.systems.down |= {"mail", "office", "clients"}
    it = desk.sign_in(IT)
    it.open(f"/departures/{number}/rules")
    assert "x@freemail.invalid" in it.page
    assert "alarm" in it.page


def token_for(visitor: Visitor, path: str) -> str:
    """Return the token that a form to this path would have, as somebody who knows their own cookie could make it."""
    from offboard.desk.visiting import form_token  # noqa: PLC0415 - this alone

    return form_token(visitor.client.cookies["desk"], path)
