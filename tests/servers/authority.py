"""A throw-away certificate authority, and a certificate of it for the servers on loopback."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import trustme

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Authority:
    """``ca_file`` is what clients trust; ``cert_file`` and ``key_file`` are for localhost and 127.0.0.1."""

    ca_file: Path
    cert_file: Path
    key_file: Path


def make_authority(folder: Path, *names: str) -> Authority:
    """Make a certificate authority in ``folder``, and one server certificate of it, for loopback or for ``names``."""
    ca = trustme.CA()
    server = ca.issue_cert(*(names or ("localhost", "127.0.0.1")))
    made = Authority(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    ca.cert_pem.write_to_path(str(made.ca_file))
    for place, part in enumerate(server.cert_chain_pems):
        part.write_to_path(str(made.cert_file), append=place > 0)
    server.private_key_pem.write_to_path(str(made.key_file))
    return made


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Lend an authority that nobody here trusts."""
    return make_authority(tmp_path_factory.mktemp("stranger"))


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))
