"""Several domain controllers, of which one lags behind: a copy of the domain that replicates nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.domain.change import unfinished
from offboard.errors import Unreachable
from tests.connectors.ad_office import BY_CODE, SHUT, SIGN_IN, AdOffice
from tests.servers.samba_seed import PASSWORD, STAFF

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.samba import Controller, Domain

ROSA = f"CN=Rosa R,{STAFF}"


@pytest.fixture
def laggard(domain: Domain) -> Iterator[Controller]:
    """Lend the second controller, which knows Rosa as the seed made her."""
    domain.second.start()
    yield domain.second
    domain.second.stop()


@pytest.fixture
def rosa(ad: AdOffice, laggard: Controller) -> Iterator[str]:
    """Return Rosa's objectGUID; whatever a test did to her, she is open on both controllers afterwards."""
    yield ad.id_of(ROSA)
    for controller in (ad.first, laggard):
        if controller.process is None:
            controller.start()
        controller.write(ROSA, userAccountControl="512", accountExpires="0", unicodePwd=_quoted())


def _quoted() -> bytes:
    return f'"{PASSWORD}"'.encode("utf-16-le")


def test_every_named_controller_is_shut_at_once(ad: AdOffice, laggard: Controller, rosa: str):
    connection = ad.connect(controllers=[laggard.url])
    assert laggard.bind(ROSA, PASSWORD) == "in"
    connection.set_account(rosa, SHUT)
    assert connection.account(rosa) == BY_CODE
    probe = str(ad.sealed(rosa)["probe"])
    assert (ad.first.bind(ROSA, probe), laggard.bind(ROSA, probe)) == ("533", "533")
    assert laggard.bind(ROSA, PASSWORD) == "52e"


def test_the_controller_that_still_lets_in_is_named(ad: AdOffice, laggard: Controller, rosa: str):
    ad.connect().set_account(rosa, SHUT)
    assert ad.connect().account(rosa) == BY_CODE, "who asks one controller only is content"
    found = ad.connect(controllers=[laggard.url]).account(rosa)
    assert isinstance(found, dict)
    assert (found["sign_in"], found["open_on"]) == ("shut in part", [laggard.url])
    assert "other controllers" in str(found["unfinished"])
    assert laggard.bind(ROSA, PASSWORD) == "in"
    again = ad.connect(controllers=[laggard.url])
    again.set_account(rosa, SHUT)
    assert again.account(rosa) == BY_CODE


def test_a_controller_that_is_let_in_on_again_by_hand_is_named(ad: AdOffice, laggard: Controller, rosa: str):
    connection = ad.connect(controllers=[laggard.url])
    connection.set_account(rosa, SHUT)
    laggard.write(ROSA, userAccountControl="512", accountExpires="0")
    found = connection.account(rosa)
    assert isinstance(found, dict)
    assert found["open_on"] == [laggard.url]


def test_a_controller_that_does_not_answer_is_said_and_the_others_are_shut(
    ad: AdOffice, laggard: Controller, rosa: str
):
    laggard.stop()
    connection = ad.connect(controllers=[laggard.url], connect_timeout=1)
    assert connection.account(rosa), "an open account is open, whatever the others say"
    with pytest.raises(Unreachable, match=laggard.address):
        connection.set_account(rosa, SHUT)
    assert ad.first.text(ROSA, "userAccountControl") == "514"
    with pytest.raises(Unreachable, match=laggard.address):
        connection.account(rosa)
    (said,) = [text for text in connection.health().cannot if laggard.url in text]
    assert said.startswith("ask ")


def test_the_first_controller_must_answer(ad: AdOffice, laggard: Controller):
    with pytest.raises(Unreachable):
        ad.connect(url="ldaps://127.0.0.1:1", controllers=[laggard.url])


def test_an_undo_opens_every_named_controller_at_once(ad: AdOffice, laggard: Controller, rosa: str):
    connection = ad.connect(controllers=[laggard.url])
    before, state = [one.read(ROSA, SIGN_IN) for one in (ad.first, laggard)], connection.account(rosa)
    connection.set_account(rosa, SHUT)
    probe = str(ad.sealed(rosa)["probe"])
    connection.set_account(rosa, state)
    assert [one.read(ROSA, SIGN_IN) for one in (ad.first, laggard)] == before
    assert (ad.first.bind(ROSA, probe), laggard.bind(ROSA, probe)) == ("in", "in")
    assert connection.account(rosa) == state


def test_an_undo_that_did_not_reach_every_controller_is_unfinished_and_is_finished_later(
    ad: AdOffice, laggard: Controller, rosa: str
):
    connection = ad.connect(controllers=[laggard.url], connect_timeout=1)
    state = connection.account(rosa)
    connection.set_account(rosa, SHUT)
    laggard.stop()
    with pytest.raises(Unreachable, match=laggard.address):
        connection.set_account(rosa, state)
    assert ad.first.text(ROSA, "userAccountControl") == "512"
    with pytest.raises(Unreachable, match=laggard.address):
        connection.account(rosa)
    laggard.start()
    found = connection.account(rosa)
    assert isinstance(found, dict)
    assert (found["sign_in"], found["shut_on"]) == ("shut in part", [laggard.url])
    assert "still refuse" in unfinished(found)
    connection.set_account(rosa, state)
    assert laggard.text(ROSA, "userAccountControl") == "512"
    assert connection.account(rosa) == state
