"""An auditor's own check of a bundle, written from its description: no part of the product is used here."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KINDS = {
    "requested", "planned", "approved", "intent", "outcome", "verified", "settled", "reopened", "status", "letter",
    "task", "stopped", "resumed", "rule", "client",
}  # fmt: skip
SEEN = {  # what a letter's digest covers
    "id", "departure", "client", "contact", "recipient", "address", "language", "channel", "date", "subject", "body",
}  # fmt: skip
UNREADABLE = (LookupError, ValueError, TypeError, AttributeError, RuntimeError, EOFError)
UNSEEN = {"client_name", "country", "postcode", "state", "warnings", "reason"}
AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


def canonical(value: Any) -> bytes:
    if isinstance(value, dict):
        pairs = sorted(value.items(), key=lambda pair: pair[0].encode("utf-16-be"))
        return b"{" + b",".join(canonical(key) + b":" + canonical(inner) for key, inner in pairs) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(canonical, value)) + b"]"
    if isinstance(value, float):
        raise TypeError("a fraction")
    return json.dumps(value, ensure_ascii=False).encode()


def digest(kind: str, data: bytes) -> str:
    return hashlib.sha256(f"offboard/{kind}/v1".encode() + b"\x00" + data).hexdigest()


def judge(data: bytes, *, key: str = "", head: str = "") -> str | None:
    try:
        return _judge(data, key, head)
    except (*UNREADABLE, InvalidSignature, zipfile.BadZipFile) as error:
        return f"{type(error).__name__}: {error}"


def _judge(data: bytes, key: str, noted: str) -> str | None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if any(info.compress_type for info in archive.infolist()):
            return "packed in another way"
        files = {info.filename: archive.read(info) for info in archive.infolist()}
    if packed(files) != data:
        return "packed in another way"
    signed = json.loads(files["head.json"])
    signature = bytes.fromhex(signed.pop("signature"))
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(signed["public_key"])).verify(signature, canonical(signed))
    if key not in {"", signed["public_key"]}:
        return "another key"
    *lines, rest = files["entries.jsonl"].split(b"\n")
    entries = [json.loads(line) for line in lines]
    last = chain(lines, entries)
    if rest or not entries or (len(entries), last) != (signed["entries"], signed["head"]):
        return "another end"
    if noted not in {"", last} or signed["departure"] != entries[0]["departure"]:
        return "another head"
    if {n: hashlib.sha256(d).hexdigest() for n, d in files.items() if n != "head.json"} != signed["files"]:
        return "another file"
    return contents(files, entries)


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in sorted(files.items()):
            info = zipfile.ZipInfo(name)
            info.create_system = 3
            archive.writestr(info, content)
    return out.getvalue()


def chain(lines: list[bytes], entries: list[Any]) -> str:
    last = "0" * 64
    for place, (line, entry) in enumerate(zip(lines, entries, strict=True)):
        good = (
            set(entry) == {"seq", "departure", "at", "kind", "body", "prev"},
            canonical(entry) == line,
            (type(entry["seq"]), entry["seq"]) == (int, place),
            (entry["departure"], entry["prev"]) == (entries[0]["departure"], last),
            isinstance(entry["departure"], str) and isinstance(entry["body"], dict),
            entry["kind"] in KINDS and AT.fullmatch(entry["at"]),
        )
        if not all(good):
            raise ValueError(f"entry {place}")
        last = digest("evidence", line)
    return last


def contents(files: dict[str, bytes], entries: list[Any]) -> str | None:
    approved: dict[str, str] = {}
    for entry in entries:
        body = entry["body"]
        if entry["kind"] == "planned" and digest("plan", canonical(body["plan"])) != body["digest"]:
            return "another plan"
        if entry["kind"] == "letter" and body.get("to") in {"approved", "sent", "to_review"}:
            approved[body["id"]] = body["digest"] if body["to"] != "to_review" else ""
    for name, data in files.items():
        if name.startswith("files/rules/") and name[12:] != hashlib.sha256(data).hexdigest():
            return "another rule"
        if name.startswith("files/letters/"):
            letter = json.loads(data)
            own = digest("letter", canonical({field: letter[field] for field in SEEN}))
            known = set(letter) == SEEN | UNSEEN and letter["departure"] == entries[0]["departure"]
            if not known or approved.get(letter["id"], "") not in {"", own}:
                return "another letter"
    return None
