"""Who depends on one person, and the page that shows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from offboard.domain.clients import Client
from offboard.domain.dealing import Dealing
from offboard.domain.exposure import Exposure, exposure
from offboard.domain.exposure_page import exposure_html
from offboard.domain.people import Person

TODAY = date(2026, 12, 1)


def client(key: str, responsible: str, value: int = 0) -> Client:
    return Client(id=key, name=f"Client {key}", responsible=responsible, value=value)


CLIENTS = [
    client("A", "ann", 100),
    client("B", "Ann", 50),
    client("C", "ann", 1000),
    client("D", "joe", 500),
    client("E", "", 9),
]
DEALINGS = [
    Dealing("A", "ann", 3, "2026-11-01"),
    Dealing("C", "ann", 1, "2026-10-01"),
    Dealing("C", "joe", 1, "2026-09-01"),
    Dealing("B", "boss", 1, "2026-11-30"),
    Dealing("C", "Boss", 1, "2026-11-01"),
    Dealing("C", "boss@corp.test", 1, "2026-08-01"),
    Dealing("D", "joe", 1, "2026-11-20"),
]


def test_what_only_one_person_knows_counts_and_the_worst_comes_first() -> None:
    rows = exposure(CLIENTS, DEALINGS, owners=["boss", "boss@corp.test"], today=TODAY)
    each = [[(c.id, c.alone, c.without_owner_days) for c in row.each] for row in rows]
    assert [one[0] for one in each] == [("D", True, None), ("A", True, None)], "whom nobody else knows comes first"
    assert [{key: value for key, value in row.to_json().items() if key != "each"} for row in rows] == [
        {
            "person": "joe",
            "clients": 1,
            "sole_contact": 1,
            "value_at_risk": 500,
            "longest_without_owner_days": None,
            "never_met_owner": 1,
        },
        {
            "person": "ann",
            "clients": 3,
            "sole_contact": 1,
            "value_at_risk": 100,
            "longest_without_owner_days": 30,
            "never_met_owner": 1,
        },
    ]


def test_a_client_that_nobody_dealt_with_depends_on_whoever_is_responsible() -> None:
    (row,) = exposure([client("A", "ann", 7)], [], today=TODAY)
    assert (row.sole_contact, row.value_at_risk, row.longest_without_owner_days) == (1, 7, None)


def test_staff_makes_one_person_of_an_address_a_login_and_a_name() -> None:
    staff = [
        Person("1", "office", "ann", "Ann Lee", "ann@corp.test", "1001"),
        Person("2", "office", "boss", "Bo Ss", "boss@corp.test"),
    ]
    clients = [client("A", "ann@corp.test", 1), client("B", "1001", 2), client("C", "Ann Lee", 4)]
    dealings = [
        Dealing("A", "ann", 1, "2026-11-01"),
        Dealing("B", "Ann Lee", 1, "2026-11-01"),
        Dealing("C", "Bo Ss", 1, "2026-11-28"),
    ]
    (row,) = exposure(clients, dealings, owners=["boss@corp.test"], staff=staff, today=TODAY)
    assert replace(row, each=()) == Exposure("ann@corp.test", 3, 2, 3, 3, 2)


def test_a_name_that_two_people_share_joins_nobody() -> None:
    staff = [Person("1", "o", "ann1", "Ann Lee"), Person("2", "o", "ann2", "Ann Lee")]
    rows = exposure([client("A", "ann1"), client("B", "ann2"), client("C", "Ann Lee")], [], staff=staff, today=TODAY)
    assert [row.person for row in rows] == ["Ann Lee", "ann1", "ann2"]


def test_a_meeting_ahead_is_no_negative_number_of_days() -> None:
    dealings = [Dealing("A", "boss", 1, "2026-12-24")]
    (row,) = exposure([client("A", "ann")], dealings, owners=["boss"], today=TODAY)
    assert row.longest_without_owner_days == 0


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


ROW = Exposure("ann", 4, 3, 1200, 1, 2)
AT = datetime(2026, 12, 1, 9, 5, tzinfo=UTC)


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x>', "&amp;", "{{7*7}}", "</title><b>"])
def test_names_appear_literally_and_change_no_structure(hostile: str) -> None:
    plain = read(exposure_html([ROW], company="Corp", generated_at=AT))
    page = read(exposure_html([Exposure(hostile, 4, 3, 1200, 1, 2)], company=hostile, generated_at=AT))
    assert page.tags == plain.tags
    assert hostile in page.text
    assert f"Who depends on one person: {hostile}" in page.text


def test_the_page_shows_every_figure_and_loads_nothing() -> None:
    html = exposure_html(
        [ROW, Exposure("joe", 2, 0, 0, None, 2)], company="Corp", generated_at=AT, without_responsible=2
    )
    page = read(html)
    for figure in (
        "ann",
        "4",
        "3",
        "1,200",
        "1 day",
        "never",
        "3 of 4",
        "0 of 2",
        "Nobody is responsible for 2 clients.",
    ):
        assert figure in page.text
    assert "As of 2026-12-01 09:05 UTC" in html
    assert {"script", "link", "img", "iframe"}.isdisjoint(page.tags)
    assert not {name for name, _ in page.attributes} & {"src", "href", "onclick", "onload"}
    assert "url(" not in html


def test_bars_are_as_long_as_their_figures() -> None:
    html = exposure_html([ROW, Exposure("joe", 2, 1, 0, None, 2)], company="Corp", generated_at=AT)
    plot = ET.fromstring(html[html.index("<ul") : html.index("</ul>") + len("</ul>")])  # noqa: S314 - our own page
    widths = [float(bar.attrib["width"]) for bar in plot.iter("rect")]
    longest = widths[0]
    assert widths == [longest, pytest.approx(longest * 3 / 4), pytest.approx(longest / 2), pytest.approx(longest / 4)]


def test_an_empty_register_has_a_page_too() -> None:
    assert "There are no clients yet." in exposure_html([], company="Corp", generated_at=AT)
