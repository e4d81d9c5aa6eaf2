"""Tokens for Microsoft Graph by MSAL: one fetch at a time, kept in memory alone, never in a message.

Certificates are presented by their SHA-256 thumbprint (PS256), which MSAL takes from the certificate itself.
"""

from __future__ import annotations

import base64
import json
import ssl
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx
import msal as untyped_msal
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate

from offboard.connectors._graph_faults import fault_of_exception
from offboard.errors import BadSettings, Denied, Rejected, SystemFault, Throttled, Unreachable

if TYPE_CHECKING:
    from pathlib import Path

    from offboard.settings import SecretRef

msal: Any = untyped_msal

TRUSTED: Final = 30.0
"""Seconds for which a token is used without asking MSAL whether it is still good."""

_OUR_FAULT: Final = frozenset({"invalid_client", "unauthorized_client", "invalid_grant", "access_denied"})
_THEIR_FAULT: Final = frozenset({"temporarily_unavailable", "server_error", "service_unavailable"})
_TOO_MANY: Final = ("AADSTS50196", "AADSTS90055", "throttl", "too_many_requests")


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are to Entra; exactly one of secret, certificate and managed identity is given. Times are in seconds."""

    system: str
    tenant: str
    client_id: str
    secret: SecretRef | None
    certificate: SecretRef | None
    passphrase: SecretRef | None
    managed: bool
    authority: str
    known_cloud: bool
    audience: str
    ca_file: Path | None
    connect_timeout: float
    timeout: float


class Tokens:
    """The tokens of one account, for all threads."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._lock = threading.Lock()
        self._door: _Door | None = None
        self._app: Any = None
        self._now = ""
        self._asked_again = 0.0

    def get(self) -> str:
        """Return a token that is good for some minutes at least.

        Raises:
            Denied: Entra refuses us.
            Unreachable: it does not answer.
            BadSettings: the secret or certificate cannot be had.
        """
        with self._lock:
            return self._now if time.monotonic() < self._asked_again else self._fetch()

    def renew(self, refused: str, claims: str = "") -> str:
        """Return another token than the one that Graph refused; ``claims`` is what it asked for besides."""
        with self._lock:
            if self._now and self._now != refused:
                return self._now
            self._forget()
            return self._fetch(claims)

    def claims(self) -> dict[str, Any]:
        """Return what the token says of us: ``roles`` are the rights held, ``oid`` our own id; empty if unreadable."""
        try:
            payload = self.get().split(".")[1]
            read = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        except (IndexError, ValueError):
            return {}
        return read if isinstance(read, dict) else {}

    def _forget(self) -> None:
        self._asked_again = 0.0
        if not self.account.managed and self._app is not None:
            self._app.remove_tokens_for_client()
        else:
            self._app = None

    def _fetch(self, claims: str = "") -> str:
        try:
            self._app = self._app or self._enter()
            answer = self._ask(claims)
        except (httpx.HTTPError, OSError, msal.exceptions.MsalServiceError) as error:
            self._app = None
            host = self.account.authority
            raise fault_of_exception(error, self.account.system, "sign in to Entra", host) from error
        except (ValueError, KeyError, msal.exceptions.MsalError, msal.ManagedIdentityError) as error:
            self._app = None
            text = f"{self.account.system}: {self.account.authority} does not answer as Entra does for this tenant"
            raise Rejected(text, system=self.account.system, hint="Check tenant and authority.") from error
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not token:
            self._app = None
            raise _refused(self.account.system, answer)
        # Looking for it in MSAL's store costs as much as a small call does.
        lasts = answer.get("expires_in")
        self._asked_again = time.monotonic() + min(TRUSTED, lasts / 10 if isinstance(lasts, int) else 0)
        self._now = token
        return token

    def _ask(self, claims: str) -> Any:
        if self.account.managed:
            return self._app.acquire_token_for_client(resource=self.account.audience)
        scopes = [f"{self.account.audience}/.default"]
        return self._app.acquire_token_for_client(scopes=scopes, **({"claims_challenge": claims} if claims else {}))

    def _enter(self) -> Any:
        account = self.account
        http = self._door = self._door or _Door(account)
        if account.managed:
            identity = (
                msal.UserAssignedManagedIdentity(client_id=account.client_id)
                if account.client_id
                else msal.SystemAssignedManagedIdentity()
            )
            return msal.ManagedIdentityClient(identity, http_client=http)
        return msal.ConfidentialClientApplication(
            account.client_id,
            client_credential=self._credential(),
            authority=f"{account.authority}/{account.tenant}",
            instance_discovery=None if account.known_cloud else False,
            http_client=http,
        )

    def _credential(self) -> Any:
        account = self.account
        key = f"systems.{account.system}"
        if account.secret:
            return account.secret.resolve(f"{key}.client_secret")
        if account.certificate is None:
            raise BadSettings(f"{key}: neither client_secret nor certificate is given")
        pem = account.certificate.resolve(f"{key}.certificate")
        if "-----BEGIN CERTIFICATE-----" not in pem or "PRIVATE KEY-----" not in pem:
            raise BadSettings(f"{key}.certificate: it must hold the private key and the certificate, both as PEM")
        start = pem.index("-----BEGIN CERTIFICATE-----")
        end = pem.rindex("-----END CERTIFICATE-----") + len("-----END CERTIFICATE-----")
        passphrase = account.passphrase.resolve(f"{key}.passphrase") if account.passphrase else None
        private, public = pem[:start] + pem[end:], pem[start:end]
        try:
            load_pem_private_key(private.encode(), passphrase.encode() if passphrase else None)
            load_pem_x509_certificate(public.encode())
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise BadSettings(f"{key}.certificate: it cannot be read, or its passphrase is wrong") from error
        credential = {"private_key": private, "public_certificate": public}
        return credential | ({"passphrase": passphrase} if passphrase else {})


_known: dict[Account, Tokens] = {}
_known_lock = threading.Lock()


def tokens_for(account: Account) -> Tokens:
    """Return the tokens of an account: the same for every connection of this process."""
    with _known_lock:
        return _known.setdefault(account, Tokens(account))


def trust(system: str, ca_file: Path | None) -> ssl.SSLContext:
    """Return whom we trust: the authority of the settings, or those of this machine.

    Raises:
        BadSettings: ``ca_file`` holds no certificate that can be read.
    """
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except (OSError, ValueError) as error:
        raise BadSettings(f"systems.{system}.ca_file: {ca_file} holds no certificate that can be read") from error


class _Door:
    """What MSAL talks through: ours, since its own obeys REQUESTS_CA_BUNDLE before any setting."""

    def __init__(self, account: Account) -> None:
        self._client = httpx.Client(
            trust_env=False,
            verify=trust(account.system, account.ca_file),
            timeout=httpx.Timeout(account.timeout, connect=account.connect_timeout),
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def get(self, url: str, **options: Any) -> httpx.Response:
        """Ask for a page."""
        return self._client.get(url, params=options.get("params"), headers=options.get("headers"))

    def post(self, url: str, **options: Any) -> httpx.Response:
        """Send a form; MSAL gives some values as bytes, which httpx would write as Python does."""
        form = {key: _text(value) for key, value in (options.get("data") or {}).items()}
        return self._client.post(url, params=options.get("params"), headers=options.get("headers"), data=form)

    def close(self) -> None:
        """Close it; MSAL asks for this."""
        self._client.close()


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _refused(system: str, answer: Any) -> SystemFault:
    """Turn MSAL's error, which it returns, into ours; its text names the app and the tenant, and no secret."""
    answer = answer if isinstance(answer, dict) else {}
    code = str(answer.get("error") or "no token")
    told = str(answer.get("error_description") or "").partition("\n")[0].strip()[:300]
    text = f"{system}: Entra gives us no token ({code}{': ' + told if told else ''})"
    if any(word.casefold() in f"{code} {told}".casefold() for word in _TOO_MANY):
        return Throttled(text, system=system, retry_after=5.0)
    if code in _OUR_FAULT:
        return Denied(text, system=system, hint="Check tenant, client_id and the secret or certificate of this system.")
    return Unreachable(text, system=system) if code in _THEIR_FAULT else Rejected(text, system=system)
