from __future__ import annotations

import pytest

from offboard.connectors.dovecot import Settings, connect
from offboard.domain.capabilities import Script
from offboard.errors import Denied, NotFound, Rejected
from tests.servers.waiting import wait_until

FORWARD = b'require ["copy"];\r\nredirect :copy "private@mailbox.example"; # f\xc3\xbcr mich\r\n'


@pytest.fixture
def mail(dovecot):
    connection = connect("mail", Settings(**dovecot.settings()), vault=None)
    yield connection
    connection.close()


BYTES = {
    "CRLF": b"keep;\r\nkeep;\r\n",
    "LF": b"keep;\nkeep;\n",
    "mixed, no end of line": b"# a\rkeep;\r\nkeep;\n# end",
    "umlauts and emoji": '# Grüße, € 🎉 \u2028 \ufeff\r\nkeep; # "\\"\n'.encode(),
    "control characters": b"# \x01\x08\x0c\x1b\x7f\nkeep;\n",
    "empty": b"",
    "not composed": "# u\u0308\nkeep;".encode(),
}


@pytest.mark.parametrize("content", BYTES.values(), ids=BYTES.keys())
def test_a_script_comes_and_goes_byte_for_byte(dovecot, mail, content):
    mail.put_script("alice", "rule", content)
    assert dovecot.script_file("alice", "rule").read_bytes() == content
    assert mail.scripts("alice") == [Script("rule", active=False, content=content)]


def test_a_large_script_is_carried_and_a_too_large_one_refused(mail):
    line = b"# " + b"x" * 70 + b"\r\n"
    mail.put_script("alice", "rule", line * 5000)
    assert mail.scripts("alice")[0].content == line * 5000
    with pytest.raises(Rejected, match="larger than the server accepts"):
        mail.put_script("alice", "rule", line * 20000)
    assert mail.scripts("alice")[0].content == line * 5000


@pytest.mark.parametrize(
    "content", [b"# \xe4\nkeep;", b"# \xf0\x9f\x8e\nkeep;", b"# \xc0\xaf\nkeep;", b"# \xed\xa0\x80\nkeep;"]
)
def test_bytes_that_are_no_text_are_shown_replaced_and_never_written(dovecot, mail, content):
    dovecot.put_script("alice", "rule", content)
    assert dovecot.script_file("alice", "rule").read_bytes() == content
    (shown,) = mail.scripts("alice")
    assert shown.active
    assert "\ufffd".encode() in shown.content
    for refused in (content, shown.content):
        with pytest.raises(Rejected, match="'rule' holds bytes that are no UTF-8"):
            mail.put_script("alice", "rule", refused)
    assert dovecot.script_file("alice", "rule").read_bytes() == content
    mail.activate("alice", None)
    assert dovecot.active_script("alice") is None


def test_what_does_not_compile_is_refused(mail):
    with pytest.raises(Rejected, match="does not compile"):
        mail.put_script("alice", "rule", b'redirectt "x";')
    assert mail.scripts("alice") == []


def test_one_script_at_a_time_is_active(dovecot, mail):
    for name in ("one", "two"):
        mail.put_script("alice", name, b"keep;")
    mail.activate("alice", "one")
    mail.activate("alice", "two")
    assert [(s.name, s.active) for s in mail.scripts("alice")] == [("one", False), ("two", True)]
    assert dovecot.active_script("alice") == "two"
    mail.activate("alice", None)
    mail.activate("alice", None)
    assert dovecot.active_script("alice") is None


def test_storing_over_the_active_script_leaves_it_active(mail):
    mail.put_script("alice", "one", b"keep;")
    mail.activate("alice", "one")
    mail.put_script("alice", "one", b"discard;")
    assert mail.scripts("alice") == [Script("one", active=True, content=b"discard;")]


def test_removing_works_for_the_active_script_and_for_none(dovecot, mail):
    mail.put_script("alice", "one", b"keep;")
    mail.activate("alice", "one")
    mail.put_script("alice", "one", None)
    mail.put_script("alice", "one", None)
    assert mail.scripts("alice") == []
    assert dovecot.active_script("alice") is None


def test_removing_another_script_leaves_the_active_one(dovecot, mail):
    for name in ("one", "two"):
        mail.put_script("alice", name, b"keep;")
    mail.activate("alice", "two")
    mail.put_script("alice", "one", None)
    assert dovecot.active_script("alice") == "two"


def test_what_is_not_there_is_not_found(mail):
    with pytest.raises(NotFound):
        mail.activate("alice", "nosuch")
    for call in (
        lambda: mail.scripts("nosuch"),
        lambda: mail.put_script("nosuch", "x", b"keep;"),
        lambda: mail.put_script("nosuch", "x", None),
        lambda: mail.activate("nosuch", None),
    ):
        with pytest.raises(NotFound, match="no such user"):
            call()


@pytest.mark.parametrize("name", ["ü ö", '"quoted"', "..", ".hidden", "-x", "*", "a.sieve", "x" * 200, "\\", "${x}"])
def test_odd_names_of_scripts_are_carried(mail, name):
    mail.put_script("alice", name, FORWARD)
    mail.activate("alice", name)
    assert mail.scripts("alice") == [Script(name, active=True, content=FORWARD)]
    mail.put_script("alice", name, None)
    assert mail.scripts("alice") == []


@pytest.mark.parametrize("name", ["", "a/b", "../a", "a\nb", "a\0b", "x" * 256, "\u2028"])
def test_impossible_names_of_scripts_are_refused(mail, name):
    with pytest.raises(Rejected, match="cannot be the name of a script"):
        mail.put_script("alice", name, FORWARD)
    with pytest.raises(Rejected, match="cannot be the name of a script"):
        mail.activate("alice", name)


@pytest.fixture
def by_hand(dovecot):
    """An active script that lies in the home folder itself; ManageSieve and ``sieveList`` do not show it."""
    path = dovecot.folder / "home" / "alice" / ".dovecot.sieve"
    dovecot.put_script("alice", "unused", "keep;", active=False)  # makes the home folder
    path.write_bytes(FORWARD)
    return path


def test_a_script_put_there_by_hand_is_seen_and_stopped(dovecot, mail, smtp_sink, by_hand):
    dovecot.deliver("client@client.example", "alice@corp.test", "first")
    wait_until(lambda: smtp_sink.to("private@mailbox.example"))
    assert [row["active"] for row in dovecot.doveadm("sieveList", user="alice")] == [""]
    assert Script("dovecot.orig", active=True, content=FORWARD) in mail.scripts("alice")

    mail.activate("alice", None)

    assert not by_hand.exists()
    assert Script("dovecot.orig", active=False, content=FORWARD) in mail.scripts("alice")
    dovecot.deliver("client@client.example", "alice@corp.test", "second")
    assert len(smtp_sink.envelopes) == 1

    mail.activate("alice", "dovecot.orig")

    dovecot.deliver("client@client.example", "alice@corp.test", "third")
    wait_until(lambda: len(smtp_sink.to("private@mailbox.example")) == 2)


def test_a_script_put_there_by_hand_that_cannot_be_read_is_no_secret(mail, by_hand):
    by_hand.unlink()
    by_hand.mkdir()
    with pytest.raises(Denied, match=r"\.dovecot\.sieve is there but cannot be read"):
        mail.scripts("alice")


def test_looking_for_scripts_put_there_by_hand_can_be_turned_off(dovecot, by_hand):
    mail = connect("mail", Settings(**dovecot.settings(active_script="")), vault=None)
    assert by_hand.exists()
    assert [script.name for script in mail.scripts("alice")] == ["unused"]
    mail.close()
