from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from tests.practice.graph_office import Office

OUTSIDE = {"forwardTo": [{"emailAddress": {"address": "me@privatepost.example", "name": "me"}}]}


def test_who_has_no_mailbox_has_no_settings(office: Office):
    assert office.refused("GET", f"/users/{office.ruth}/mailboxSettings")[:2] == (404, "MailboxNotEnabledForRESTAPI")


def test_an_automatic_reply_is_set_and_ended(office: Office):
    office.standin.add_mailbox(office.ruth)
    path = f"/users/{office.ruth}/mailboxSettings"
    assert office.get(path)["automaticRepliesSetting"]["status"] == "disabled"
    said = {"status": "alwaysEnabled", "externalAudience": "all", "externalReplyMessage": "<p>Ask Tom.</p>"}
    answer = office.ask("PATCH", path, {"automaticRepliesSetting": said})
    assert (answer.status_code, answer.json()["automaticRepliesSetting"]["status"]) == (200, "alwaysEnabled")
    assert office.refused("PATCH", path, {"automaticRepliesSetting": {"status": "scheduled"}})[0] == 400
    office.ask("PATCH", path, {"automaticRepliesSetting": {"status": "disabled"}})
    assert office.get(path)["automaticRepliesSetting"]["externalReplyMessage"] == "<p>Ask Tom.</p>"


def test_rules_are_read_switched_off_and_deleted(office: Office):
    office.standin.add_mailbox(office.ruth)
    rule = office.standin.add_rule(office.ruth, "Home", OUTSIDE, conditions={"subjectContains": ["invoice"]})
    root = f"/users/{office.ruth}/mailFolders/inbox/messageRules"
    assert office.get(root)["value"][0]["actions"] == OUTSIDE
    path = f"{root}/{quote(rule, safe='')}"
    assert office.ask("PATCH", path, {"isEnabled": False}).json()["isEnabled"] is False
    assert office.ask("DELETE", path).status_code == 204
    assert office.refused("GET", path)[0] == 404
    made = office.ask("POST", root, {"displayName": "Home", "sequence": 1, "actions": OUTSIDE})
    assert (made.status_code, made.json()["isEnabled"]) == (201, False)


def test_a_rule_that_graph_cannot_express_tells_nothing_and_stays(office: Office):
    office.standin.add_mailbox(office.ruth)
    rule = office.standin.add_rule(office.ruth, "Odd", OUTSIDE, readable=False)
    root = f"/users/{office.ruth}/mailFolders/inbox/messageRules"
    (seen,) = office.get(root)["value"]
    assert (seen["isReadOnly"], "actions" in seen) == (True, False)
    assert office.refused("DELETE", f"{root}/{quote(rule)}")[0] == 403
    assert office.refused("PATCH", f"{root}/{quote(rule)}", {"isEnabled": False})[0] == 403
