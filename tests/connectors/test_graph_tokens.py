"""Tokens: by secret, by certificate and by managed identity; one fetch at a time; refusals."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from offboard.connectors import entra
from offboard.errors import BadSettings, Denied, Rejected, Throttled, Unreachable, Untrusted
from offboard.practice.graph import Reply
from tests.servers.memory_vault import MemoryVault

if TYPE_CHECKING:
    from tests.connectors.entra_office import Office


def test_by_certificate(tenant: Office, tmp_path):
    pem = tmp_path / "app.pem"
    pem.write_text(tenant.standin.key_file.read_text() + tenant.standin.certificate_file.read_text())
    connection = tenant.connect(certificate={"file": str(pem)})
    assert connection.find("1007")[0].id == tenant.ruth


@pytest.mark.parametrize("content", ["", "secret", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"])
def test_a_certificate_without_its_key_is_a_wrong_setting(tenant: Office, tmp_path, content):
    pem = tmp_path / "app.pem"
    pem.write_text(content)
    with pytest.raises(BadSettings, match="both as PEM"):
        tenant.connect(certificate={"file": str(pem)})


def test_a_certificate_that_cannot_be_read_is_a_wrong_setting(tenant: Office, tmp_path):
    pem = tmp_path / "app.pem"
    broken = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    pem.write_text(broken + tenant.standin.certificate_file.read_text())
    with pytest.raises(BadSettings, match="cannot be read"):
        tenant.connect(certificate={"file": str(pem)})


def test_by_managed_identity(tenant: Office, monkeypatch):
    token = tenant.standin.tokens.sign(["User.Read.All"])

    class Identity(BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps(
                {"access_token": token, "expires_on": "9999999999", "resource": "r", "token_type": "Bearer"}
            )
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Identity)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"http://127.0.0.1:{server.server_address[1]}/token")
        monkeypatch.setenv("IDENTITY_HEADER", "proof")
        connection = tenant.connect(managed_identity=True, client_id=None)
        assert connection.find("1007")[0].id == tenant.ruth
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_many_threads_fetch_one_token(tenant: Office):
    settings = tenant.settings()
    graphs = [entra.Connection("office", settings, MemoryVault()) for _ in range(8)]
    threads = [threading.Thread(target=graph.open) for graph in graphs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tenant.standin.tokens.issued == 1
    for graph in graphs:
        graph.close()


def test_many_threads_replace_a_refused_token_once(tenant: Office):
    connections = [tenant.connect() for _ in range(6)]
    tenant.standin.refuse_tokens()
    threads = [threading.Thread(target=one.find, args=("1007",)) for one in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tenant.standin.tokens.issued == 2


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (Reply(401, {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret."}), Denied),
        (Reply(400, {"error": "unauthorized_client", "error_description": "AADSTS700016"}), Denied),
        (Reply(400, {"error": "invalid_scope", "error_description": "AADSTS70011"}), Rejected),
        (Reply(400, {"error": "temporarily_unavailable"}), Unreachable),
        (Reply(503, {"error": "temporarily_unavailable"}), Unreachable),
        (
            Reply(429, {"error": "temporarily_unavailable", "error_description": "AADSTS90055: too many requests"}),
            Throttled,
        ),
    ],
)
def test_refusals_of_entra_are_our_errors(tenant: Office, reply, fault):
    tenant.standin.tokens.failing.append(reply)
    with pytest.raises(fault, match="office: ") as caught:
        tenant.connect()
    assert type(caught.value) is fault
    assert tenant.standin.client_secret not in str(caught.value)


def test_a_wrong_secret_is_told_without_telling_it(tenant: Office, monkeypatch):
    monkeypatch.setenv("WRONG_SECRET", "canary-4711")
    with pytest.raises(Denied, match="invalid_client") as caught:
        tenant.connect(client_secret={"env": "WRONG_SECRET"})
    assert "canary-4711" not in str(caught.value)
    assert "client_id" in caught.value.hint


def test_no_such_tenant(tenant: Office):
    with pytest.raises(Rejected, match="not answer as Entra does"):
        tenant.connect(tenant="00000000-0000-4000-8000-000000000000")


def test_a_stranger_gets_no_secret(tenant: Office, authority):
    with pytest.raises(Untrusted, match="TLS was refused"):
        tenant.connect(ca_file=authority.ca_file)


def test_the_environment_changes_nothing(tenant: Office, monkeypatch):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    assert tenant.connect().find("1007")


def test_nobody_answers(tenant: Office):
    tenant.standin.stop()
    with pytest.raises(Unreachable):
        tenant.connect()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"client_secret": None}, "exactly one of"),
        ({"managed_identity": True}, "exactly one of"),
        ({"client_id": None}, "client_id is missing"),
        ({"passphrase": {"env": "X"}}, "belongs to a certificate"),
        ({"url": "http://graph.example"}, "begins with https"),
        ({"authority": "https://a@login.example"}, "begins with https"),
        ({"tenant": "a/b"}, "pattern"),
    ],
)
def test_settings_are_checked(change, words):
    table = {"tenant": "acme.example", "client_id": "1", "client_secret": {"env": "X"}}
    with pytest.raises(ValueError, match=words):
        entra.Settings.model_validate(table | change)
