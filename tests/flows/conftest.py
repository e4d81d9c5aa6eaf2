"""A Prefect server of our own, the practice company, and ``offboard serve`` between the two.

Prefect is looked at through its REST API alone, as any other program would. The server and one served company last for
the session, since starting them takes ten seconds; tests that break something have a company of their own.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest

from flows.server import PrefectServer
from offboard.domain.letter import Channel, LetterState
from offboard.engine.deciding import approve, decide_letters
from offboard.practice.company import PracticeCompany
from tests.flows.place import Place, say_no

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrefectServer]:
    folder = tmp_path_factory.mktemp("prefect")
    with PrefectServer(folder / "home", folder / "server.log") as server:
        yield server


@pytest.fixture(scope="session")
def place(prefect_server: PrefectServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A company that is served for the whole session."""
    folder = tmp_path_factory.mktemp("place")
    with PracticeCompany.start(folder / "company") as company:
        place = Place(company, prefect_server, folder)
        place.clients()
        place.serve()
        try:
            place.ready()
            yield place
        finally:
            place.end()


HUNDREDS = count(100, 100)


@pytest.fixture
def own_place(prefect_server: PrefectServer, tmp_path: Path) -> Iterator[Place]:
    """A company of one test, which may break it; nobody serves it until the test does.

    Its departures have numbers of their own, so that Prefect's one server can tell the companies apart.
    """
    with PracticeCompany.start(tmp_path / "company") as company:
        place = Place(company, prefect_server, tmp_path)
        place.clients()
        place.count_from(next(HUNDREDS))
        try:
            yield place
        finally:
            place.end()


@pytest.fixture(scope="session")
def carried(place: Place) -> str:
    """The number of a departure that went the whole way: by its deployment, approved, carried out, letters sent."""
    domain = place.company.leaver.partition("@")[2]
    request = {
        "person": place.company.leaver,
        "last_moment": "2026-01-30T17:00:00+00:00",
        "playbook": "employee",
        "successor": f"sophie.adeyemi@{domain}",
    }
    run = place.api.start("plan_departure", request=request)
    assert run["state_type"] == "COMPLETED", run["state"]
    with place.firm() as firm:
        ((departure, _),) = firm.store.departures.every()
        assert departure.requested_by == "", "Prefect does not know who pressed its button"
        say_no(firm, departure.number, place.company.it)
        approve(firm.office, departure.number, place.company.it)
    number = departure.number
    assert place.wait_for_status(number, "informing", "attention") == "informing"
    with place.firm() as firm:
        letters = firm.store.letters.letters(number)
        decide_letters(firm.office, number, letters, place.company.owner, to=LetterState.APPROVED)
    by_mail = {letter.id for letter in letters if letter.channel is Channel.MAIL}

    def sent() -> bool:
        with place.firm() as firm:
            now = firm.store.letters.letters(number)
        return by_mail == {letter.id for letter in now if letter.state is LetterState.SENT}

    place.api.wait_for(sent, "the letters were sent")
    return number
