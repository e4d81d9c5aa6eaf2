"""The same commands to the practice company's doveadm API and to a real Dovecot: the same answers."""

from __future__ import annotations

import base64
import http.client
import imaplib
import json
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from offboard.practice.directory import Directory
from offboard.practice.doveadm import PATH, DoveadmServer
from offboard.practice.doveadm_commands import COMMANDS, Commands
from offboard.practice.founding import read_ldif
from offboard.practice.imap import ImapServer
from offboard.practice.mailboxes import Mailboxes
from tests.servers.dovecot import API_KEY, start_dovecot
from tests.servers.needed import free_port
from tests.servers.slapd import start_slapd
from tests.servers.slapd_seed import PEOPLE
from tests.servers.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers.authority import Authority

BASE = "dc=corp,dc=test"
LOGINS = ("carol", "alice", "bob", "dave", "erin")
OF_THE_SERVER = {"uid", "gid", "home", "pid", "pids"}
"""Fields whose values no two servers share."""

FORWARD = 'require ["fileinto", "copy"];\r\nredirect :copy "x@private.example";\r\n'


@dataclass
class Place:
    """One server: where its API and its IMAP answer."""

    http: int
    imaps: int
    trust: ssl.SSLContext

    def request(self, method: str, path: str, body: bytes | None = None, key: str = API_KEY) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.http, timeout=10)
        headers = {"Authorization": "X-Dovecot-API " + base64.b64encode(key.encode()).decode()} if key else {}
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        answer = response.status, response.read()
        connection.close()
        return answer

    def run(self, command: str, **parameters: Any) -> Any:
        status, body = self.request("POST", PATH, json.dumps([[command, parameters, "tag"]]).encode())
        return status, _bare(json.loads(body))

    def sign_in(self, user: str) -> imaplib.IMAP4_SSL:
        session = imaplib.IMAP4_SSL("127.0.0.1", self.imaps, ssl_context=self.trust, timeout=10)
        session.login(user, f"{user}pw")
        return session


def _bare(answer: Any) -> Any:
    """Return an answer without what no two servers share; rows have no promised order."""
    if isinstance(answer, dict):
        if answer.get("type") in {"invalidRequest", "unknownMethod"}:
            # Dovecot puts the code of whichever command the same process ran before beside it.
            answer = {**answer, "exitCode": "…"}
        return {key: "…" if key in OF_THE_SERVER else _bare(value) for key, value in answer.items()}
    if isinstance(answer, list):
        rows = [_bare(each) for each in answer]
        return sorted(rows, key=json.dumps) if all(isinstance(row, dict) for row in rows) else rows
    return answer


@dataclass
class Pair:
    """The two servers."""

    real: Place
    ours: Place

    def ask(self, exchange: Callable[[Place], Any]) -> tuple[Any, Any]:
        return exchange(self.real), exchange(self.ours)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Pair]:
    trust = ssl.create_default_context(cafile=authority.ca_file)
    slapd = start_slapd(tmp_path_factory.mktemp("doveadm") / "slapd", authority)
    directory = Directory(BASE, f"cn=admin,{BASE}", "secret", frozenset(), f"cn=default,ou=policies,{BASE}")
    for name, attributes in read_ldif(PEOPLE):
        directory.load(name, attributes)
    mailboxes = Mailboxes(directory, f"ou=people,{BASE}", "corp.test")
    for login in LOGINS:
        mailboxes.add(login)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.cert_file, authority.key_file)
    doveadm, imap = DoveadmServer(Commands(mailboxes), API_KEY), ImapServer(mailboxes, context)
    doveadm.start()
    imap.start()
    # Not tmp_path: when root runs the tests, nobody else may enter it.
    with tempfile.TemporaryDirectory(prefix="dovecot-", ignore_cleanup_errors=True) as folder:
        dovecot = start_dovecot(Path(folder), authority, slapd, submission_port=free_port())
        real = Place(dovecot.http_port, dovecot.imaps_port, trust)
        yield Pair(real, Place(int(doveadm.server_address[1]), imap.port, trust))
        dovecot.stop()
    imap.stop()
    doveadm.stop()
    slapd.stop()


@pytest.mark.parametrize(
    "commands",
    [
        [("user", {"userMask": ["*"]}), ("user", {"userMask": "*"}), ("user", {"userMask": ["al*"]})],
        [("user", {"userMask": [mask]}) for mask in ("alice", "ALICE", "alice@corp.test", "nosuch", "zz*", "a@b.test")],
        [("user", {"userMask": ["alice", "nosuch"]}), ("user", {"userMask": ["alice", "bob"]}), ("user", {})],
        [("sieveList", {"user": user}) for user in ("alice", "nosuch", "alice@corp.test")],
        [
            ("sievePut", {"user": "alice", "scriptname": "fwd", "file": FORWARD}),
            ("sieveGet", {"user": "alice", "scriptname": "fwd"}),
            ("sieveList", {"user": "alice"}),
            ("sieveActivate", {"user": "alice", "scriptname": "fwd"}),
            ("sieveActivate", {"user": "alice", "scriptname": "fwd"}),
            ("sievePut", {"user": "alice", "scriptname": "other", "file": "keep;\n# ünï\n"}),
            ("sieveList", {"user": "alice"}),
            ("sieveList", {"allUsers": True}),
            ("sieveDelete", {"user": "alice", "scriptname": ["fwd"]}),
            ("sieveDelete", {"user": "alice", "scriptname": "other"}),
            ("sieveDeactivate", {"user": "alice"}),
            ("sieveDeactivate", {"user": "alice"}),
            ("sieveDelete", {"user": "alice", "scriptname": ["fwd"]}),
            ("sieveList", {"user": "alice"}),
        ],
        [
            ("sievePut", {"user": "bob", "scriptname": "a", "file": FORWARD, "activate": True}),
            ("sieveList", {"user": "bob"}),
            ("sieveDelete", {"user": "bob", "scriptname": ["a"], "ignoreActive": True}),
            ("sieveList", {"user": "bob"}),
        ],
        [("sieveGet", {"user": "alice", "scriptname": "no"}), ("sieveGet", {"user": "nosuch", "scriptname": "no"})],
        [("sieveActivate", {"user": "bob", "scriptname": "n"}), ("sieveDelete", {"user": "bob", "scriptname": ["n"]})],
        [("sievePut", {"user": "nosuch", "scriptname": "a", "file": "keep;"}), ("sieveDeactivate", {"user": "nosuch"})],
        [("who", {}), ("who", {"mask": ["alice"]}), ("kick", {"mask": ["alice"]}), ("kick", {})],
        [("authCacheFlush", {"user": ["alice"]})],
        [("nosuch", {}), ("who", {"nosuch": 1}), ("fsGet", {"fsDriver": "posix", "fsArgs": "", "path": "/nosuch"})],
    ],
)  # fmt: skip
def test_commands(two, commands):
    real, ours = two.ask(lambda place: [place.run(command, **parameters) for command, parameters in commands])
    assert ours == real


@pytest.mark.parametrize(
    "script",
    [
        "",
        "keep;",
        'require ["vacation"];\r\nvacation :days 1 :subject "S" :addresses ["a@corp.test"]\r\n"Gone.";\r\n',
        'require "imap4flags"; addflag "\\\\Seen"; keep;',
        'require ["fileinto", "mailbox"]; fileinto :create "New";',
        'require "nosuchextension"; keep;',
        'fileinto "without require";',
        'vacation "without require";',
        'redirect :copy "a@b.example";',
        'redirect "no address";',
        'redirectt "a@b.example";',
        "if true { keep;",
        'if header :is "a" "b" { } else { } else { }',
    ],
)
def test_what_compiles(two, script):
    real, ours = two.ask(lambda place: place.run("sievePut", user="carol", scriptname="s", file=script))
    assert ours == real


@pytest.mark.parametrize(
    "body",
    [b"[]", b'[["who",{},"t"],["who",{},"u"]]', b"{}", b"null", b"[", b'[["who"]]', b'[["who",{}]]', b'[[1,{},"t"]]'],
)
def test_whole_requests(two, body):
    def exchange(place: Place) -> tuple[int, bytes]:
        status, answer = place.request("POST", PATH, body)
        return status, b"JSON parse error" if answer.startswith(b"JSON parse error") else answer

    real, ours = two.ask(exchange)
    assert ours == real


def test_paths_and_keys(two):
    def exchange(place: Place) -> Any:
        return [
            place.request("GET", PATH, key="")[0],
            place.request("GET", PATH, key="wrong")[0],
            place.request("POST", "/other", b"[]"),
        ]

    real, ours = two.ask(exchange)
    assert ours == real


def test_the_listing_names_the_same_parameters(two):
    def exchange(place: Place) -> Any:
        status, body = place.request("GET", PATH)
        found = {entry["command"]: entry["parameters"] for entry in json.loads(body)}
        return status, {command: found[command] for command in COMMANDS}

    real, ours = two.ask(exchange)
    assert ours == real


def test_sessions_are_listed_and_ended(two):
    def exchange(place: Place) -> Any:
        sessions = [place.sign_in("dave"), place.sign_in("dave")]
        # A real Dovecot counts a session a moment after its owner was let in.
        wait_until(lambda: len(place.run("who", separateConnections=True)[1][0][1]) == 2)
        answers = [
            place.run("who"),
            place.run("who", mask=["dave"]),
            place.run("who", mask=["127.0.0.1"]),
            place.run("who", mask=["nobody"]),
            place.run("who", separateConnections=True),
            place.run("kick", mask=["nobody"]),
            place.run("kick", mask=["dave"]),
        ]
        wait_until(lambda: place.run("who")[1][0][1] == [])
        for session in sessions:
            with pytest.raises(imaplib.IMAP4.abort, match="Server shutting down"):
                session.noop()
            session.shutdown()
        return answers

    real, ours = two.ask(exchange)
    assert ours == real


def test_a_wrong_password_is_refused_in_the_same_words(two):
    def exchange(place: Place) -> str:
        session = imaplib.IMAP4_SSL("127.0.0.1", place.imaps, ssl_context=place.trust, timeout=10)
        with pytest.raises(imaplib.IMAP4.error) as caught:
            session.login("alice", "wrong")
        session.logout()
        return str(caught.value)

    real, ours = two.ask(exchange)
    assert ours == real
