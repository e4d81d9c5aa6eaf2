"""Northwind's employee 4 leaves: real customers and orders, a real directory, real mail.

Runs where the data is (``OFFBOARD_NORTHWIND``, by default beside the project). Northwind has no addresses for mail, so
every other customer gets a reserved one, and the rest is written to by post.
"""

from __future__ import annotations

import csv
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.servers.slapd import person

if TYPE_CHECKING:
    from tests.servers.dovecot import Dovecot
    from tests.servers.slapd import Slapd
    from tests.servers.smtp import SmtpSink
    from tests.servers.workplace import Workplace

GIVEN = os.environ.get("OFFBOARD_NORTHWIND")
DATA = Path(GIVEN) if GIVEN else Path(__file__).parents[1].parent / "shared" / "data" / "northwind"
GERMAN = {"Germany", "Austria", "Switzerland"}

MAP = """\
[clients]
id = "customerID"
name = "companyName"
contact_name = "contactName"
contact_title = "contactTitle"
contact_email = "email"
phone = "phone"
address = "address"
postcode = "postalCode"
city = "city"
country = "country"

[interactions]
client = "customerID"
person = "employeeID"
at = "orderDate"
value = "freight"
"""

SCRIPT = 'require ["copy"];\nredirect :copy "m.peacock@freemail.invalid";\n'


@pytest.fixture
def northwind() -> Path:
    if not GIVEN and not DATA.is_dir():
        pytest.skip("the Northwind data is not here; set OFFBOARD_NORTHWIND to its folder")
    for name in ("employees.csv", "customers.csv", "orders.csv"):
        assert (DATA / name).is_file(), f"{DATA / name} cannot be read"
    return DATA


def test_employee_4_leaves(
    northwind: Path, workplace: Workplace, slapd: Slapd, dovecot: Dovecot, smtp_sink: SmtpSink
) -> None:
    logins = load_staff(northwind, slapd, dovecot)
    expected = import_clients(northwind, workplace)
    assert len(expected) == 12

    plan = workplace.json(
        "start", "4", "--last-moment", "2026-01-05T17:00", "--tz", "Europe/London", "--successor", "1",
        "--as", "erin@corp.test",
    )  # fmt: skip
    number = plan["departure"]
    assert plan["leaver"]["login"] == logins["4"] == "peacock"
    workplace.run("approve", number, "--as", "dave@corp.test")
    shown = workplace.json("apply", number)

    assert shown["clients"] == {"total": 12, "reassigned": 12, "skipped": 0, "orphaned": 0, "given_back": 0}
    responsible = {row["id"]: row["responsible"] for row in workplace.json("clients", "list")}
    assert {client for client, who in responsible.items() if who == "4"} == set()
    assert all(responsible[client] == "1" for client in expected)
    assert not slapd.bind("uid=peacock,ou=people,dc=corp,dc=test", "peacockpw")
    assert dovecot.imap_login("peacock", "peacockpw") is None
    dovecot.deliver("someone@client.example", "peacock@corp.test", "after")
    assert smtp_sink.to("m.peacock@freemail.invalid") == []
    assert workplace.json("verify", number)["holds"]

    letters = workplace.json("letters", "list", number)
    assert {x["client"] for x in letters} == set(expected)
    for letter in letters:
        country, mail = expected[letter["client"]]
        assert letter["language"] == ("de" if country in GERMAN else "en")
        assert letter["channel"] == ("mail" if mail else "post")
    workplace.run("letters", "approve", number, "--as", "owner@corp.test")
    workplace.run("apply", number)
    post = workplace.folder / "post"
    workplace.run("letters", "print", number, "--out", str(post), "--as", "owner@corp.test")

    assert workplace.json("show", number)["status"] == "closed"
    by_mail = [mail for _, mail in expected.values() if mail]
    assert Counter(e.rcpt_tos[0] for e in smtp_sink.envelopes if e.rcpt_tos[0].endswith("customer.example")) == Counter(
        by_mail
    )
    assert len(list(post.glob("[0-9]*.pdf"))) == len(expected) - len(by_mail)


def load_staff(northwind: Path, slapd: Slapd, dovecot: Dovecot) -> dict[str, str]:
    """Load the nine employees with their superiors, their mailboxes and rules; return employee number → login."""
    with (northwind / "employees.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 9
    logins = {row["employeeID"]: row["lastName"].lower() for row in rows}
    ldif = "".join(
        person(
            logins[row["employeeID"]],
            f"{row['firstName']} {row['lastName']}",
            row["employeeID"],
            title=row["title"],
            phone=row["homePhone"],
            manager=logins.get(row["reportsTo"], ""),
        )
        for row in sorted(rows, key=lambda row: row["reportsTo"] != "NULL")
    )
    slapd.add(ldif)
    for login in logins.values():
        dovecot.put_script(login, "rules", SCRIPT if login == "peacock" else "keep;\n")
    return logins


def import_clients(northwind: Path, workplace: Workplace) -> dict[str, tuple[str, str]]:
    """Import customers and orders; return the customers of employee 4 with country and mail, computed here."""
    with (northwind / "customers.csv").open(encoding="utf-8", newline="") as file:
        customers = list(csv.DictReader(file))
    with (northwind / "orders.csv").open(encoding="utf-8", newline="") as file:
        orders = list(csv.DictReader(file))
    for place, row in enumerate(customers):
        row["email"] = f"{row['customerID'].lower()}@customer.example" if place % 2 else ""
    out = workplace.folder / "customers.csv"
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(customers[0]))
        writer.writeheader()
        writer.writerows(customers)
    (workplace.folder / "map.toml").write_text(MAP, encoding="utf-8")
    done = workplace.json(
        "clients", "import", str(out), "--map", str(workplace.folder / "map.toml"),
        "--interactions", str(northwind / "orders.csv"),
    )  # fmt: skip
    assert (done["clients"], done["interactions"]) == (91, 830)
    last: dict[str, tuple[str, str]] = {}
    for order in orders:
        key = order["customerID"]
        if key not in last or order["orderDate"] >= last[key][0]:
            last[key] = (order["orderDate"], order["employeeID"])
    return {
        row["customerID"]: (row["country"], row["email"])
        for row in customers
        if last.get(row["customerID"], ("", ""))[1] == "4"
    }
