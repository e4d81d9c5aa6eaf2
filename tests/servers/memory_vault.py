"""A vault that forgets everything with its process."""

from __future__ import annotations

import hashlib
import hmac


class MemoryVault:
    """Keeps secrets in a dictionary; ``writes`` counts what was put and not yet there."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.writes = 0

    def put(self, ref: str, secret: bytes) -> None:
        self.writes += self.kept.get(ref) != secret
        self.kept[ref] = secret

    def note(self, ref: str, secret: bytes) -> None:
        self.kept[ref] = secret

    def get(self, ref: str) -> bytes | None:
        return self.kept.get(ref)

    def fingerprint(self, secret: bytes) -> str:
        return hmac.digest(b"test key", secret, hashlib.sha256).hex()[:16]
