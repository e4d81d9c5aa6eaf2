"""What somebody sees from outside: signing in, an open mail session, a client's mail. Nothing here asks offboard."""

import imaplib
import smtplib
import ssl
import time
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import ldap3 as untyped_ldap3
from ldap3.core.exceptions import LDAPException

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
        self._password: str = company["passwords"][self.login]
        self._session: imaplib.IMAP4_SSL | None = None

    def signs_in(self) -> bool:
        """Bind to the directory as the leaver, with the password that the leaver has always had."""
        tls = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=self._ca)
        server = ldap3.Server(HOST, port=self._ports["ldaps"], use_ssl=True, tls=tls, get_info=ldap3.NONE)
        domain = ",".join(f"dc={part}" for part in self.mail.partition("@")[2].split("."))
        bound = ldap3.Connection(server, f"uid={self.login},ou=people,{domain}", self._password)
        try:
            return bool(bound.bind())
        except LDAPException:
            return False
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
            if line.startswith(mark)
        ]

    def close(self) -> None:
        """Hang up."""
        if self._session is not None:
            with suppress(imaplib.IMAP4.error, OSError):
                self._session.shutdown()
