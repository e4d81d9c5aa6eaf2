"""What can be done to a bundle, by whom, and why it is refused then: the tables of the bundle's tests."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from offboard.domain.canonical import canonical_bytes
from offboard.domain.evidence import START

if TYPE_CHECKING:
    from collections.abc import Callable

Files = dict[str, bytes]
Entries = list[dict[str, Any]]
D = "D-2026-0001"
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"o" * 32)


def unpack(data: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def signed(files: Files, key: Ed25519PrivateKey, /, **more: Any) -> Files:
    """Return the files with a head that fits them, signed by whoever has ``key``."""
    rest = {name: data for name, data in files.items() if name != "head.json"}
    lines = files["entries.jsonl"].splitlines()
    head: dict[str, Any] = {
        "departure": D,
        "entries": len(lines),
        "head": hashlib.sha256(b"offboard/evidence/v1\x00" + lines[-1]).hexdigest() if lines else START,
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in rest.items()},
        "public_key": key.public_key().public_bytes_raw().hex(),
    } | more
    return {**rest, "head.json": canonical_bytes({**head, "signature": key.sign(canonical_bytes(head)).hex()})}


def rechained(files: Files, change: Callable[[Entries], Entries]) -> Files:
    """Return the files with other entries, in a chain that fits, as somebody who may rewrite everything would."""
    entries = change([json.loads(line) for line in files["entries.jsonl"].splitlines()])
    lines, prev = [], START
    for seq, entry in enumerate(entries):
        lines.append(canonical_bytes(entry | {"seq": seq, "prev": prev}))
        prev = hashlib.sha256(b"offboard/evidence/v1\x00" + lines[-1]).hexdigest()
    return files | {"entries.jsonl": b"".join(line + b"\n" for line in lines)}


def lines_of(files: Files, change: Callable[[list[bytes]], list[bytes]]) -> Files:
    return files | {"entries.jsonl": b"".join(change(files["entries.jsonl"].splitlines(keepends=True)))}


def name_of(files: Files, folder: str) -> str:
    return next(name for name in sorted(files) if name.startswith(folder))


def without(files: Files, name: str) -> Files:
    return {key: data for key, data in files.items() if key != name}


def zipped(files: Files, *, names: list[str] | None = None, comment: bytes = b"", **info: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.comment = comment
        for name in names or sorted(files):
            entry = zipfile.ZipInfo(name, info.get("date", (1980, 1, 1, 0, 0, 0)))
            entry.create_system = info.get("system", 3)
            entry.compress_type = info.get("how", zipfile.ZIP_STORED)
            entry.comment = info.get("note", b"")
            entry.external_attr = info.get("mode", 0)
            archive.writestr(entry, files[name])
    return out.getvalue()


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def head_of(files: Files, /, **more: Any) -> Files:
    """Return the files with a head that says something else under the former signature."""
    head = {key: value for key, value in (json.loads(files["head.json"]) | more).items() if value is not None}
    return files | {"head.json": canonical_bytes(head)}


def altered(files: Files, folder: str, change: Callable[[bytes], bytes]) -> Files:
    name = name_of(files, folder)
    return files | {name: change(files[name])}


def letter(files: Files, client: str, **more: Any) -> Files:
    """Return the files with something else in one client's letter."""
    for name in files:
        if name.startswith("files/letters/") and json.loads(files[name])["client"] == client:
            return files | {name: canonical_bytes(json.loads(files[name]) | more)}
    raise AssertionError(client)


def entry(kind: str, **body: Any) -> Callable[[Entries], Entries]:
    def change(entries: Entries) -> Entries:
        return [e | {"body": e["body"] | body} if e["kind"] == kind else e for e in entries]

    return change


# What somebody without the key, who may only touch the file, can do to its packing.
PACKING: dict[str, tuple[Callable[[bytes, Files], bytes], str]] = {
    "empty": (lambda _good, _files: b"", "no bundle at all: File is not a zip file"),
    "text": (lambda _good, _files: b"evidence", "no bundle at all: File is not a zip file"),
    "half": (lambda good, _files: good[: len(good) // 2], "no bundle at all: File is not a zip file"),
    "without its end": (lambda good, _files: good[:-10], "no bundle at all"),
    "something behind": (lambda good, _files: good + b"x", "no bundle at all"),
    "something before": (lambda good, _files: b"x" + good, "not packed as it was written"),
    "a comment": (lambda _good, files: zipped(files, comment=b"hello"), "not packed as it was written"),
    "a comment on a file": (lambda _good, files: zipped(files, note=b"hello"), "not packed as it was written"),
    "another order": (lambda _good, f: zipped(f, names=sorted(f, reverse=True)), "not packed as it was written"),
    "another date": (lambda _good, files: zipped(files, date=(2026, 12, 1, 0, 0, 0)), "not packed as it was written"),
    "another system": (lambda _good, files: zipped(files, system=0), "not packed as it was written"),
    "another mode": (lambda _good, files: zipped(files, mode=0o777 << 16), "not packed as it was written"),
    "compressed": (lambda _good, f: zipped(f, how=zipfile.ZIP_DEFLATED), "not packed as it was written"),
    "a bomb": (
        lambda _good, f: zipped(f | {"files/bomb": b"0" * 30_000_000}, how=zipfile.ZIP_DEFLATED),
        "not packed as it was written",
    ),
    "a wrong checksum": (lambda good, files: flipped(good, good.index(files["head.json"])), "Bad CRC-32"),
    "a password": (lambda good, _files: good.replace(b"\x14\x00\x00\x00", b"\x14\x00\x01\x00"), "no bundle at all"),
}

# What somebody can do to the files in it; the head is the former one.
FILES: dict[str, tuple[Callable[[Files], Files], str]] = {
    "no entries": (lambda f: without(f, "entries.jsonl"), "entries.jsonl or head.json is missing"),
    "no head": (lambda f: without(f, "head.json"), "entries.jsonl or head.json is missing"),
    "nothing": (lambda _f: {}, "is missing"),
    "one file more": (lambda f: f | {"files/more": b"x"}, "the file files/more was altered, added or removed"),
    "one outside": (lambda f: f | {"../../etc/passwd": b"x"}, "the file ../../etc/passwd was altered, added or"),
    "an empty folder more": (lambda f: f | {"files/empty/": b""}, "the file files/empty/ was altered, added or"),
    "an altered letter": (lambda f: altered(f, "files/letters/", lambda d: d + b" "), "files/letters/"),
    "no letter": (lambda f: without(f, name_of(f, "files/letters/")), "files/letters/"),
    "an altered rule": (lambda f: altered(f, "files/rules/", lambda d: d + b" "), "files/rules/"),
    "no rule": (lambda f: without(f, name_of(f, "files/rules/")), "files/rules/"),
    "an altered entry": (lambda f: lines_of(f, lambda x: [x[0].replace(b"ann", b"bob"), *x[1:]]), "does not follow"),
    "no first entry": (lambda f: lines_of(f, lambda x: x[1:]), "entry 1 stands where entry 0 belongs"),
    "no middle entry": (lambda f: lines_of(f, lambda x: x[:3] + x[4:]), "entry 4 stands where entry 3 belongs"),
    "no last entry": (lambda f: lines_of(f, lambda x: x[:-1]), "the end was cut off or added"),
    "an entry twice": (lambda f: lines_of(f, lambda x: [*x, x[-1]]), "belongs: one was removed, added or moved"),
    "two exchanged": (lambda f: lines_of(f, lambda x: [x[1], x[0], *x[2:]]), "entry 1 stands where entry 0 belongs"),
    "one entry more": (
        lambda f: rechained(f, lambda e: [*e, e[-1] | {"body": {"forged": 1}}]),
        "the end was cut off or added",
    ),
    "all rewritten": (lambda f: rechained(f, entry("approved", person="ceo@corp.test")), "the head speaks of"),
    "a cut last line": (lambda f: f | {"entries.jsonl": f["entries.jsonl"][:-1]}, "the last line is cut"),
    "a blank line": (lambda f: f | {"entries.jsonl": f["entries.jsonl"] + b"\n"}, "the line is no entry"),
    "other line ends": (
        lambda f: f | {"entries.jsonl": f["entries.jsonl"].replace(b"\n", b"\r\n")},
        "not in canonical form",
    ),
    "a byte order mark": (lambda f: f | {"entries.jsonl": b"\xef\xbb\xbf" + f["entries.jsonl"]}, "canonical form"),
    "no line": (lambda f: f | {"entries.jsonl": b""}, "there is no entry"),
    "another signature": (lambda f: head_of(f, signature="00" * 64), "the head's signature is wrong"),
    "half a signature": (lambda f: head_of(f, signature="00" * 32), "the head's signature is wrong"),
    "a signature in words": (lambda f: head_of(f, signature="yes"), "the head cannot be read"),
    "no signature": (lambda f: head_of(f, signature=None), "the head cannot be read"),
    "another key": (lambda f: head_of(f, public_key=json.loads(signed(f, OTHER_KEY)["head.json"])["public_key"]),
                    "the head's signature is wrong"),
    "half a key": (lambda f: head_of(f, public_key="00"), "the head cannot be read"),
    "no key": (lambda f: head_of(f, public_key=None), "the head cannot be read"),
    "another count": (lambda f: head_of(f, entries=1), "the head's signature is wrong"),
    "another last entry": (lambda f: head_of(f, head=START), "the head's signature is wrong"),
    "other files": (lambda f: head_of(f, files={}), "the head's signature is wrong"),
    "one key more in the head": (lambda f: head_of(f, more=1), "the head's signature is wrong"),
    "a head in words": (lambda f: f | {"head.json": b"signed"}, "the head cannot be read"),
    "a head that is a list": (lambda f: f | {"head.json": b"[]"}, "the head cannot be read"),
    "a head without bottom": (lambda f: f | {"head.json": b"[" * 100_000}, "the head cannot be read"),
    "an empty head": (lambda f: f | {"head.json": b""}, "the head cannot be read"),
}  # fmt: skip

# What somebody who has the key as well can do; what can be told without the noted head or key is told.
SIGNED: dict[str, tuple[Callable[[Files], Files], str]] = {
    "another text in a sent letter": (lambda f: letter(f, "C1", body="Pay elsewhere."), "is not the one that was"),
    "another recipient": (lambda f: letter(f, "C1", recipient="x@evil.example"), "is not the one that was approved"),
    "a letter of another departure": (lambda f: letter(f, "C2", departure="D-2026-0002"), "is not the one that was"),
    "a letter that is none": (lambda f: altered(f, "files/letters/", lambda _: b"hello"), "something else than it"),
    "a letter with a field more": (lambda f: letter(f, "C1", more=1), "holds something else than it should"),
    "a letter that is a list": (lambda f: altered(f, "files/letters/", lambda _: b"[]"), "something else than it"),
    "another rule": (lambda f: altered(f, "files/rules/", lambda d: d + b"keep;"), "the digest that it is named by"),
    "another plan": (lambda f: rechained(f, entry("planned", plan={"changes": []})), "a plan does not have the digest"),
    "another plan's digest": (lambda f: rechained(f, entry("planned", digest=START)), "a plan does not have the"),
    "no plan": (
        lambda f: rechained(f, lambda e: [x | {"body": {}} if x["kind"] == "planned" else x for x in e]),
        "a plan does not have the digest",
    ),
    "a decision on nothing": (
        lambda f: rechained(f, lambda e: [*e, e[-1] | {"kind": "letter", "body": {"to": "sent"}}]),
        "something else than it should",
    ),
    "a kind of its own": (lambda f: rechained(f, lambda e: [e[0] | {"kind": "blessed"}, *e[1:]]), "unknown kind"),
    "a time of its own": (lambda f: rechained(f, lambda e: [e[0] | {"at": "noon"}, *e[1:]]), "is no instant"),
    "two departures": (
        lambda f: rechained(f, lambda e: [*e[:-1], e[-1] | {"departure": "D-2026-0002"}]),
        "the entry belongs to another departure",
    ),
    "another departure's entries": (
        lambda f: rechained(f, lambda e: [x | {"departure": "D-2026-0002"} for x in e]),
        "the head speaks of D-2026-0001, the entries of another departure",
    ),
    "no entry at all": (lambda f: rechained(f, lambda _: []), "there is no entry"),
}  # fmt: skip
