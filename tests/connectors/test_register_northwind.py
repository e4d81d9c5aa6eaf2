"""Northwind in the register, held against figures computed from the files by other means."""

from __future__ import annotations

import csv
import os
from collections import Counter, defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from offboard.connectors import register
from offboard.domain.exposure import exposure

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
MAP = """
[clients]
id = "customerID"
name = "companyName"
contact_name = "contactName"
contact_title = "contactTitle"
postcode = "postalCode"
[interactions]
client = "customerID"
person = "employeeID"
at = "orderDate"
value = "freight"
"""


@pytest.fixture(scope="module")
def northwind() -> Path:
    given = os.environ.get("OFFBOARD_NORTHWIND")
    folder = (ROOT / (given or "../shared/data/northwind")).resolve()
    if not given and not folder.is_dir():
        pytest.skip(f"Northwind is not at {folder}; name its folder in OFFBOARD_NORTHWIND")
    for name in ("customers.csv", "orders.csv"):
        assert os.access(folder / name, os.R_OK), f"OFFBOARD_NORTHWIND: {folder / name} cannot be read"
    return folder


@pytest.fixture(scope="module")
def rows(northwind: Path) -> dict[str, list[dict[str, str]]]:
    found = {}
    for name in ("customers", "orders"):
        with (northwind / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            found[name] = list(csv.DictReader(file))
    return found


@pytest.fixture(scope="module")
def loaded(northwind: Path, tmp_path_factory) -> Iterator[tuple[register.Connection, register.Imported]]:
    folder = tmp_path_factory.mktemp("northwind")
    (folder / "map.toml").write_text(MAP)
    connection = register.connect("clients", register.Settings(url=f"sqlite:///{folder}/clients.db"), None)
    done = register.import_clients(
        connection,
        northwind / "customers.csv",
        map_file=folder / "map.toml",
        interactions_file=northwind / "orders.csv",
    )
    yield connection, done
    connection.close()


def test_everything_comes_in(loaded) -> None:
    _, done = loaded
    assert (done.clients, done.interactions, done.new, done.updated) == (91, 830, 91, 0)
    assert done.ignored_columns[:3] == ("fax", "orderID", "requiredDate")
    assert len(done.ignored_columns) == len(set(done.ignored_columns)) == 11
    assert "nobody is responsible for FISSA, PARIS" in done.notes


def test_the_employee_of_the_last_order_is_responsible(loaded, rows) -> None:
    last: dict[str, tuple[str, int, str]] = {}
    for order in rows["orders"]:
        key = (order["orderDate"], int(order["orderID"]), order["employeeID"])  # of one day, the higher order number
        last[order["customerID"]] = max(last.get(order["customerID"], key), key)
    clients = loaded[0].clients()
    assert {c.id: c.responsible for c in clients if c.responsible} == {c: key[2] for c, key in last.items()}
    assert {c.id: c.last_contact for c in clients if c.last_contact} == {c: key[0][:10] for c, key in last.items()}
    assert Counter(c.responsible for c in clients) == Counter(
        {"2": 16, "1": 15, "3": 14, "4": 12, "8": 12, "7": 8, "6": 6, "9": 4, "5": 2, "": 2}
    )


def test_the_value_is_the_sum_of_the_freight_rounded_half_up(loaded, rows) -> None:
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for order in rows["orders"]:
        sums[order["customerID"]] += Decimal(order["freight"])
    wanted = {client: int(value.quantize(Decimal(1), ROUND_HALF_UP)) for client, value in sums.items()}
    assert {c.id: c.value for c in loaded[0].clients() if c.id in wanted} == wanted


def test_everybody_else_who_took_an_order_knows_the_client(loaded, rows) -> None:
    known = defaultdict(set)
    for order in rows["orders"]:
        known[order["customerID"]].add(order["employeeID"])
    for client in loaded[0].clients():
        assert set(client.known_to) == known[client.id] - {client.responsible}
        assert len(client.known_to) == len(set(client.known_to))


def test_names_with_accents_and_contacts_are_kept(loaded) -> None:
    (client,) = [client for client in loaded[0].clients() if client.id == "ANTON"]
    assert (client.name, client.city, client.country) == ("Antonio Moreno Taquería", "México D.F.", "Mexico")
    assert (client.contact.name, client.contact.title) == ("Antonio Moreno", "Owner")


def test_the_exposure_agrees_with_a_count_by_hand(loaded, rows) -> None:
    served: defaultdict[str, Counter[str]] = defaultdict(Counter)
    by_owner: dict[str, str] = {}
    for order in rows["orders"]:
        served[order["customerID"]][order["employeeID"]] += 1
        if order["employeeID"] == "2":
            day = order["orderDate"][:10]
            by_owner[order["customerID"]] = max(day, by_owner.get(order["customerID"], day))
    clients, today = loaded[0].clients(), date(1998, 6, 1)

    found = exposure(clients, loaded[0].dealings(), owners=["2"], today=today)

    assert sum(row.clients for row in found) == 89
    for row in found:
        mine = [client for client in clients if client.responsible == row.person]
        sole = [client for client in mine if len(served[client.id]) == 1]
        met = [by_owner[client.id] for client in mine if client.id in by_owner]
        assert (row.clients, row.sole_contact, row.value_at_risk) == (
            len(mine),
            len(sole),
            sum(client.value for client in sole),
        )
        assert row.never_met_owner == len(mine) - len(met)
        longest = (today - date.fromisoformat(min(met))).days if met else None
        assert row.longest_without_owner_days == longest
