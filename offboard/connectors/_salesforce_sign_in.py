"""Tokens for Salesforce: OAuth client credentials, or a signed assertion (JWT bearer); kept in memory alone.

Sources: Salesforce Help, "OAuth 2.0 Client Credentials Flow for Server-to-Server Integration" and "OAuth 2.0 JWT Bearer
Flow for Server-to-Server Integration"; RFC 7523.
"""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from offboard.connectors._crm_wire import Ask
from offboard.errors import BadSettings, Denied, Rejected, Throttled, Unreachable

if TYPE_CHECKING:
    from offboard.connectors._crm_wire import Wire
    from offboard.connectors._graph_faults import Answer
    from offboard.errors import SystemFault
    from offboard.settings import SecretRef

GOOD_FOR: Final = 180
"""Seconds for which an assertion is good; Salesforce takes at most three minutes."""

_PATH: Final = "/services/oauth2/token"
_JWT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SERVER: Final = 500

_HINTS: Final = {
    "invalid_client_id": "Check client_id: it is the consumer key of the app.",
    "invalid_client": "Check client_secret: it is the consumer secret of the app.",
    "invalid_grant": "Check username and key, and that an administrator has approved the app for this user "
    "(JWT), or has named the user that it runs as (client credentials).",
    "invalid_app_access": "Have an administrator approve the app for the user that it runs as.",
    "unsupported_grant_type": "Switch the flow on in the app's OAuth settings.",
}
_DEFAULT_HINT: Final = "Check client_id and the secret or key of this system, and that the app may use this flow."


@dataclass(frozen=True, slots=True)
class App:
    """Who we are to Salesforce: an app with its secret, or one with a key that signs for a user."""

    client_id: str
    secret: SecretRef | None
    key: SecretRef | None
    username: str
    audience: str


class SignIn:
    """The token of one app, for one connection."""

    def __init__(self, wire: Wire, app: App) -> None:
        self._wire, self._app = wire, app
        self._now = ""

    def authorization(self, *, refused: str = "") -> str:
        """Return the header that signs us in; a new token when the one of ``refused`` is over.

        Raises:
            Denied: Salesforce refuses our app.
            Untrusted: the token is for another host.
        """
        if not self._now or f"Bearer {self._now}" == refused:
            self._now = ""
            self._now = self._fetch()
        return f"Bearer {self._now}"

    def _fetch(self) -> str:
        system = self._wire.system
        ask = Ask("POST", _PATH, "sign in to Salesforce", form=self._form())
        answer = self._wire.once(ask)
        if not answer.ok:
            raise _refused(system, answer)
        told = answer.body if isinstance(answer.body, dict) else {}
        token, instance = told.get("access_token"), str(told.get("instance_url") or "")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            raise self._wire.strange(ask.doing)
        ours, theirs = urlsplit(self._wire.door.url).netloc, urlsplit(instance).netloc
        if theirs.casefold() != ours.casefold():
            text = f"{system}: Salesforce says that this organisation is at {theirs or 'no host'}, not at {ours}"
            raise Rejected(
                text, system=system, hint=f"Set url of this system to its My Domain: {instance or 'see Setup'}."
            )
        return token

    def _form(self) -> dict[str, str]:
        app, key = self._app, f"systems.{self._wire.system}"
        if app.secret is not None:
            secret = app.secret.resolve(f"{key}.client_secret")
            return {"grant_type": "client_credentials", "client_id": app.client_id, "client_secret": secret}
        pem = app.key.resolve(f"{key}.key") if app.key else ""
        try:
            private = load_pem_private_key(pem.encode(), None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise BadSettings(
                f"{key}.key: it is no private key that can be read (PEM, without a passphrase)"
            ) from error
        if not isinstance(private, RSAPrivateKey):
            raise BadSettings(f"{key}.key: Salesforce takes RSA keys alone")
        said = {"iss": app.client_id, "sub": app.username, "aud": app.audience, "exp": int(time.time()) + GOOD_FOR}
        return {"grant_type": _JWT, "assertion": _signed(private, said)}


def _signed(key: RSAPrivateKey, said: dict[str, Any]) -> str:
    """Return a JSON Web Token, signed with RS256 (RFC 7515, RFC 7518 §3.3)."""
    parts = [_encoded(json.dumps(part).encode()) for part in ({"alg": "RS256", "typ": "JWT"}, said)]
    signature = key.sign(".".join(parts).encode(), PKCS1v15(), hashes.SHA256())
    return ".".join((*parts, _encoded(signature)))


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _refused(system: str, answer: Answer) -> SystemFault:
    told = answer.body if isinstance(answer.body, dict) else {}
    code, said = str(told.get("error") or "no reason given"), str(told.get("error_description") or "")[:200]
    text = f"{system}: Salesforce gives us no token (HTTP {answer.status}, {code}{': ' + said if said else ''})"
    if answer.status >= _SERVER:
        return Unreachable(text, system=system)
    if "rate exceeded" in said.casefold():
        return Throttled(text, system=system, retry_after=60.0)
    return Denied(text, system=system, hint=_HINTS.get(code, _DEFAULT_HINT))
