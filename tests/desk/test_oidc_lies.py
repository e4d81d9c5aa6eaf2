"""A sign-in service that lies, or does not answer: whatever it says, nobody gets in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from offboard.desk.oidc import BACK
from offboard.settings import DeskSection
from tests.desk.company_account import AtDesk, at_desk
from tests.desk.conftest import IT, OWNER, Desk, running
from tests.desk.lying_service import FOREIGN, start_lying_service
from tests.servers.openid import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.desk.lying_service import LyingService
    from tests.engine.conftest import Company
    from tests.servers.authority import Authority


@pytest.fixture(scope="module")
def lying_service(authority: Authority) -> Iterator[LyingService]:
    with start_lying_service(authority) as service:
        yield service


@pytest.fixture
def lying(lying_service: LyingService) -> LyingService:
    lying_service.tell()
    return lying_service


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_SECRET", SECRET)


@pytest.fixture
def misled(company: Company, lying: LyingService, authority: Authority) -> Iterator[AtDesk]:
    oidc = {"issuer": lying.issuer, "client_id": "desk", "client_secret": {"env": "DESK_SECRET"}}
    yield from at_desk(company, oidc | {"ca_file": str(authority.ca_file)}, authority)


def test_an_old_sign_in_at_the_service_is_not_a_new_one_here(misled: AtDesk, lying: LyingService) -> None:
    lying.tell(claims={"auth_time": int(datetime.now(UTC).timestamp()) - 3600})
    number = misled.desk.company.start()
    for path in ("/sign-in/company", "/sign-in/company?again=yes"):
        visitor = misled.visitor()
        visitor.open(path)
        if "again" in path:
            assert "without asking you to sign in once more" in visitor.page
    for told in (lying.lies.claims["auth_time"], None):
        lying.tell(claims={"auth_time": told, "email": IT})
        visitor = misled.visitor()
        visitor.open("/sign-in/company")
        visitor.open(f"/departures/{number}")
        visitor.send(f"/departures/{number}/approve")
        assert "sign-in of the last quarter of an hour" in visitor.page
        visitor.open("/sign-in/company?again=yes")
        assert visitor.code == 403


LONG_AGO, NOT_YET = 1_700_000_000, 4_000_000_000


@pytest.mark.parametrize(
    "lies",
    [
        {"algorithm": "none"},
        {"algorithm": "HS256"},
        {"key": FOREIGN},
        {"key": FOREIGN, "key_id": "another"},
        {"claims": {"iss": "https://localhost/other"}},
        {"claims": {"aud": "another"}},
        {"claims": {"aud": ["desk", "another"], "azp": "another"}},
        {"claims": {"aud": None}},
        {"claims": {"exp": LONG_AGO}},
        {"claims": {"exp": None}},
        {"claims": {"iat": NOT_YET}},
        {"claims": {"nbf": NOT_YET}},
        {"claims": {"nonce": "of another sign-in"}},
        {"claims": {"nonce": None}},
        {"claims": {"sub": None}},
        {"claims": {"email": None}},
        {"claims": {"email": ["owner@corp.test"]}},
        {"claims": {"email": "owner@corp.test\r\nx"}},
        {"claims": {"email_verified": False}},
        {"claims": {"email": None}, "userinfo": {"sub": "2", "email": OWNER}},
        {"back": {"state": "another"}},
        {"back": {"iss": "https://localhost/other"}},
        {"back": {"code": "", "error": "access_denied"}},
        {"answer": (400, {"error": "invalid_client", "error_description": "a secret"})},
        {"answer": (200, {"access_token": "a"})},
    ],
    ids=lambda lies: " ".join(f"{k}={v}" for k, v in lies.items() if k != "key") or "key",
)
def test_whatever_is_forged_lets_nobody_in(misled: AtDesk, lying: LyingService, lies: dict[str, Any]) -> None:
    visitor = misled.visitor()
    visitor.open("/sign-in/company")
    assert (visitor.path, visitor.code) == ("/", 200), "the truth lets them in"
    visitor.send("/sign-out")

    lying.tell(**lies)
    visitor.open("/sign-in/company")
    assert visitor.path == BACK
    assert visitor.code in {403, 409}
    assert "desk" not in visitor.client.cookies
    assert "a secret" not in visitor.page
    assert "Sign in" in visitor.page


def test_a_service_that_does_not_answer_or_answers_nonsense_lets_nobody_in(misled: AtDesk, lying: LyingService) -> None:
    visitor = misled.visitor()
    lying.tell(answer=(500, {}))
    visitor.open("/sign-in/company")
    assert (visitor.code, "answered 500" in visitor.page) == (503, True)
    section = misled.desk.firm.settings.desk.oidc
    for issuer, sentence in ((f"{lying.issuer}/other", "calls itself"), ("https://localhost:1/x", "does not answer")):
        told = section.model_copy(update={"issuer": issuer})
        misled.desk.firm.settings = misled.desk.firm.settings.model_copy(update={"desk": DeskSection(oidc=told)})
        with running(misled.desk.firm, misled.desk.office) as address:
            answer = Desk(address, misled.desk.firm, misled.desk.office, None).visitor()
            answer.open("/sign-in/company")
            assert (answer.code, sentence in answer.page) == (503, True)
            answer.client.close()


@pytest.mark.parametrize("place", [None, "http://localhost/end"])
def test_a_service_that_ends_no_sign_in_over_https_is_not_asked_to(
    misled: AtDesk, lying: LyingService, place: str | None
) -> None:
    lying.tell(published={"end_session_endpoint": place})
    visitor = misled.visitor()
    visitor.open("/sign-in/company")
    visitor.send("/sign-out")
    assert "You are signed out of the desk." in visitor.page
    assert "/sign-out/company" not in visitor.page
    visitor.open("/sign-out/company")
    assert (visitor.code, "cannot be told that you sign out" in visitor.page) == (409, True)
