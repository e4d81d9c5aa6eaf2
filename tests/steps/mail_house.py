"""What the steps on mailboxes are tried with: a real Dovecot, a real store, and Alice, who leaves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from offboard.connectors.dovecot import Connection, Settings, connect
from offboard.domain.capabilities import Company, House
from offboard.domain.departure import Departure
from offboard.domain.people import Person
from offboard.letters.book import Book
from offboard.settings import CompanySection, StoreSection
from offboard.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.dovecot import Dovecot

NOW = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)
ALICE = Person(id="uuid-alice", system="office", login="alice", name="Alice Archer", mail="alice@corp.test")
BOB = Person(
    id="uuid-bob", system="office", login="bob", name="Bob Baker", mail="bob@corp.test", phone="+44 117 496 0102"
)
BOX = Person(id="alice", system="mail", login="alice", name="Alice Archer", mail="alice@corp.test")


@pytest.fixture
def leaving() -> Departure:
    return Departure(
        number="D-2026-0001",
        leaver=ALICE,
        moment=NOW,
        timezone="Europe/London",
        playbook="employee",
        requested_by="hr@corp.test",
        requested_at=NOW,
        successor=BOB,
        accounts={"office": ALICE, "mail": BOX},
        private_addresses=("alice@mailbox.example",),
    )


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    store = Store(StoreSection(url="sqlite:///offboard.db"), tmp_path, lambda: NOW)
    section = CompanySection(name='Corp "Test" Ltd', domains=["corp.test"], languages=["en", "de"])
    yield House(
        company=Company(section.name, tuple(section.domains), section.timezone, tuple(section.languages)),
        keeper=store.rules,
        book=Book(section, "owner@corp.test", folder=tmp_path, now=lambda: NOW),
        box=store.letters,
        now=lambda: NOW,
        tasks=store.tasks,
        addressee=lambda part, _: part if "@" in part else f"{part}@corp.test",
        shared=lambda: (),
    )
    store.close()


@pytest.fixture
def mail(dovecot: Dovecot) -> Iterator[Connection]:
    connection = connect("mail", Settings(**dovecot.settings()), vault=None)
    yield connection
    connection.close()
