"""Signing in with the company's own accounts: OpenID Connect by MSAL, and everything that comes back checked here.

MSAL brings the flow (PKCE, state, nonce); since its version 1.38 the ID token is for whoever uses it to validate.
"""

from __future__ import annotations

import ssl
import threading
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import httpx
import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificate
from msal.oauth2cli import assertion as untyped_assertion
from msal.oauth2cli import oidc as untyped_oidc

from offboard.errors import BadSettings, NotAllowed, Rejected, SaysNo, Unreachable
from offboard.storage.sign_ins import SESSION_LIFE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from offboard.domain.canonical import Json
    from offboard.settings import OidcSection

msal: Any = untyped_oidc
assertions: Any = untyped_assertion

BACK: Final = "/sign-in/back"
"""Where the sign-in service sends browsers back to; it is registered there."""

AFTERWARDS: Final = "/sign-in"
"""Where it sends them when somebody has signed out there too; registered there as well."""

SCOPE: Final = ["openid", "email", "profile"]
SIGNED: Final = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""How an ID token may be signed: by a key that only the issuer has, so neither HS256 nor not at all."""

SKEW: Final = timedelta(minutes=2)
KEPT: Final = timedelta(hours=1)
"""How long what the service publishes of itself is taken as it was."""

NAME: Final = "the sign-in service"
BY_JWT: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
AGAIN: Final = "Begin again; if it stays so, tell IT."


@dataclass(frozen=True, slots=True)
class Proved:
    """Who signed in, and when they last proved it to the service; ``None`` when it does not say.

    ``hint`` is the ID token, by which the service knows later which of its sign-ins is to end.
    """

    mail: str
    at: datetime | None
    hint: str = ""


class SignInService:
    """The company's sign-in service, for all threads of the desk."""

    def __init__(self, settings: OidcSection, *, address: str, now: Callable[[], datetime]) -> None:
        self._settings, self._now = settings, now
        self._back, self._afterwards = f"{address}{BACK}", f"{address}{AFTERWARDS}"
        self._lock = threading.Lock()
        self._http: httpx.Client | None = None
        self._published: tuple[datetime, dict[str, Any], dict[str, Any]] | None = None

    def begin(self, *, fresh: bool) -> tuple[str, dict[str, Json]]:
        """Return the address to send a browser to, and what it takes to believe it when it comes back.

        ``fresh``: whoever it is has to prove it now, whatever the service remembers of them.

        Raises:
            Unreachable: the service does not answer.
            Rejected: it does not publish what OpenID Connect Discovery asks for.
        """
        asked: dict[str, Any] = {"max_age": int(SESSION_LIFE.total_seconds())}
        if fresh:
            asked = {"max_age": int(SKEW.total_seconds()), "prompt": "login"}
        client = self._client()
        with self._lock, warnings.catch_warnings():
            # It recommends form_post, which reaches us without any cookie that is not open to every other site as well.
            warnings.simplefilter("ignore", UserWarning)
            flow = client.initiate_auth_code_flow(scope=SCOPE, redirect_uri=self._back, **asked)
        flow.pop("max_age")  # looked at below, by our clock, and with a sentence of ours
        return str(flow.pop("auth_uri")), flow | {"fresh": fresh, "begun": int(self._now().timestamp())}

    def finish(self, flow: dict[str, Any], answer: Mapping[str, str]) -> Proved:
        """Return who it is that comes back with this answer.

        Raises:
            SaysNo: the answer belongs to another sign-in.
            NotAllowed: the service refuses, or what it says of this person is not to be trusted.
            Unreachable: it does not answer.
        """
        if answer.get("iss", self._settings.issuer) != self._settings.issuer:
            # RFC 9207: an answer of another service, to be exchanged at ours.
            raise NotAllowed("another sign-in service answered than the one that was asked", hint=AGAIN)
        try:
            with _reaching():
                given = self._client().obtain_token_by_auth_code_flow(flow, dict(answer))
        except (ValueError, RuntimeError) as error:
            # MSAL names the two values that differ; nobody is helped by them.
            raise SaysNo("this answer belongs to another sign-in", hint=AGAIN) from error
        if "id_token" not in given:
            raise NotAllowed(f"{NAME} did not let you in ({_short(given)})", hint=AGAIN)
        claims = self._claims(str(given["id_token"]))
        if self._settings.mail_claim not in claims:
            claims = self._told_besides(str(given.get("access_token", "")), str(claims["sub"])) | claims
        return replace(self._proved(claims, flow), hint=str(given["id_token"]))

    def ending(self, hint: str) -> str:
        """Return where a browser goes to sign out at the service too, empty where the service offers nothing for it.

        OpenID Connect RP-Initiated Logout 1.0, section 2; without a ``hint`` the service asks whose sign-in it is.

        Raises:
            Unreachable: the service does not answer.
            Rejected: it does not publish what OpenID Connect Discovery asks for.
        """
        place = str(self._publications()[0].get("end_session_endpoint", ""))
        if not place.startswith("https://"):
            return ""
        asked = {"client_id": self._settings.client_id, "post_logout_redirect_uri": self._afterwards}
        return str(httpx.URL(place).copy_merge_params(asked | ({"id_token_hint": hint} if hint else {})))

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            key = self._key(jwt.get_unverified_header(token).get("kid"))
            claims: dict[str, Any] = jwt.decode(
                token,
                key=key,
                algorithms=SIGNED,
                audience=self._settings.client_id,
                issuer=self._settings.issuer,
                leeway=SKEW,
                options={"require": ["iss", "sub", "aud", "exp", "iat"]},
            )
        except jwt.PyJWTError as error:
            raise NotAllowed(f"what {NAME} says of you cannot be trusted: {error}", hint=AGAIN) from error
        if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != self._settings.client_id:
            raise NotAllowed(f"what {NAME} says of you was made for another application", hint=AGAIN)
        return claims

    def _told_besides(self, access: str, subject: str) -> dict[str, Any]:
        """Return what the service says of somebody when asked (OpenID Connect Core 1.0, section 5.3)."""
        place = str(self._publications()[0].get("userinfo_endpoint", ""))
        if not access or not place.startswith("https://"):
            return {}
        told = self._fetch(place, {"Authorization": f"Bearer {access}"})
        if told.get("sub") != subject:
            raise NotAllowed(f"{NAME} speaks of two people at once", hint=AGAIN)
        return told

    def _proved(self, claims: dict[str, Any], flow: dict[str, Any]) -> Proved:
        name = self._settings.mail_claim
        mail = claims.get(name)
        if not isinstance(mail, str) or "@" not in mail:
            raise NotAllowed(
                f"{NAME} does not say your mail address (claim {name!r})",
                hint="Ask IT to let it be sent, or to name the right claim in the settings of the desk.",
            )
        if name == "email" and claims.get("email_verified") is False:
            raise NotAllowed(
                f"{NAME} says that nobody has checked your mail address", hint="Ask IT to have it checked."
            )
        told = claims.get("auth_time")
        at = datetime.fromtimestamp(told, UTC) if isinstance(told, int | float) and told > 0 else None
        if flow["fresh"] and at is None:
            raise NotAllowed(
                f"{NAME} does not say when you proved who you are (claim 'auth_time')", hint="Ask IT to let it be sent."
            )
        if flow["fresh"] and at is not None and at < datetime.fromtimestamp(flow["begun"], UTC) - SKEW:
            raise NotAllowed(f"{NAME} let you in without asking you to sign in once more", hint=AGAIN)
        return Proved(mail, at)

    def _key(self, name: str | None) -> Any:
        for anew in (False, True):
            keys = jwt.PyJWKSet.from_dict(self._publications(anew=anew)[1]).keys
            fitting = [key for key in keys if key.public_key_use != "enc" and name in {None, key.key_id}]
            if len(fitting) == 1:
                return fitting[0].key
        raise jwt.InvalidKeyError("it is signed with a key that the service does not publish")

    def _client(self) -> Any:
        published, _ = self._publications()
        ours = self._settings
        if ours.client_secret:
            secret = {"client_secret": ours.client_secret.resolve("desk.oidc.client_secret")}
        else:
            secret = self._assertion(published["token_endpoint"])
        return msal.Client(published, ours.client_id, http_client=self._door(), **secret)

    def _assertion(self, audience: str) -> dict[str, Any]:
        pem = self._settings.certificate.resolve("desk.oidc.certificate") if self._settings.certificate else ""
        try:
            thumbprint = load_pem_x509_certificate(pem.encode()).fingerprint(SHA256()).hex()
            made = assertions.JwtAssertionCreator(pem, algorithm="PS256", sha256_thumbprint=thumbprint)
            text = made.create_normal_assertion(audience, self._settings.client_id).decode()
        except (ValueError, TypeError, UnsupportedAlgorithm, jwt.PyJWTError) as error:
            raise BadSettings("desk.oidc.certificate: it must hold an RSA key and its certificate, as PEM") from error
        return {"client_assertion": text, "client_assertion_type": BY_JWT}

    def _publications(self, *, anew: bool = False) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what the service says of itself, and its keys (OpenID Connect Discovery 1.0, section 4)."""
        known = self._published
        if known and not anew and known[0] > self._now() - KEPT:
            return known[1], known[2]
        issuer = self._settings.issuer
        said = self._fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        ends = [said.get(key) for key in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        if said.get("issuer") != issuer or not all(str(end).startswith("https://") for end in ends):
            raise Rejected(
                f"{NAME} calls itself {said.get('issuer')!r}, the settings of the desk {issuer!r}"
                if said.get("issuer") != issuer
                else f"{NAME} names no encrypted addresses for signing in",
                system="desk", hint="Write [desk.oidc] issuer exactly as the service's discovery document does.",
            )  # fmt: skip
        keys = self._fetch(str(ends[2]))
        self._published = (self._now(), said, keys)
        return said, keys

    def _fetch(self, url: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        with _reaching():
            try:
                found = self._door().get(url, headers=headers).raise_for_status().json()
            except ValueError as error:
                raise Rejected(f"{NAME}: {url} holds no JSON", system="desk") from error
        return found if isinstance(found, dict) else {}

    def _door(self) -> httpx.Client:
        """Return our own way to the service: MSAL's would obey REQUESTS_CA_BUNDLE before any setting."""
        with self._lock:
            if self._http is None:
                trust = _trust(self._settings.ca_file)
                self._http = httpx.Client(
                    trust_env=False,
                    verify=trust,
                    timeout=httpx.Timeout(10, connect=5),
                    limits=httpx.Limits(max_keepalive_connections=0),
                )
            return self._http


@contextmanager
def _reaching() -> Iterator[None]:
    """Map what goes wrong on the way to the service."""
    try:
        yield
    except httpx.HTTPStatusError as error:
        code = error.response.status_code
        raise Rejected(f"{NAME} answered {code}", system="desk", hint="Ask IT about it.") from error
    except httpx.HTTPError as error:
        hint = "Try again in a minute, or ask IT."
        raise Unreachable(f"{NAME} does not answer", system="desk", hint=hint) from error


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except (OSError, ValueError) as error:
        raise BadSettings(f"desk.oidc.ca_file: {ca_file} holds no certificate that can be read") from error


def _short(given: dict[str, Any]) -> str:
    """Return the error code of an answer; its text may name anything."""
    return str(given.get("error") or "it said nothing of you")[:60]
