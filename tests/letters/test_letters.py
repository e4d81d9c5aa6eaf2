"""Whole letters, as their readers get them, and the way they go."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from offboard.domain.clients import Client, Contact
from offboard.domain.letter import Channel, LetterState
from offboard.errors import BadInput, BadSettings
from offboard.letters.book import Book, letter_id
from offboard.letters.facts import AUTO_REPLY, HANDOVER, Days, working_day
from offboard.letters.handover import handover_facts

EXPECTED = Path(__file__).parent / "expected"


def expected(name: str, text: str) -> None:
    assert text == (EXPECTED / f"{name}.txt").read_text(encoding="utf-8")


def test_an_english_letter_with_everything_known(book, departure, horn, successor):
    letter = book.draft(departure, horn, successor)
    expected("handover-en", f"{letter.subject}\n\n{book.text(letter)}")
    assert (letter.id, letter.state, letter.channel) == ("L-D-2026-0001-AROUT", LetterState.TO_REVIEW, Channel.MAIL)
    assert (letter.recipient, letter.language, letter.date) == ("robin@around-the-horn.example", "en", "2026-12-01")
    assert letter.warnings == ()


def test_a_german_letter_with_everything_known(book, departure, futterkiste, successor):
    letter = book.draft(departure, replace(futterkiste, open_items=1), successor)
    expected("handover-de", f"{letter.subject}\n\n{book.text(letter)}")
    assert (letter.recipient, letter.language, letter.channel) == ("", "de", Channel.POST)
    assert letter.address == ("Alfreds Futterkiste", "Maria Anders", "Obere Str. 57", "12209 BERLIN", "GERMANY")
    assert letter.warnings == ()


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_letter_reads_well_with_nothing_optional_known(bare_book, over, nameless, language):
    client = Client(id="17", name="Nordwind sp. z o.o.", city="Gdynia", country="PL", language=language)
    letter = bare_book.draft(over, client, nameless)
    expected(f"handover-{language}-bare", f"{letter.subject}\n\n{bare_book.text(letter)}")
    assert letter.warnings == ()


def test_the_automatic_reply_speaks_every_language_of_the_company(book, bare_book, departure):
    expected("auto-reply", book.auto_reply(departure))
    expected("auto-reply-nobody", bare_book.auto_reply(replace(departure, successor=None)))


def test_every_fact_a_template_may_use_is_there(company, departure, horn, successor):
    days = Days.of(departure, company, departure.moment)
    facts = handover_facts(
        departure,
        horn,
        successor,
        company=company,
        owner_mail="o@x.example",
        days=days,
        language="en",
        country="GB",
        reference="L",
    )
    assert set(facts) == HANDOVER.known | set(HANDOVER.lists)
    assert HANDOVER.known >= AUTO_REPLY.known


@pytest.mark.parametrize(
    ("moment", "zone", "now", "dated", "last_day", "takeover"),
    [
        ("2026-12-01T17:00", "Europe/London", "2026-11-20T09:00", "2026-12-01", "2026-12-01", "2026-12-02"),
        ("2026-12-04T17:00", "Europe/London", "2026-11-20T09:00", "2026-12-04", "2026-12-04", "2026-12-07"),
        ("2026-12-01T09:00", "Europe/London", "2026-11-20T09:00", "2026-12-01", "2026-12-01", "2026-12-01"),
        ("2026-12-02T01:00", "America/Los_Angeles", "2026-11-20T09:00", "2026-12-01", "2026-12-01", "2026-12-02"),
        ("2026-12-01T17:00", "UTC+01:00", "2026-11-20T09:00", "2026-12-01", "2026-12-01", "2026-12-02"),
        ("2026-11-13T17:00", "Europe/London", "2026-11-20T09:00", "2026-11-20", "2026-11-13", "2026-11-20"),
    ],
)
def test_the_days_that_a_letter_names(departure, company, moment, zone, now, dated, last_day, takeover):
    leaving = replace(departure, moment=datetime.fromisoformat(moment).replace(tzinfo=UTC), timezone=zone)
    days = Days.of(leaving, company, datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert [days.dated, days.last_day, days.takeover] == [
        date.fromisoformat(day) for day in (dated, last_day, takeover)
    ]
    assert days.first_contact_by is not None
    assert days.first_contact_by.weekday() < 5


def test_a_weekend_becomes_the_monday_after():
    assert [working_day(date(2026, 12, day)).day for day in (4, 5, 6, 7)] == [4, 7, 7, 7]


def test_a_letter_of_mixed_languages_is_never_written(company, departure, futterkiste, successor, tmp_path):
    plain = company.model_copy(update={"hours": "nine to five", "response_time": "soon"})
    book = Book(plain, "o@x.example", folder=tmp_path, now=lambda: departure.moment)
    german = book.text(book.draft(departure, futterkiste, successor))
    assert "nine to five" not in german
    assert "nine to five" in book.text(book.draft(departure, replace(futterkiste, language="en"), successor))


@pytest.mark.parametrize(
    ("changes", "channel", "recipient", "warning"),
    [
        ({}, "mail", "robin@around-the-horn.example", None),
        ({"channel": "post"}, "post", "", None),
        ({"channel": "none"}, "mail", "robin@around-the-horn.example", "wants no letters"),
        ({"contact": Contact()}, "post", "", None),
        ({"contact": Contact(email="no address")}, "post", "", "'no address' is no mail address"),
        ({"contact": Contact(), "channel": "mail"}, "post", "", "goes by post"),
        ({"contact": Contact(), "city": "", "postcode": "", "address": ""}, "post", "", "neither a mail nor a postal"),
        ({"channel": "post", "city": "", "postcode": "", "address": ""}, "post", "", "no postal address"),
        ({"channel": "post", "address": "a\nb\nc\nd"}, "post", "", "has 8 lines"),
        (
            {"contact": Contact(email="x@Sub.Harbour-Vale.example")},
            "mail",
            "x@sub.harbour-vale.example",
            "our own company",
        ),
    ],
)
def test_a_letter_goes_the_way_the_client_wants_or_can_be_reached(
    book, departure, horn, successor, changes, channel, recipient, warning
):
    letter = book.draft(departure, replace(horn, **changes), successor)
    assert (letter.channel, letter.recipient) == (channel, recipient)
    assert (warning is None and not letter.warnings) or (len(letter.warnings) == 1 and warning in letter.warnings[0])


def test_ids_are_stable_safe_and_distinct():
    given = [
        "ALFKI",
        "a",
        "A",
        "a b",
        "a-b",
        "a_b",
        "ab",
        "a/b",
        "../a",
        "ä",
        "",
        "~",
        "a~b",
        "x" * 41,
        "x" * 42,
        "株",
        "a\n",
        "\ud800",
    ]
    ids = [letter_id("D-2026-0001", client) for client in given]
    assert ids == [letter_id("D-2026-0001", client) for client in given]
    assert ids[0] == "L-D-2026-0001-ALFKI"
    assert len(set(ids)) == len(ids)
    assert all(set(one) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_~") for one in ids)


def test_words_that_hint_at_a_reason_are_shown_to_the_owner(book, departure, horn, successor, tmp_path):
    own = tmp_path / "words"
    own.mkdir()
    (own / "handover.en.md.j2").write_text(
        "Subject: x\n\n{{ leaver.name }} resigned and is krank; {{ client.name }} was Fired.\n"
    )
    book = Book(
        book._company.model_copy(update={"templates": Path("words")}),
        "o@x.example",
        folder=tmp_path,
        now=lambda: departure.moment,
    )
    letter = book.draft(departure, replace(horn, name="Fired Clay Competitors Ltd"), successor)
    assert letter.warnings == ("says fired, krank, resigned: a letter should give no reason and judge nobody",)


def test_a_letter_longer_than_a_page_is_shown_to_the_owner(book, departure, horn, successor):
    letter = book.draft(departure, replace(horn, name="Very Long Name " * 200), successor)
    assert any("pages: a letter should fit on one" in warning for warning in letter.warnings)


def test_letters_need_an_owner_and_a_template(company, departure, horn, successor, tmp_path):
    with pytest.raises(BadSettings, match="owner"):
        Book(company, "", folder=tmp_path, now=lambda: departure.moment).draft(departure, horn, successor)
    french = company.model_copy(update={"languages": ["fr"]})
    with pytest.raises(BadInput, match=r"handover\.fr\.md\.j2"):
        Book(french, "o@x.example", folder=tmp_path, now=lambda: departure.moment).draft(departure, horn, successor)


def test_the_body_is_final_and_never_run_again(book, departure, horn, successor):
    letter = replace(book.draft(departure, horn, successor), body="{{ 7*7 }} {% if %}\n")
    assert book.text(letter).startswith("{{ 7*7 }} {% if %}\n")
