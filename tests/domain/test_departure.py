"""A last moment is one instant, or it is refused; a departure survives being stored."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offboard.domain.canonical import canonical_bytes
from offboard.domain.departure import ENDED, Departure, Status, instant, read_moment
from offboard.domain.people import Person
from offboard.errors import BadInput

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

JOE = Person("uuid-joe", "office", "joe", "Joe Fox", "joe@corp.test", "1002")
ZOE = Person("uuid-zoe", "office", "zoe", "Zoe Ray", "zoe@corp.test", "1005")


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-12-01T17:00", "Europe/London", "2026-12-01T17:00:00.000Z"),
        ("2026-07-01T17:00", "Europe/London", "2026-07-01T16:00:00.000Z"),
        ("2026-12-01 17:00", "Europe/Berlin", "2026-12-01T16:00:00.000Z"),
        (" 2026-12-01t17:00:30 ", "Asia/Kathmandu", "2026-12-01T11:15:30.000Z"),
        ("20261201T1700", "Pacific/Kiritimati", "2026-12-01T03:00:00.000Z"),
        ("2026-12-01T17:00", "Etc/GMT+12", "2026-12-02T05:00:00.000Z"),
        ("2026-12-01T17:00", "UTC", "2026-12-01T17:00:00.000Z"),
        ("2028-02-29T00:00", "UTC", "2028-02-29T00:00:00.000Z"),
        ("2026-W49-2T17:00", "UTC", "2026-12-01T17:00:00.000Z"),
        ("2026-12-01T17:00Z", None, "2026-12-01T17:00:00.000Z"),
        ("2026-12-01T17:00+05:45", None, "2026-12-01T11:15:00.000Z"),
        ("2026-12-01T17:00-00:00", None, "2026-12-01T17:00:00.000Z"),
        ("2026-12-01T17:00+14:00", "Europe/London", "2026-12-01T03:00:00.000Z"),
        ("2026-10-25T01:30+01:00", "Europe/London", "2026-10-25T00:30:00.000Z"),
        ("2026-10-25T01:30+00:00", "Europe/London", "2026-10-25T01:30:00.000Z"),
        ("2026-12-01T17:00:00.123999", "UTC", "2026-12-01T17:00:00.123Z"),
        ("1601-01-01T00:00", "UTC", "1601-01-01T00:00:00.000Z"),
        ("2038-01-19T03:14:08", "UTC", "2038-01-19T03:14:08.000Z"),
        ("9999-12-31T23:59", "UTC", "9999-12-31T23:59:00.000Z"),
    ],
)
def test_one_instant(text: str, zone: str | None, expected: str) -> None:
    moment, meant_in = read_moment(text, zone)

    assert instant(moment) == expected
    assert moment.utcoffset() == timedelta(0)
    assert meant_in == (zone or meant_in)


@pytest.mark.parametrize(
    ("text", "zone", "named"),
    [
        ("2026-12-01T17:00", None, "no time zone"),
        ("2026-12-01T17:00", "", "no time zone"),
        # No such wall time: the clocks go forward.
        ("2026-03-29T01:30", "Europe/London", "no single instant"),
        ("2026-03-29T02:00", "Europe/Berlin", "no single instant"),
        ("2011-12-30T12:00", "Pacific/Apia", "no single instant"),
        # Such a wall time comes twice: the clocks go back.
        ("2026-10-25T01:30", "Europe/London", "no single instant"),
        ("2026-10-25T02:59:59", "Europe/Berlin", "no single instant"),
        ("2026-11-01T01:00", "America/New_York", "no single instant"),
        ("2026-04-05T01:45", "Australia/Lord_Howe", "no single instant"),
        ("2026-12-01", "UTC", "no time of day"),
        ("20261201", "UTC", "no time of day"),
        ("2026-W49-2", "UTC", "no time of day"),
        ("2026-12-01T17:00", "Europe/Londn", "'Europe/Londn' is unknown"),
        ("2026-12-01T17:00+01:00", "Europe/Londn", "'Europe/Londn' is unknown"),
        ("2026-12-01T17:00", "IST", "'IST' is unknown"),
        ("2026-12-01T17:00", "CET+1", "unknown"),
        ("2026-12-01T17:00", "+01:00", "unknown"),
        ("2026-12-01T17:00", "../../etc/passwd", "unknown"),
        ("2026-12-01T17:00", "/etc/localtime", "unknown"),
        ("2026-12-01T17:00", "Europe", "unknown"),
        ("2026-12-01T17:00", "UTC\x00", "unknown"),
        ("2026-12-01T17:00", " ", "unknown"),
        ("", "UTC", "not a date"),
        ("tomorrow", "UTC", "not a date"),
        ("17:00", "UTC", "not a date"),
        ("2026-12-01T17:60", "UTC", "not a date"),
        ("2026-12-01T17:00:60", "UTC", "not a date"),
        ("2026-12-01T25:00", "UTC", "not a date"),
        ("2026-02-29T17:00", "UTC", "not a date"),
        ("2026-02-31T17:00", "UTC", "not a date"),
        ("0000-00-00T00:00", "UTC", "not a date"),
        ("01/12/2026 17:00", "UTC", "not a date"),
        ("26-12-01T17:00", "UTC", "not a date"),
        ("2026-12-01T17:00 Europe/London", None, "not a date"),
        ("2026-12-01T17:00[Europe/London]", None, "not a date"),
        ("2026-12-01T17:00 BST", None, "not a date"),
        ("1764608400", "UTC", "not a date"),
        ("2026-12-01T17:00+25:00", None, "not a date"),
        ("\uff12\uff10\uff12\uff16-12-01T17:00", "UTC", "not a date"),
        ("2026\u201312\u201301T17:00", "UTC", "not a date"),
        ("2026-12-01T17:00\x00", "UTC", "not a date"),
        ("2026-12-01x17:00", "UTC", "not a date"),
        ("2026-12-01\u20ac17:00", "UTC", "not a date"),
        ("9" * 10_000, "UTC", "not a date"),
        ("0001-01-01T00:00+14:00", None, "outside the calendar"),
        ("0001-01-01T00:00", "Asia/Tokyo", "outside the calendar"),
        ("9999-12-31T23:59-12:00", None, "outside the calendar"),
        ("9999-12-31T23:59", "America/New_York", "outside the calendar"),
    ],
)
def test_what_is_no_single_instant_is_refused_with_a_hint(text: str, zone: str | None, named: str) -> None:
    with pytest.raises(BadInput, match=named) as refused:
        read_moment(text, zone)

    assert refused.value.hint
    assert refused.value.exit_code == 2


def test_the_end_of_the_day_is_never_silently_the_start() -> None:
    # Python 3.13 reads 24:00 as the next midnight, earlier ones refuse it; both are right, the same day's 00:00 is not.
    try:
        moment, _ = read_moment("2026-12-01T24:00", "UTC")
    except BadInput:
        return
    assert instant(moment) == "2026-12-02T00:00:00.000Z"


@given(
    st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 - a wall time is what is tried here
    st.timezones(),
)
def test_every_instant_that_comes_out_is_the_wall_time_that_went_in(wall: datetime, zone: ZoneInfo) -> None:
    try:
        moment, name = read_moment(wall.isoformat(), zone.key)
    except BadInput:
        first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
        assert first.utcoffset() != second.utcoffset()
        return
    assert moment.astimezone(zone).replace(tzinfo=None) == wall
    assert name == zone.key


@given(st.datetimes(timezones=st.just(UTC)))
def test_instants_sort_as_text_as_they_do_in_time(moment: datetime) -> None:
    # The store compares them as text.
    whole = moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    assert datetime.fromisoformat(instant(moment)) == whole
    assert len(instant(moment)) == len("2026-12-01T17:00:00.000Z")


def test_a_departure_survives_being_stored(departure: Departure) -> None:
    rich = replace(departure, successors={"C1": ZOE}, accounts={"office": departure.leaver, "mail": JOE})

    private = replace(rich, private_addresses=("ann@privatepost.example",))
    for one in (departure, rich, replace(rich, successor=None, requested_by=""), private):
        assert Departure.from_json(json.loads(canonical_bytes(one.to_json()))) == one


def test_who_takes_a_client_over(departure: Departure) -> None:
    split = replace(departure, successor=JOE, successors={"C1": ZOE})

    assert split.successor_of("C1") == ZOE
    assert split.successor_of("C2") == JOE
    assert replace(split, successor=None).successor_of("C2") is None


def test_the_leaver_as_each_system_knows_them(departure: Departure) -> None:
    assert departure.account("office") == departure.leaver
    assert departure.account("elsewhere") is None


def test_the_statuses_are_those_of_the_design() -> None:
    assert [status.value for status in Status] == [
        "draft", "planned", "approved", "scheduled", "securing", "handing_over", "informing", "closed", "attention",
        "cancelled", "undoing", "undone",
    ]  # fmt: skip
    assert {Status.CLOSED, Status.CANCELLED, Status.UNDONE} == ENDED
