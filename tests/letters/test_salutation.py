"""Nobody's title, family name or gender is guessed."""

from __future__ import annotations

import pytest

from offboard.domain.clients import Client, Contact
from offboard.letters.salutation import addressed, greeting


@pytest.mark.parametrize(
    ("name", "title", "english", "german"),
    [
        ("Robin Sorensen", "", "Robin Sorensen", "Robin Sorensen"),
        ("Robin Sorensen", "Sales Representative", "Robin Sorensen", "Robin Sorensen"),
        ("Robin Sorensen", "Owner", "Robin Sorensen", "Robin Sorensen"),
        ("Maria Anders", "Ms", "Ms Maria Anders", "Frau Maria Anders"),
        ("Maria Anders", "Frau Dr.", "Ms Dr Maria Anders", "Frau Dr. Maria Anders"),
        ("Thomas Hardy", "Mr.", "Mr Thomas Hardy", "Herr Thomas Hardy"),
        ("Alex Kim", "Mx", "Mx Alex Kim", "Alex Kim"),
        ("Dr. Alex Kim", "Dr", "Dr. Alex Kim", "Dr. Alex Kim"),
        ("Alex Kim", "Prof. Dr.", "Prof Dr Alex Kim", "Prof. Dr. Alex Kim"),
        ("Alex Kim", "Dr of Sales", "Alex Kim", "Alex Kim"),
        ("NULL", "Mr", "", ""),
        ("", "", "", ""),
        ("orders@firm.example", "", "", ""),
    ],
)
def test_a_contact_is_addressed_by_what_is_known(name, title, english, german):
    contact = Contact(name=name, title=title)
    assert (addressed(contact, "en"), addressed(contact, "de")) == (english, german)


def test_a_language_without_a_list_of_titles_uses_the_name_alone():
    assert addressed(Contact(name="Maria Anders", title="Mme"), "fr") == "Maria Anders"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [("Dear Maria,", "Dear Maria"), ("Liebe Frau Anders!", "Liebe Frau Anders"), ("", ""), ("NULL", ""), (" , ", "")],
)
def test_a_greeting_that_the_register_gives_is_taken_as_it_is(given, wanted):
    assert greeting(Contact(name="Maria Anders", title="Ms", salutation=given)) == wanted


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_letter_begins_with_it(book, departure, successor, language):
    contact = Contact("Maria Anders", "Ms", "maria@alder.example", salutation="Hello *Maria*,")
    client = Client("C1", "Alder & Co", contact=contact, language=language)
    assert "\n\nHello *Maria*,\n\n" in "\n\n" + book.text(book.draft(departure, client, successor))
