"""The contracts bite on each kind of system: with one fault planted, the assertion fails that is there for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from offboard.errors import SystemFault
from tests.contracts.accounts import AccountsContract
from tests.contracts.belongings import BelongingsContract
from tests.contracts.bench import Departing
from tests.contracts.departures import DepartureContract
from tests.contracts.directory import DirectoryContract
from tests.contracts.groups import GroupsContract
from tests.contracts.plants import Bent, one
from tests.contracts.sessions import SessionsContract
from tests.servers.faulty import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.contracts.bench import Bench

FAILS = (AssertionError, ValueError, SystemFault, pytest.fail.Exception)

directory, accounts, groups, departures = DirectoryContract(), AccountsContract(), GroupsContract(), DepartureContract()
sessions, belongings = SessionsContract(), BelongingsContract()


def lies(bench: Any) -> None:
    """Say that it was written, and write nothing."""
    if hasattr(getattr(bench, "standin", None), "quirks"):
        bench.standin.quirks.writes_work = False
    else:
        bench.proxy.trouble(Trouble.LYING, writes=True)


def finds_nobody(bench: Any) -> None:
    """Answer every search with nothing."""
    bench.proxy.trouble(Trouble.LYING, writes=False)


def finds_one(bench: Any) -> None:
    """Find no more than one person."""
    connect = bench.connect
    bench.connect = lambda: Bent(connect(), find=one)


def ends_nothing(bench: Any) -> None:
    """Let every session go on."""
    if hasattr(bench, "standin"):
        bench.standin.quirks.revoking_works = False
        return
    connect = bench.connect
    bench.connect = lambda: Bent(connect(), end_sign_in_sessions=lambda _found, _account_id: None)


def shuts_bob_too(bench: Any) -> None:
    """Shut somebody else with every account that is shut."""
    connect = bench.connect

    def both(found: Any, account_id: str, state: Any) -> None:
        found(account_id, state)
        found(bench.id_of("bob"), state)

    bench.connect = lambda: Bent(connect(), set_account=both)


def takes_bob_out_too(bench: Any) -> None:
    """Take somebody else out of every group that is left."""
    connect = bench.connect

    def both(found: Any, account_id: str, group_id: str, state: Any) -> None:
        found(account_id, group_id, state)
        found(bench.id_of("bob"), group_id, state)

    bench.connect = lambda: Bent(connect(), set_membership=both)


def calls_all_failures(trouble: Trouble) -> Any:
    """Let everything that is tried fail in one way, whichever is planted."""

    def plant(bench: Any) -> None:
        pass_on = bench.proxy.trouble
        bench.proxy.trouble = lambda _trouble, **more: pass_on(trouble, **more)

    return plant


EVERYWHERE = [
    (shuts_bob_too, accounts.test_an_account_is_shut_and_another_connection_sees_it, "bench.others() == others"),
    (takes_bob_out_too, groups.test_all_are_left_and_nobody_else_is_touched, "bench.others() == others"),
    (lies, groups.test_all_are_left_and_nobody_else_is_touched, 'bench.groups_of("alice") == set()'),
    (finds_one, directory.test_two_people_with_one_address_are_both_found, "found =="),
    (
        calls_all_failures(Trouble.FAILING),
        lambda bench: accounts.test_trouble_with_writing_has_its_name_and_shuts_nobody(bench, Trouble.DENIED),
        "ON_WRITES[trouble]",
    ),
    (
        calls_all_failures(Trouble.DENIED),
        lambda bench: groups.test_trouble_with_looking_is_never_no_membership(bench, Trouble.THROTTLED),
        "ON_READS[trouble]",
    ),
]


@pytest.fixture(params=["ldap_bench", "scim_bench", "entra_bench", "ad_bench", "postgresql_bench"])
def bench(request: pytest.FixtureRequest) -> Bench:
    made: Bench = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def departing(bench: Bench, tmp_path: Path) -> Iterator[Departing]:
    made = Departing(bench, tmp_path / "departing")
    yield made
    made.close()


def failed_at(statement: str, caught: pytest.ExceptionInfo[BaseException], bench: Bench) -> bool:
    """Say whether it was this statement of a suite that failed, or the connector that noticed the fault by itself."""
    places = [entry for entry in caught.traceback if "contracts" in str(entry.path)]
    noticed = isinstance(caught.value, SystemFault) and caught.value.system == bench.name
    return noticed or statement in str(places[-1].statement)


@pytest.mark.parametrize(("plant", "contract", "statement"), EVERYWHERE)
def test_a_suite_fails_with_this_fault(bench: Bench, plant: Any, contract: Any, statement: str):
    plant(bench)
    with pytest.raises(FAILS) as caught:
        contract(bench)
    assert failed_at(statement, caught, bench)


def test_a_departure_fails_where_the_system_lies(bench: Bench, departing: Departing):
    lies(bench)
    with pytest.raises(AssertionError) as caught:
        departures.test_applied_effective_verified_and_nobody_else_touched(bench, departing)
    assert failed_at("departing.outcomes(number)", caught, bench)


@pytest.mark.parametrize("bench", ["ldap_bench", "ad_bench"], indirect=True)
def test_an_empty_answer_fails(bench: Bench):
    finds_nobody(bench)
    with pytest.raises(FAILS):
        directory.test_each_key_finds_exactly_this_person(bench)


owning_and_signed_in = pytest.mark.parametrize("bench", ["entra_bench", "postgresql_bench"], indirect=True)


@owning_and_signed_in
def test_sessions_that_go_on_fail(bench: Bench):
    for login in ("alice", "bob"):
        bench.sign_in_by_hand(login)
    ends_nothing(bench)
    with pytest.raises(AssertionError) as caught:
        sessions.test_all_are_ended_and_another_connection_sees_it(bench)
    assert failed_at("sign_in_sessions(alice) != before", caught, bench)


@owning_and_signed_in
def test_things_that_stay_the_leavers_fail(bench: Bench):
    bench.furnish()
    lies(bench)
    with pytest.raises(FAILS) as caught:
        belongings.test_all_are_handed_over_and_nobody_elses(bench)
    assert failed_at("bench.owned() ==", caught, bench)


@owning_and_signed_in
def test_things_that_nobody_handed_over_fail(bench: Bench, departing: Departing):
    bench.furnish()
    lies(bench)
    with pytest.raises(AssertionError) as caught:
        belongings.test_a_departure_hands_over_and_its_undo_hands_back(bench, departing)
    assert failed_at("departing.outcomes(number)", caught, bench)
