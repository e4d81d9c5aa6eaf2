"""The contract of holdings bites on each kind of thing: with one fault planted, the assertion fails that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from offboard.domain.capabilities import Membership
from tests.contracts import directory_holdings, entra_holdings, exchange_holdings
from tests.contracts.bench import Departing
from tests.contracts.holdings import Held, HoldingsContract
from tests.contracts.test_biting_servers import FAILS, calls_all_failures, failed_at, lies
from tests.servers.faulty import Trouble

if TYPE_CHECKING:
    from pathlib import Path


holdings = HoldingsContract()

EVERY = [
    ("keys_bench", directory_holdings.KEYS),
    ("ad_bench", directory_holdings.PLACES),
    *(("entra_bench", holding) for holding in entra_holdings.EVERY),
    *(("exchange_bench", holding) for holding in exchange_holdings.EVERY),
]


@pytest.fixture(params=EVERY, ids=lambda pair: f"{pair[0]}-{pair[1].name}")
def held(request: pytest.FixtureRequest) -> Held:
    name, kind = request.param
    bench = request.getfixturevalue(name)
    kind.furnish(bench)
    return Held(bench, kind)


def bent(held: Held, **changed: Any) -> Held:
    """Return the same kind of thing, told otherwise than it is."""
    kind: Any = type("Bent", (), {"__getattr__": lambda _self, key: changed.get(key) or getattr(held.kind, key)})()
    return Held(held.bench, kind)


def test_what_is_only_said_to_be_taken_fails(held: Held):
    lies(held.bench)
    with pytest.raises(FAILS) as caught:
        holdings.test_all_are_taken_away_and_other_people_keep_theirs(held.bench, held)
    assert failed_at("held.seen() != before", caught, held.bench)


def test_what_is_not_shown_fails(held: Held):
    hidden = bent(held, read=lambda *told: dict(list(held.kind.read(*told).items())[1:]))
    with pytest.raises(FAILS) as caught:
        holdings.test_all_are_found_and_looking_changes_nothing(held.bench, hidden)
    assert failed_at("len(found) == held.kind.count", caught, held.bench)


def test_what_is_shown_of_nobody_fails(held: Held):
    invented = bent(held, read=lambda *_: {"x": Membership("x", {"x": "x"})})
    with pytest.raises(FAILS) as caught:
        holdings.test_nobody_holds_nothing(held.bench, invented)
    assert failed_at("found == {}", caught, held.bench)


def test_another_name_for_a_trouble_fails(held: Held):
    calls_all_failures(Trouble.FAILING)(held.bench)
    with pytest.raises(FAILS):
        holdings.test_trouble_with_looking_is_never_nothing(held.bench, held)
    held.bench.proxy.calm()
    with pytest.raises(FAILS):
        holdings.test_trouble_with_writing_has_its_name_and_takes_nothing(held.bench, held)


def test_a_departure_over_a_system_that_lies_fails(held: Held, tmp_path: Path):
    departing = Departing(held.bench, tmp_path / "departing")
    lies(held.bench)
    with pytest.raises(FAILS):
        holdings.test_a_departure_takes_them_and_its_undo_gives_them_back(held.bench, held, departing)
    departing.close()


def test_planting_nothing_fails_nothing(held: Held):
    holdings.test_all_are_found_and_looking_changes_nothing(held.bench, bent(held))
    holdings.test_nobody_holds_nothing(held.bench, bent(held))
    holdings.test_all_are_taken_away_and_other_people_keep_theirs(held.bench, bent(held))
