from __future__ import annotations

import socket
import threading
import time
from email.policy import SMTPUTF8

import pytest

from offboard.connectors.smtp import Settings, connect
from offboard.domain.capabilities import Sender, Unclear
from offboard.errors import BadSettings, Denied, Rejected, Throttled, Unreachable, Untrusted
from tests.connectors.test_smtp_message import RECIPIENT, SENDER, mail
from tests.servers.authority import make_authority
from tests.servers.smtp import start_smtp_sink
from tests.servers.waiting import wait_until


@pytest.fixture
def outbox(smtp_sink):
    connection = connect("outbox", Settings(**smtp_sink.settings(timeout=2, answer_timeout=2)), vault=None)
    yield connection
    connection.close()


def send(outbox, message=None, recipient=RECIPIENT):
    outbox.send(message or mail(To=recipient), sender=SENDER, recipient=recipient)


def test_a_mail_arrives_once_byte_for_byte_for_its_recipient_alone(outbox, smtp_sink):
    assert isinstance(outbox, Sender)
    message = mail(body=".\n..two\n.\nMAIL FROM:<x@evil.example>\n\n.end\n")
    send(outbox, message)
    (envelope,) = smtp_sink.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER, [RECIPIENT])
    assert envelope.original_content == message


def test_one_connection_serves_many_mails(outbox, smtp_sink):
    for number in range(5):
        send(outbox, recipient=f"client{number}@client.example")
    assert len(smtp_sink.envelopes) == 5
    assert smtp_sink.connections == 1


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        ("550 5.1.1 no such user", Rejected), ("552 5.2.2 over quota", Rejected), ("554 5.7.1 refused", Rejected),
        ("451 4.7.1 greylisted", Throttled), ("450 4.2.1 busy", Throttled), ("452 4.3.1 no space", Throttled),
        ("421 4.3.2 closing", Unreachable), ("530 5.7.0 Authentication required", Denied),
    ],
)  # fmt: skip
@pytest.mark.parametrize("at", ["sender", "recipient", "data"])
def test_a_reply_says_whether_to_try_again_and_the_next_mail_still_goes(outbox, smtp_sink, reply, fault, at):
    if at == "data":
        smtp_sink.after_data = reply
    else:
        smtp_sink.answers[SENDER if at == "sender" else RECIPIENT] = reply
    with pytest.raises(fault, match=f"outbox: .*{reply.split(maxsplit=1)[0]}") as caught:
        send(outbox)
    assert type(caught.value) is fault
    smtp_sink.after_data = "250 ok"
    smtp_sink.answers.clear()
    send(outbox, recipient="other@client.example")
    assert [envelope.rcpt_tos for envelope in smtp_sink.envelopes] == [["other@client.example"]]


@pytest.mark.parametrize("trouble", ["drop", "silence"])
def test_no_answer_to_a_whole_mail_is_unclear(smtp_sink, trouble):
    outbox = connect("outbox", Settings(**smtp_sink.settings(answer_timeout=0.3)), vault=None)
    smtp_sink.trouble = trouble
    with pytest.raises(Unclear, match="may or may not have been sent"):
        send(outbox)
    assert len(smtp_sink.envelopes) == 1
    smtp_sink.trouble = ""
    send(outbox, recipient="other@client.example")
    assert len(smtp_sink.envelopes) == 2
    outbox.close()


def test_a_connection_that_breaks_before_the_closing_dot_is_certain_not_to_have_sent(outbox, smtp_sink):
    smtp_sink.trouble = "cut off"
    large = mail(body="\n".join(["x" * 70] * 300_000))
    with pytest.raises(Unreachable, match="no answer from 127"):
        send(outbox, large)
    assert smtp_sink.envelopes == []
    smtp_sink.trouble = ""
    send(outbox)
    assert len(smtp_sink.envelopes) == 1


def test_a_server_that_went_away_meanwhile_is_found_again(smtp_sink):
    with start_smtp_sink() as other:
        outbox = connect("outbox", Settings(**other.settings()), vault=None)
        send(outbox)
    with pytest.raises(Unreachable, match="connecting: no answer"):
        send(outbox)
    assert not outbox.health().reachable
    outbox._settings = Settings(**smtp_sink.settings())
    send(outbox)
    assert len(smtp_sink.envelopes) == 1
    outbox.close()


def test_a_server_that_is_down_is_unreachable():
    with pytest.raises(Unreachable, match=r"outbox: connecting: no answer from 127\.0\.0\.1:9"):
        connect("outbox", Settings(host="127.0.0.1", port=9, timeout=2), vault=None)


def test_starttls_is_used_where_it_is_offered(authority):
    with start_smtp_sink(authority, require_tls=True) as sink:
        outbox = connect("outbox", Settings(**sink.settings(ca_file=str(authority.ca_file))), vault=None)
        send(outbox)
        assert sink.encrypted == [True]
        assert outbox.health().tls.startswith("TLSv1.")
        outbox.close()


def test_a_certificate_of_a_stranger_is_untrusted(authority, tmp_path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))
    stranger = make_authority(tmp_path)
    with start_smtp_sink(authority) as sink:
        with pytest.raises(Untrusted, match="outbox: TLS was refused"):
            connect("outbox", Settings(**sink.settings(ca_file=str(stranger.ca_file))), vault=None)
        wait_until(lambda: sink.connections)
        assert sink.envelopes == []


def test_a_server_without_encryption_is_refused_where_it_is_required(smtp_sink):
    with pytest.raises(Untrusted, match="offers no encryption"):
        connect("outbox", Settings(**smtp_sink.settings(starttls="required")), vault=None)


def test_a_server_that_wants_encryption_says_so_when_it_is_off(authority):
    with start_smtp_sink(authority, require_tls=True) as sink:
        outbox = connect("outbox", Settings(**sink.settings(starttls="never")), vault=None)
        with pytest.raises(Untrusted, match="530"):
            send(outbox)
        outbox.close()


@pytest.mark.parametrize("password", ["right", 'grün/€:\\ "x'])
def test_signing_in(authority, monkeypatch, password):
    monkeypatch.setenv("SMTP_PASSWORD", password)
    with start_smtp_sink(authority, user="offboard", password=password, require_tls=True) as sink:
        given = sink.settings(ca_file=str(authority.ca_file), username="offboard", password={"env": "SMTP_PASSWORD"})
        outbox = connect("outbox", Settings(**given), vault=None)
        send(outbox)
        outbox.close()
        monkeypatch.setenv("SMTP_PASSWORD", "wrong-password")
        with pytest.raises(Denied, match="signing in as offboard: 535") as denied:
            connect("outbox", Settings(**given), vault=None)
        assert "wrong-password" not in str(denied.value)
        assert len(sink.envelopes) == 1


def test_a_server_that_knows_no_way_to_sign_in_denies(authority, monkeypatch):
    monkeypatch.setenv("SMTP_PASSWORD", "x")
    with start_smtp_sink(authority) as sink:  # lets nobody sign in without TLS
        given = sink.settings(starttls="never", username="offboard", password={"env": "SMTP_PASSWORD"})
        with pytest.raises(Denied, match="no way to sign in"):
            connect("outbox", Settings(**given), vault=None)


def test_addresses_outside_ascii_go_only_where_they_are_taken(smtp_sink):
    message = mail(To="jörg@client.example", policy=SMTPUTF8)
    outbox = connect("outbox", Settings(**smtp_sink.settings()), vault=None)
    send(outbox, message, "jörg@client.example")
    assert smtp_sink.envelopes[0].rcpt_tos == ["jörg@client.example"]
    assert smtp_sink.envelopes[0].original_content == message
    outbox.close()
    with start_smtp_sink(utf8=False) as sink:
        outbox = connect("outbox", Settings(**sink.settings()), vault=None)
        assert any("outside ASCII" in limit for limit in outbox.health().cannot)
        with pytest.raises(Rejected, match="needs SMTPUTF8"):
            send(outbox, message, "jörg@client.example")
        send(outbox)
        assert len(sink.envelopes) == 1
        outbox.close()


def test_a_mail_that_is_not_for_this_recipient_never_leaves(outbox, smtp_sink):
    with pytest.raises(Rejected, match=r"not other@client\.example alone"):
        outbox.send(mail(), sender=SENDER, recipient="other@client.example")
    with pytest.raises(Rejected, match="bcc may not stand there"):
        send(outbox, mail(Bcc="x@evil.example"))
    assert smtp_sink.envelopes == []


def test_the_pace_is_kept(smtp_sink):
    settings = Settings(**smtp_sink.settings(per_minute=600))
    outbox = connect("outbox", settings, vault=None)
    assert outbox.calls_at_once == 1
    started = time.monotonic()
    for _ in range(4):
        send(outbox)
    assert 0.3 <= time.monotonic() - started < 2
    outbox.close()


def test_health_sends_nothing(outbox, smtp_sink):
    health = outbox.health()
    assert (health.reachable, health.tls, health.rights_held) == (True, "none, loopback only", ("send",))
    assert smtp_sink.envelopes == []


@pytest.mark.parametrize(
    ("greeting", "fault"),
    [(b"554 5.7.1 go away\r\n", Rejected), (b"421 busy\r\n", Unreachable), (b"", Unreachable),
     (b"HTTP/1.1 400 Bad Request\r\n", Unreachable), (b"220 hello\r\n", Unreachable)],
)  # fmt: skip
def test_an_odd_greeting_has_its_error(greeting, fault):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet():
            line, _ = listener.accept()
            line.sendall(greeting)
            line.close()

        thread = threading.Thread(target=greet)
        thread.start()
        with pytest.raises(fault, match="outbox: connecting"):
            connect("outbox", Settings(host="127.0.0.1", port=listener.getsockname()[1], timeout=2), vault=None)
        thread.join()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"starttls": "offered"}, "must be required"), ({"starttls": "never"}, "must be required"),
        ({"username": "x"}, "both or neither"), ({"password": {"env": "X"}}, "both or neither"),
        ({"username": "x", "password": "plain"}, "plain text is refused"), ({"port": 0}, "greater than or equal"),
        ({"host": ""}, "at least 1"), ({"per_minute": 0}, "greater than 0"), ({"tls": True}, "Extra inputs"),
    ],
)  # fmt: skip
def test_settings_that_are_wrong_are_refused(wrong, said):
    right = {"kind": "smtp", "host": "mail.corp.test"}
    assert Settings(**right).encryption == "required"
    assert Settings(host="localhost").encryption == "offered"
    with pytest.raises(ValueError, match=said):
        Settings(**(right | wrong))


def test_a_missing_password_names_the_variable(authority, monkeypatch):
    monkeypatch.delenv("SMTP_PASSWORD", raising=False)
    with start_smtp_sink(authority) as sink:
        given = sink.settings(ca_file=str(authority.ca_file), username="x", password={"env": "SMTP_PASSWORD"})
        with pytest.raises(BadSettings, match=r"systems\.outbox\.password: the environment variable SMTP_PASSWORD"):
            connect("outbox", Settings(**given), vault=None)
