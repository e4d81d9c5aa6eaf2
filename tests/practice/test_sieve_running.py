from __future__ import annotations

import smtplib

import pytest

from offboard.practice.sieve_running import run_sieve

OWN = "martin.thorne@harcombe.example"
MAIL = (
    b"From: Hannah Whitfield <hannah@severnside.example>\r\nTo: " + OWN.encode() + b"\r\n"
    b"Subject: =?utf-8?q?Angebot_f=C3=BCr_Pumpen?=\r\n\r\nPlease quote.\r\n"
)
KEPT = [("INBOX", [])]


def ran(script: str, mail: bytes = MAIL, sender: str = "hannah@severnside.example"):
    found = run_sieve(script.encode(), mail, sender=sender, recipient=OWN)
    return [(folder, sorted(flags)) for folder, flags in found.filed], found.forwarded


@pytest.mark.parametrize(
    ("script", "filed", "forwarded"),
    [
        ("", KEPT, []),
        ("keep;", KEPT, []),
        ("discard;", [], []),
        ("discard; keep;", KEPT, []),
        ('redirect "a@b.example";', [], ["a@b.example"]),
        ('redirect :copy "a@b.example";', KEPT, ["a@b.example"]),
        ('redirect :copy "a@b.example"; discard;', [], ["a@b.example"]),
        ('fileinto "A";', [("A", [])], []),
        ('fileinto :copy "A";', [("A", []), ("INBOX", [])], []),
        ('fileinto :flags "\\\\Seen" "A";', [("A", ["\\Seen"])], []),
        ('addflag ["\\\\Seen", "\\\\Flagged"]; removeflag "\\\\Flagged";', [("INBOX", ["\\Seen"])], []),
        ('addflag "a"; setflag "b"; fileinto "A";', [("A", ["b"])], []),
        ('stop; redirect "a@b.example";', KEPT, []),
        ('if address :domain :is "from" "severnside.example" { discard; }', [], []),
        ('if address :localpart "from" "HANNAH" { discard; }', [], []),
        ('if address :all :contains "from" "whitfield" { discard; }', KEPT, []),
        ('if header :contains "from" "Whitfield" { discard; }', [], []),
        ('if header :contains ["cc", "subject"] ["offer", "angebot für"] { discard; }', [], []),
        ('if header :matches "subject" "Angebot*pump??" { discard; }', [], []),
        ('if header :matches "subject" "Angebot?" { discard; }', KEPT, []),
        ('if envelope :is "from" "hannah@severnside.example" { discard; }', [], []),
        ('if body :contains "quote" { discard; }', [], []),
        ('if exists ["from", "subject"] { discard; }', [], []),
        ('if exists ["from", "list-id"] { discard; }', KEPT, []),
        ("if size :over 1K { discard; }", KEPT, []),
        ("if size :under 1K { discard; }", [], []),
        ("if not false { discard; }", [], []),
        ('if allof (true, header :is "x" "y") { discard; }', KEPT, []),
        ('if anyof (false, exists "from") { discard; }', [], []),
        ('if false { discard; } elsif true { fileinto "B"; } else { fileinto "C"; }', [("B", [])], []),
        ('if true { fileinto "A"; } elsif true { fileinto "B"; }', [("A", [])], []),
        ('if false { discard; } else { fileinto "C"; } if true { fileinto "D"; }', [("C", []), ("D", [])], []),
        ("if { not sieve", KEPT, []),
        ('discard; execute "what nobody can run here";', KEPT, []),
        ('if header :regex "subject" ".*" { discard; }', KEPT, []),
    ],
)
def test_what_a_script_does_with_a_mail(script, filed, forwarded):
    assert ran(script) == (filed, forwarded)


REPLY = 'require "vacation"; vacation :days 1 :subject "Away" "Ask Sophie.";'


def test_an_automatic_reply_goes_to_each_sender_once(company):
    box = company.mailboxes.find("martin.thorne")
    box.scripts["away"] = REPLY.encode()
    box.activate("away")
    for sender in ("a@client.example", "A@client.example", "b@client.example"):
        company.deliver(sender, company.leaver, "Hello", "Anybody there?")
    assert [sent.recipients for sent in company.outbox.messages] == [("a@client.example",), ("b@client.example",)]
    (sent,) = company.outbox.to("a@client.example")
    assert (sent.sender, b"Ask Sophie." in sent.content, b"Subject: Away" in sent.content) == ("", True, True)


@pytest.mark.parametrize(
    ("mail", "sender"),
    [
        (MAIL, ""),
        (b"Auto-Submitted: auto-replied\r\n" + MAIL, "a@client.example"),
        (b"List-Id: <news>\r\n" + MAIL, "a@client.example"),
        (MAIL.replace(OWN.encode(), b"info@harcombe.example"), "a@client.example"),
    ],
)
def test_machines_lists_and_mail_to_others_get_no_reply(mail, sender):
    assert run_sieve(REPLY.encode(), mail, sender=sender, recipient=OWN).reply is None


def test_mail_comes_in_by_lmtp_for_people_of_the_company_only(company):
    mail = MAIL.replace(b"severnside.", b"severnside-water.")
    with smtplib.LMTP("127.0.0.1", company.mail.lmtp) as lmtp:
        lmtp.sendmail("hannah@severnside-water.example", [company.leaver], mail)
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            lmtp.sendmail("a@client.example", ["nobody@harcombe.example"], MAIL)
    assert [mail.flags for mail in company.mailboxes.find("martin.thorne").folders["Archive"]] == [{"\\Seen"}]
    assert len(company.outbox.to(company.private_address)) == 1


def test_mail_goes_out_encrypted_only(company):
    with (
        smtplib.SMTP("127.0.0.1", company.mail.smtp) as smtp,
        pytest.raises(smtplib.SMTPSenderRefused, match="STARTTLS"),
    ):
        smtp.sendmail(company.owner, ["b@client.example"], MAIL)
    assert company.outbox.messages == []
