"""Signing in with the company's account, at npm's ``oidc-provider``."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import jwt
import pytest
import trustme
from cryptography.x509 import load_pem_x509_certificate
from pydantic import ValidationError

from offboard.desk.oidc import BACK
from offboard.settings import OidcSection
from tests.desk.company_account import AtDesk, at_desk
from tests.desk.conftest import IT, OWNER, Forms, Visitor
from tests.servers.openid import SECRET, start_sign_in_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.engine.conftest import Company
    from tests.servers.authority import Authority
    from tests.servers.openid import SignInServer

LOOPBACK = f"http://127.0.0.1{BACK}"
"""For a native client any port of loopback is the same place (RFC 8252, section 7.3)."""


@pytest.fixture(scope="module")
def honest(authority: Authority) -> Iterator[SignInServer]:
    with start_sign_in_server(authority, LOOPBACK, client_secret=SECRET, application_type="native") as server:
        yield server


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_SECRET", SECRET)


@pytest.fixture
def site(company: Company, honest: SignInServer, authority: Authority) -> Iterator[AtDesk]:
    yield from at_desk(company, honest.settings(), authority)


def test_whoever_the_service_vouches_for_is_in_and_comes_to_where_they_wanted(site: AtDesk) -> None:
    number = site.desk.company.start()
    visitor = site.visitor()
    assert "Your mail address" not in visitor.page
    site.sign_in("Owner@corp.test", visitor, f"/sign-in/company?back=/departures/{number}")
    assert (visitor.code, visitor.path) == (200, f"/departures/{number}")
    assert OWNER in visitor.page
    assert "code=" not in str(visitor.client.cookies)
    assert "away" not in visitor.client.cookies


def test_the_second_time_the_service_still_knows_them(site: AtDesk) -> None:
    visitor = site.sign_in(OWNER)
    visitor.send("/sign-out")
    visitor.open("/sign-in/company")
    assert 'type="password"' not in visitor.page
    site.answer(OWNER, visitor)
    assert (visitor.path, OWNER in visitor.page) == ("/", True)


def test_whoever_signs_out_may_sign_out_at_the_service_too(site: AtDesk) -> None:
    visitor = site.sign_in(OWNER)
    assert visitor.client.cookies["hint"].count(".") == 2
    visitor.send("/sign-out")
    assert (visitor.path, "You are signed out of the desk." in visitor.page) == ("/sign-in", True)
    assert "desk" not in visitor.client.cookies
    seen: list[Any] = []
    visitor.client.event_hooks["request"] = [lambda request: seen.append(request.url)]
    visitor.open("/sign-out/company")
    asked = next(url for url in seen if url.path.endswith("/session/end")).params
    assert set(asked) == {"client_id", "id_token_hint", "post_logout_redirect_uri"}
    assert "hint" not in visitor.client.cookies
    (confirm,) = Forms(visitor.page).found
    visitor.send(confirm, logout="yes")
    assert (visitor.code, visitor.path) == (200, "/sign-in"), "the service sends them back here"

    visitor.open("/sign-in/company")
    assert 'type="password"' in visitor.page, "the service does not know them any more"


def test_without_a_session_of_ours_the_service_itself_asks_whose_sign_in_ends(site: AtDesk) -> None:
    visitor = site.visitor()
    visitor.open("/sign-out/company")
    assert visitor.code == 200
    assert len(Forms(visitor.page).found) == 1


@pytest.mark.parametrize(
    ("mail", "sentence"),
    [
        ("stranger@corp.test", "The desk does not know stranger@corp.test"),
        ("unchecked@corp.test", "nobody has checked your mail address"),
    ],
)
def test_whom_the_desk_does_not_know_stays_out(site: AtDesk, mail: str, sentence: str) -> None:
    visitor = site.sign_in(mail)
    assert (visitor.code, sentence in visitor.page) == (403, True)
    assert "desk" not in visitor.client.cookies


def test_there_are_no_codes_beside_it(site: AtDesk) -> None:
    visitor = site.visitor()
    answer = visitor.client.post("/sign-in", data={"mail": OWNER})
    assert answer.status_code == 404
    site.desk.serve()
    assert site.desk.company.systems.outbox.sent == []


def way_back(site: AtDesk, visitor: Visitor, mail: str) -> str:
    """Return the address that the service sends this browser back to, without going there."""
    visitor.client.event_hooks["request"] = [lambda request: seen.append(str(request.url))]
    seen: list[str] = []
    site.sign_in(mail, visitor)
    return next(url for url in seen if BACK in url)


def test_a_way_back_that_was_stolen_or_used_is_no_way_in(site: AtDesk) -> None:
    victim, thief = site.visitor(), site.visitor()
    away = {}
    victim.client.event_hooks["response"] = [lambda answer: away.update(answer.cookies)]
    link = way_back(site, victim, OWNER)
    assert OWNER in victim.page

    thief.open(link)
    assert (thief.code, "was not begun in this browser" in thief.page) == (409, True)
    thief.client.cookies.set("away", away["away"])
    thief.open(link)
    assert (thief.code, "was not begun in this browser" in thief.page) == (409, True)
    thief = site.visitor()
    thief.open("/sign-in/company")
    thief.open(link)
    assert (thief.code, "belongs to another sign-in" in thief.page) == (409, True)
    assert "desk" not in thief.client.cookies


def test_what_a_browser_keeps_meanwhile_cannot_be_written_by_others_and_is_over_soon(site: AtDesk) -> None:
    visitor = site.visitor()
    visitor.open("/sign-in/company")
    kept = visitor.client.cookies["away"]
    link = f"{BACK}?code=c&state=s"
    for forged in (kept[1:], kept.replace(".", "A."), "." + kept.partition(".")[2], "", "é"):
        answer = visitor.client.get(link, headers={"cookie": f"away={forged}".encode()})
        assert answer.status_code == 409
    site.desk.company.wait(minutes=10, seconds=1)
    assert "was not begun in this browser" in visitor.client.get(link, headers={"cookie": f"away={kept}"}).text


def test_signing_in_begins_another_session_and_ends_the_one_before(site: AtDesk) -> None:
    visitor = site.sign_in(OWNER)
    first = visitor.client.cookies["desk"]
    site.sign_in(OWNER, visitor)
    assert visitor.client.cookies["desk"] != first
    assert site.desk.firm.store.sign_ins.session(first) is None


def test_what_cannot_be_undone_asks_the_service_to_ask_again(site: AtDesk) -> None:
    number = site.desk.company.start()
    it = site.sign_in(IT)
    site.desk.company.wait(minutes=16)
    it.open(f"/departures/{number}")
    it.send(f"/departures/{number}/approve")
    assert (it.code, "sign-in of the last quarter of an hour" in it.page) == (403, True)
    again = f"/sign-in/company?again=yes&amp;back=/departures/{number}"
    assert again in it.page

    site.desk.company.time = datetime.now(UTC)
    it.open(again.replace("&amp;", "&"))
    assert "/interaction/" in it.path, "it knows them, and asks all the same"
    assert 'type="password"' in it.page
    site.answer(IT, it)
    assert it.path == f"/departures/{number}"
    it.send(f"/departures/{number}/approve")
    assert "Your approval is recorded" in it.page


def test_a_certificate_instead_of_a_secret(company: Company, authority: Authority, tmp_path: Path) -> None:
    made = trustme.CA(key_type=trustme.KeyType.RSA).issue_cert("desk.corp.test", key_type=trustme.KeyType.RSA)
    pem = tmp_path / "desk.pem"
    pem.write_bytes(made.private_key_pem.bytes() + made.cert_chain_pems[0].bytes())
    public = load_pem_x509_certificate(made.cert_chain_pems[0].bytes()).public_key()
    keys = {"keys": [json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(public)) | {"kid": "1", "use": "sig"}]}
    client = {"token_endpoint_auth_method": "private_key_jwt", "jwks": keys, "application_type": "native"}
    with start_sign_in_server(authority, LOOPBACK, **client) as server:
        settings = server.settings(certificate={"file": str(pem)})
        for site in at_desk(company, settings, authority):
            assert OWNER in site.sign_in(OWNER).page


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"issuer": "http://login.acme.example/t"}, "write it like https"),
        ({"issuer": "https://login.microsoftonline.com/common/v2.0"}, "your own tenant"),
        ({"client_secret": "plain"}, "plain text is refused"),
        ({"client_secret": None}, "exactly one of"),
        ({"certificate": {"file": "desk.pem"}}, "exactly one of"),
        ({"client_id": ""}, "at least 1 character"),
    ],
)
def test_wrong_settings_are_named(wrong: dict[str, Any], says: str) -> None:
    right = {"issuer": "https://login.acme.example/t", "client_id": "x", "client_secret": {"env": "X"}}
    OidcSection(**right)
    with pytest.raises(ValidationError, match=says):
        OidcSection(**right | wrong)
