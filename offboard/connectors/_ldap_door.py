"""Opens connections to a directory: over TLS that is verified by Python's own ssl, or over loopback."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import ldap3 as untyped_ldap3
from ldap3.core.exceptions import LDAPStartTLSError

from offboard.connectors._ldap_faults import BROKEN, SUCCESS, fault_of_exception
from offboard.errors import BadSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ldap3: Any = untyped_ldap3


@dataclass(frozen=True, slots=True)
class Address:
    """Where a directory answers, how its certificate is verified, and how long we wait; times are in seconds."""

    system: str
    url: str
    ca_file: Path | None
    connect_timeout: int
    timeout: int

    @property
    def host(self) -> str:
        """The host name or address of the URL."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The port of the URL, or the usual one."""
        return urlsplit(self.url).port or (636 if self.tls == "ldaps" else 389)

    @property
    def loopback(self) -> bool:
        """Say whether nothing that is sent leaves this machine."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def tls(self) -> str:
        """How the connection is encrypted: ``ldaps``, ``starttls`` or ``none (loopback)``.

        On loopback StartTLS is used where the settings name the authority to verify it against.
        """
        if self.url.casefold().startswith("ldaps:"):
            return "ldaps"
        return "none (loopback)" if self.loopback and self.ca_file is None else "starttls"


@dataclass(frozen=True, slots=True)
class OwnCertificate:
    """The certificate that we show the server, and its key, which may stand in the same file."""

    file: Path
    key: Path | None


class _VerifiedTls(ldap3.Tls):  # type: ignore[misc]  # ldap3 has no types
    """Has Python's own ssl verify certificate and host name; ``refusal`` says why it refused."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self.context = context
        self.refusal = ""

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:
        """Put TLS around the connection's socket; the handshake is always done here."""
        del do_handshake
        # Else the bind waits behind the handshake's last packet for a delayed acknowledgement, some 40 ms.
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            connection.socket = self.context.wrap_socket(connection.socket, server_hostname=connection.server.host)
        except ssl.SSLError as error:
            if not isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
                self.refusal = f"TLS was refused: {getattr(error, 'verify_message', '') or error.reason}"
            raise


class Door:
    """Opens connections to one directory.

    ``own`` is shown to the server; with ``external`` we are whom it names, instead of a name and password.

    Raises:
        BadSettings: ``ca_file`` holds no certificate that can be read, or ``own`` none with its key.
    """

    def __init__(self, address: Address, own: OwnCertificate | None = None, *, external: bool = False) -> None:
        self.address = address
        self.external = external
        try:
            # Made once: reading the authorities of a whole system takes longer than a handshake.
            self._context = ssl.create_default_context(cafile=str(address.ca_file) if address.ca_file else None)
        except (OSError, ValueError) as error:
            key = f"systems.{address.system}.ca_file"
            raise BadSettings(f"{key}: {address.ca_file} holds no certificate that can be read") from error
        if own is not None:
            try:
                self._context.load_cert_chain(own.file, own.key, password="")
            except (OSError, ValueError) as error:
                key = f"systems.{address.system}.certificate_file"
                raise BadSettings(f"{key}: {own.file} and its key cannot be read together") from error

    def enter(self, dn: str, password: str, *, external: bool = False) -> tuple[Mapping[str, Any], Any]:
        """Open a new connection, encrypt it and bind; return the answer and the connection, for :func:`leave`.

        ``external``: as whom our own certificate names (SASL EXTERNAL).

        Raises:
            Unreachable: nobody answers.
            Untrusted: the certificate is not one we trust, or there is no encryption.
        """
        tls = _VerifiedTls(self._context)
        server = ldap3.Server(
            self.address.host,
            port=self.address.port,
            use_ssl=self.address.tls == "ldaps",
            tls=tls,
            get_info=ldap3.NONE,
            connect_timeout=self.address.connect_timeout,
        )
        connection = ldap3.Connection(
            server,
            user=dn or None,
            password=password or None,
            authentication=ldap3.SASL if external else ldap3.SIMPLE if dn else ldap3.ANONYMOUS,
            sasl_mechanism=ldap3.EXTERNAL if external else None,
            sasl_credentials="" if external else None,
            auto_referrals=False,
            auto_escape=False,
            check_names=False,
            return_empty_attributes=False,
            raise_exceptions=False,
            receive_timeout=self.address.timeout,
        )
        try:
            connection.open(read_server_info=False)
            if self.address.tls == "starttls":
                _start_tls(connection, tls)
            connection.bind(read_server_info=False)
        except BROKEN as error:
            leave(connection)
            raise fault_of_exception(error, tls.refusal, self.address.system, self.address.url) from error
        return connection.result, connection


def leave(connection: Any) -> None:
    """End a connection in whatever state it is; never raises."""
    with suppress(*BROKEN):
        connection.unbind()
    with suppress(*BROKEN, AttributeError):
        connection.socket.close()


def _start_tls(connection: Any, tls: _VerifiedTls) -> None:
    try:
        started = connection.start_tls(read_server_info=False)
    except BROKEN:
        answered = connection.result or {}
        if not tls.refusal and answered.get("type") == "extendedResp" and answered["result"] != SUCCESS:
            tls.refusal = f"StartTLS is not offered ({answered['description']})"
        raise
    if not started:
        tls.refusal = "StartTLS is not offered"
        raise LDAPStartTLSError(tls.refusal)
