"""Salesforce's own ways: two flows of signing in, pages, lots of two hundred, locked rows, teams, rights."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from offboard.errors import BadSettings, Denied, NotFound, Rejected, Throttled

if TYPE_CHECKING:
    from tests.connectors.crm_office import Office

ALICE, BOB = "alice@corp.test", "bob@corp.test"


def by_key(sales: Office, monkeypatch: pytest.MonkeyPatch, **settings: object) -> dict[str, object]:
    monkeypatch.setenv("SALESFORCE_KEY", sales.crm.key_file.read_text())
    return {"client_secret": None, "key": {"env": "SALESFORCE_KEY"}, "username": sales.crm.username} | settings


def test_a_signed_assertion_signs_us_in(sales: Office, monkeypatch: pytest.MonkeyPatch):
    assert len(sales.connect(**by_key(sales, monkeypatch)).clients()) == 3


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ({"username": "somebody@corp.test"}, "approved the app"),
        ({"client_id": "3MVG9other"}, "consumer key"),
        ({"audience": "https://test.salesforce.com"}, "Check username and key"),
    ],
)
def test_who_is_refused_learns_what_to_check(
    sales: Office, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str], hint: str
):
    with pytest.raises(Denied) as refused:
        sales.connect(**by_key(sales, monkeypatch, **wrong)).clients()
    assert hint in refused.value.hint


def test_a_key_that_is_none_is_a_fault_of_the_settings(sales: Office, monkeypatch: pytest.MonkeyPatch):
    settings = by_key(sales, monkeypatch)
    monkeypatch.setenv("SALESFORCE_KEY", "nonsense")
    with pytest.raises(BadSettings, match=r"systems.crm.key: it is no private key"):
        sales.connect(**settings).clients()


def test_a_token_that_was_recalled_is_renewed(sales: Office):
    register = sales.connect()
    register.clients()
    sales.crm.recall_tokens()
    assert len(register.clients()) == 3


def test_another_organisation_gets_no_call(sales: Office):
    token = {"access_token": "abc", "instance_url": "https://other.my.salesforce.com"}
    sales.crm.fail("POST /services/oauth2/token", 200, token)
    with pytest.raises(Rejected, match=r"is at other.my.salesforce.com, not at") as refused:
        sales.connect().clients()
    assert "My Domain" in refused.value.hint
    assert len(sales.crm.calls) == 1


def test_pages_are_followed_to_their_end(sales: Office):
    sales.crm.quirks.page = 200
    for number in range(450):
        sales.crm.add("Account", Name=f"Client {number}", OwnerId=sales.ids["bob"])
    assert len(sales.connect().clients()) == 453
    sales.crm.fail("GET */query/*", 200, {"done": True, "records": [], "totalSize": 453})
    with pytest.raises(Exception, match="453 records were told of, 200 came"):
        sales.connect().clients()
    sales.crm.fail("GET */query", 200, {"done": False, "records": [], "nextRecordsUrl": "https://evil.example/query/1"})
    with pytest.raises(Rejected, match="but not as Salesforce does"):
        sales.connect().clients()
    assert not any("evil" in call.path for call in sales.crm.calls)


def test_two_hundred_go_in_a_call(sales: Office):
    ids = [sales.crm.add("Account", Name=f"Client {n}", OwnerId=sales.ids["alice"]) for n in range(450)]
    assert sales.connect().set_owners(dict.fromkeys(ids, BOB)) == {}
    assert [len(call.body["records"]) for call in sales.crm.writes()] == [200, 200, 50]
    assert {sales.crm.owners("Account")[one] for one in ids} == {sales.ids["bob"]}
    assert all(call.body["allOrNone"] is False for call in sales.crm.writes())


def test_two_owners_of_one_record_go_together(sales: Office):
    cedar = sales.ids["Cedar"]
    assert sales.connect().set_owners({cedar: ALICE, f"/item/Account/{cedar}/Second_Owner__c": BOB}) == {}
    (call,) = sales.crm.writes()
    (record,) = call.body["records"]
    assert (record["OwnerId"], record["Second_Owner__c"]) == (sales.ids["alice"], sales.ids["bob"])


def test_a_locked_row_is_tried_again_for_a_moment(sales: Office):
    sales.crm.quirks.locked[sales.ids["Alder"]] = 2
    assert sales.connect().set_owners(dict.fromkeys((sales.ids["Alder"], sales.ids["Buchen"]), BOB)) == {}
    assert [len(call.body["records"]) for call in sales.crm.writes()] == [2, 1, 1], "the other one is written once"
    sales.crm.quirks.locked[sales.ids["Alder"]] = 99
    with pytest.raises(Throttled, match="UNABLE_TO_LOCK_ROW"):
        sales.connect().set_responsible(sales.ids["Alder"], ALICE)


def test_a_record_that_is_gone_is_not_found(sales: Office):
    del sales.crm.records["Opportunity"][sales.ids["cellar"]]
    with pytest.raises(NotFound):
        sales.connect().set_item_owner(f"Opportunity/{sales.ids['cellar']}", BOB)


def test_a_deactivated_user_still_stands_for_themselves(sales: Office):
    register = sales.connect()
    sales.crm.change("User", sales.ids["alice"], IsActive=False)
    assert register.responsible(sales.ids["Alder"]) == ALICE
    register.set_responsible(sales.ids["Alder"], BOB)
    with pytest.raises(Rejected, match="INACTIVE_OWNER_OR_USER") as refused:
        register.set_responsible(sales.ids["Alder"], ALICE)
    assert "Update Records with Inactive Owners" in refused.value.hint
    sales.crm.quirks.inactive_owners_refused = False
    register.set_responsible(sales.ids["Alder"], ALICE)
    new = sales.crm.add_user("Alice again", ALICE)
    sales.connect().set_responsible(sales.ids["Alder"], ALICE)
    assert sales.crm.owners("Account")[sales.ids["Alder"]] == new, "the active one is meant"


def test_what_our_user_may_not_see_or_edit_is_denied_with_what_to_grant(sales: Office):
    sales.crm.quirks.hidden.add("Case")
    with pytest.raises(Denied) as refused:
        sales.connect().items()
    assert "Read on Case" in refused.value.hint
    sales.crm.quirks.read_only.add("Account")
    with pytest.raises(Denied) as refused:
        sales.connect().set_responsible(sales.ids["Alder"], BOB)
    assert "Edit on Account" in refused.value.hint
    assert "Modify All Data" in refused.value.hint


def test_doctor_says_what_is_held_and_what_is_missing(sales: Office):
    health = sales.connect().health()
    assert health.reachable
    assert health.tls.startswith("TLS")
    assert health.rights_missing == ()
    assert {"Read on User", "Read on Account", "Edit on Account", "Edit on Event"} <= set(health.rights_held)
    sales.crm.quirks.hidden.add("Case")
    sales.crm.quirks.read_only.add("Task")
    sales.crm.quirks.daily = 40
    while len(sales.crm.calls) < 30:
        sales.connect().responsible(sales.ids["Alder"])
    health = sales.connect().health()
    assert set(health.rights_missing) == {"Read on Case", "Edit on Case", "Edit on Task"}
    assert any("of the calls of 24 hours are used up" in line for line in health.cannot)
    assert sales.crm.writes() == []


def test_teams_are_put_back(sales: Office):
    alder, carol = sales.ids["Alder"], sales.ids["carol"]
    sales.crm.add(
        "AccountTeamMember", AccountId=alder, UserId=carol, TeamMemberRole="Expert", AccountAccessLevel="Edit"
    )
    sales.connect(account_teams=True).set_responsible(alder, BOB)
    (member,) = sales.crm.records["AccountTeamMember"].values()
    assert (member["AccountId"], member["UserId"], member["TeamMemberRole"]) == (alder, carol, "Expert")
    assert member["AccountAccessLevel"] == "Edit"
    assert not any("keep account teams" in line for line in sales.connect(account_teams=True).health().cannot)
    assert any("keep account teams" in line for line in sales.connect().health().cannot)


def test_a_queue_owns_for_nobody(sales: Office):
    sales.crm.add("Case", Subject="Waiting", OwnerId="00Gxx0000001234AAA")
    (waiting,) = (item for item in sales.connect().items() if item.title == "Waiting")
    assert waiting.owner == "00Gxx0000001234AAA"


@pytest.mark.parametrize(
    "settings",
    [
        {"client_secret": None}, {"username": "u"}, {"owner_fields": {"Account": ["a b"]}},
        {"owner_fields": {"Account; DROP": ["X__c"]}}, {"fields": {"value": "1"}}, {"version": "latest"},
        {"objects": ["Invoice"]}, {"client_secret": "plain"},
    ],
)  # fmt: skip
def test_wrong_settings_are_refused(sales: Office, settings: dict[str, object]):
    with pytest.raises(ValueError, match="validation error"):
        sales.connect(**settings)


def test_who_was_invited_dealt_with_the_client_and_a_queue_with_nobody(sales: Office):
    alder, carol = sales.ids["Alder"], sales.ids["carol"]
    days = {name: (datetime.now(UTC) - timedelta(ago)).isoformat() for name, ago in (("old", 400), ("new", 2))}
    sales.crm.add("Event", Subject="Tasting", AccountId=alder, OwnerId=carol, StartDateTime=days["new"], IsChild=True)
    sales.crm.add("Task", Subject="Mail", AccountId=alder, OwnerId="00Gxx0000001234AAA", IsClosed=True)
    sales.crm.add(
        "Task", Subject="Long ago", AccountId=alder, OwnerId=carol, IsClosed=True, CompletedDateTime=days["old"]
    )
    register = sales.connect()
    assert [(one.person, one.times) for one in register.dealings() if one.client == alder] == [
        ("carol@corp.test", 1), (ALICE, 1),
    ]  # fmt: skip
    longer = sales.connect(look_back_days=500).dealings()
    assert {one.person: one.times for one in longer if one.client == alder}["carol@corp.test"] == 2
    sales.crm.calls.clear()
    assert sales.connect(look_back_days=0).dealings() == []
    assert sales.crm.calls == []
