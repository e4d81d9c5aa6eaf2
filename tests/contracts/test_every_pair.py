"""Every capability of every connector has a contract suite: who adds one of either cannot forget it.

A connector of the kind K is tried in ``tests/contracts/test_K.py``, by classes that inherit the suites of
:data:`SUITES`. What is tried in another place stands in :data:`ELSEWHERE`, with the place, and why.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

import offboard.connectors
import offboard.domain
from tests.contracts.accounts import AccountsContract
from tests.contracts.asking import AsksPeopleContract
from tests.contracts.belongings import BelongingsContract
from tests.contracts.dealings import DealingsContract, RecordingContract, StandingsContract
from tests.contracts.directory import DirectoryContract, RosterContract
from tests.contracts.groups import GroupsContract
from tests.contracts.holdings import HoldingsContract
from tests.contracts.knowing import ReachContract, TwinsContract
from tests.contracts.mail import MailboxesContract, MailSessionsContract, ScriptsContract
from tests.contracts.registers import ContactsContract, ItemsContract, RegisterContract, TogetherContract
from tests.contracts.sending import SenderContract
from tests.contracts.sessions import SessionsContract

if TYPE_CHECKING:
    from collections.abc import Iterator

TREE: Final = Path(__file__).parents[2]

SUITES: Final[dict[str, type]] = {
    "Accounts": AccountsContract,
    "AsksPeople": AsksPeopleContract,
    "Belongings": BelongingsContract,
    "Directory": DirectoryContract,
    "ClientContacts": ContactsContract,
    "ClientDealings": DealingsContract,
    "ClientRegister": RegisterContract,
    "ClientStandings": StandingsContract,
    "ForwardingRules": ScriptsContract,
    "Groups": GroupsContract,
    "MailRules": ScriptsContract,
    "MailSessions": MailSessionsContract,
    "Mailboxes": MailboxesContract,
    "OpenItems": ItemsContract,
    "OwnersTogether": TogetherContract,
    "Reach": ReachContract,
    "RecordsDealings": RecordingContract,
    "Roster": RosterContract,
    # What is sealed beforehand is what shutting and leaving need: these suites shut, leave, lose answers and go on.
    "Seals": AccountsContract,
    "SealsGroups": GroupsContract,
    "Sender": SenderContract,
    "SignInSessions": SessionsContract,
    "Twins": TwinsContract,
}
"""Capability → the suite that says what it promises; all others are holdings."""

PLACES: Final = ("tests/contracts", "tests/crm")
"""Where classes of tests are; the second place's server wants a newer Python than the tests do: ``make test-crm``."""

RECORDS: Final = "each kind of record is read, stopped and put back on a stand-in that has all of them"
PASSED_ON: Final = "who gets what is decided by the step: it is tried through the step, on the stand-in"
BY_GRAPH: Final = "the calls are Graph's, whose troubles are tried with the connector entra"

ELSEWHERE: Final[dict[tuple[str, str], tuple[str, str]]] = {
    ("exchange", "AutoReplies"): ("tests/steps/test_on_exchange.py", PASSED_ON),
    ("exchange", "ForwardingRules"): ("tests/connectors/test_exchange_reading.py", RECORDS),
    ("exchange", "HouseRules"): ("tests/connectors/test_exchange_reading.py", RECORDS),
    ("exchange", "MailboxDelivery"): ("tests/steps/test_deliver_to_successor.py", PASSED_ON),
    ("exchange", "Mailboxes"): ("tests/connectors/test_exchange_reading.py", RECORDS),
    ("exchange", "ManyMailboxes"): ("tests/test_rule_scans.py", RECORDS),
    ("exchange", "Meetings"): ("tests/steps/test_hand_over_meetings.py", PASSED_ON),
    ("exchange", "OtherMailboxes"): ("tests/steps/test_leave_mailboxes.py", PASSED_ON),
    ("exchange", "SeparateRules"): ("tests/steps/test_on_exchange.py", RECORDS),
    ("graph_mail", "Drafter"): ("tests/connectors/test_graph_mail.py", BY_GRAPH),
    ("graph_mail", "Sender"): ("tests/connectors/test_graph_mail.py", BY_GRAPH),
    ("graph_rules", "ForwardingRules"): ("tests/connectors/test_graph_rules.py", BY_GRAPH),
    ("graph_rules", "Mailboxes"): ("tests/connectors/test_graph_rules.py", BY_GRAPH),
    ("graph_rules", "ManyMailboxes"): ("tests/connectors/test_graph_rules.py", BY_GRAPH),
    ("graph_rules", "SeesInPart"): ("tests/connectors/test_graph_rules.py", BY_GRAPH),
    ("graph_rules", "SeparateRules"): ("tests/connectors/test_graph_rules.py", BY_GRAPH),
}
"""Kind and capability → where it is tried instead, and why there."""


def capabilities() -> dict[str, frozenset[str]]:
    """Return every capability of the domain → its methods."""
    found: dict[str, frozenset[str]] = {}
    for module in pkgutil.iter_modules(offboard.domain.__path__):
        loaded = importlib.import_module(f"offboard.domain.{module.name}")
        for name, one in vars(loaded).items():
            runtime = inspect.isclass(one) and getattr(one, "_is_runtime_protocol", False)
            if runtime and one.__module__ == loaded.__name__:
                found[name] = frozenset(key for key in vars(one) if not key.startswith("_"))
    return found


def pairs() -> Iterator[tuple[str, str]]:
    """Yield every connector's kind with each capability that it has."""
    for module in pkgutil.iter_modules(offboard.connectors.__path__):
        if module.name.startswith("_"):
            continue
        connection: Any = importlib.import_module(f"offboard.connectors.{module.name}").Connection
        for name, methods in capabilities().items():
            if methods and all(callable(getattr(connection, method, None)) for method in methods):
                yield module.name, name


def suites_of(kind: str) -> list[type]:
    """Return the classes of tests that a connector has here."""
    found: list[type] = []
    for place in PLACES:
        if (TREE / place / f"test_{kind}.py").is_file():
            module = importlib.import_module(f"{place.replace('/', '.')}.test_{kind}")
            found += [
                one for one in vars(module).values() if inspect.isclass(one) and one.__module__ == module.__name__
            ]
    return found


def is_tried(kind: str, capability: str) -> bool:
    """Say whether a class of tests inherits the suite of this capability."""
    if capability in SUITES:
        return any(issubclass(one, SUITES[capability]) for one in suites_of(kind))
    kinds = [holding for one in suites_of(kind) if issubclass(one, HoldingsContract) for holding in one.kinds]
    return any(holding.name == capability for holding in kinds)


@pytest.mark.parametrize(("kind", "capability"), sorted(pairs()))
def test_each_pair_has_a_suite(kind: str, capability: str):
    place, why = ELSEWHERE.get((kind, capability), ("", ""))
    if place:
        assert (TREE / place).is_file(), f"{place} is gone: write a suite, or say where {kind} is tried"
        assert why
        assert not is_tried(kind, capability), "it has a suite: take it off the table of what is tried elsewhere"
    else:
        assert is_tried(kind, capability), (
            f"{kind} has the capability {capability} and no contract suite: let a class of "
            f"tests/contracts/test_{kind}.py inherit one"
        )


def test_the_tables_name_nothing_that_is_not_there():
    assert set(SUITES) <= set(capabilities())
    assert set(ELSEWHERE) <= set(pairs())


def test_a_pair_without_a_suite_is_found():
    assert not is_tried("ldap", "Licences")
    assert not is_tried("ldap", "Belongings")
    assert not is_tried("nothing", "Accounts")
    assert ("ldap", "SshKeys") in set(pairs())
    assert is_tried("ldap", "SshKeys")
