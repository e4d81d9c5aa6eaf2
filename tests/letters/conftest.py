"""A company that writes letters, and two clients: one at home with a mail address, one abroad without."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from offboard.domain.clients import Client, Contact
from offboard.letters.book import Book
from offboard.settings import CompanySection

if TYPE_CHECKING:
    from pathlib import Path

    from offboard.domain.departure import Departure
    from offboard.domain.people import Person

OWNER = "eleanor.whitcombe@harbour-vale.example"
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def company() -> CompanySection:
    return CompanySection(
        name="Harbour & Vale Ltd",
        domains=["harbour-vale.example"],
        timezone="Europe/London",
        languages=["en", "de"],
        owner_name="Eleanor Whitcombe",
        owner_title="Managing Director",
        owner_phone="+44 117 496 0100",
        hours={"en": "Monday to Friday, 9 am to 5.30 pm", "de": "Montag bis Freitag, 9 bis 17.30 Uhr"},
        response_time={"en": "within one working day", "de": "innerhalb eines Arbeitstages"},
        first_contact_days=10,
    )


@pytest.fixture
def bare_company() -> CompanySection:
    return CompanySection(name="Acme Ltd", domains=["acme.example"], languages=["en", "de"])


@pytest.fixture
def book(company: CompanySection, tmp_path: Path) -> Book:
    return Book(company, OWNER, folder=tmp_path, now=lambda: NOW)


@pytest.fixture
def bare_book(bare_company: CompanySection, tmp_path: Path) -> Book:
    return Book(bare_company, "owner@acme.example", folder=tmp_path, now=lambda: NOW)


@pytest.fixture
def horn() -> Client:
    return Client(
        id="AROUT",
        name="Around the Horn",
        contact=Contact(name="Robin Sorensen", title="Sales Representative", email="robin@around-the-horn.example"),
        address="120 Hanover Sq.",
        postcode="WA1 1DP",
        city="London",
        country="UK",
        open_items=2,
    )


@pytest.fixture
def futterkiste() -> Client:
    return Client(
        id="ALFKI",
        name="Alfreds Futterkiste",
        contact=Contact(name="Maria Anders", title="Frau Dr."),
        address="Obere Str. 57",
        postcode="12209",
        city="Berlin",
        country="Germany",
    )


@pytest.fixture
def nameless(successor: Person) -> Person:
    """Return a successor of whom nothing but the name is known."""
    return replace(successor, title="", phone="", mail="")


@pytest.fixture
def over(departure: Departure) -> Departure:
    """Return a departure whose last moment has passed."""
    return replace(departure, moment=datetime(2026, 11, 13, 17, 0, tzinfo=UTC))
