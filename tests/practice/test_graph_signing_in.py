from __future__ import annotations

import base64
import hashlib
import time
from typing import TYPE_CHECKING, Any

import httpx
import jwt
import msal
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from offboard.practice.graph import Reply
from offboard.practice.graph.tokens import ASSERTION

if TYPE_CHECKING:
    from tests.practice.graph_office import Office


@pytest.fixture(autouse=True)
def _no_authority_of_this_machine(monkeypatch: pytest.MonkeyPatch):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)  # requests would obey these instead of `verify`


def app(office: Office, credential: Any = None, **options: Any) -> msal.ConfidentialClientApplication:
    return msal.ConfidentialClientApplication(
        office.standin.client_id,
        authority=office.standin.authority,
        client_credential=credential or office.standin.client_secret,
        verify=str(office.standin.ca_file),
        **({"instance_discovery": False} | options),
    )


def certificate(office: Office, **more: str) -> dict[str, str]:
    return {"private_key": office.standin.key_file.read_text()} | more


def test_msal_signs_in_by_secret_and_its_token_is_taken(office: Office):
    got = app(office).acquire_token_for_client([office.standin.scope])
    assert got["expires_in"] == 3600
    office.client.headers["Authorization"] = f"Bearer {got['access_token']}"
    assert office.get(f"/users/{office.ruth}")["id"] == office.ruth


def test_msal_signs_in_by_certificate(office: Office):
    credential = certificate(office, public_certificate=office.standin.certificate_file.read_text())
    assert "access_token" in app(office, credential).acquire_token_for_client([office.standin.scope])


def test_msal_signs_in_by_the_older_thumbprint(office: Office):
    found = x509.load_pem_x509_certificate(office.standin.certificate_file.read_bytes())
    named = found.fingerprint(hashes.SHA1()).hex()  # noqa: S303 - the older header's digest
    credential = certificate(office, thumbprint=named)
    assert "access_token" in app(office, credential).acquire_token_for_client([office.standin.scope])


def test_msal_asks_the_stand_in_which_hosts_are_one(office: Office):
    where = f"{office.standin.url}/common/discovery/instance"
    assert "access_token" in app(office, instance_discovery=where).acquire_token_for_client([office.standin.scope])


@pytest.mark.parametrize(
    ("credential", "code"),
    [
        ("wrong", 7000215),
        ({"thumbprint": "00" * 20}, 700027),
    ],
)
def test_who_cannot_prove_it_gets_no_token(office: Office, credential: Any, code: int):
    if isinstance(credential, dict):
        credential = certificate(office, thumbprint=credential["thumbprint"])
    got = app(office, credential).acquire_token_for_client([office.standin.scope])
    assert (got["error"], got["error_codes"]) == ("invalid_client", [code])


def assertion(office: Office, *, key: Any = None, **claims: Any) -> str:
    """Return a client assertion made by hand; ``claims`` replace those that are right."""
    found = x509.load_pem_x509_certificate(office.standin.certificate_file.read_bytes())
    raw = found.public_bytes(serialization.Encoding.DER)
    named = base64.urlsafe_b64encode(hashlib.sha256(raw).digest()).decode().rstrip("=")
    now = int(time.time())
    said = {
        "aud": f"{office.standin.authority}/oauth2/v2.0/token", "iss": office.standin.client_id,
        "sub": office.standin.client_id, "jti": "one", "exp": now + 300, "iat": now,
    }  # fmt: skip
    said = {name: value for name, value in (said | claims).items() if value is not None}
    return jwt.encode(said, key or office.standin.key_file.read_text(), "RS256", headers={"x5t#S256": named})


def prove(office: Office, proof: str) -> dict[str, Any]:
    form = {
        "grant_type": "client_credentials", "client_id": office.standin.client_id, "scope": office.standin.scope,
        "client_assertion_type": ASSERTION, "client_assertion": proof,
    }  # fmt: skip
    url = f"{office.standin.authority}/oauth2/v2.0/token"
    answer: dict[str, Any] = office.client.post(url, data=form).json()
    return answer


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({}, 0),
        ({"aud": "https://login.example/token"}, 700027),
        ({"exp": 1_600_000_000}, 700024),
        ({"exp": None}, 700027),
        ({"jti": None}, 700027),
        ({"sub": "somebody-else"}, 700021),
    ],
)
def test_an_assertion_is_checked_whole(office: Office, claims: dict[str, Any], code: int):
    assert prove(office, assertion(office, **claims)).get("error_codes", [0]) == [code]


def test_an_assertion_of_another_key_is_refused(office: Office):
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert prove(office, assertion(office, key=other))["error_codes"] == [700027]


def test_an_assertion_is_good_once(office: Office):
    proof = assertion(office)
    assert "access_token" in prove(office, proof)
    assert prove(office, proof)["error_codes"] == [700021]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"client_id": "another"}, 700016),
        ({"scope": "https://elsewhere.example/.default"}, 70011),
        ({"grant_type": "password"}, 70003),
        ({"client_secret": None}, 7000218),
    ],
)
def test_a_request_for_a_token_that_is_wrong(office: Office, change: dict[str, str | None], code: int):
    form = {
        "grant_type": "client_credentials", "client_id": office.standin.client_id, "scope": office.standin.scope,
        "client_secret": office.standin.client_secret,
    } | change  # fmt: skip
    sent = {name: value for name, value in form.items() if value is not None}
    answer = office.client.post(f"{office.standin.authority}/oauth2/v2.0/token", data=sent)
    assert answer.json()["error_codes"] == [code]


def test_another_tenant_is_not_found(office: Office):
    answer = office.client.get(f"{office.standin.url}/other.example/v2.0/.well-known/openid-configuration")
    assert answer.json()["error_codes"] == [90002]


def test_the_token_service_can_be_busy(office: Office):
    office.standin.tokens.failing.append(Reply(429, {"error": "temporarily_unavailable"}, {"Retry-After": "2"}))
    assert app(office).acquire_token_for_client([office.standin.scope])["error"] == "temporarily_unavailable"


@pytest.mark.parametrize("token", ["", "Bearer nonsense", "Basic abc"])
def test_without_a_token_nothing_is_told(office: Office, token: str):
    office.client.headers["Authorization"] = token
    answer = office.ask("GET", "/users")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    assert "WWW-Authenticate" in answer.headers


@pytest.mark.parametrize(
    "claims", [{"exp": 1_600_000_000}, {"aud": "https://elsewhere.example"}, {"tid": "other"}], ids=str
)
def test_a_token_that_is_over_or_for_others_is_refused(office: Office, claims: dict[str, Any]):
    office.client.headers["Authorization"] = f"Bearer {office.standin.tokens.sign(['User.Read.All'], **claims)}"
    assert office.ask("GET", "/users").status_code == 401


def test_tokens_end_when_they_are_told_to(office: Office):
    office.standin.refuse_tokens()
    assert office.refused("GET", "/users")[0] == 401
    office.sign_in()
    assert office.ask("GET", "/users").status_code == 200


@pytest.mark.parametrize(
    ("rights", "body", "status"),
    [
        ({"User.EnableDisableAccount.All"}, {"accountEnabled": False}, 204),
        ({"User.EnableDisableAccount.All"}, {"jobTitle": "x"}, 403),
        ({"User-PasswordProfile.ReadWrite.All"}, {"accountEnabled": False}, 403),
        ({"User.ReadWrite.All"}, {"jobTitle": "x", "accountEnabled": False}, 204),
        ({"User.Read.All"}, {"accountEnabled": False}, 403),
        (set(), {"accountEnabled": False}, 403),
    ],
)
def test_the_permissions_in_the_token_decide(office: Office, rights: set[str], body: dict[str, Any], status: int):
    office.standin.permissions = rights
    office.sign_in()
    assert office.ask("PATCH", f"/users/{office.ruth}", body).status_code == status


def test_a_right_that_needs_another_is_not_enough_alone(office: Office):
    app_id, _ = office.standin.add_app("Quotes")
    for rights, status in (({"Directory.Read.All"}, 403), ({"Application.ReadWrite.All"}, 403),
                           ({"Application.ReadWrite.All", "Directory.Read.All"}, 204)):  # fmt: skip
        office.standin.permissions = rights
        office.sign_in()
        answer = office.ask("POST", f"/applications/{app_id}/owners/$ref", office.refer(office.ruth))
        assert answer.status_code == status


def test_who_may_read_the_basics_sees_the_basics(office: Office):
    office.standin.permissions = {"User.ReadBasic.All"}
    office.sign_in()
    found = office.get(f"/users/{office.ruth}?$select=id,displayName,accountEnabled")
    assert set(found) == {"@odata.context", "id", "displayName"}


def test_who_does_not_trust_the_authority_gets_no_further(office: Office):
    with httpx.Client(trust_env=False) as client, pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        client.get(office.standin.url)
