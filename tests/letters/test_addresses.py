"""Countries, postal addresses, mail addresses, the language of a letter."""

from __future__ import annotations

from datetime import date

import pytest
from babel import Locale

from offboard.domain.clients import Client, Contact
from offboard.letters.addresses import address_lines, has_postal_address, mail_address
from offboard.letters.countries import choose_language, country_code, country_of_zone, language_of, long_date


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Germany", "DE"),
        ("Deutschland", "DE"),
        ("DEU", "DE"),
        ("de", "DE"),
        ("UK", "GB"),
        ("U.K.", "GB"),
        ("England", "GB"),
        ("USA", "US"),
        ("Österreich", "AT"),
        ("Czech Republic", "CZ"),
        ("NA", "NA"),
        ("Utopia", ""),
        ("xx", ""),
        ("NULL", ""),
        ("", ""),
    ],
)
def test_a_country_is_known_by_code_and_by_name(written, code):
    assert country_code(written) == code


@pytest.mark.parametrize(
    ("client_language", "country", "wanted"),
    [
        ("", "DE", "de"),
        ("", "AT", "de"),
        ("", "CH", "de"),
        ("", "LI", "de"),
        ("", "US", "en"),
        ("", "FR", "en"),
        ("", "BE", "en"),
        ("", "", "en"),
        ("en", "DE", "en"),
        ("DE-ch", "GB", "de"),
        ("fr", "DE", "de"),
    ],
)
def test_the_language_is_the_clients_then_the_countrys_then_our_first(client_language, country, wanted):
    assert choose_language(client_language, country, ["en", "de"]) == wanted


def test_american_and_mexican_clients_are_written_to_in_their_own_language_where_we_have_it():
    assert [language_of(code) for code in ("US", "MX", "GB")] == ["en", "es", "en"]
    assert choose_language("", "US", ["de", "en"]) == "en"


def test_dates_are_written_as_the_sender_writes_them_and_hold_together():
    day = date(2026, 12, 1)
    assert [long_date(day, *where).replace("\u00a0", " ") for where in (("en", "GB"), ("en", ""), ("en", "US"))] == [
        "1 December 2026",
        "1 December 2026",
        "December 1, 2026",
    ]
    assert long_date(day, "de", "GB") == "1.\u00a0Dezember\u00a02026"
    assert (country_of_zone("Europe/London"), country_of_zone("UTC")) == ("GB", "")


def where(country: str, **fields: str) -> tuple[str, ...]:
    client = Client(
        id="1",
        name="Firm",
        contact=Contact(name=fields.pop("person", "Kim Doe")),
        country=country,
        **({"address": "Street 1", "city": "Town", "postcode": "12345"} | fields),
    )
    return address_lines(client, sender_country="GB", sender_language="en")


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (where("Germany"), ("Firm", "Kim Doe", "Street 1", "12345 TOWN", "GERMANY")),
        (where("GB"), ("Kim Doe", "Firm", "Street 1", "Town", "12345")),
        (where("Sweden"), ("Firm", "Kim Doe", "Street 1", "SE-12345 TOWN", "SWEDEN")),
        (where("Sweden", postcode="S-958 22"), ("Firm", "Kim Doe", "Street 1", "S-958 22 TOWN", "SWEDEN")),
        (where("USA"), ("Kim Doe", "Firm", "Street 1", "TOWN 12345", "UNITED STATES")),
        (where("Ireland", postcode="NULL"), ("Kim Doe", "Firm", "Street 1", "TOWN", "IRELAND")),
        (where("Japan"), ("Firm", "Kim Doe", "Street 1", "12345 TOWN", "JAPAN")),
        (where("Singapore"), ("Firm", "Kim Doe", "Street 1", "12345 TOWN", "SINGAPORE")),
        (where("Mordor"), ("Firm", "Kim Doe", "Street 1", "12345 Town", "MORDOR")),
        (where(""), ("Firm", "Kim Doe", "Street 1", "12345 Town")),
        (where("Germany", person="kim@firm.example"), ("Firm", "Street 1", "12345 TOWN", "GERMANY")),
        (where("Germany", person=""), ("Firm", "Street 1", "12345 TOWN", "GERMANY")),
        (
            where("", address="Unit 4\r\nDock Street", postcode="", city=""),
            ("Firm", "Kim Doe", "Unit 4", "Dock Street"),
        ),
    ],
)
def test_an_address_is_laid_out_as_its_country_wants_it(lines, wanted):
    assert lines == wanted


def test_the_country_is_named_in_the_senders_language_and_dropped_at_home():
    client = Client(id="1", name="Firm", address="Weg 1", postcode="8010", city="Graz", country="AT")
    assert address_lines(client, sender_country="DE", sender_language="de")[-1] == "ÖSTERREICH"
    assert address_lines(client, sender_country="AT", sender_language="de") == ("Firm", "Weg 1", "8010 Graz")


def test_a_letter_can_be_posted_only_to_a_place():
    assert not has_postal_address(Client(id="1", name="Firm", country="DE", address="Street 1"))
    assert has_postal_address(Client(id="1", name="Firm", city="Town"))


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("Foo.Bar+1@X.Example", "Foo.Bar+1@x.example"),
        (" a@b.test ", "a@b.test"),
        ("a@müller.example", "a@xn--mller-kva.example"),
        ("a@xn--mller-kva.example", "a@xn--mller-kva.example"),
        ("a@evil.example<bob@firm.example>", ""),
        ("Bob <bob@firm.example>", ""),
        ("a@b.example, c@d.example", ""),
        ("a@b.example\r\nBcc: x@evil.example", ""),
        ('"a b"@x.example', ""),
        ('"a@b"@x.example', ""),
        ("a@[127.0.0.1]", ""),
        ("a@localhost", ""),
        ("ü@x.example", ""),
        ("a@x..example", ""),
        ("a(comment)@x.example", ""),
        ("group:a@x.example;", ""),
        ("<>", ""),
        ("a%b@x.example", ""),
        ("=?utf-8?q?x?=@x.example", ""),
        ("a@127.0.0.1", ""),
        ("a@x.example.", ""),
        ("a@-x.example", ""),
        ("a@mail.corp.local", "a@mail.corp.local"),
        ("a\x00@x.example", ""),
        ("a" * 65 + "@x.example", ""),
        ("", ""),
    ],
)
def test_only_one_bare_address_is_an_address(written, wanted):
    assert mail_address(written) == wanted


def test_nothing_that_was_given_is_lost_in_any_country():
    given = {"person": "Kim Doe", "address": "Street 1", "postcode": "9999X", "city": "TOWN"}
    for code in filter(country_code, (code for code in Locale("en").territories if len(code) == 2)):
        printed = "\n".join(where(code, **given)).upper()
        assert all(value.upper() in printed for value in given.values()), code
