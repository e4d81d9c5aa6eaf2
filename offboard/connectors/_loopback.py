"""Says which hosts are this machine, where nobody listens in."""

from __future__ import annotations

import ipaddress


def is_loopback(host: str) -> bool:
    """Say whether ``host`` is this machine: 127.0.0.0/8, ::1 or localhost (RFC 6761); names are not looked up."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.casefold() == "localhost"
