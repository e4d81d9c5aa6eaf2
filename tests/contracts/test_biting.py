"""The contracts bite: with one fault at a time in the system, a test of theirs fails that otherwise passes."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import pytest

from offboard.errors import SystemFault
from tests.contracts.accounts import AccountsContract
from tests.contracts.bench import Departing
from tests.contracts.departures import DepartureContract
from tests.contracts.directory import DirectoryContract
from tests.contracts.groups import GroupsContract
from tests.contracts.plants import (
    Bent,
    always_active,
    answering,
    asking,
    bob_too,
    called,
    drift_hidden,
    everybody_out,
    lies,
    memberless,
    never_open,
    no_display,
    none,
    of_bob,
    one,
    one_less,
    one_more,
    somebody,
    swallows,
    without_staff,
    worst_first,
    writes_too,
)
from tests.servers.faulty import Trouble

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contracts.ldap_bench import LdapBench
    from tests.contracts.scim_bench import ScimBench

FAILS = (AssertionError, ValueError, SystemFault, pytest.fail.Exception)

directory, accounts, groups, departures = DirectoryContract(), AccountsContract(), GroupsContract(), DepartureContract()


@pytest.mark.parametrize(
    ("plant", "contract"),
    [
        (lies, accounts.test_an_account_is_shut_and_another_connection_sees_it),
        (lies, accounts.test_the_former_state_comes_back_exactly),
        (lies, groups.test_all_are_left_and_nobody_else_is_touched),
        (lies, groups.test_leaving_or_joining_twice_changes_nothing_more),
        (asking(everybody_out), groups.test_all_are_left_and_nobody_else_is_touched),
        (asking(no_display), groups.test_all_come_back_exactly),
        (asking(never_open), accounts.test_the_former_state_comes_back_exactly),
        (bob_too, accounts.test_an_account_is_shut_and_another_connection_sees_it),
        (answering(always_active), accounts.test_an_account_is_shut_and_another_connection_sees_it),
        (answering(one_more), directory.test_everybody_is_counted),
        (answering(of_bob), accounts.test_an_account_is_shut_and_another_connection_sees_it),
        (answering(without_staff), groups.test_all_memberships_are_found),
    ],
)
def test_a_suite_fails_with_this_fault(scim_bench: ScimBench, plant: Any, contract: Any):
    plant(scim_bench)
    with pytest.raises(FAILS):
        contract(scim_bench)


@pytest.mark.parametrize(
    "contract",
    [
        accounts.test_an_account_is_shut_and_another_connection_sees_it,
        accounts.test_the_former_state_comes_back_exactly,
        groups.test_all_come_back_exactly,
        groups.test_leaving_or_joining_twice_changes_nothing_more,
        groups.test_all_memberships_are_found,
        directory.test_everybody_is_counted,
    ],
)
def test_planting_nothing_fails_nothing(scim_bench: ScimBench, contract: Any):
    answering(lambda *_: None)(scim_bench)
    asking(lambda _: None)(scim_bench)
    contract(scim_bench)


def test_finding_somebody_else_fails(scim_bench: ScimBench):
    answering(of_bob)(scim_bench)
    with pytest.raises(FAILS):
        directory.test_each_key_finds_exactly_this_person(scim_bench)


@pytest.mark.parametrize(
    ("trouble", "status"),
    [
        (Trouble.DENIED, 500),
        (Trouble.MISSING, 403),
        (Trouble.CONFLICT, 503),
        (Trouble.STALE, 400),
        (Trouble.THROTTLED, 400),
        (Trouble.FAILING, 400),
    ],
)
def test_another_name_for_a_trouble_fails(scim_bench: ScimBench, trouble: Trouble, status: int):
    called(trouble, status)(scim_bench)
    with pytest.raises(AssertionError):
        accounts.test_trouble_with_writing_has_its_name_and_shuts_nobody(scim_bench, trouble)
    with pytest.raises(AssertionError):
        groups.test_trouble_with_writing_has_its_name_and_takes_nobody_out(scim_bench, trouble)


def test_trusting_anybody_fails(scim_bench: ScimBench, monkeypatch: pytest.MonkeyPatch):
    make = ssl.create_default_context

    def careless(*args: Any, **kwargs: Any) -> ssl.SSLContext:
        context = make(*args, **kwargs)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context

    monkeypatch.setattr(ssl, "create_default_context", careless)
    with pytest.raises(FAILS):
        directory.test_trouble_has_its_name_and_is_never_an_empty_answer(scim_bench, Trouble.UNTRUSTED)


@pytest.mark.parametrize(
    ("method", "bend", "contract"),
    [
        ("account", writes_too, accounts.test_looking_changes_nothing),
        ("find", somebody, lambda bench: directory.test_nobody_is_found_by_half_a_key(bench, "*")),
        ("find", one, directory.test_two_people_with_one_address_are_both_found),
        ("recognise", none, directory.test_one_common_attribute_recognises_an_account),
        ("near", worst_first, directory.test_near_misses_are_few_and_name_the_likely_one),
        ("find", swallows, directory.test_a_connection_works_again_after_trouble),
        ("set_account", swallows, accounts.test_nobody_has_no_account_and_none_can_be_shut),
        ("set_account", swallows, accounts.test_no_answer_means_unknown_and_looking_tells),
        ("set_membership", swallows, groups.test_a_group_that_is_not_there_is_named_so),
        ("memberships", one_less, groups.test_all_memberships_are_found),
    ],
)
def test_a_suite_fails_with_this_connector(
    scim_bench: ScimBench, monkeypatch: pytest.MonkeyPatch, method: str, bend: Any, contract: Any
):
    connect = scim_bench.connect
    monkeypatch.setattr(scim_bench, "connect", lambda: Bent(connect(), **{method: bend}))
    with pytest.raises(FAILS):
        contract(scim_bench)


@pytest.mark.parametrize(
    ("plant", "contract"),
    [
        (asking(everybody_out), departures.test_applied_effective_verified_and_nobody_else_touched),
        (answering(always_active), departures.test_applied_effective_verified_and_nobody_else_touched),
        (asking(never_open), departures.test_undone_everything_is_as_it_was),
        (asking(no_display), departures.test_undone_everything_is_as_it_was),
        (answering(drift_hidden), departures.test_what_somebody_else_changed_meanwhile_is_left_alone),
        (memberless, departures.test_a_system_that_lies_is_not_believed),
        (answering(always_active), departures.test_what_is_so_already_is_not_written),
    ],
)
def test_a_departure_fails_with_this_fault(scim_bench: ScimBench, tmp_path: Path, plant: Any, contract: Any):
    departing = Departing(scim_bench, tmp_path / "departing")
    plant(scim_bench)
    with pytest.raises(FAILS):
        contract(scim_bench, departing)
    departing.close()


def test_a_right_that_is_missing_and_called_a_failure_fails(scim_bench: ScimBench, tmp_path: Path):
    departing = Departing(scim_bench, tmp_path / "departing")
    called(Trouble.DENIED, 500)(scim_bench)
    with pytest.raises(AssertionError):
        departures.test_a_right_missing_for_the_kth_change_stops_no_other(scim_bench, departing, 2)
    departing.close()


@pytest.mark.parametrize(
    "contract",
    [
        accounts.test_an_account_is_shut_and_another_connection_sees_it,
        accounts.test_the_former_state_comes_back_exactly,
        groups.test_all_are_left_and_nobody_else_is_touched,
        groups.test_all_come_back_exactly,
    ],
)
def test_a_directory_that_lies_fails(ldap_bench: LdapBench, contract: Any):
    ldap_bench.proxy.trouble(Trouble.LYING, writes=True)
    with pytest.raises(FAILS):
        contract(ldap_bench)
