"""What the settings of a directory are made of."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

AttributeName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]*$")]


def directory_url(url: str) -> str:
    """Return an address with scheme ``ldap`` or ``ldaps`` and a host, and nothing but a port besides.

    Raises:
        ValueError: it is none.
    """
    parts = urlsplit(url)
    try:
        right = parts.scheme in {"ldap", "ldaps"} and parts.hostname and parts.port != 0
    except ValueError:
        right = False
    if not right or parts.path.strip("/") or parts.query or parts.username:
        raise ValueError(f"{url!r} is no address of a directory; write it like ldaps://ldap.acme.example")
    return url


DirectoryUrl = Annotated[str, AfterValidator(directory_url)]
