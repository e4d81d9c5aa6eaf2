"""A password that could not be replaced once the account was disabled: tried again, or told, and never taken for done.

The engine over the connector ``entra``, on the stand-in for Microsoft Graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from offboard.engine.verifying import verify
from tests.contracts.bench import Departing
from tests.servers.faulty import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.contracts.entra_bench import EntraBench

ABOUT = "passwordProfile"


@pytest.fixture
def bench(entra_bench: EntraBench) -> EntraBench:
    entra_bench.resets_password = True
    return entra_bench


@pytest.fixture
def departing(bench: EntraBench, tmp_path: Path) -> Iterator[Departing]:
    made = Departing(bench, tmp_path / "departing")
    yield made
    made.close()


def replaced(bench: EntraBench) -> int:
    """Return how often the leaver's password was replaced."""
    return int(bench.standin.look(bench.ids["alice"]).get("_passwords_set", 0))


def account(departing: Departing, number: str) -> dict[str, Any]:
    """Return the one change."""
    (row,) = departing.rows(number)
    return row


@pytest.mark.parametrize(("trouble", "times"), [(Trouble.CUT, 3), (Trouble.THROTTLED, 4), (Trouble.FAILING, 2)])
def test_a_passing_fault_is_tried_again_within_the_step(
    bench: EntraBench, departing: Departing, trouble: Trouble, times: int
):
    number = departing.planned("doors")
    # More often than the connection itself repeats a request, so that the step has to.
    bench.proxy.trouble(trouble, about=ABOUT, first=times)
    departing.apply(number)
    assert account(departing, number)["outcome"] == "done"
    assert replaced(bench) == 1
    assert verify(departing.office, number).holds
    assert bench.person("alice")["accountEnabled"] is False


@pytest.mark.parametrize("trouble", [Trouble.CUT, Trouble.THROTTLED, Trouble.FAILING, Trouble.HALF_OPEN])
def test_a_fault_that_stays_is_told_and_the_password_is_replaced_later(
    bench: EntraBench, departing: Departing, trouble: Trouble
):
    number = departing.planned("doors")
    bench.proxy.trouble(trouble, about=ABOUT)
    departing.apply(number)
    row = account(departing, number)
    assert (row["outcome"], row["effect"]) == ("failed", "requested")
    assert "replace the password" in row["error"]
    assert bench.person("alice")["accountEnabled"] is False, "the door is shut all the same"
    found = verify(departing.office, number)
    assert not found.holds
    assert "still the former one" in str(found.left[0].found)
    bench.proxy.calm()
    departing.apply(number)
    assert account(departing, number)["outcome"] == "done"
    assert replaced(bench) >= 1
    assert verify(departing.office, number).holds


@pytest.mark.parametrize(("trouble", "outcome"), [(Trouble.DENIED, "failed"), (Trouble.CONFLICT, "drifted")])
def test_a_refusal_is_not_tried_again_at_once_and_told(
    bench: EntraBench, departing: Departing, trouble: Trouble, outcome: str
):
    number = departing.planned("doors")
    bench.proxy.trouble(trouble, about=ABOUT)
    departing.apply(number)
    assert len([one for one in bench.proxy.seen if ABOUT in one.text]) == 1
    row = account(departing, number)
    assert row["outcome"] == outcome
    assert "replace the password (the account is disabled)" in row["error"]
    bench.proxy.calm()
    departing.apply(number)
    assert (account(departing, number)["outcome"], replaced(bench)) == ("done", 1)


def test_a_run_that_died_in_between_goes_on_with_the_password(bench: EntraBench, departing: Departing):
    number = departing.planned("doors")
    with bench.connected() as connection:
        connection.seal_account(bench.id_of("alice"))
    bench.standin.look(bench.ids["alice"])["accountEnabled"] = False
    with bench.connected() as other:
        assert other.account(bench.id_of("alice"))["unfinished"]
    departing.apply(number)
    assert (account(departing, number)["outcome"], replaced(bench)) == ("done", 1)


def test_an_undo_opens_what_was_shut_in_part(bench: EntraBench, departing: Departing):
    number = departing.planned("doors")
    bench.proxy.trouble(Trouble.CUT, about=ABOUT)
    departing.apply(number)
    bench.proxy.calm()
    departing.undo(number)
    assert bench.person("alice")["accountEnabled"] is True
    assert replaced(bench) == 0
    with bench.connected() as connection:
        connection.set_account(bench.id_of("alice"), {"sign_in": "shut"})
        assert connection.account(bench.id_of("alice")) == {"sign_in": "shut"}


def test_who_was_disabled_by_somebody_else_is_not_ours_to_finish(bench: EntraBench):
    bench.standin.look(bench.ids["bob"])["accountEnabled"] = False
    with bench.connected() as connection:
        assert connection.account(bench.id_of("bob")) == {"sign_in": "shut"}
