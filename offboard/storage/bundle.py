"""One file per departure that an auditor checks offline: the evidence, what it speaks of, and a signed head.

A bundle is a ZIP archive. ``entries.jsonl`` holds the chain; ``files/`` holds the plans' letters and copies of rules;
``head.json`` names the chain's length and last hash and the SHA-256 of every other file, signed with Ed25519
(RFC 8032). Whoever noted the head elsewhere, or the public key, can tell a forged bundle too.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from offboard.domain.canonical import Json, canonical_bytes, digest, digest_bytes
from offboard.domain.evidence import START, Checked, Kind, check_chain
from offboard.domain.letter import Letter
from offboard.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from offboard.domain.departure import Departure
    from offboard.storage.store import Store

ENTRIES, HEAD, LETTERS, RULES = "entries.jsonl", "head.json", "files/letters/", "files/rules/"
LARGEST = 500_000_000
UNIX = 3
"""What a ZIP archive says of where it was made; the same everywhere, so that the bytes are."""

NO_DATA = (ValueError, KeyError, AttributeError, TypeError, RecursionError, BadInput)
"""What reading data of an unexpected form comes to."""


def export(store: Store, departure: Departure, file: Path) -> Checked:
    """Write the bundle of one departure and return what its own check says of it."""
    lines = store.evidence.lines(departure.number)
    # Of these very lines: an entry that is appended meanwhile belongs to the next bundle.
    last = digest_bytes("evidence", lines[-1]) if lines else START
    files = dict(_files(store, departure))
    files[ENTRIES] = b"".join(line + b"\n" for line in lines)
    head: dict[str, Json] = {
        "departure": departure.number,
        "entries": len(lines),
        "head": last,
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
        "public_key": store.signing_key.public_key().public_bytes_raw().hex(),
    }
    signed = {**head, "signature": store.signing_key.sign(canonical_bytes(head)).hex()}
    file.write_bytes(pack({**files, HEAD: canonical_bytes(signed)}))
    return check(file)


def check(file: Path, *, public_key: str = "", head: str = "") -> Checked:
    """Check a bundle without any settings or network.

    ``public_key`` and ``head`` (hex) are what the auditor noted elsewhere; with them a bundle that was forged as a
    whole, or cut and signed again, is found out.
    """
    try:
        files = _unpack(file)
    except (OSError, zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, RuntimeError) as error:
        return Checked(ok=False, entries=0, head="", reason=f"altered, cut, or no bundle at all: {error}")
    if ENTRIES not in files or HEAD not in files:
        return Checked(ok=False, entries=0, head="", reason=f"{ENTRIES} or {HEAD} is missing")
    lines = files[ENTRIES].split(b"\n")
    if lines[-1:] != [b""]:
        return Checked(ok=False, entries=len(lines), head="", first_bad=len(lines) - 1, reason="the last line is cut")
    chain = check_chain(lines[:-1])
    if not chain.ok:
        return chain
    if not chain.entries:
        return replace(chain, ok=False, reason="there is no entry")
    try:
        reason = _head_fault(files, chain, public_key, head) or _content_fault(files, lines[:-1])
    except NO_DATA:
        reason = "an entry or a file holds something else than it should"
    return replace(chain, ok=False, reason=reason) if reason else chain


def _files(store: Store, departure: Departure) -> Iterator[tuple[str, bytes]]:
    for letter in store.letters.letters(departure.number):
        data = canonical_bytes(letter.to_json())
        yield f"{LETTERS}{hashlib.sha256(letter.id.encode()).hexdigest()[:16]}.json", data
    for name, person in departure.accounts.items():
        for _, _, _, content in store.rules.copies(name, person.id):
            yield f"{RULES}{hashlib.sha256(content).hexdigest()}", content


def pack(files: dict[str, bytes]) -> bytes:
    """Pack files so that the same evidence makes the same bytes: sorted, uncompressed, with a fixed date and system."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system = UNIX
            archive.writestr(info, files[name])
    return packed.getvalue()


def _unpack(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
        names = [info.filename for info in infos]
        if len(set(names)) != len(names):
            raise ValueError("a file stands in it twice")
        if any(info.compress_type != zipfile.ZIP_STORED for info in infos):
            raise ValueError("the archive is not packed as it was written")
        if sum(info.file_size for info in infos) > LARGEST:
            raise ValueError(f"larger than {LARGEST} bytes")
        files = {info.filename: archive.read(info) for info in infos}
    if pack(files) != file.read_bytes():
        raise ValueError("the archive is not packed as it was written")
    return files


def _head_fault(files: dict[str, bytes], chain: Checked, public_key: str, noted: str) -> str | None:
    try:
        head: dict[str, Any] = json.loads(files[HEAD])
        signature = bytes.fromhex(head.pop("signature"))
        key = bytes.fromhex(head["public_key"])
        Ed25519PublicKey.from_public_bytes(key).verify(signature, canonical_bytes(head))
        signed = dict(head["files"]).items()
        departure, entries, last = head["departure"], head["entries"], head["head"]
    except InvalidSignature:
        return "the head's signature is wrong"
    except NO_DATA:
        return "the head cannot be read"
    if public_key and key != _noted(public_key):
        return "the head was signed with another key than the one you noted"
    if (entries, last) != (chain.entries, chain.head):
        return f"the head speaks of {entries} entries, {chain.entries} are here: the end was cut off or added"
    if noted and bytes.fromhex(chain.head) != _noted(noted):
        return "the last entry is not the one you noted"
    if departure != json.loads(files[ENTRIES].split(b"\n", 1)[0])["departure"]:
        return f"the head speaks of {departure}, the entries of another departure"
    there = {name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name != HEAD}.items()
    wrong = sorted([pair for pair in there if pair not in signed] + [pair for pair in signed if pair not in there])
    return f"the file {wrong[0][0]} was altered, added or removed" if wrong else None


def _noted(text: str) -> bytes:
    """Return what somebody noted in hex, however they wrote it; nothing where it is no hex."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _content_fault(files: dict[str, bytes], lines: list[bytes]) -> str | None:
    """Compare what the entries say with what lies beside them: each plan, letter and rule with its digest."""
    approved: dict[str, str] = {}
    departure = None
    for place, line in enumerate(lines):
        entry = json.loads(line)
        body = entry["body"]
        departure = entry["departure"]
        if entry["kind"] == Kind.PLANNED and ("plan" not in body or digest("plan", body["plan"]) != body.get("digest")):
            return f"entry {place}: a plan does not have the digest that was approved"
        if entry["kind"] == Kind.LETTER and body.get("to") in {"approved", "sent"}:
            approved[body["id"]] = body["digest"]
        elif entry["kind"] == Kind.LETTER and body.get("to") == "to_review":
            approved.pop(body["id"], None)
    for name, data in files.items():
        if name.startswith(LETTERS):
            letter = Letter.from_json(cast("dict[str, Json]", json.loads(data)))
            if letter.departure != departure or approved.get(letter.id, letter.digest) != letter.digest:
                return f"the letter {letter.id} is not the one that was approved"
        elif name.startswith(RULES) and name != RULES + hashlib.sha256(data).hexdigest():
            return f"the file {name} does not have the digest that it is named by"
    return None
