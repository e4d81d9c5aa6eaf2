"""HubSpot's own ways: pages, ten thousand results, limits, half-done batches, scheduling pages, scopes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from offboard.domain.clients import ContactRole
from offboard.errors import Denied, Rejected, Throttled
from tests.connectors.crm_office import AGO, AHEAD, moment

if TYPE_CHECKING:
    from tests.connectors.crm_office import Office

ALICE, BOB = "alice@corp.test", "bob@corp.test"


def test_lists_are_followed_to_their_end(hub: Office):
    for number in range(230):
        hub.crm.add("companies", name=f"Client {number}", hubspot_owner_id=hub.ids["bob"])
    assert len(hub.connect().clients()) == 233
    pages = [call.query.get("after", "") for call in hub.crm.calls if call.path == "/crm/v3/objects/companies"]
    assert pages[:3] == ["", "100", "200"]
    following = {"results": [], "paging": {"next": {"after": "7"}}}
    hub.crm.fail("GET */companies", 200, following, times=3)
    with pytest.raises(Rejected, match="but not as HubSpot does"):
        hub.connect().clients()


def test_more_than_ten_thousand_open_tasks_are_all_read(hub: Office):
    hub.crm.quirks.calls = 10_000
    for number in range(10_050):
        hub.crm.add("tasks", hs_task_subject=f"Task {number}", hubspot_owner_id=hub.ids["bob"])
    items = hub.connect(objects=["tasks"]).items()
    assert sum(item.title.startswith("Task ") for item in items) == 10_050
    searches = [call for call in hub.crm.calls if call.path.endswith("/search")]
    assert {call.status for call in searches} == {200}


def test_a_search_that_is_behind_hides_no_change(hub: Office):
    register = hub.connect()
    hub.crm.fall_behind()
    deal = f"deals/{hub.ids['cellar']}"
    register.set_item_owner(deal, BOB)
    assert next(item for item in register.items() if item.id == deal).owner == BOB
    hub.crm.change("deals", hub.ids["cellar"], hs_is_closed="true")
    assert deal not in {item.id for item in register.items()}, "the index says that it is open; the record says closed"


def test_the_limit_of_ten_seconds_is_waited_for(hub: Office):
    hub.crm.quirks.calls, hub.crm.quirks.interval = 3, 0.4
    started = time.monotonic()
    register = hub.connect()
    assert len(register.clients()) == 3
    assert time.monotonic() - started > 0.8
    assert 429 in {call.status for call in hub.crm.calls}
    told = {"policyName": "TEN_SECONDLY_ROLLING", "errorType": "RATE_LIMIT", "message": "You have reached your limit."}
    hub.crm.fail("*", 429, told, headers={"Retry-After": "30"})
    with pytest.raises(Throttled) as throttled:
        register.responsible(hub.ids["Alder"])
    assert throttled.value.retry_after == 30


def test_a_batch_that_is_half_done_names_each_record(hub: Office):
    ids = [hub.crm.add("companies", name=f"Client {n}", hubspot_owner_id=hub.ids["alice"]) for n in range(150)]
    hub.crm.quirks.refused[ids[3]] = "a rule of ours"
    del hub.crm.records["companies"][ids[7]]
    refused = hub.connect().set_owners(dict.fromkeys(ids, BOB))
    assert {one: type(fault).__name__ for one, fault in refused.items()} == {ids[3]: "Rejected", ids[7]: "NotFound"}
    assert "a rule of ours" in str(refused[ids[3]])
    assert [len(call.body["inputs"]) for call in hub.crm.writes()] == [100, 50]
    assert [call.status for call in hub.crm.writes()] == [207, 200]
    done = set(ids) - {ids[3], ids[7]}
    assert {hub.crm.owned("companies")[one] for one in done} == {hub.ids["bob"]}


def test_a_batch_that_is_refused_as_a_whole_is_written_one_by_one(hub: Office):
    ids = [hub.ids["Alder"], hub.ids["Buchen"]]
    hub.crm.quirks.refused[ids[0]] = "a rule of ours"
    hub.crm.fail("POST *batch/update", 400, {"status": "error", "category": "VALIDATION_ERROR", "message": "no"})
    refused = hub.connect().set_owners(dict.fromkeys(ids, BOB))
    assert list(refused) == [ids[0]]
    assert hub.crm.owned("companies")[ids[1]] == hub.ids["bob"]


def test_a_scheduling_page_stays_and_says_who_sees_to_it(hub: Office):
    register = hub.connect()
    page = register.item(f"meeting-links/{hub.ids['page']}")
    assert page.owner == ALICE
    assert "scheduling page" in page.beyond
    with pytest.raises(Rejected) as refused:
        register.set_item_owner(page.id, BOB)
    assert "makes one of their own" in refused.value.hint
    hub.crm.deactivate(hub.ids["alice"])
    assert hub.connect().item(page.id).owner == ALICE, "the user is known though inactive"
    assert not any(item.beyond for item in hub.connect(scheduling_pages=False).items())


def test_a_deactivated_owner_still_stands_for_themselves(hub: Office):
    hub.crm.deactivate(hub.ids["alice"])
    register = hub.connect()
    assert register.responsible(hub.ids["Alder"]) == ALICE
    register.set_responsible(hub.ids["Alder"], BOB)
    with pytest.raises(Rejected, match="INVALID_OWNER_ID"):
        register.set_responsible(hub.ids["Alder"], ALICE)


def test_the_primary_company_is_the_client(hub: Office):
    hub.crm.companies_of[hub.ids["cellar"]] = [hub.ids["Cedar"], hub.ids["Alder"]]
    assert hub.connect().item(f"deals/{hub.ids['cellar']}").client == hub.ids["Cedar"]


def test_roles_and_wishes_of_contacts_are_read(hub: Office):
    hub.crm.change(
        "contacts", hub.ids["Ida"], hs_buying_role="DECISION_MAKER;BUDGET_HOLDER;OTHER", hs_email_optout="true"
    )
    ida = next(one for one in hub.connect().contacts() if one.id == hub.ids["Ida"])
    assert ida.roles == (ContactRole.DECIDES, ContactRole.PAYS)
    assert ida.do_not_contact


def test_a_scope_that_is_missing_is_named(hub: Office):
    assert hub.connect().health().rights_missing == ()
    hub.crm.scopes -= {"crm.objects.companies.write", "tickets"}
    health = hub.connect().health()
    assert health.rights_missing == ("crm.objects.companies.write", "tickets")
    assert any("sequences" in line for line in health.cannot)
    with pytest.raises(Denied) as refused:
        hub.connect().set_responsible(hub.ids["Alder"], BOB)
    assert "crm.objects.companies.write" in refused.value.hint
    with pytest.raises(Denied) as refused:
        hub.connect().items()
    assert "scope tickets" in refused.value.hint
    assert {call.status for call in hub.crm.writes()} == {403}


def test_what_is_not_used_needs_no_scope(hub: Office):
    hub.crm.scopes -= {"tickets", "scheduler.meetings.meeting-link.read"}
    register = hub.connect(objects=["deals"], scheduling_pages=False)
    assert register.health().rights_missing == ()
    assert {item.id.split("/")[0] for item in register.items()} == {"deals", "companies"}


def test_one_activity_counts_for_each_company_and_one_to_come_for_none(hub: Office):
    ahead = {"hs_timestamp": moment(AHEAD), "hubspot_owner_id": hub.ids["carol"]}
    mail = hub.crm.add("emails", **ahead | {"hs_timestamp": moment(AGO)})
    hub.crm.companies_of[mail] = [hub.ids["Alder"], hub.ids["Cedar"]]
    hub.crm.add("meetings", company=hub.ids["Buchen"], **ahead)
    hub.crm.add(
        "notes", company=hub.ids["Buchen"], hs_timestamp="2020-01-01T00:00:00Z", hubspot_owner_id=hub.ids["bob"]
    )
    register = hub.connect()
    found = {(one.client, one.person, one.times, one.last) for one in register.dealings()}
    told = ("carol@corp.test", 1, moment(AGO)[:10])
    assert found == {(hub.ids["Alder"], *told), (hub.ids["Cedar"], *told)}
    assert [one.kind for one in register.interactions(hub.ids["Cedar"])] == ["email"]
