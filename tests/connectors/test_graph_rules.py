"""Mail rules by Microsoft Graph alone: what it shows is read in batches, what it does not show is said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from offboard.connectors import graph_rules
from offboard.domain.capabilities import Script
from offboard.domain.people import Person
from offboard.errors import Denied, Drifted, NotFound, Rejected, SystemFault, Untrusted
from offboard.forwarding.judging import judge
from offboard.forwarding.scripts import read_script
from offboard.practice.graph import GraphStandIn, Limit, check_against_facts
from tests.servers.memory_vault import MemoryVault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from offboard.forwarding.model import Judged

OUTSIDE = {"forwardTo": [{"emailAddress": {"address": "me@privatepost.example", "name": "me"}}]}
DOMAINS = ("acme.example",)
RUTH = "ruth.castellan@acme.example"


class Tenant:
    """A tenant with people who have mailboxes, and a connection to it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.standin = GraphStandIn(folder)
        monkeypatch.setenv("GRAPH_SECRET", self.standin.client_secret)
        self.ruth, self.sam = self.person("Ruth Castellan"), self.person("Sam Okafor")
        self.mail: Any = None

    def person(self, name: str) -> str:
        who = self.standin.add_person(name)
        self.standin.add_mailbox(who)
        return who

    def connect(self) -> None:
        table = {
            "tenant": self.standin.tenant,
            "client_id": self.standin.client_id,
            "client_secret": {"env": "GRAPH_SECRET"},
            "url": f"{self.standin.url}/v1.0",
            "authority": self.standin.url,
            "ca_file": self.standin.ca_file,
            "timeout": 3,
        }
        self.mail = graph_rules.connect("mail", graph_rules.Settings.model_validate(table), MemoryVault())

    def read(self, *who: str) -> dict[str, list[Script] | SystemFault]:
        return dict(self.mail.scripts_of(who))

    def judged(self, who: str) -> list[Judged]:
        return [
            judge(rule, domains=DOMAINS)
            for script in self.mail.scripts(who)
            for rule in read_script(script, mailbox=RUTH, system="mail", domains=DOMAINS)
        ]


@pytest.fixture
def tenant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tenant]:
    """Ends with Microsoft's own description having no objection to any request or reply."""
    made = Tenant(tmp_path / "graph", monkeypatch)
    made.standin.start()
    made.connect()
    try:
        yield made
        good = [call for call in made.standin.calls if 0 < call.status < 400 and call.path != "/$batch"]
        assert [(call.path, fault) for call in good for fault in check_against_facts(call)] == []
    finally:
        made.mail.close()
        made.standin.stop()


def test_a_rule_and_a_reply_are_read_and_judged(tenant: Tenant):
    tenant.standin.add_rule(tenant.ruth, "Copies", OUTSIDE, conditions={"subjectContains": ["invoice"]})
    with tenant.standin.store.writing() as held:
        held.things[tenant.ruth]["_settings"]["automaticRepliesSetting"]["status"] = "alwaysEnabled"
    copies, reply = tenant.judged(tenant.ruth)
    assert (copies.verdict.word, copies.rule.mailbox, copies.rule.active) == ("alarm", RUTH, True)
    assert "me@privatepost.example" in copies.rule.actions[0].target
    assert reply.rule.source == "reply"
    assert tenant.judged(tenant.sam) == []


def test_a_rule_that_graph_does_not_express_is_never_none(tenant: Tenant):
    tenant.standin.add_rule(tenant.ruth, "Odd", OUTSIDE, readable=False)
    (odd,) = tenant.judged(tenant.ruth)
    assert odd.verdict.word == "notice"
    (script,) = tenant.mail.scripts(tenant.ruth)
    assert "Graph does not show" in script.inexact


def test_an_action_that_nobody_knows_yet_is_never_none():
    content = json.dumps({"displayName": "New", "actions": {"sendToTheMoon": True}}).encode()
    script = Script("rule/New", active=True, content=content, format="graph")
    (read,) = read_script(script, mailbox=RUTH, system="mail", domains=DOMAINS)
    assert judge(read, domains=DOMAINS).verdict.word == "notice"


def test_everybody_with_an_address_is_listed_and_no_guest(tenant: Tenant):
    tenant.standin.add_person("Gus Guest", userType="Guest")
    tenant.standin.quirks.page_size = 1
    listed = dict(tenant.mail.named_mailboxes())
    assert listed == {tenant.ruth: RUTH, tenant.sam: "sam.okafor@acme.example"}
    assert set(tenant.mail.mailboxes()) == {tenant.ruth, tenant.sam}


def test_many_are_read_ten_to_a_batch_within_four_at_a_time(tenant: Tenant):
    tenant.standin.limits["outlook"] = Limit(at_once=4)
    people = [tenant.person(f"Person N{number}") for number in range(25)]
    tenant.standin.add_rule(people[7], "Copies", OUTSIDE)
    found = tenant.read(*people)
    assert list(found) == people
    assert [len(one) for one in found.values() if isinstance(one, list)].count(1) == 1
    assert tenant.standin.made("POST") == ["POST /$batch"] * 3
    assert not [call for call in tenant.standin.calls if call.status == 429]


def test_a_mailbox_that_is_gone_or_kept_elsewhere_is_no_fault_of_the_others(tenant: Tenant):
    elsewhere = tenant.standin.add_person("Olga Premise")
    gone = "84a661c4-e949-4bd2-a560-ed7766fcaf2b"
    found = tenant.read(tenant.ruth, elsewhere, gone, tenant.sam)
    assert [type(found[who]) for who in (tenant.ruth, elsewhere, gone, tenant.sam)] == [list, NotFound, NotFound, list]


def test_one_that_we_may_not_read_is_no_fault_of_the_others(tenant: Tenant):
    tenant.standin.fail(403, match=f"GET /users/{tenant.ruth}/mailFolders/*", code="ErrorAccessDenied")
    found = tenant.read(tenant.ruth, tenant.sam)
    assert isinstance(found[tenant.ruth], Denied)
    assert "MailboxSettings.Read" in found[tenant.ruth].hint
    assert found[tenant.sam] == []


def test_a_storm_of_429_is_waited_out(tenant: Tenant):
    tenant.standin.fail(429, match="GET /users/*", next=3, headers={"Retry-After": "0"})
    assert tenant.read(tenant.ruth, tenant.sam) == {tenant.ruth: [], tenant.sam: []}


def test_a_next_page_on_another_host_gets_no_token(tenant: Tenant):
    for number in range(3):
        tenant.standin.add_rule(tenant.ruth, f"Rule {number}", OUTSIDE)
    tenant.standin.quirks.page_size = 2
    tenant.standin.quirks.foreign_next_link = "https://collector.invalid"
    found = tenant.read(tenant.ruth, tenant.sam)
    assert isinstance(found[tenant.ruth], Untrusted)
    assert found[tenant.sam] == []


def test_pages_of_rules_are_all_read(tenant: Tenant):
    for number in range(5):
        tenant.standin.add_rule(tenant.ruth, "Same", OUTSIDE, sequence=number + 1)
    tenant.standin.quirks.page_size = 2
    names = [script.name for script in tenant.mail.scripts(tenant.ruth)]
    assert names == ["rule/Same", *(f"rule/Same #{number}" for number in range(2, 6))]


def test_a_key_that_stands_twice_spoils_one_mailbox_alone(tenant: Tenant, monkeypatch: pytest.MonkeyPatch):
    tenant.standin.add_rule(tenant.ruth, "Copies", OUTSIDE)
    loads = json.loads

    def twice(data: bytes, **more: Any) -> Any:
        text = data.decode() if isinstance(data, bytes) else data
        return loads(text.replace('"displayName": "Copies"', '"displayName": "", "displayName": "Copies"'), **more)

    monkeypatch.setattr("offboard.connectors._graph_wire.json.loads", twice)
    found = tenant.read(tenant.sam, tenant.ruth)
    assert isinstance(found[tenant.ruth], Rejected)
    assert found[tenant.sam] == []


def test_a_rule_is_disabled_enabled_and_made_again(tenant: Tenant):
    rule = tenant.standin.add_rule(tenant.ruth, "Copies", OUTSIDE)
    (script,) = tenant.mail.scripts(tenant.ruth)
    tenant.mail.stop_rule(tenant.ruth, script.name)
    (stopped,) = tenant.mail.scripts(tenant.ruth)
    assert (stopped.active, stopped.content) == (False, script.content)
    tenant.mail.restore_rule(tenant.ruth, script.name, script.content, script.place)
    assert tenant.mail.scripts(tenant.ruth) == [script]
    with tenant.standin.store.writing() as held:
        del held.things[tenant.ruth]["_rules"][rule]
    tenant.mail.restore_rule(tenant.ruth, script.name, script.content, script.place)
    (again,) = tenant.mail.scripts(tenant.ruth)
    assert json.loads(again.content)["actions"] == OUTSIDE
    assert again.active
    with pytest.raises(Drifted):
        tenant.mail.restore_rule(tenant.ruth, script.name, b'{"displayName": "Copies", "actions": {}}', 1)


def test_whose_mailbox_it_is_takes_two_attributes(tenant: Tenant):
    person = Person(id="u", system="ldap", login="ruth.castellan", name="Ruth Castellan", mail=RUTH)
    found = tenant.mail.mailbox(person)
    assert (found.id, found.mail) == (tenant.ruth, RUTH)
    stranger = Person(id="u", system="ldap", login="r", name="Somebody Else", mail=RUTH)
    assert tenant.mail.mailbox(stranger) is None


def test_what_cannot_be_seen_is_said_and_what_is_missing_named(tenant: Tenant):
    tenant.standin.add_rule(tenant.ruth, "Copies", OUTSIDE)
    assert any("hidden rules" in sentence for sentence in tenant.mail.unseen())
    health = tenant.mail.health()
    assert (health.reachable, health.rights_missing, health.cannot) == (True, (), tenant.mail.unseen())
    tenant.standin.permissions = {"User.Read.All", "MailboxSettings.Read"}
    tenant.standin.refuse_tokens()
    with pytest.raises(Denied):
        tenant.mail.stop_rule(tenant.ruth, "rule/Copies")
    assert tenant.mail.health().rights_missing == ("MailboxSettings.ReadWrite",)
