"""What stands before every page: the right host, small bodies, and headers that let a browser do nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST = 6_000_000
"""Bytes of a request: a scanned page with a form around it."""

STATIC = ("/desk.css", "/desk.js", "/desk.ttf")

POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""One script, which is a file of ours; a letter that brings one brings it to nobody."""

# Referrer-Policy: with no-referrer a browser hides from us, too, where a form comes from (Origin: null).
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Robots-Tag": "noindex",
}


class Guard:
    """Refuses what is not meant for this desk, and writes the headers of every answer."""

    def __init__(self, app: ASGIApp, address: str) -> None:
        self.app = app
        self.host = urlsplit(address).netloc.casefold()
        self.https = address.startswith("https://")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        refused = self._refused(headers)
        guarded = self._guarded(scope, send)
        if refused:
            await PlainTextResponse(refused[1], refused[0])(scope, receive, guarded)
            return
        await self.app(scope, _limited(receive), guarded)

    def _refused(self, headers: Headers) -> tuple[int, str] | None:
        # A foreign name that leads here (DNS rebinding) is not this desk.
        if headers.get("host", "").casefold() != self.host:
            return 421, f"The desk is at {self.host} only.\n"
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > LARGEST:
            return 413, "That is too large for the desk.\n"
        return None

    def _guarded(self, scope: Scope, send: Send) -> Send:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers["Cache-Control"] = "max-age=86400" if scope["path"] in STATIC else "no-store"
                if self.https:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
            await send(message)

        return guarded


def _limited(receive: Receive) -> Receive:
    """Cut a body off that is longer than it said, or did not say how long it is."""
    seen = 0

    async def limited() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        return message if seen <= LARGEST else {"type": "http.disconnect"}

    return limited
