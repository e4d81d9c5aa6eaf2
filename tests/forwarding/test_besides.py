"""What is no rule and still lets mail or people through, and sweep rules: as cmdlets print them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from offboard.domain.capabilities import Script
from offboard.forwarding.judging import judge
from offboard.forwarding.reading import read_rules
from offboard.forwarding.scripts import read_script

DOMAINS = ("acme.example",)
LEAVING = "Microsoft, external email forwarding"
CHOSEN = "mail of chosen senders or with chosen words"
BOX = {"PrimarySmtpAddress": "ann@acme.example", "RecipientTypeDetails": "UserMailbox"}
PERMISSION = {"Identity": "ann", "User": "joe@acme.example", "AccessRights": ["FullAccess"], "IsInherited": False,
              "Deny": False}  # fmt: skip
SWEEP = {"Name": "Sweep", "RuleId": "1", "Sender": "boss@client.example", "DestinationFolder": "Deleted Items"}


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (PERMISSION, [("notice", "joe@acme.example can open the mailbox [MITRE T1098.002].")]),
        ({**PERMISSION, "User": "x@partner.example"}, [
            ("suspicious", "x@partner.example can open the mailbox, and is outside the company [MITRE T1098.002]."),
        ]),
        ({**PERMISSION, "User": "ACME\\joe"}, [("notice", "ACME\\joe can open the mailbox [MITRE T1098.002].")]),
        ({**PERMISSION, "User": "NT AUTHORITY\\SELF"}, []),
        ({**PERMISSION, "Deny": True}, []),
        ({**PERMISSION, "IsInherited": "True"}, []),
        ({**PERMISSION, "Identity": "ann:\\Calendar", "FolderName": "Calendar"}, [
            ("notice", "joe@acme.example can open the folder Calendar [MITRE T1098.002]."),
        ]),
        ({"Identity": "ann", "Trustee": "joe@acme.example", "AccessRights": ["SendAs"]}, [
            ("notice", "joe@acme.example can send as the person [MITRE T1098.002]."),
        ]),
        ({**BOX, "GrantSendOnBehalfTo": ["joe", "jim"]}, [
            ("notice", "joe can send on behalf of the person [MITRE T1098.002]."),
            ("notice", "jim can send on behalf of the person [MITRE T1098.002]."),
        ]),
        ({"Identity": "ann", "ResourceDelegates": ["joe@acme.example"], "ForwardRequestsToDelegates": True}, [
            ("notice", "joe@acme.example can get the invitations too [MITRE T1098.002]."),
        ]),
        ({"Identity": "ann", "ResourceDelegates": [], "ForwardRequestsToDelegates": True}, []),
        ({"Identity": "ann", "AutoReplyState": "Enabled", "ExternalAudience": "All"}, [("none", "")]),
        ({"Identity": "ann", "AutoReplyState": "Disabled"}, []),
        ({"Name": "Default", "AutoForwardingMode": "On"}, [
            ("notice", "It lets rules forward mail by themselves: * [Microsoft, external email forwarding]."),
        ]),
        ({"Name": "Default", "AutoForwardingMode": "Automatic"}, [
            ("none", "It leaves it to Microsoft, which refuses mail that rules forward outside."),
        ]),
        ({"Name": "Default", "AutoForwardingMode": "Off"}, [("none", "It refuses mail that rules forward outside.")]),
        ({"Name": "Default", "AutoForwardingMode": "Perhaps"}, [
            ("notice", f'What it does cannot be told: "AutoForwardingMode perhaps" is not known here [{LEAVING}].'),
        ]),
        ({"Name": "P", "DomainName": "partner.example", "AutoForwardEnabled": True}, [
            ("notice", f"It lets rules forward mail by themselves: partner.example [{LEAVING}]."),
        ]),
        ({"Name": "P", "DomainName": "partner.example", "AutoForwardEnabled": False}, [("none", "")]),
        (SWEEP, [("suspicious", f'It moves {CHOSEN} to "Deleted Items", where nobody looks [MITRE T1564.008].')]),
        ({**SWEEP, "KeepForDays": 10}, [
            ("notice", 'It sweeps mail into "Deleted Items" after 10 days [Microsoft, Get-SweepRule].'),
        ]),
        ({**SWEEP, "KeepLatest": 1}, [
            ("notice", 'It sweeps mail into "Deleted Items" but for the latest 1 [Microsoft, Get-SweepRule].'),
        ]),
        ({**SWEEP, "DestinationFolder": None}, [("suspicious", None)]),
        ({**SWEEP, "DestinationFolder": "News", "KeepForDays": 10}, [("none", "")]),
        ({"Mailbox": "ann@acme.example", "Name": "S", "From": ["boss@client.example"], "MoveToFolder": "Deleted Items",
          "Swept": {"KeepForDays": 3}}, [
            ("notice", 'It sweeps mail into "Deleted Items" after 3 days [Microsoft, Get-SweepRule].'),
        ]),
    ],
)  # fmt: skip
def test_what_a_cmdlet_printed(record: dict[str, Any], expected: list[tuple[str, str | None]]):
    rules = read_rules(json.dumps([record]).encode(), "exchange", domains=DOMAINS, name="export")
    judged = [judge(rule, domains=DOMAINS) for rule in rules]
    assert [one.verdict.word for one in judged] == [verdict for verdict, _ in expected]
    for one, (_, reason) in zip(judged, expected, strict=True):
        assert reason is None or (one.reasons[:1] or ("",))[0] == reason
    assert all(one.rule.raw_sha256 for one in judged)


def test_records_of_our_own_say_which_part_they_are():
    record = {"Mailbox": "ann@acme.example", "Access": "send as the person", "Who": "joe@acme.example"}
    script = Script("access/1", active=True, content=json.dumps(record).encode(), format="exchange", part="access")
    (rule,) = read_script(script, mailbox="guid", system="mail", domains=DOMAINS)
    assert (rule.mailbox, rule.source, rule.name) == ("ann@acme.example", "access", "send as the person")
    assert judge(rule, domains=DOMAINS).verdict.word == "notice"


def test_the_place_of_a_rule_is_its_turn():
    rule = {"Name": "a", "Mailbox": "ann@acme.example", "ForwardTo": "x@partner.example"}
    script = Script("rule/a", active=True, content=json.dumps(rule).encode(), format="exchange", place=4)
    assert read_script(script, mailbox="guid", system="mail", domains=DOMAINS)[0].turn == 4
