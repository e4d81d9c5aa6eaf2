"""The production connectors on the practice company, opened from its own settings: no special case anywhere."""

from __future__ import annotations

import imaplib
import ssl
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import TYPE_CHECKING, Any

import pytest

from offboard import connectors
from offboard.domain.people import same_person
from offboard.errors import Denied, Untrusted
from offboard.settings import load_settings
from tests.servers.authority import make_authority
from tests.servers.memory_vault import MemoryVault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.connectors.dovecot import Connection as Mail
    from offboard.connectors.ldap import Connection as Directory
    from offboard.practice.company import PracticeCompany

CLIENT = "hannah.whitfield@severnside-water.example"
SHUT = {"sign_in": "shut"}


class Systems:
    """Opens connections as the company's settings say, all with one vault."""

    def __init__(self, company: PracticeCompany) -> None:
        self.settings, self.folder = load_settings(company.folder / "offboard.toml")
        self.vault = MemoryVault()
        self.opened: list[Any] = []

    def open(self, name: str, **changed: Any) -> Any:
        table = dict(self.settings.systems[name]) | changed
        if "ca_file" in table:
            table["ca_file"] = self.folder / table["ca_file"]
        kind = connectors.kind(table["kind"])
        self.opened.append(kind.connect(name, kind.Settings(**table), self.vault))
        return self.opened[-1]

    def close(self) -> None:
        for connection in self.opened:
            connection.close()


@pytest.fixture
def systems(company: PracticeCompany) -> Iterator[Systems]:
    made = Systems(company)
    yield made
    made.close()


@pytest.fixture
def directory(systems: Systems) -> Directory:
    return systems.open("office-ldap")


@pytest.fixture
def mail(systems: Systems) -> Mail:
    return systems.open("mail")


@pytest.mark.parametrize("login", ["martin.thorne", "sophie.adeyemi", "lukas.brueckner"])
def test_a_person_is_the_same_one_in_every_directory_by_two_attributes(systems, login):
    names = ["office-ldap", "ad", "entra", "helpdesk"]
    found = [person for name in names for person in systems.open(name).find(f"{login}@harcombe.example")]
    assert [person.system for person in found] == names
    assert len({(person.mail, person.employee_number, person.name, person.title) for person in found}) == 1
    assert all(same_person(one, other) for one in found for other in found)


def test_people_are_found_by_each_of_their_keys(company, directory):
    for key in ("martin.thorne", company.leaver.upper(), "1007"):
        (found,) = directory.find(key)
        assert (found.name, found.title, found.manager) == ("Martin Thorne", "Senior Account Manager", "graham.pell")
    assert directory.find("martin") == []
    assert directory.near("martin")[0].login == "martin.thorne"
    assert directory.staff() == 12


def test_everything_that_a_departure_needs_may_be_done(systems):
    for name in ("office-ldap", "mail", "outbox"):
        health = systems.open(name).health()
        assert (health.reachable, health.rights_missing) == (True, ())


def test_sign_in_is_shut_with_proof_and_opened_again_as_it_was(company, directory, systems):
    (leaver,) = directory.find(company.leaver)
    before, name = directory.account(leaver.id), f"uid=martin.thorne,ou=people,{company.directory.suffix}"
    stored = company.directory.read(name)["userPassword"]
    assert company.signs_in(company.leaver)
    directory.set_account(leaver.id, SHUT)
    assert not company.signs_in(company.leaver)
    assert company.signs_in(company.successor)
    assert company.directory.read(name)["pwdAccountLockedTime"] == [b"000001010000Z"]
    assert systems.open("office-ldap").account(leaver.id) == SHUT, "another connection sees the same"
    directory.set_account(leaver.id, before)
    assert directory.account(leaver.id) == before
    assert company.directory.read(name)["userPassword"] == stored
    assert company.signs_in(company.leaver)


def test_all_groups_are_left_and_joined_again_the_one_with_a_last_member_too(company, directory):
    (leaver,) = directory.find(company.leaver)
    groups = directory.memberships(leaver.id)
    labels = {group.label for group in groups.values()}
    assert labels == {"all-staff", "sales", "vpn", "discount-approvers", "first-aiders", "share-sales"}
    assert [group.label for group in groups.values() if group.note] == ["discount-approvers"]
    for group_id in groups:
        directory.set_membership(leaver.id, group_id, None)
    assert directory.memberships(leaver.id) == {}
    for group_id, group in groups.items():
        directory.set_membership(leaver.id, group_id, group.state)
    assert directory.memberships(leaver.id) == groups
    assert {entry.who for entry in company.directory.journal} == {f"cn=offboard,ou=services,{company.directory.suffix}"}
    assert len(company.directory.journal) == 2 * len(groups), "a refused attempt is no change"


def test_the_port_without_tls_is_spoken_to_by_starttls(company, systems):
    directory = systems.open("office-ldap", url=company.ldap.url)
    assert directory.health().tls == "starttls"
    assert [person.login for person in directory.find(company.leaver)] == ["martin.thorne"]


def test_a_wrong_password_is_denied_and_a_strange_authority_not_trusted(systems, tmp_path, monkeypatch):
    strange = make_authority(tmp_path)
    with pytest.raises(Untrusted):
        systems.open("office-ldap", ca_file=strange.ca_file)
    monkeypatch.setenv("OFFICE_LDAP_PASSWORD", "wrong")
    with pytest.raises(Denied):
        systems.open("office-ldap")
    monkeypatch.setenv("DOVEADM_API_KEY", "wrong")
    with pytest.raises(Denied):
        systems.open("mail")


def test_open_sessions_end_and_no_new_one_begins(company, directory, mail):
    trust = ssl.create_default_context(cafile=company.ca_file)
    session = imaplib.IMAP4_SSL("127.0.0.1", company.imap.port, ssl_context=trust)
    session.login("martin.thorne", company.passwords["martin.thorne"])
    (leaver,) = directory.find(company.leaver)
    assert mail.mailbox(leaver).id == "martin.thorne"
    assert mail.sessions("martin.thorne") == 3, "telephone, desk and the one above"
    directory.set_account(leaver.id, SHUT)
    assert session.noop()[0] == "OK", "a lock ends no session"
    mail.end_sessions("martin.thorne")
    assert mail.sessions("martin.thorne") == 0
    with pytest.raises(imaplib.IMAP4.abort):
        session.noop()
    session.shutdown()
    again = imaplib.IMAP4_SSL("127.0.0.1", company.imap.port, ssl_context=trust)
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        again.login("martin.thorne", company.passwords["martin.thorne"])
    again.logout()


def test_a_clients_mail_goes_to_the_private_address_before_and_not_after(company, mail):
    before = company.deliver(CLIENT, company.leaver, "Pump 7", "It leaks.")
    assert before.forwarded_to == (company.private_address,)
    assert before.filed == (("Archive", frozenset({"\\Seen"})),)
    assert len(company.outbox.to(company.private_address)) == 1
    scripts = mail.scripts("martin.thorne")
    assert [(script.name, script.active) for script in scripts] == [("holiday-2024", False), ("roundcube", True)]
    mail.activate("martin.thorne", None)
    after = company.deliver(CLIENT, company.leaver, "Pump 7 again", "It still leaks.")
    assert (after.forwarded_to, after.filed) == ((), (("INBOX", frozenset()),))
    assert len(company.outbox.to(company.private_address)) == 1
    mail.activate("martin.thorne", "roundcube")
    assert mail.scripts("martin.thorne") == scripts
    assert company.deliver(CLIENT, company.leaver, "Third", "").forwarded_to == before.forwarded_to


def test_a_letter_that_is_sent_lies_in_the_outbox_byte_for_byte(company, systems):
    letter = EmailMessage(policy=policy.SMTP)
    letter["From"], letter["To"], letter["Subject"] = company.owner, "b@client.example", "Grüße"
    letter["Date"], letter["Message-ID"] = format_datetime(datetime.now(UTC)), make_msgid(domain="harcombe.example")
    letter.set_content(".\r\nBücher\r\n")
    content = letter.as_bytes()
    systems.open("outbox").send(content, sender=company.owner, recipient="b@client.example")
    (sent,) = company.outbox.to("B@client.example")
    assert (sent.sender, sent.content) == (company.owner, content)
    kept = message_from_bytes(sent.file.read_bytes(), policy=policy.default)
    assert (kept["Return-Path"], kept["Delivered-To"]) == (f"<{company.owner}>", "b@client.example")
