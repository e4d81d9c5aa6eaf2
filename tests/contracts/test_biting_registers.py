"""The contracts of registers bite: with one fault planted in a register or its connector, the test for it fails."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from offboard.connectors._crm_people import Users
from offboard.connectors._dataverse_owners import Owners
from offboard.domain.clients import Standing
from offboard.errors import Denied
from tests.contracts.bench import Departing
from tests.contracts.dealings import DealingsContract, RecordingContract, StandingsContract
from tests.contracts.passing_on import PassingOnContract
from tests.contracts.plants import Bent, swallows
from tests.contracts.registers import ContactsContract, ItemsContract, RegisterContract, TogetherContract
from tests.contracts.test_biting_servers import FAILS, calls_all_failures
from tests.servers.faulty import Trouble

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contracts.crm_benches import SalesforceBench
    from tests.contracts.dataverse_bench import DataverseBench
    from tests.contracts.register_bench import RegisterBench

clients, contacts, items = RegisterContract(), ContactsContract(), ItemsContract()
together, passing_on = TogetherContract(), PassingOnContract()
dealings, recording, standings = DealingsContract(), RecordingContract(), StandingsContract()

EVERY = ["salesforce_bench", "hubspot_bench", "dataverse_bench", "built_in_bench"]


@pytest.fixture(params=EVERY)
def bench(request: pytest.FixtureRequest) -> RegisterBench:
    made: RegisterBench = request.getfixturevalue(request.param)
    return made


def bend(bench: Any, **how: Any) -> None:
    """Let every connection of a bench be faulty in one way."""
    connect = bench.connect
    bench.connect = lambda: Bent(connect(), **how)


def buchen_too(found: Any, client_id: str, owner: str) -> None:
    found(client_id, owner)
    every = found.__self__.clients()
    found(next(client.id for client in every if client.name.startswith("Buchen")), owner)


def none_at_trouble(found: Any) -> Any:
    return swallows(found) or []


def test_a_register_that_lies_fails(bench: RegisterBench):
    bench.lie()
    for contract in (clients, contacts, items):
        with pytest.raises(FAILS):
            contract.test_one_is_passed_on_another_connection_sees_it_and_nothing_else_is_touched(bench)
        with pytest.raises(FAILS):
            contract.test_it_comes_back_however_often(bench)


def test_another_name_for_a_trouble_fails(bench: RegisterBench):
    calls_all_failures(Trouble.FAILING)(bench)
    for contract in (clients, contacts, items):
        with pytest.raises(AssertionError):
            contract.test_trouble_with_writing_has_its_name_and_changes_nothing(bench)
        bench.calm()


@pytest.mark.parametrize(
    ("how", "contract"),
    [
        ({"set_responsible": buchen_too},
         clients.test_one_is_passed_on_another_connection_sees_it_and_nothing_else_is_touched),
        ({"clients": lambda found: found()[1:]}, clients.test_every_client_is_read_with_all_that_hangs_on_it),
        ({"client": lambda found, _one: found("")}, clients.test_every_client_is_read_with_all_that_hangs_on_it),
        ({"responsible": lambda found, one: found(one) or ""},
         clients.test_what_is_not_there_is_not_found_and_never_made),
        ({"set_responsible": swallows}, clients.test_what_is_not_there_is_not_found_and_never_made),
        ({"set_responsible": swallows}, clients.test_nobody_and_two_at_once_take_nothing_over),
        ({"clients": none_at_trouble}, clients.test_trouble_with_looking_has_its_name_and_is_never_nothing),
        ({"contacts": lambda found: found()[1:]}, contacts.test_every_contact_is_read_with_its_client),
        ({"contacts": none_at_trouble}, contacts.test_trouble_with_looking_has_its_name_and_is_never_nothing),
        ({"items": lambda found: found()[1:]}, items.test_everything_open_is_read_and_nothing_closed),
        ({"item": lambda _found, _one: None}, items.test_everything_open_is_read_and_nothing_closed),
        ({"set_item_owner": swallows}, items.test_what_is_closed_keeps_its_owner),
        ({"set_owners": lambda found, owners: dict(list(found(owners).items())[1:])},
         together.test_all_are_written_and_what_cannot_be_is_named),
        ({"set_owners": lambda _found, _owners: {}}, together.test_all_come_back_together),
        ({"set_owners": lambda _found, _owners: {}}, together.test_nobody_takes_all),
    ],
)  # fmt: skip
def test_a_suite_fails_with_this_connector(salesforce_bench: SalesforceBench, how: Any, contract: Any):
    bend(salesforce_bench, **how)
    with pytest.raises((*FAILS, KeyError, StopIteration)):
        contract(salesforce_bench)


@pytest.mark.parametrize(
    ("how", "contract"),
    [
        ({"dealings": lambda found: found()[1:]},
         dealings.test_who_dealt_with_whom_is_summed_up_and_looking_changes_nothing),
        ({"dealings": none_at_trouble}, dealings.test_trouble_with_looking_is_never_nobody),
        ({"interactions": lambda found, one: found(one)[::-1]}, dealings.test_each_time_is_told_the_latest_first),
        ({"record": lambda found, one: (found(one), found(replace(one, kind="meeting")))},
         recording.test_what_is_recorded_is_there_once_and_at_nobody_else),
        ({"record": swallows}, recording.test_trouble_with_recording_has_its_name_and_records_nothing),
        ({"set_standing": lambda _found, _one, _standing: None},
         standings.test_it_is_written_read_back_and_taken_back_and_nothing_else_is_touched),
        ({"standing": lambda found, one: swallows(found, one) or Standing.UNKNOWN},
         standings.test_trouble_with_looking_is_never_unknown),
    ],
)  # fmt: skip
def test_a_suite_of_dealings_fails_with_this_connector(built_in_bench: RegisterBench, how: Any, contract: Any):
    bend(built_in_bench, **how)
    with pytest.raises((*FAILS, KeyError)):
        contract(built_in_bench)


def test_what_is_closed_and_written_all_the_same_fails(
    salesforce_bench: SalesforceBench, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("offboard.connectors.salesforce.Connection.closed_among", lambda _self, _places: set())
    with pytest.raises(FAILS):
        items.test_what_is_closed_keeps_its_owner(salesforce_bench)


def test_whoever_is_meant_by_somebody_else_fails(salesforce_bench: SalesforceBench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Users, "id_of", lambda users, _address: next(iter(users._all())))
    with pytest.raises(FAILS):
        clients.test_nobody_and_two_at_once_take_nothing_over(salesforce_bench)


def test_what_is_assigned_along_fails(dataverse_bench: DataverseBench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Owners, "_follow", lambda _self, _jobs: None)
    for contract in (clients, contacts):
        with pytest.raises(AssertionError):
            contract.test_one_is_passed_on_another_connection_sees_it_and_nothing_else_is_touched(dataverse_bench)


def test_our_own_write_that_is_taken_for_somebody_elses_fails(
    dataverse_bench: DataverseBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Owners, "_there", lambda _self, _overtaken, _owners: set())
    departing = Departing(dataverse_bench, tmp_path / "departing")
    with pytest.raises(AssertionError):
        passing_on.test_an_answer_that_never_came_is_looked_for_not_assumed(dataverse_bench, departing)
    departing.close()


def all_denied(_found: Any, owners: Any) -> Any:
    raise Denied("crm: no", system=f"crm {len(owners)}")


@pytest.mark.parametrize(
    ("how", "contract"),
    [
        ({"set_owners": all_denied},
         lambda *both: passing_on.test_a_right_missing_for_the_kth_change_stops_no_other(*both, 1)),
        ({"set_owners": lambda _found, _owners: {}},
         passing_on.test_all_is_passed_on_and_given_back_and_nothing_is_lost),
        ({"set_owners": lambda found, owners: found(dict.fromkeys(owners, "carol@corp.test"))},
         passing_on.test_all_is_passed_on_and_given_back_and_nothing_is_lost),
        ({"items": lambda found: found()[1:]},
         passing_on.test_all_is_passed_on_and_given_back_and_nothing_is_lost),
        ({"contacts": lambda _found: [], "items": lambda _found: []},
         passing_on.test_what_somebody_else_changed_meanwhile_is_left_alone),
    ],
)  # fmt: skip
def test_a_departure_fails_with_this_connector(
    salesforce_bench: SalesforceBench, tmp_path: Path, how: Any, contract: Any
):
    bend(salesforce_bench, **how)
    departing = Departing(salesforce_bench, tmp_path / "departing")
    with pytest.raises((*FAILS, KeyError)):
        contract(salesforce_bench, departing)
    departing.close()


def test_planting_nothing_fails_nothing(salesforce_bench: SalesforceBench, tmp_path: Path):
    bend(salesforce_bench)
    departing = Departing(salesforce_bench, tmp_path / "departing")
    clients.test_every_client_is_read_with_all_that_hangs_on_it(salesforce_bench)
    contacts.test_every_contact_is_read_with_its_client(salesforce_bench)
    items.test_everything_open_is_read_and_nothing_closed(salesforce_bench)
    passing_on.test_all_is_passed_on_and_given_back_and_nothing_is_lost(salesforce_bench, departing)
    departing.close()
