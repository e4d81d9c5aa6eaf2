"""How many mail rules a second are read and judged, beside what merely parses the same bytes."""

from __future__ import annotations

import json
import statistics
import time
from typing import TYPE_CHECKING, Any

from sievelib.parser import Parser

from offboard.forwarding.judging import judge
from offboard.forwarding.reading import read_rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from offboard.forwarding.model import Judged

RULES = 10_000
TURNS = 5
GOAL = 5_000
DOMAINS = ("acme.example", "acme.test")
SCRIPT_RULES = 10

INBOX_NULLS = (
    *(
        "ApplyCategory",
        "BodyContainsWords",
        "CopyToFolder",
        "ExceptIfFrom",
        "FlaggedForAction",
        "ForwardAsAttachmentTo",
    ),
    *("FromAddressContainsWords", "HeaderContainsWords", "MarkImportance", "MessageTypeMatches", "ReceivedAfterDate"),
    *(
        "ReceivedBeforeDate",
        "RecipientAddressContainsWords",
        "RedirectTo",
        "SentTo",
        "WithImportance",
        "WithSensitivity",
    ),
    *("WithinSizeRangeMaximum", "WithinSizeRangeMinimum", "SendTextMessageNotificationTo", "ApplySystemCategory"),
)
INBOX_FALSE = (
    *(
        "DeleteMessage",
        "SoftDeleteMessage",
        "PinMessage",
        "UnpinMessage",
        "HasAttachment",
        "MyNameInToBox",
        "SentOnlyToMe",
    ),
    *("MyNameInCcBox", "MyNameNotInToBox", "InError", "Legacy"),
)


def run(rules: int = RULES) -> list[dict[str, Any]]:
    """Measure both kinds; no two rules of a file are the same."""
    exported = json.dumps([inbox_rule(number) for number in range(rules)]).encode()
    scripts = [script(number).encode() for number in range(rules // SCRIPT_RULES)]
    return [
        row(
            "inbox rules read and judged",
            rules,
            lambda: judged(exported, "exchange"),
            lambda: json.loads(exported),
            "one file as Get-InboxRule exports it, 40 properties a rule; theirs is json.loads of the same bytes",
        ),
        row(
            "rules in Sieve scripts read and judged",
            rules,
            lambda: [one for text in scripts for one in judged(text, "sieve")],
            lambda: [parse(text.decode()) for text in scripts],
            f"{SCRIPT_RULES} rules a script; theirs is sievelib's parser on the same scripts",
        ),
    ]


def row(
    name: str, rules: int, ours: Callable[[], list[Judged]], theirs: Callable[[], object], note: str
) -> dict[str, Any]:
    """Return one row: rules a second of processor time, of both in turn, and what the figure for ours has to reach."""
    took: tuple[list[float], list[float]] = ([], [])
    for turn in range(-1, TURNS):
        for place, work in ((0, ours), (1, theirs)) if turn % 2 else ((1, theirs), (0, ours)):
            start = time.process_time()
            work()
            if turn >= 0:
                took[place].append(time.process_time() - start)
    found = len(ours())
    if found != rules:
        raise AssertionError(f"{name}: {found} rules were found, not {rules}")
    mine, other = (rules / statistics.median(times) for times in took)
    return {
        "name": f"{name} (rules/s)",
        "ours": round(mine),
        "theirs": round(other),
        "ratio": round(mine / other, 3),
        "goal": f"{GOAL} rules/s",
        "note": note,
    }


def judged(data: bytes, kind: str) -> list[Judged]:
    """Read and judge as ``offboard rules check`` does."""
    return [judge(rule, domains=DOMAINS) for rule in read_rules(data, kind, domains=DOMAINS, name="export")]


def parse(text: str) -> None:
    """Parse a script with sievelib.

    Raises:
        AssertionError: it does not take the script, so the comparison would be none.
    """
    parser = Parser()
    if not parser.parse(text):
        raise AssertionError(parser.error)


def inbox_rule(number: int) -> dict[str, Any]:
    """Return a rule as Get-InboxRule prints it; every fifth sends mail outside, every other one files it."""
    outside = number % 5 == 0
    return {
        "Name": f"Rule {number}",
        "Enabled": number % 7 != 0,
        "Priority": number,
        "Identity": f"person{number}\\{number}",
        "RuleIdentity": number,
        "MailboxOwnerId": f"person{number}@acme.example",
        "IsValid": True,
        "SupportedByTask": True,
        "Description": f"If the message was received from client {number}, take the following actions",
        **dict.fromkeys(INBOX_NULLS),
        **dict.fromkeys(INBOX_FALSE, False),
        "From": [f'"Client {number}" [SMTP:client{number}@client.example]'],
        "SubjectContainsWords": [f"project {number}", "minutes"] if number % 3 else None,
        "ForwardTo": [f'"Desk" [SMTP:desk{number}@partner{number % 50}.example]'] if outside else None,
        "MoveToFolder": None if outside else f"Clients {number % 90}",
        "MarkAsRead": number % 4 == 0,
        "StopProcessingRules": number % 2 == 0,
    }


def script(number: int) -> str:
    """Return a script of ten rules as webmail writes them."""
    parts = ['require ["fileinto", "copy", "imap4flags"];']
    for place in range(SCRIPT_RULES):
        client = f"client{number}x{place}.example"
        act = f'redirect :copy "desk{place}@partner.example";' if place % 5 == 0 else f'fileinto "Clients {place}";'
        parts.append(
            f'# rule:[Client {number} {place}]\nif anyof (address :domain :is "from" "{client}",\n'
            f'          header :contains ["subject", "x-project"] ["project {number}", "minutes {place}"])\n'
            f"{{\n\t{act}\n\tstop;\n}}"
        )
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
