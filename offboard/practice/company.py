"""The practice company: every system that a departure touches, on free ports of loopback, in one process.

Harcombe Pumps & Valves Ltd, its people and its clients are made up; all addresses are in domains reserved for examples.
"""

from __future__ import annotations

import secrets
import shutil
import ssl
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

import trustme

from offboard.errors import BadInput
from offboard.practice.active_directory import DomainServer
from offboard.practice.ad_founding import DOMAIN_BASE, SERVICE_LOGIN, found_domain
from offboard.practice.delivering import Delivering, Delivery
from offboard.practice.doveadm import DoveadmServer
from offboard.practice.doveadm_commands import Commands
from offboard.practice.entra_founding import found_tenant
from offboard.practice.exchange_founding import found_exchange
from offboard.practice.founding import BASE, DATA, DOMAIN, SERVICE, found_directory, found_mailboxes, new_password
from offboard.practice.imap import ImapServer
from offboard.practice.ldap_server import LdapServer
from offboard.practice.mail_ports import MailPorts
from offboard.practice.outbox import Outbox
from offboard.practice.scim import ScimServer
from offboard.practice.scim_founding import found_desk
from offboard.practice.settings_file import MARK, Places, settings_text

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

NAME = "Harcombe Pumps & Valves Ltd"


class PracticeCompany:
    """A complete small company that is running until :meth:`stop`, or until its process ends.

    ``leaver``, ``successor``, ``hr``, ``it``, ``owner`` and ``auditor`` are mail addresses; a login is what stands
    before the ``@``. ``passwords`` holds everybody's by login, the same in directory, mail and domain. ``directory``,
    ``mailboxes``, ``commands``, ``outbox``, ``domain``, ``tenant``, ``exchange`` and ``desk`` are the systems
    themselves, for looking into from tests; the journals of ``directory``, ``commands`` and ``desk`` list what was
    changed over the wire, ``tenant.calls`` and ``exchange.commands`` every call.
    """

    leaver = f"martin.thorne@{DOMAIN}"
    successor = f"sophie.adeyemi@{DOMAIN}"
    hr = f"priya.raman@{DOMAIN}"
    it = f"tomasz.lis@{DOMAIN}"
    owner = f"eleanor.harcombe@{DOMAIN}"
    auditor = "audit@kestrel-audit.example"
    private_address = "m.thorne.home@privatepost.example"

    def __init__(self, folder: Path) -> None:
        """Found the company in ``folder``; nothing runs yet."""
        self.folder = folder.resolve()
        self._ldap_password = secrets.token_urlsafe(24)
        self._domain_password = new_password()
        self._api_key = secrets.token_urlsafe(24)
        self.directory, self.passwords = found_directory(self._ldap_password)
        self.mailboxes = found_mailboxes(self.directory, self.passwords)
        self.outbox = Outbox(self.folder / "outbox")
        self.post = Delivering(self.mailboxes, self.outbox)
        self.commands = Commands(self.mailboxes)
        context = self._certify()
        self.ldaps = LdapServer(self.directory, context, secure=True)
        self.ldap = LdapServer(self.directory, context, secure=False)
        self.doveadm = DoveadmServer(self.commands, self._api_key)
        self.imap = ImapServer(self.mailboxes, context)
        self.mail = MailPorts(self.mailboxes, self.post, self.outbox, context)
        self.domain = found_domain(self.passwords, self._domain_password)
        self.ad = DomainServer(self.domain, context)
        self.tenant = found_tenant(self.folder / "entra", NAME)
        self.exchange = found_exchange(self.tenant)
        self.desk = ScimServer(context, secrets.token_urlsafe(24))
        found_desk(self.desk)
        self._running = ExitStack()

    @classmethod
    def start(cls, folder: Path) -> Self:
        """Found the company in ``folder``, start everything and write ``offboard.toml`` and the CSV files there.

        Raises:
            BadInput: the folder holds settings that the practice company did not write.
        """
        settings = folder / "offboard.toml"
        if settings.exists() and not settings.read_text(encoding="utf-8").startswith(MARK):
            raise BadInput(
                f"{settings}: these settings are not the practice company's; they are left alone",
                hint="Give the practice company a folder of its own.",
            )
        folder.mkdir(parents=True, exist_ok=True)
        company = cls(folder)
        try:
            company._start()
        except BaseException:
            company.stop()
            raise
        return company

    def env(self) -> dict[str, str]:
        """Return the variables that point offboard at this company, secrets included."""
        return {
            "OFFBOARD_CONFIG": str(self.folder / "offboard.toml"),
            "OFFICE_LDAP_PASSWORD": self._ldap_password,
            "AD_PASSWORD": self._domain_password,
            "ENTRA_CLIENT_SECRET": self.tenant.client_secret,
            "HELPDESK_TOKEN": self.desk.token,
            "DOVEADM_API_KEY": self._api_key,
        }

    @property
    def ca_file(self) -> Path:
        """The authority that signed every certificate here."""
        return self.folder / "ca.crt"

    @property
    def clients_csv(self) -> Path:
        """The clients, as ``offboard clients import`` reads them."""
        return self.folder / "clients.csv"

    @property
    def interactions_csv(self) -> Path:
        """Who dealt with which client, for ``offboard clients import --interactions``."""
        return self.folder / "interactions.csv"

    def ports(self) -> dict[str, int]:
        """Return the port of every system on 127.0.0.1."""
        return {
            "ldaps": int(self.ldaps.server_address[1]),
            "ldap": int(self.ldap.server_address[1]),
            "ad": int(self.ad.server_address[1]),
            "entra": self.tenant.port,
            "helpdesk": int(self.desk.server_address[1]),
            "doveadm": int(self.doveadm.server_address[1]),
            "imaps": self.imap.port,
            "smtp": self.mail.smtp,
            "lmtp": self.mail.lmtp,
        }

    def clouds(self) -> dict[str, str]:
        """Return where Entra and the help desk answer, and who offboard is in the tenant."""
        return {
            "entra": self.tenant.url,
            "entra_ca": f"entra/{self.tenant.ca_file.name}",
            "tenant": self.tenant.tenant,
            "client_id": self.tenant.client_id,
            "helpdesk": self.desk.url,
        }

    def deliver(self, sender: str, recipient: str, subject: str, body: str) -> Delivery:
        """Deliver a mail from outside and say what became of it; the recipient's mail rule has run by then."""
        return self.post.deliver(sender, recipient, subject, body)

    def signs_in(self, mail: str) -> bool:
        """Say whether somebody can sign in to their mail with the password they were given."""
        login = mail.partition("@")[0]
        session = self.mailboxes.sign_in(login, self.passwords[login])
        if session is not None:
            self.mailboxes.end(session)
        return session is not None

    def stop(self) -> None:
        """End everything; harmless when it has ended."""
        self._running.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _start(self) -> None:
        for server in (self.ldaps, self.ldap, self.ad, self.tenant, self.desk, self.doveadm, self.imap, self.mail):
            server.start()
            self._running.callback(server.stop)
        for file in DATA.glob("*.csv"):
            shutil.copyfile(file, self.folder / file.name)
        shutil.copytree(DATA / "letterhead", self.folder / "letterhead", dirs_exist_ok=True)
        text = settings_text(
            name=NAME,
            domain=DOMAIN,
            people={"hr": self.hr, "it": self.it, "owner": self.owner, "auditor": self.auditor},
            places=Places(
                ldap=self.ldaps.url,
                base=BASE,
                bind_dn=SERVICE,
                ad=self.ad.url,
                ad_base=DOMAIN_BASE,
                ad_login=f"{SERVICE_LOGIN}@{DOMAIN}",
                clouds=self.clouds(),
                doveadm=self.doveadm.url,
                smtp_port=self.mail.smtp,
            ),
        )
        (self.folder / "offboard.toml").write_text(text, encoding="utf-8")

    def _certify(self) -> ssl.SSLContext:
        authority = trustme.CA(organization_name=f"{NAME} (practice)")
        authority.cert_pem.write_to_path(str(self.ca_file))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
        return context
