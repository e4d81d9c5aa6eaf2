from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from offboard.steps.snapshot_forwarding import KEPT, NOT_KEPT, SnapshotForwarding

SCRIPTS = {"fwd": 'redirect "x@mailbox.example"; # für mich\r\n'.encode(), "other": b"keep;\n"}


@pytest.mark.parametrize("state", [KEPT, NOT_KEPT])
def test_copying_is_always_planned(house, leaving, state):
    (wish,) = SnapshotForwarding(house).plan(leaving, {"alice": state}, {})
    assert (wish.target, wish.before, wish.after) == ("alice", NOT_KEPT, KEPT)
    assert wish.one_way == "The copy is kept as evidence."
    assert SnapshotForwarding.standing
    assert SnapshotForwarding.harmless


def test_every_script_is_kept_byte_for_byte_and_a_later_one_is_noticed(house, leaving, mail, dovecot):
    step = SnapshotForwarding(house)
    assert step.observe(leaving, mail) == {"alice": KEPT}
    for name, content in SCRIPTS.items():
        dovecot.put_script("alice", name, content, active=name == "fwd")
    assert step.observe(leaving, mail) == {"alice": NOT_KEPT}
    step.write(leaving, mail, "alice", NOT_KEPT)
    assert step.observe(leaving, mail) == {"alice": NOT_KEPT}

    step.write(leaving, mail, "alice", KEPT)

    assert step.observe(leaving, mail) == {"alice": KEPT}
    for content in SCRIPTS.values():
        assert house.keeper.kept("mail", "alice", hashlib.sha256(content).hexdigest()) == content
    assert [(name, active) for name, active, _, _ in house.keeper.copies("mail", "alice")] == [
        ("fwd", True), ("other", False),
    ]  # fmt: skip
    dovecot.put_script("alice", "fwd", "keep;")
    assert step.observe(leaving, mail) == {"alice": NOT_KEPT}


def test_who_has_no_mailbox_has_no_rules(house, leaving, mail):
    assert SnapshotForwarding(house).observe(replace(leaving, accounts={}), mail) == {}
