"""Whose an address is, in every spelling that mail systems and people who hide things use."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offboard.forwarding.addresses import bare_address, is_external, is_private_provider, looks_like
from offboard.forwarding.recipients import recipients_in

DOMAINS = ("acme.example", "Acme.Test", "bücher.example")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("joe@acme.example", False),
        ("  joe@acme.example\t", False),
        ("JOE@ACME.EXAMPLE", False),
        ("joe@acme.example.", False),
        ("joe@acme.test", False),
        ("joe@sales.acme.example", False),
        ("joe+private@acme.example", False),
        ('"joe lee"@acme.example', False),
        ('"joe@gmail.com"@acme.example', False),
        ("smtp:joe@acme.example", False),
        ("SMTP:joe@acme.example", False),
        ("mailto:joe@acme.example?subject=x", False),
        ("Joe <joe@acme.example>", False),
        ('"joe@gmail.com" <joe@acme.example>', False),
        ('"Lee, Joe" [SMTP:joe@acme.example]', False),
        ("joe@bücher.example", False),
        ("joe@xn--bcher-kva.example", False),
        ("joe@BÜCHER.example", False),
        ("joe@bu\u0308cher.example", False),
        ("joe@gmail.com", True),
        ("joe@acme.example.evil.test", True),
        ("joe@notacme.example", True),
        ("joe@acme-example.com", True),
        ("joe@acme.examples", True),
        ("joe@аcme.example", True),  # noqa: RUF001 - a Cyrillic letter
        ("joe@acme.example@gmail.com", True),
        ("joe@gmail. com", True),
        ("joe@gmail\t.com", True),
        ("joe @ gmail.com", True),
        ("joe(acme.example)@gmail.com", True),
        ("joe@gmail.com(@acme.example)", True),
        ("joe@acme.example <joe@gmail.com>", True),
        ('"joe@acme.example"@gmail.com', True),
        ("joe@[192.0.2.1]", True),
        ("joe@localhost", True),
        ("${name}@gmail.com", True),
        ("joe%gmail.com@acme.example", None),
        ("gmail.com!joe@acme.example", None),
        ("@relay.test:joe@acme.example", None),
        ("${name}@acme.example", None),
        ("joe@${domain}", None),
        ("${x}", None),
        ("", None),
        ("   ", None),
        ("<>", None),
        ("@", None),
        ("joe@", None),
        ("@acme.example", None),
        ("joe", None),
        ("Joe at home", None),
        ("joe@acme.example, jim@gmail.com", None),
        ("/o=ExchangeLabs/ou=Exchange Administrative Group/cn=Recipients/cn=joe", None),
        ('"Joe" [EX:/o=ExchangeLabs/cn=joe@gmail.com]', None),
        ("X500:/o=Acme/cn=joe", None),
        ("CN=Joe,OU=People,DC=acme,DC=example", None),
    ],
)
def test_external(address: str, expected: bool | None):
    assert is_external(address, DOMAINS) is expected


def test_without_domains_everything_is_external():
    assert is_external("joe@acme.example", ()) is True
    assert is_external("joe@acme.example", ("",)) is True


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("acme.example", None),
        ("sales.acme.example", None),
        ("acme-invoices.example", "acme.example"),
        ("acme.example.evil.test", "acme.example"),
        ("acme.co", "acme.example"),
        ("аcme.example", "acme.example"),  # noqa: RUF001 - a Cyrillic letter
        ("xn--cme-5cd.example", "acme.example"),
        ("northwlnd.example", "northwind.test"),
        ("northwind2.example", "northwind.test"),
        ("n0rthwind.example", "northwind.test"),
        ("norhtwind.example", "northwind.test"),
        ("my-northwind-mail.example", "northwind.test"),
        ("bucher-verlag.example", "bücher-verlag.example"),
        ("gmail.com", None),
        ("southwind.example", None),
        ("north.example", None),
        ("client.example", None),
        ("", None),
    ],
)
def test_look_alikes(domain: str, expected: str | None):
    assert looks_like(domain, ("acme.example", "northwind.test", "bücher-verlag.example")) == expected


def test_a_shared_ending_is_no_likeness():
    assert looks_like("beta.onmicrosoft.com", ("acme.onmicrosoft.com",)) is None
    assert looks_like("acme2-x.onmicrosoft.com", ("acme.onmicrosoft.com",)) is None
    assert looks_like("other.co.uk", ("acme.co.uk",)) is None


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("gmail.com", True), ("GMail.com.", True), ("hotmail.co.uk", True), ("yahoo.fr", True), ("gmx.net", True),
        ("mail.icloud.com", True), ("proton.me", True), ("acme.example", False), ("outlook.acme.example", False),
        ("gmail.com.evil.test", False), ("com", False), ("", False),
    ],
)  # fmt: skip
def test_private_providers(domain: str, expected: bool):
    assert is_private_provider(domain) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a@b.example", ("a@b.example",)),
        ("a@b.example; c@d.example ,e@f.example", ("a@b.example", "c@d.example", "e@f.example")),
        ('"Doe, Jo" [SMTP:a@b.example];c@d.example', ('"Doe, Jo" [SMTP:a@b.example]', "c@d.example")),
        ('"Doe; Jo" <a@b.example>', ('"Doe; Jo" <a@b.example>',)),
        ("Joe at home", ("Joe at home",)),
        ("CN=Joe,OU=People,DC=acme", ("CN=Joe,OU=People,DC=acme",)),
        (["a@b.example", None, ["c@d.example"]], ("a@b.example", "c@d.example")),
        ([{"emailAddress": {"name": "A", "address": "a@b.example"}}], ("a@b.example",)),
        ({"DisplayName": "Joe", "Address": ""}, ("Joe",)),
        ({"Guid": "1"}, ("1",)),
        (7, ("7",)),
        (True, ()),
        (None, ()),
        ("", ()),
    ],
)  # fmt: skip
def test_recipients(value: object, expected: tuple[str, ...]):
    assert recipients_in(value) == expected


@given(st.text())
def test_any_text_has_an_answer(text: str):
    assert is_external(text, DOMAINS) in {True, False, None}
    looks_like(text, DOMAINS)
    is_private_provider(text)
    bare = bare_address(text)
    assert bare is None or bare_address(bare) == bare
