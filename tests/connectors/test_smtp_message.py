from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offboard.connectors._smtp_message import check_message
from offboard.errors import Rejected

SENDER, RECIPIENT = "owner@corp.test", "client@client.example"


def mail(body="Dear client,\n\nhello.\n", policy=SMTP, **headers):
    """Return a mail as the letters are composed; a header given as ``None`` is left out."""
    message = EmailMessage(policy=policy)
    wanted = {
        "From": f'"O\'Brien, Ann (Sales)" <{SENDER}>',
        "To": f"Jörg Müller <{RECIPIENT}>",
        "Subject": "Ihr Ansprechpartner für Öl & Gas: ein sehr langer Betreff, der mehr als eine Zeile braucht",
        "Date": "Tue, 01 Dec 2026 17:00:00 +0000",
        "Message-ID": "<d-2026-0001.c-1@corp.test>",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in wanted.items():
        if value is not None:
            message[name] = value
    message.set_content(body)
    return message.as_bytes()


def check(message, sender=SENDER, recipient=RECIPIENT):
    return check_message("outbox", message, sender=sender, recipient=recipient)


@pytest.mark.parametrize(
    "good",
    [
        mail(),
        mail(From=SENDER, To=RECIPIENT),
        mail(From=f"<{SENDER}>", To="Client <client@CLIENT.example>"),
        mail(From="=?utf-8?b?w5ZsIEdtYkg=?= <owner@corp.test>"),
        mail(Reply_To="successor@corp.test", Auto_Submitted="auto-generated", Content_Language="de"),
        mail(body=".\n..\n.x\n"),
    ],
)  # fmt: skip
def test_a_mail_from_one_to_one_passes_unaltered(good):
    checked = check(good)
    assert (checked.content, checked.sender, checked.recipient) == (good, SENDER, RECIPIENT)
    assert not checked.utf8
    assert not checked.eight_bit


def test_what_needs_an_extension_is_marked():
    assert check(mail().replace(b"hello.", b"hall\xc3\xb6.")).eight_bit
    utf8 = mail(policy=SMTPUTF8)
    assert "Müller".encode() in utf8
    assert check(utf8).utf8
    assert check(mail(To="jörg@bücher.example", policy=SMTPUTF8), recipient="jörg@bücher.example").utf8


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (mail(Bcc="x@evil.example"), "bcc may not stand there"),
        (mail(Cc="x@evil.example"), "cc may not stand there"),
        (mail(Resent_To="x@evil.example"), "resent-to may not stand there"),
        (mail(X_Mailer="x"), "x-mailer may not stand there"),
        (mail(Subject=None), "subject is missing"),
        (mail(Message_ID=None), "message-id is missing"),
        (mail(Date=None), "date is missing"),
        (mail(To=f"{RECIPIENT}, x@evil.example"), "not client@client.example alone"),
        (mail(To="all: client@client.example;"), "not client@client.example alone"),
        (mail(To="other@client.example"), "not client@client.example alone"),
        (mail(To="Client@client.example"), "not client@client.example alone"),
        (mail(From="owner@evil.example"), "not owner@corp.test alone"),
        (mail(Reply_To="me@evil.example"), "outside the sender's domain"),
        (b"Subject: again\r\n" + mail(), "subject stands there 2 times"),
        (mail().replace(b"To: ", b"to: x@evil.example\r\nTo: ", 1), "to stands there 2 times"),
        (mail().replace(b"To: ", b"To : ", 1), "is no header"),
        (mail().replace(b"Subject: ", b"no colon here\r\nSubject: ", 1), "is no header"),
        (b" folded\r\n" + mail(), "is no header"),
        (mail().replace(b"hello.", b"hello.\n.\nMAIL FROM:<x@evil.example>"), "bare CR or LF"),
        (mail().replace(b"hello.", b"hello.\r.\r\n"), "bare CR or LF"),
        (mail().replace(b"hello.", b"hel\0lo."), "NUL"),
        (mail().replace(b"hello.", b"x" * 999), "longer than 998"),
        (mail().removesuffix(b"\r\n"), "last line has no end"),
        (mail().replace(b"\r\n\r\n", b"\r\n"), "no empty line"),
        (b"", "no empty line"),
        (mail().replace(b"Subject: ", b"Subject: \x07"), "control characters"),
        (mail().replace(b"Subject: ", b"Subject: \xe4"), "no UTF-8"),
        (mail().replace(b"Subject: ", b"Subject: =?utf-8?q?hi=0D=0ABcc:_x=40evil.example?= "), "control characters"),
        (mail().replace(b"Subject: ", b"Subject: =?no-such-set?q?x?= "), "control characters"),
        (mail().replace(b"Subject: ", b"Subject: " + b"\r\n ".join([b"x" * 900] * 5)), "a header is longer"),
    ],
)
def test_a_mail_that_is_not_from_one_to_one_is_refused(bad, said):
    with pytest.raises(Rejected, match=said) as refused:
        check(bad)
    assert refused.value.system == "outbox"


@pytest.mark.parametrize(
    "value",
    [
        "client@client.example<x@evil.example>",
        "x@evil.example <client@client.example>",
        "<client@client.example",
        "client@client.example>",
        "client@client.example x",
        "(c) client@client.example",
        "<client@client.example> x",
        "<@evil.example:client@client.example>",
        "",
        "client@client.example;",
        '"client@client.example" <x@evil.example>',
        "a, b <client@client.example>",
        "<client@client.example>, <client@client.example>",
        '"x <client@client.example>',
    ],
)
def test_an_address_that_programs_read_differently_is_refused(value):
    good = mail(To=RECIPIENT)
    with pytest.raises(Rejected, match="alone"):
        check(good.replace(f"To: {RECIPIENT}".encode(), b"To: " + value.encode()))


def test_a_header_that_the_library_lets_an_encoded_word_smuggle_in_is_refused():
    """On Pythons with CVE-2024-6923 this composes a real Bcc; on mended ones the encoded word is refused as well."""
    with pytest.raises(Rejected):
        check(mail(Subject="=?utf-8?q?hi=0D=0ABcc:_x=40evil.example?="))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "@b.example",
        "a@",
        "a@b..example",
        ".a@b.example",
        "a@-b.example",
        "a b@c.example",
        '"a"@b.example',
        "a@b.example\r\nRCPT TO:<x@evil.example>",
        "a@[127.0.0.1]",
        "a@b@c.example",
        "<a@b.example>",
        "a@b.example,c@d.example",
        "x" * 65 + "@b.example",
        "a@" + "b" * 60 + ("." + "c" * 60) * 4,
        "a\u2028@b.example",
        "a@b\x00.example",
        "\udcff@b.example",
    ],
)
def test_an_argument_that_is_no_address_is_refused(address):
    for who in ("sender", "recipient"):
        with pytest.raises(Rejected, match=f"is no mail address of one {who}"):
            check(mail(), **{who: address})


@given(st.binary(max_size=40), st.integers(min_value=0, max_value=300))
def test_no_bytes_put_anywhere_bring_a_second_recipient_in(junk, place):
    """Whatever is slipped in, a mail that passes still is from one to one, for every reader."""
    whole = mail()
    message = whole[:place] + junk + whole[place:]
    try:
        checked = check(message)
    except Rejected:
        return
    head = checked.content.partition(b"\r\n\r\n")[0].lower()
    assert head.count(b"\r\nto:") + head.startswith(b"to:") == 1
    assert b"\r\nbcc:" not in head
    assert b"\r\ncc:" not in head
