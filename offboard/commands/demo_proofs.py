"""What somebody sees from outside: signing in, an open mail session, a client's mail. Nothing here asks offboard."""

import imaplib
import secrets
import smtplib
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import ldap3 as untyped_ldap3
from ldap3.core.exceptions import LDAPException

from offboard.errors import SaysNo

ldap3: Any = untyped_ldap3
HOST = "127.0.0.1"
PATIENCE = 5.0


class Outside:
    """The leaver's own programs, and a client who writes to them."""

    def __init__(self, company: dict[str, Any]) -> None:
        self._ports: dict[str, int] = company["ports"]
        self._folder = Path(company["env"]["OFFBOARD_CONFIG"]).parent
        self._ca = str(self._folder / "ca.crt")
        self.mail: str = company["people"]["leaver"]
        self.login = self.mail.partition("@")[0]
        self._domain = self.mail.partition("@")[2]
        self._password: str = company["passwords"][self.login]
        self._windows_password = self._password
        self._administrator: str = company["env"]["AD_PASSWORD"]
        self._session: imaplib.IMAP4_SSL | None = None

    def signs_in(self) -> bool:
        """Bind to the directory as the leaver, with the password that the leaver has always had."""
        with self._bound("ldaps", f"uid={self.login},ou=people,{_base('dc', self._domain)}", self._password) as bound:
            return bound is not None

    def signs_in_to_windows(self) -> bool:
        """Sign in to the Windows domain, with that password or with the one that was given since."""
        with self._bound("ad", self.mail, self._windows_password) as bound:
            return bound is not None

    def give_new_windows_password(self) -> None:
        """Do what the list of an undo asks of a person: set a new password, as a domain's administrator does."""
        password = f"{secrets.token_urlsafe(15)}aA1"
        with self._bound("ad", f"svc-offboard@{self._domain}", self._administrator) as domain:
            found = domain is not None and domain.search(
                _base("DC", self._domain), f"(sAMAccountName={self.login})", attributes=["sAMAccountName"]
            )
            if not found or not domain.extend.microsoft.modify_password(domain.entries[0].entry_dn, password):
                raise SaysNo("the Windows domain does not take a new password", hint="Read the logs named below.")
        self._windows_password = password

    @contextmanager
    def _bound(self, port: str, name: str, password: str) -> Iterator[Any]:
        """Bind over TLS; ``None`` when the server refuses it."""
        tls = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=self._ca)
        server = ldap3.Server(HOST, port=self._ports[port], use_ssl=True, tls=tls, get_info=ldap3.NONE)
        bound = ldap3.Connection(server, name, password)
        try:
            yield bound if bound.bind() else None
        finally:
            with suppress(LDAPException):
                bound.unbind()

    def opens_mail(self) -> bool:
        """Sign in to the mailbox; the first session that opens stays open, like the one on the leaver's phone."""
        session = imaplib.IMAP4_SSL(HOST, self._ports["imaps"], ssl_context=ssl.create_default_context(cafile=self._ca))
        try:
            session.login(self.login, self._password)
        except imaplib.IMAP4.error:
            session.shutdown()
            return False
        if self._session is None:
            self._session = session
        else:
            session.logout()
        return True

    def session_is_open(self) -> bool:
        """Say whether the session from before still answers."""
        if self._session is None:
            return False
        try:
            return bool(self._session.noop()[0] == "OK")
        except (imaplib.IMAP4.error, OSError):
            return False

    def forwarded_to(self, sender: str, subject: str) -> list[str]:
        """Have a client write to the leaver, and return the addresses outside that this very mail was sent on to."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = sender, self.mail, f"{subject} ({time.monotonic_ns()})"
        message.set_content("Dear Martin,\n\nplease send us your best price for 40 pumps.\n")
        with smtplib.LMTP(HOST, self._ports["lmtp"], timeout=PATIENCE) as door:
            door.send_message(message, from_addr=sender, to_addrs=[self.mail])
        copies = [file.read_bytes() for file in sorted((self._folder / "outbox").glob("*.eml"))]
        mark = b"Delivered-To: "
        return [
            line.removeprefix(mark).strip().decode()
            for copy in copies
            if str(message["Subject"]).encode() in copy
            for line in copy.splitlines()
            if line.startswith(mark) and not line.endswith(f"@{self._domain}".encode())
        ]

    def close(self) -> None:
        """Hang up."""
        if self._session is not None:
            with suppress(imaplib.IMAP4.error, OSError):
                self._session.shutdown()


def _base(part: str, domain: str) -> str:
    return ",".join(f"{part}={label}" for label in domain.split("."))
