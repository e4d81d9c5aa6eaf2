"""The token service of the stand-in: discovery, client credentials by secret or by signed assertion, and the tokens.

What it says and which codes it uses: the pages "OAuth 2.0 client credentials flow" and "Microsoft Entra authentication
and authorization error codes".
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from offboard.practice.graph.calls import Refused, Reply

if TYPE_CHECKING:
    from pathlib import Path

RESOURCE = "https://graph.microsoft.com"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_EXPIRED = "Lifetime validation failed, the token is expired."


@cache
def _key(whose: str) -> rsa.RSAPrivateKey:  # noqa: ARG001 - one key for each
    """Return the key of the tokens or of the app: one for a process, since making one takes long."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class SignInRefused(Exception):
    """The token service says no."""

    def __init__(self, status: int, error: str, code: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.error = error
        self.code = code


class TokenService:
    """Gives tokens to one app of one tenant; ``lifetime`` in seconds holds for the tokens to come.

    ``failing`` is a list of replies that go out first, one for each call to the token endpoint.
    """

    def __init__(self, tenant: str, app: str) -> None:
        self.tenant = tenant
        self.app = app
        self.client_id = secrets.token_hex(16)
        self.client_secret = secrets.token_urlsafe(30)
        self.lifetime = 3600
        self.issued = 0
        self.failing: list[Reply] = []
        self.url = ""
        self.others: dict[str, set[str]] = {}
        """Other services than Graph that tokens are given for → the app's permissions there."""
        self._generation = 0
        self._seen: set[str] = set()
        self._certificate: x509.Certificate | None = None
        self._lock = threading.Lock()

    def certify(self, folder: Path) -> tuple[Path, Path]:
        """Make and register a certificate for the app; return where the certificate and its key lie (PEM)."""
        key = _key("app")
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "offboard (practice)")])
        now = datetime.now(UTC)
        self._certificate = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=30)).sign(key, hashes.SHA256())
        )  # fmt: skip
        certificate_file, key_file = folder / "app.crt", folder / "app.key"
        certificate_file.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))
        key_file.touch(0o600)
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return certificate_file, key_file

    def end_tokens(self) -> None:
        """Refuse every token that was given out so far."""
        self._generation += 1

    def configuration(self, tenant: str) -> Reply:
        """Answer where everything is, as OpenID Connect has it."""
        if tenant.casefold() not in {self.tenant, "common", "organizations"}:
            return _said(SignInRefused(400, "invalid_tenant", 90002, f"Tenant '{tenant}' not found."))
        root = f"{self.url}/{self.tenant}"
        body = {
            "issuer": f"{root}/v2.0",
            "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
            "token_endpoint": f"{root}/oauth2/v2.0/token",
            "jwks_uri": f"{root}/discovery/v2.0/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
        return Reply(200, body)

    def instances(self) -> Reply:
        """Answer which hosts are the same service: this one alone."""
        host = self.url.removeprefix("https://")
        endpoint = f"{self.url}/{self.tenant}/v2.0/.well-known/openid-configuration"
        alias = {"preferred_network": host, "preferred_cache": host, "aliases": [host]}
        return Reply(200, {"tenant_discovery_endpoint": endpoint, "api-version": "1.1", "metadata": [alias]})

    def token(self, tenant: str, form: dict[str, str], roles: list[str]) -> Reply:
        """Answer a request for a token; ``roles`` are the app's permissions, which the token will name."""
        with self._lock:
            if self.failing:
                return self.failing.pop(0)
            try:
                self._prove(tenant, form)
            except SignInRefused as refused:
                return _said(refused)
            self.issued += 1
        body = {
            "token_type": "Bearer",
            "expires_in": self.lifetime,
            "ext_expires_in": self.lifetime,
            "access_token": self._signed(form.get("scope", ""), roles),
        }
        return Reply(200, body)

    def _signed(self, scope: str, roles: list[str]) -> str:
        other = scope.partition(" ")[0].removesuffix("/.default")
        return self.sign(sorted(self.others[other]), aud=other) if other in self.others else self.sign(roles)

    def sign(self, roles: list[str], **claims: Any) -> str:
        """Return a token with these permissions; ``claims`` replace those that it would have."""
        now = int(time.time())
        said = {
            "aud": RESOURCE, "iss": f"{self.url}/{self.tenant}/v2.0", "iat": now, "nbf": now,
            "exp": now + self.lifetime, "appid": self.client_id, "azp": self.client_id, "oid": self.app,
            "tid": self.tenant, "idtyp": "app", "roles": sorted(roles), "uti": secrets.token_urlsafe(12),
            "xms_generation": self._generation,
        }  # fmt: skip
        return jwt.encode(said | claims, _key("tokens"), algorithm="RS256")

    def rights(self, authorization: str, resource: str = RESOURCE) -> frozenset[str]:
        """Return the permissions that a token names.

        Raises:
            Refused: there is no token, it is not ours, or it is over.
        """
        kind, _, token = authorization.partition(" ")
        if kind.casefold() != "bearer" or not token:
            raise _unauthorized("Access token is empty.")
        try:
            said = jwt.decode(token, _key("tokens").public_key(), algorithms=["RS256"], audience=resource)
        except jwt.ExpiredSignatureError as error:
            raise _unauthorized(_EXPIRED) from error
        except jwt.InvalidTokenError as error:
            raise _unauthorized("Access token validation failure.") from error
        if said.get("tid") != self.tenant or said.get("xms_generation") != self._generation:
            raise _unauthorized("Continuous access evaluation resulted in challenge.")
        return frozenset(said.get("roles", []))

    def _prove(self, tenant: str, form: dict[str, str]) -> None:
        if tenant.casefold() != self.tenant:
            raise SignInRefused(400, "invalid_request", 90002, f"Tenant '{tenant}' not found.")
        if form.get("grant_type") != "client_credentials":
            raise SignInRefused(400, "unsupported_grant_type", 70003, "The grant type is not supported.")
        if form.get("client_id") != self.client_id:
            text = f"Application with identifier '{form.get('client_id')}' was not found in the directory."
            raise SignInRefused(400, "unauthorized_client", 700016, text)
        if form.get("scope", "").partition(" ")[0] not in {
            f"{known}/.default" for known in (RESOURCE, self.url, *self.others)
        }:
            raise SignInRefused(400, "invalid_scope", 70011, f"The scope {form.get('scope')} is not valid.")
        if "client_assertion" in form:
            self._prove_by_assertion(form)
        elif "client_secret" not in form:
            text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
            raise SignInRefused(401, "invalid_client", 7000218, text)
        elif not hmac.compare_digest(form["client_secret"].encode(), self.client_secret.encode()):
            raise SignInRefused(401, "invalid_client", 7000215, "Invalid client secret provided.")

    def _prove_by_assertion(self, form: dict[str, str]) -> None:
        wrong = SignInRefused(401, "invalid_client", 700027, "The certificate with identifier used to sign the client "
                              "assertion is not registered on application.")  # fmt: skip
        if form.get("client_assertion_type") != ASSERTION or self._certificate is None:
            raise wrong
        try:
            header = jwt.get_unverified_header(form["client_assertion"])
            if not self._is_ours(header):
                raise wrong
            key = self._certificate.public_key()
            said = jwt.decode(
                form["client_assertion"], key, algorithms=["RS256", "PS256"],  # type: ignore[arg-type] # it is RSA
                audience=[f"{self.url}/{self.tenant}/oauth2/v2.0/token", f"{self.url}/{self.tenant}/v2.0"],
                options={"require": ["exp", "aud", "iss", "sub", "jti"]},
            )  # fmt: skip
        except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError) as error:
            text = "Client assertion is not within its valid time range."
            raise SignInRefused(401, "invalid_client", 700024, text) from error
        except jwt.InvalidTokenError as error:
            text = "Client assertion failed signature validation."
            raise SignInRefused(401, "invalid_client", 700027, text) from error
        if said["iss"] != self.client_id or said["sub"] != self.client_id or said["jti"] in self._seen:
            raise SignInRefused(401, "invalid_client", 700021, "Client assertion was used before or is another's.")
        self._seen.add(said["jti"])

    def _is_ours(self, header: dict[str, Any]) -> bool:
        assert self._certificate is not None  # noqa: S101 - the caller looked
        raw = self._certificate.public_bytes(serialization.Encoding.DER)
        prints = {"x5t#S256": hashlib.sha256(raw), "x5t": hashlib.sha1(raw)}  # noqa: S324 - the older header's digest
        found = {name: header[name] for name in prints if name in header}
        wanted = {name: base64.urlsafe_b64encode(prints[name].digest()).decode().rstrip("=") for name in found}
        return bool(found) and {name: each.rstrip("=") for name, each in found.items()} == wanted


def _unauthorized(message: str) -> Refused:
    return Refused(401, "InvalidAuthenticationToken", message, WWW_Authenticate='Bearer realm=""')


def _said(refused: SignInRefused) -> Reply:
    body = {
        "error": refused.error,
        "error_description": f"AADSTS{refused.code}: {refused}",
        "error_codes": [refused.code],
        "timestamp": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ"),
        "trace_id": secrets.token_hex(16),
        "correlation_id": secrets.token_hex(16),
    }
    return Reply(refused.status, body)
