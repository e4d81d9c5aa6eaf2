"""A sign-in service that does what no honest one does: what it says of people is forged, as each test wants it."""

from __future__ import annotations

import base64
import hmac
import json
import ssl
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.authority import Authority

OURS, FOREIGN = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))


@dataclass
class Lies:
    """What is untrue: claims (``None`` leaves one out), the algorithm, the key, what it publishes, and the way back."""

    claims: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    key: Any = OURS
    key_id: str = "k"
    back: dict[str, str] = field(default_factory=dict)
    answer: tuple[int, dict[str, Any]] | None = None
    userinfo: dict[str, Any] = field(default_factory=dict)
    published: dict[str, Any] = field(default_factory=dict)


@dataclass
class LyingService:
    """The service; ``tell`` says which lies it tells from now on."""

    issuer: str
    lies: Lies = field(default_factory=Lies)
    nonce: str = ""

    def tell(self, **lies: Any) -> None:
        self.lies = Lies(**lies)

    def id_token(self) -> str:
        now = int(time.time())
        honest = {
            "iss": self.issuer, "sub": "1", "aud": "desk", "iat": now, "exp": now + 300, "auth_time": now,
            "nonce": self.nonce, "email": "owner@corp.test",
        }  # fmt: skip
        told = {key: value for key, value in (honest | self.lies.claims).items() if value is not None}
        headers = {"kid": self.lies.key_id}
        if self.lies.algorithm == "HS256":
            # The public key taken for a shared secret (RFC 8725, section 2.1); PyJWT refuses to sign so.
            public = OURS.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            signed = b".".join(_base64(json.dumps(part).encode()) for part in (headers | {"alg": "HS256"}, told))
            return b".".join([signed, _base64(hmac.digest(public, signed, "sha256"))]).decode()
        key = None if self.lies.algorithm == "none" else self.lies.key
        return jwt.encode(told, key, algorithm=self.lies.algorithm, headers=headers)


def _base64(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


@contextmanager
def start_lying_service(authority: Authority) -> Iterator[LyingService]:
    """Run it on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            place, asked = urlsplit(self.path).path.rpartition("/")[2], parse_qs(urlsplit(self.path).query)
            if place == "auth":
                service.nonce = asked["nonce"][0]
                told = {"code": "c", "state": asked["state"][0], "iss": service.issuer} | service.lies.back
                self.send_response(303)
                self.send_header("Location", f"{asked['redirect_uri'][0]}?{urlencode(told)}")
                self.end_headers()
                return
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(OURS.public_key()))
            pages: dict[str, Any] = {
                "openid-configuration": {
                    "issuer": service.issuer,
                    **{
                        name: f"{service.issuer}/{place}"
                        for name, place in (
                            ("authorization_endpoint", "auth"), ("token_endpoint", "token"), ("jwks_uri", "keys"),
                            ("userinfo_endpoint", "me"),
                        )
                    },
                    **service.lies.published,
                },
                "keys": {"keys": [public | {"kid": "k", "use": "sig"}]},
                "me": service.lies.userinfo,
            }  # fmt: skip
            self._answer(200, pages[place])

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            told = {"access_token": "a", "token_type": "Bearer", "id_token": service.id_token()}
            self._answer(*(service.lies.answer or (200, told)))

        def _answer(self, code: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.cert_file, authority.key_file)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    service = LyingService(f"https://localhost:{server.server_address[1]}/tenant")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join(20)
