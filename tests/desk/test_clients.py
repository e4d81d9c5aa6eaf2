"""Clients at the desk: who takes over, whom the owner calls, who depends on one person; with plain forms alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.domain.exposure import Exposure
from offboard.domain.people import fold
from tests.desk.conftest import AUDITOR, HR, IT, OWNER, Forms

if TYPE_CHECKING:
    from tests.desk.conftest import Desk, Visitor


@pytest.fixture
def number(desk: Desk) -> str:
    number = desk.company.start(successor="")
    desk.serve()
    return number


def fields(visitor: Visitor, form: str, button: str) -> dict[str, str]:
    """Return what the form carries when one of its buttons is pressed that sends it elsewhere."""
    return {"token": Forms(visitor.page).found[button]["token"]} if button != form else {}


def press(desk: Desk, visitor: Visitor, path: str, button: str, **given: object) -> None:
    """Press a button of the form at ``path``."""
    answer = visitor.client.post(
        button,
        data=Forms(visitor.page).found[path] | fields(visitor, path, button) | given,
        headers={"origin": desk.address},
    )
    visitor._show(answer)


def test_proposals_are_changed_one_by_one_and_in_bulk_and_planned_anew(desk: Desk, number: str) -> None:
    hr, path = desk.sign_in(HR), f"/departures/{number}/clients"
    hr.open(path)
    assert "Client C1" in hr.page
    assert "Client C2" in hr.page
    assert "nobody yet" in hr.page
    before = desk.firm.store.plans.every(number)[-1].plan.digest

    press(desk, hr, f"{path}/assign", f"{path}/assign", client=["C1"], to="joe@corp.test")
    assert "planned anew within a minute" in hr.page
    assert desk.firm.store.plans.every(number)[-1].voided, "nothing of what was planned may be carried out any more"
    assert any("takes over 1 client;" in said for said in desk.serve())
    hr.open(path)
    assert "joe@corp.test" in hr.page
    departure = desk.firm.store.departures.get(number)
    assert {client: person.login for client, person in departure.successors.items()} == {"C1": "joe"}
    assert desk.firm.store.plans.every(number)[-1].plan.digest != before

    press(desk, hr, f"{path}/assign", f"{path}/brief", client=["C1"])
    assert "within a minute the letters say so" in hr.page
    assert any("1 client recorded as briefed; 1 of their letters say so now" in said for said in desk.serve())
    assert hr.open(path).count('<span class="chip good">briefed</span>') == 1
    bodies = {letter.client: letter.body for letter in desk.firm.store.letters.letters(number)}
    assert "Joe Fox has been told how things stand" in bodies["C1"]
    hr.open(path)
    press(desk, hr, f"{path}/assign", f"{path}/skip", client=["C2"], reason="it was dissolved")
    desk.serve()
    departure = desk.firm.store.departures.get(number)
    assert [(s.reason, s.by) for s in departure.skips.values()] == [("it was dissolved", HR)]
    assert "stays: it was dissolved" in hr.open(path)
    plan = desk.firm.store.plans.every(number)[-1]
    assert plan.guards == []
    assert [c.target for c in plan.plan.changes if c.step == "reassign_clients"] == ["C1"]


def test_what_is_refused_is_said_on_the_page(desk: Desk, number: str) -> None:
    hr, path = desk.sign_in(HR), f"/departures/{number}/clients"
    for button, given, said in (
        ("assign", {"to": "joe@corp.test"}, "no client is chosen"),
        ("assign", {"client": ["C1"]}, "choose who takes over"),
        ("skip", {"client": ["C1"]}, "say why"),
    ):
        hr.open(path)
        press(desk, hr, f"{path}/assign", f"{path}/{button}", **given)
        assert hr.code == 400
        assert said in fold(hr.page)
    hr.open(path)
    press(desk, hr, f"{path}/assign", f"{path}/assign", client=["C3"], to="joe@corp.test")
    desk.serve()
    assert "not of Ann Lee" in hr.open(path)


def test_it_the_auditor_the_leaver_and_a_forged_form_get_nowhere(desk: Desk, number: str) -> None:
    path = f"/departures/{number}/clients"
    for person in (IT, AUDITOR):
        visitor = desk.sign_in(person)
        for page in (path, f"/departures/{number}/calls", "/clients"):
            visitor.open(page)
            assert visitor.code == 403
            assert "Client C1" not in visitor.page
    hr = desk.sign_in(HR)
    hr.open(path)
    good = Forms(hr.page).found[f"{path}/assign"] | {"client": "C1", "to": "joe@corp.test"}
    for form, headers in (
        (good | {"token": "x"}, {"origin": desk.address}),
        (good | {"token": Forms(hr.page).found[f"{path}/skip"]["token"]}, {"origin": desk.address}),
        (good, {"origin": "https://elsewhere.example"}),
    ):
        assert hr.client.post(f"{path}/assign", data=form, headers=headers).status_code == 403
    assert desk.firm.store.clients.requests() == []


def test_the_owner_ticks_calls_and_nobody_else_does(desk: Desk, number: str) -> None:
    path = f"/departures/{number}/calls"
    owner = desk.sign_in(OWNER)
    owner.open(path)
    assert "Nobody is on the list." in owner.page
    press(desk, owner, f"{path}/choose", f"{path}/choose", first="1")
    desk.serve()
    owner.open(path)
    assert "to call" in owner.page
    hr = desk.sign_in(HR)
    hr.open(path)
    assert f"{path}/called" not in Forms(hr.page).found
    press(desk, owner, f"{path}/called", f"{path}/called", note="knows <b>Joe</b>")
    assert "The call is recorded" in owner.page
    assert "knows &lt;b&gt;Joe&lt;/b&gt;" in owner.page
    assert [call.called_by for call in desk.firm.store.clients.calls(number)] == [OWNER]


def test_exposure_shows_the_plot_and_the_trend(desk: Desk) -> None:
    owner = desk.sign_in(OWNER)
    for week, value in (("2026-01-05", 900), ("2026-01-12", 400)):
        desk.firm.store.clients.keep_week(week, [Exposure("<i>ann", 3, 2, value, None, 3)])
    desk.serve()
    owner.open("/clients")
    assert "<svg" in owner.page
    assert "Value at risk since the week of 2026-01-05" in owner.page
    assert "<i>ann" not in owner.page
