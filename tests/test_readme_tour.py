"""What the README shows is done here: its tour on the practice company, its rights on a real OpenLDAP server."""

from __future__ import annotations

import json
import os
import re
import shlex
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from flows.requesting import DepartureRequest
from tests.pages import TREE, blocks, page, section, shown
from tests.servers.slapd import start_slapd
from tests.servers.slapd_dialects import WITH_KEYS
from tests.servers.workplace import settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.authority import Authority
    from tests.servers.workplace import Workplace

README = page("README.md")
DEPARTURE = re.compile(r"\bD-\d{4}-\d{4}\b")
ALICE = "uid=alice,ou=people,dc=corp,dc=test"
ON_MACHINES = f"""\
dn: {ALICE}
changetype: modify
add: objectClass
objectClass: posixAccount
objectClass: shadowAccount
objectClass: ldapPublicKey
-
add: uidNumber
uidNumber: 5001
-
add: gidNumber
gidNumber: 5001
-
add: homeDirectory
homeDirectory: /home/alice
-
add: loginShell
loginShell: /bin/bash
-
add: shadowExpire
shadowExpire: 30000
-
add: sshPublicKey
sshPublicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f alice@laptop
"""
"""Alice signs in to machines as well (POSIX), by a password or a key."""


@pytest.fixture
def visitor(empty_workplace: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workplace]:
    """Somebody who types in an empty folder; the company that they start is stopped in the end."""
    folder = tmp_path / "visit"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("OFFBOARD_CONFIG")
    # The company is a process of its own, and has to find the package that is being tested.
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(TREE), os.environ.get("PYTHONPATH", "")]))
    yield empty_workplace
    empty_workplace.run("practice", "stop")


def test_the_tour_goes_as_it_is_shown(visitor: Workplace, monkeypatch: pytest.MonkeyPatch):
    number = ""
    for one in shown(section(README, "## Five-minute tour")):
        if one.command.startswith("eval"):
            for name, value in json.loads(visitor.run("practice", "env", "--json")).items():
                monkeypatch.setenv(name, value)
            continue
        words = shlex.split(DEPARTURE.sub(number or "none yet", one.command))
        assert words.pop(0) == "offboard"
        printed = visitor.run(*words, code=1 if one.refused else 0)
        said = _plain(printed + visitor.last_error)
        if words[0] == "start":
            number = DEPARTURE.findall(printed)[0]
        missing = [line for line in one.output for part in _parts(line) if part not in said]
        assert missing == [], f"{one.command} printed:\n{printed}{visitor.last_error}"
    assert number


def _parts(line: str) -> list[str]:
    """Return the pieces of a shown line that must be printed; ``…`` stands for what is left out."""
    return [part for part in map(_plain, line.split("…")) if part]


def _plain(text: str) -> str:
    """Return text as it is compared: any run of blanks is one, and numbers that differ each time are left out."""
    text = re.sub(r"\b[0-9a-f]{16,}\b", "#", DEPARTURE.sub("D-#", text))
    return re.sub(r"\s+", " ", text).strip()


def test_the_event_that_is_shown_is_understood():
    (payload,) = [block.text for block in blocks(page("docs/operations.md"), "json")]
    wanted = DepartureRequest(**json.loads(payload)).to_request("UTC")
    assert (wanted.person, wanted.successor, wanted.playbook) == ("ann.lee", "joe.fox", "employee")
    assert wanted.moment == datetime(2026, 12, 1, 17, 0, tzinfo=UTC)


@pytest.fixture
def granted(tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workplace]:
    """A directory whose only rights for offboard are those that the README grants."""
    everybody, with_keys = [block.text for block in blocks(README, "ldif")]
    # What is added at {0} stands before what was there.
    rules = f"{with_keys}\n{everybody}".replace("dc=acme,dc=example", "dc=corp,dc=test")
    lines = re.findall(r"^olcAccess: \{\d\}(.*(?:\n .*)*)", rules, re.MULTILINE)
    access = "\n".join("access " + line.replace("\n ", " ") for line in lines)
    ours = re.sub(r"\n  by dn\.exact=[^\n]*", "", WITH_KEYS)
    stricter = ours.replace("access to * by * read\n", "access to * by * none\n").replace("by * read", "by * none")
    config = stricter.replace("\naccess to", f"\n{access}\naccess to", 1)
    server = start_slapd(tmp_path / "slapd", authority, config=config)
    server.modify(ON_MACHINES)
    monkeypatch.setenv("OFFICE_LDAP_PASSWORD", "secret")
    yield server
    server.stop()


def test_the_rights_that_the_readme_grants_are_enough(granted, empty_workplace: Workplace):
    account = "cn=offboard,ou=services,dc=corp,dc=test"
    empty_workplace.settings = settings_of(office=granted.settings(bind_dn=account))
    empty_workplace.write()
    (health,) = empty_workplace.json("doctor")
    assert health["rights_missing"] == []
    assert health["cannot"] == []
    granted.modify(f"dn: {ALICE}\nchangetype: modify\nadd: pwdReset\npwdReset: TRUE\n")
    sign_in = ["userPassword", "pwdReset", "loginShell", "shadowExpire", "sshPublicKey", "objectClass"]
    before = granted.search("(uid=alice)", sign_in)
    groups = granted.search("(|(member=*)(uniqueMember=*)(memberUid=*))", ["member", "uniqueMember", "memberUid"])
    number = empty_workplace.json(
        "start", "alice", "--last-moment", "2026-01-05T17:00", "--tz", "Europe/London", "--as", "erin@corp.test"
    )["departure"]
    empty_workplace.run("approve", number, "--as", "dave@corp.test")
    done = empty_workplace.json("apply", number)
    assert {change["outcome"] for change in done["changes"]} == {"done"}
    assert not granted.bind(ALICE, "alicepw")
    # Without the right to lock, the replaced password alone would keep her out.
    assert granted.search("(uid=alice)", ["pwdAccountLockedTime"])[0]["pwdAccountLockedTime"] == ["000001010000Z"]
    (shut,) = granted.search("(uid=alice)", sign_in)
    assert (shut["loginShell"], shut["shadowExpire"]) == (["/usr/sbin/nologin"], ["1"])
    assert not any("ssh-ed25519" in key for key in shut.get("sshPublicKey", []))
    empty_workplace.run("undo", number, "--as", "dave@corp.test")
    empty_workplace.run("approve", number, "--as", "erin@corp.test")
    assert empty_workplace.json("apply", number)["status"] == "undone"
    assert granted.bind(ALICE, "alicepw")
    assert granted.search("(uid=alice)", sign_in) == before
    after = granted.search("(|(member=*)(uniqueMember=*)(memberUid=*))", ["member", "uniqueMember", "memberUid"])
    assert [{key: sorted(values) for key, values in entry.items()} for entry in after] == [
        {key: sorted(values) for key, values in entry.items()} for entry in groups
    ]
