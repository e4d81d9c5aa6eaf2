"""A sign-in service on loopback: npm's ``oidc-provider``, run by npm's own Node.js, over https."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from offboard.desk.oidc import AFTERWARDS, BACK
from tests.servers.needed import free_port, needed_package

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.authority import Authority

HERE = Path(__file__).parent
SECRET = "a secret of the desk's own, only for tests"
CLIENT = "desk"


@dataclass(frozen=True)
class SignInServer:
    """The service that runs; ``issuer`` is what its ID tokens name."""

    issuer: str
    ca_file: Path

    def settings(self, **more: Any) -> dict[str, Any]:
        """Return a ``[desk.oidc]`` table that points here; without more it needs ``DESK_SECRET``."""
        told = {"issuer": self.issuer, "client_id": CLIENT, "ca_file": str(self.ca_file)}
        return told | (more or {"client_secret": {"env": "DESK_SECRET"}})


@contextmanager
def start_sign_in_server(authority: Authority, back: str, **client: Any) -> Iterator[SignInServer]:
    """Run the service for one desk, which it sends browsers back to at ``back``; ``client``: how that proves itself."""
    package = needed_package("oidc-provider")
    node = package.parent / "node" / "bin" / "node"
    known = {"client_id": CLIENT, "redirect_uris": [back], "grant_types": ["authorization_code"]}
    known |= {"post_logout_redirect_uris": [back.replace(BACK, AFTERWARDS)]}
    known |= client or {"client_secret": SECRET}
    port = free_port()
    process = subprocess.Popen(
        [node, HERE / "openid.mjs", str(port), authority.cert_file, authority.key_file, json.dumps([known])],
        env={"PATH": os.environ["PATH"]}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert process.stdout.readline() == "ready\n"
        yield SignInServer(f"https://localhost:{port}/tenant", authority.ca_file)
    finally:
        process.terminate()
        process.stdout.close()
        process.wait(20)
