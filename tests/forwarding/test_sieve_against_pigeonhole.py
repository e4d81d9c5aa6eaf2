"""What we read in a script is what Pigeonhole does with it: the same scripts, run by Dovecot's own sieve-test."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from offboard.forwarding.sieve import read_sieve
from tests.forwarding.sieve_cases import CASES, DOMAINS, Case
from tests.servers.needed import needed

if TYPE_CHECKING:
    from collections.abc import Iterator

MAIL = """From: Boss <boss@client.example>
To: ann@acme.example
Subject: Invoice for a holiday
Message-ID: <1@client.example>
Date: Mon, 02 Nov 2026 10:00:00 +0000

Please pay.
"""


class Done(NamedTuple):
    accepted: bool
    sent: frozenset[str]
    kept: bool


@pytest.fixture(scope="module")
def done() -> Iterator[dict[str, Done]]:
    """What Pigeonhole does with the mail, for every case."""
    program = needed("sieve-test")
    folder = Path(tempfile.mkdtemp(prefix="sieve-"))
    # Dovecot refuses to work as root; run by root it gives its rights away to nobody.
    user = (65534, 65534) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    (folder / "home").mkdir()
    (folder / "mail.eml").write_text(MAIL)
    (folder / "dovecot.conf").write_text(
        f"mail_uid = {user[0]}\nmail_gid = {user[1]}\nfirst_valid_uid = 1\nssl = no\nmail_home = {folder}/home\n"
        f"mail_location = maildir:{folder}/home/Maildir\nplugin {{\n  sieve_extensions = +notify\n}}\n"
    )
    for path in (folder, *folder.iterdir()):
        os.chown(path, *user)

    def run(case: Case) -> tuple[str, Done]:
        script = folder / f"{CASES.index(case)}.sieve"
        script.write_text(case.script)
        os.chown(script, *user)
        command = [program, "-c", str(folder / "dovecot.conf"), "-r", "ann@acme.example", "-a", "ann@acme.example"]
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "USER": "ann"}
        ran = subprocess.run(
            [*command, "-f", "boss@client.example", str(script), str(folder / "mail.eml")],
            env=environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        performed, _, keep = ran.stdout.partition("Implicit keep:")
        sent = re.findall(r"redirect message to: <([^>]*)>", performed)
        kept = "store message" in performed or "store message" in keep
        return case.name, Done("failed to compile" not in ran.stderr, frozenset(sent), kept)

    with ThreadPoolExecutor(2) as pool:
        yield dict(pool.map(run, CASES))
    shutil.rmtree(folder)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_we_read_what_pigeonhole_does(case: Case, done: dict[str, Done]):
    happened = done[case.name]
    rules = read_sieve(case.script.encode(), mailbox="ann", system="mail", name="main", active=True, domains=DOMAINS)
    unread = any(action.kind == "unknown" for rule in rules for action in rule.actions)
    assert happened.accepted is not unread
    running = [(rule, action) for rule in rules for action in rule.actions if action.kind == "redirect" and rule.active]
    possible = {address for _, action in running for address in action.may_be or (action.target,)}
    certain = {action.target for rule, action in running if not rule.conditions and not action.may_be}
    fixed = {address.lower() for address in possible if "${" not in address}
    if fixed == {address.lower() for address in possible}:
        assert {address.lower() for address in happened.sent} <= fixed
    assert {address.lower() for address in certain if "${" not in address} <= {
        address.lower() for address in happened.sent
    }
    if all(not rule.conditions for rule in rules) and len(rules) == 1 and not unread:
        assert happened.kept is rules[0].keeps_copy
