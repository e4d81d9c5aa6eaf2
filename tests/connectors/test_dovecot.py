from __future__ import annotations

from dataclasses import replace

import pytest

from offboard.connectors._doveadm import Doveadm
from offboard.connectors.dovecot import Connection, Settings, connect
from offboard.domain.capabilities import Mailboxes, MailRules
from offboard.domain.people import Person
from offboard.errors import BadSettings, Denied, Rejected, Unreachable, Untrusted
from tests.servers.authority import make_authority
from tests.servers.dovecot import running_dovecot
from tests.servers.slapd import person
from tests.servers.waiting import wait_until

ALICE = Person(id="uuid-alice", system="office", login="alice", name="Alice Archer", mail="alice@corp.test")

LOCK = """\
dn: uid=alice,ou=people,dc=corp,dc=test
changetype: modify
replace: pwdAccountLockedTime
pwdAccountLockedTime: 000001010000Z
"""


@pytest.fixture
def mail(dovecot):
    connection = connect("mail", Settings(**dovecot.settings()), vault=None)
    yield connection
    connection.close()


def test_a_connection_has_the_capabilities_it_claims(mail):
    assert isinstance(mail, Mailboxes)
    assert isinstance(mail, MailRules)


@pytest.mark.parametrize("login", ["alice", "Alice", "ALICE"])
def test_a_mailbox_is_found_by_login_and_mail_alike_under_its_own_name(mail, login):
    box = mail.mailbox(replace(ALICE, login=login))
    assert (box.id, box.login, box.mail, box.system) == ("alice", "alice", "alice@corp.test", "mail")


def test_who_has_no_mailbox_gets_none(mail):
    assert mail.mailbox(replace(ALICE, login="nosuch", mail="nosuch@corp.test")) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"mail": "other@corp.test"},
            "login 'alice' leads to a mailbox, but the mail address 'other@corp.test' does not",
        ),
        ({"mail": ""}, "but the mail address '' does not"),
        ({"login": "nosuch"}, "mail address 'alice@corp.test' leads to a mailbox, but the login 'nosuch' does not"),
        ({"mail": "bob@corp.test"}, "lead to different mailboxes"),
        ({"login": "al*"}, "cannot be the name of one mailbox"),
    ],
)
def test_a_mailbox_that_only_one_attribute_leads_to_is_refused(mail, change, said):
    with pytest.raises(Rejected, match=said.replace("*", r"\*")):
        mail.mailbox(replace(ALICE, **change))


def test_the_surroundings_of_the_process_do_not_matter(dovecot, monkeypatch):
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    connect("mail", Settings(**dovecot.settings()), vault=None).close()


def test_every_mailbox_is_listed(mail):
    assert list(mail.mailboxes()) == ["alice", "bob", "carol", "dave", "erin"]


def test_an_open_session_survives_the_lock_and_ends_when_told(dovecot, slapd, mail):
    by_login, by_mail = dovecot.imap_login("alice", "alicepw"), dovecot.imap_login("alice@corp.test", "alicepw")
    colleague = dovecot.imap_login("bob", "bobpw")
    slapd.modify(LOCK)
    assert dovecot.imap_login("alice", "alicepw") is None
    assert dovecot.alive(by_login)
    assert mail.sessions("alice") == 2

    mail.end_sessions("alice")

    wait_until(lambda: mail.sessions("alice") == 0)
    assert dovecot.ended(by_login)
    assert dovecot.ended(by_mail)
    assert dovecot.alive(colleague)
    assert mail.sessions("bob") == 1
    colleague.shutdown()


def test_ending_the_sessions_of_somebody_who_has_none_is_no_error(mail):
    mail.end_sessions("alice")
    assert mail.sessions("alice") == 0


def test_a_longer_name_that_begins_alike_is_somebody_else(dovecot, slapd, mail):
    slapd.add(person("alicek", "Alice King", "1077"))
    other = dovecot.imap_login("alicek", "alicekpw")
    assert mail.sessions("alice") == 0
    mail.end_sessions("alice")
    assert dovecot.alive(other)
    other.shutdown()


def test_a_session_under_another_name_of_the_same_mailbox_counts_and_ends(authority, slapd, monkeypatch):
    monkeypatch.setenv("DOVEADM_API_KEY", "throw-away-key")
    slapd.add(person("namesake", "Alice Other", "1078").replace("namesake@corp.test", "alice@other.test"))
    with running_dovecot(authority, slapd, submission_port=9, one_name=False) as server:
        mail = connect("mail", Settings(**server.settings()), vault=None)
        assert mail.mailbox(ALICE).id == "alice"
        by_mail = server.imap_login("alice@corp.test", "alicepw")
        namesake = server.imap_login("alice@other.test", "namesakepw")
        assert mail.sessions("alice") == 1

        mail.end_sessions("alice")

        wait_until(lambda: mail.sessions("alice") == 0)
        assert server.ended(by_mail)
        assert server.alive(namesake)
        namesake.shutdown()
        mail.close()


def test_a_session_under_a_mail_address_that_is_unlike_the_login_counts_and_ends(authority, slapd, monkeypatch):
    monkeypatch.setenv("DOVEADM_API_KEY", "throw-away-key")
    slapd.add(person("zoe", "Zoe Zimmer", "1079").replace("zoe@corp.test", "z.zimmer@corp.test"))
    zoe = replace(ALICE, login="zoe", mail="z.zimmer@corp.test")
    with running_dovecot(authority, slapd, submission_port=9, one_name=False) as server:
        mail = connect("mail", Settings(**server.settings()), vault=None)
        assert mail.mailbox(zoe).id == "zoe"
        by_mail, again = (server.imap_login("z.zimmer@corp.test", "zoepw") for _ in range(2))
        by_login = server.imap_login("zoe", "zoepw")
        colleague = server.imap_login("bob@corp.test", "bobpw")
        assert mail.sessions("zoe") == 3

        mail.end_sessions("zoe")

        wait_until(lambda: mail.sessions("zoe") == 0)
        assert all(server.ended(one) for one in (by_mail, again, by_login))
        assert server.alive(colleague)
        assert mail.sessions("bob") == 1
        colleague.shutdown()
        mail.close()


@pytest.mark.parametrize("forgets", ["sessions", "end_sessions"])
def test_a_sign_in_that_the_server_remembers_opens_nothing_any_more(authority, slapd, monkeypatch, forgets):
    monkeypatch.setenv("DOVEADM_API_KEY", "throw-away-key")
    with running_dovecot(authority, slapd, submission_port=9, auth_cache=1_000_000) as server:
        mail = connect("mail", Settings(**server.settings()), vault=None)
        server.imap_login("alice", "alicepw").shutdown()
        slapd.modify(LOCK)
        remembered = server.imap_login("alice", "alicepw")
        assert remembered, "the server should remember the password, or this test shows nothing"
        remembered.shutdown()

        getattr(mail, forgets)("alice")

        assert server.imap_login("alice", "alicepw") is None
        mail.close()


@pytest.mark.parametrize("name", ["*", "al*", "al?ce", "10.0.0.1", "127.0.0.0/8", "::1", "", "al\nice", "a/b"])
@pytest.mark.parametrize(
    "call",
    [
        lambda mail, name: mail.sessions(name),
        lambda mail, name: mail.end_sessions(name),
        lambda mail, name: mail.scripts(name),
        lambda mail, name: mail.put_script(name, "x", None),
        lambda mail, name: mail.activate(name, None),
    ],
    ids=["sessions", "end_sessions", "scripts", "put_script", "activate"],
)
def test_a_name_that_could_mean_many_reaches_nobody(offline, call, name):
    with pytest.raises(Rejected, match="cannot be the name of one mailbox"):
        call(offline, name)


@pytest.fixture(scope="module")
def offline():
    """A connection to a port where nobody listens: what is refused before a byte is sent needs no server."""
    api = Doveadm("mail", "http://127.0.0.1:9/doveadm/v1", "key", ca_file=None, connect_timeout=1, timeout=1)
    connection = Connection("mail", api, active_script="", calls_at_once=1)
    yield connection
    connection.close()


def test_health_names_what_it_may_and_what_it_cannot(mail):
    health = mail.health()
    assert (health.reachable, health.tls, health.rights_missing) == (True, "none, loopback only", ())
    assert {"kick", "sieveDeactivate"} <= set(health.rights_held)
    assert any("sieve_before" in limit for limit in health.cannot)


def test_a_server_that_is_down_is_unreachable_and_health_says_so(dovecot, mail):
    dovecot.stop()
    with pytest.raises(Unreachable, match=r"no answer from http://127\.0\.0\.1"):
        mail.sessions("alice")
    with pytest.raises(Unreachable):
        connect("mail", Settings(**dovecot.settings()), vault=None)
    assert not mail.health().reachable

    dovecot.start()

    assert mail.sessions("alice") == 0


def test_a_wrong_key_is_denied_and_never_shown(dovecot, monkeypatch):
    monkeypatch.setenv("DOVEADM_API_KEY", "not-the-key")
    with pytest.raises(Denied, match="API key was refused") as denied:
        connect("mail", Settings(**dovecot.settings()), vault=None)
    assert "not-the-key" not in str(denied.value) + denied.value.hint
    monkeypatch.delenv("DOVEADM_API_KEY")
    with pytest.raises(
        BadSettings, match=r"systems\.mail\.api_key: the environment variable DOVEADM_API_KEY is not set"
    ):
        connect("mail", Settings(**dovecot.settings()), vault=None)


def test_https_is_spoken_with_the_right_authority_only(authority, slapd, tmp_path, monkeypatch):
    monkeypatch.setenv("DOVEADM_API_KEY", "throw-away-key")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))
    with running_dovecot(authority, slapd, submission_port=9, tls=True) as server:
        mail = connect("mail", Settings(**server.settings()), vault=None)
        assert mail.health().tls.startswith("TLSv1.")
        mail.close()
        stranger = make_authority(tmp_path)
        with pytest.raises(Untrusted, match="mail: TLS was refused"):
            connect("mail", Settings(**server.settings(ca_file=str(stranger.ca_file))), vault=None)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"url": "http://mail.corp.test/doveadm/v1"}, "use https://"),
        ({"url": "http://10.0.0.1/doveadm/v1"}, "use https://"),
        ({"url": "ftp://127.0.0.1/"}, "write it like"),
        ({"url": "https:///doveadm/v1"}, "write it like"),
        ({"url": "https://me:secret@mail.corp.test/"}, "must hold no password"),
        ({"api_key": "plain"}, "plain text is refused"),
        ({"api_kee": {"env": "X"}}, "Extra inputs"),
        ({"timeout": 0}, "greater than 0"),
    ],
)
def test_settings_that_are_wrong_are_refused(wrong, said):
    right = {"kind": "dovecot", "url": "https://mail.corp.test/doveadm/v1", "api_key": {"env": "DOVEADM_API_KEY"}}
    assert Settings(**right).calls_at_once == 4
    with pytest.raises(ValueError, match=said):
        Settings(**(right | wrong))
