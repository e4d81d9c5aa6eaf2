"""Where settings, steps, connectors and storage meet: who can do what, who gets which connection, and what is ours."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from offboard import connectors
from offboard.domain import capabilities as c
from offboard.domain.capabilities import Accounts, Directory, Groups, Mailboxes, MailRules, Sender
from offboard.domain.register import ClientContacts, ClientDealings, ClientRegister, ClientStandings, OpenItems
from offboard.errors import BadInput, BadSettings, Unreachable
from offboard.letters.places import shipped
from offboard.settings import Settings
from offboard.steps import step_class, words
from offboard.wiring import ConnectedSystems, Firm, open_firm, os_user, playbook_file, read_playbook
from tests.servers.workplace import settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.slapd import Slapd
    from tests.servers.workplace import Workplace

LDAP = {
    "kind": "ldap", "url": "ldaps://127.0.0.1:9", "base": "dc=corp,dc=test", "bind_dn": "cn=offboard,dc=corp,dc=test",
    "password": {"env": "NO_SUCH_VARIABLE"},
}  # fmt: skip
MAIL = {"kind": "dovecot", "url": "http://127.0.0.1:9/doveadm/v1", "api_key": {"env": "NO_SUCH_VARIABLE"}}
REGISTER = {"kind": "register", "url": "sqlite:///clients.db"}
OUTBOX = {
    "kind": "smtp", "host": "127.0.0.1", "port": 9, "username": "robot@corp.test",
    "password": {"env": "NO_SUCH_VARIABLE"},
}  # fmt: skip


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    made = Firm(Settings(**settings_of(office=LDAP, mail=MAIL, clients=REGISTER, outbox=OUTBOX)), tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("kind", "can"),
    [
        ("ldap", {Directory, Accounts, Groups}),
        ("dovecot", {Mailboxes, MailRules}),
        ("register", {ClientRegister}),
        ("smtp", {Sender}),
    ],
)
def test_what_each_kind_of_system_can_do(tmp_path: Path, kind: str, can: set[type]) -> None:
    tables = {"ldap": LDAP, "dovecot": MAIL, "register": REGISTER, "smtp": OUTBOX}
    systems = ConnectedSystems(Settings(**settings_of(one=tables[kind])), tmp_path, lambda: None)  # type: ignore[arg-type,return-value]
    every = {Directory, Accounts, Groups, Mailboxes, MailRules, ClientRegister, Sender}

    assert {need for need in every if systems.having(need)} == can
    assert systems.having(*can) == ["one"]
    assert systems.kind("one") == kind
    assert kind in connectors.kinds()


def test_who_can_do_what_is_known_without_connecting(firm: Firm) -> None:
    # Nothing listens on these ports, and no password is at hand.
    assert firm.systems.names() == ["office", "mail", "clients", "outbox"]
    assert firm.systems.having(Accounts) == ["office"]
    assert firm.systems.having(MailRules, Mailboxes) == ["mail"]
    assert firm.systems.having(Accounts, Sender) == []
    # People can always be asked; no settings have to name them.
    assert firm.systems.having() == [*firm.systems.names(), "people"]


def test_every_step_needs_what_some_kind_of_system_can_do() -> None:
    for word in words():
        step = step_class(word)
        able = [
            kind
            for kind in connectors.kinds()
            if step.fits(
                lambda need, kind=kind: all(hasattr(connectors.kind(kind).Connection, m) for m in _methods(need))
            )
        ]
        assert able, word
        assert set(step.rights) <= set(able), f"{word} names the rights of a kind that cannot do it"


def _methods(need: type) -> list[str]:
    return [name for name, value in vars(need).items() if callable(value) and not name.startswith("_")]


def test_secrets_are_read_at_first_use(firm: Firm) -> None:
    with firm.systems.reader("clients") as register:
        assert register.clients() == []
    with pytest.raises((BadSettings, Unreachable)), firm.systems.reader("office") as office:
        office.staff()


def test_a_system_that_is_not_in_the_settings(firm: Firm) -> None:
    with pytest.raises(BadSettings, match=r"systems\.nope: there is no such system"), firm.systems.reader("nope"):
        pass


def test_whoever_looks_never_gets_a_connection_that_wrote(firm: Firm) -> None:
    with firm.systems.writer("clients") as writer:
        pass
    with firm.systems.reader("clients") as reader:
        assert reader is not writer
    with firm.systems.reader("clients") as again:
        assert again is reader, "a connection is kept for the next who asks"


def test_a_connection_on_which_something_went_wrong_is_not_lent_again(firm: Firm) -> None:
    closed: list[Any] = []

    def break_it() -> None:
        with firm.systems.reader("clients") as first:
            close = first.close
            first.close = lambda: (closed.append(first), close())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_it()

    assert len(closed) == 1
    with firm.systems.reader("clients") as second:
        assert second is not closed[0]


def test_no_more_callers_at_once_than_the_system_has_places_for(firm: Firm) -> None:
    places = connectors.kind("register").Connection.calls_at_once
    inside: list[int] = []
    most: list[int] = []

    def work(_: int) -> None:
        with firm.systems.reader("clients") as one:
            inside.append(id(one))
            most.append(len(inside))
            assert len(set(inside)) == len(inside), "nobody shares one at the same time"
            threading.Event().wait(0.01)
            inside.remove(id(one))

    with ThreadPoolExecutor(places + 3) as pool:
        list(pool.map(work, range(3 * places + 3)))

    assert max(most) == places


def test_whoever_holds_a_connection_may_use_it_and_those_that_nobody_else_holds(
    slapd: Slapd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFFICE_LDAP_PASSWORD", slapd.password)
    firm = Firm(Settings(**settings_of(office=slapd.settings(calls_at_once=3))), tmp_path)
    with firm.systems.writer("office"):
        assert firm.systems.places("office") == 3
        with firm.systems.reader("office"):
            assert firm.systems.places("office") == 2
        assert firm.systems.places("office") == 3
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(firm.systems.reader("office"))
        assert firm.systems.places("office") == 1
    firm.close()


def test_our_own_accounts_are_known_by_every_name(firm: Firm) -> None:
    assert {"offboard", "cn=offboard,dc=corp,dc=test", "robot@corp.test", "robot"} <= set(firm.office.own)
    assert "" not in firm.office.own
    assert os_user()


def test_a_companys_own_playbook_comes_before_the_shipped_one(tmp_path: Path) -> None:
    settings = settings_of()
    settings["company"]["playbooks"] = "ours"
    (tmp_path / "ours").mkdir()
    own = "playbook: employee\ntitle: Our way\nsecure: [disable_account]\n"
    (tmp_path / "ours" / "employee.yaml").write_text(own, encoding="utf-8")
    (tmp_path / "ours" / "intern.yaml").write_text(own.replace("employee", "intern"), encoding="utf-8")
    firm = Firm(Settings(**settings), tmp_path)

    assert firm.playbook("employee").title == "Our way"
    assert firm.playbook("urgent").urgent
    assert set(firm.playbooks()) >= {"employee", "intern", "contractor", "urgent"}
    firm.close()


@pytest.mark.parametrize("name", ["", "nope", "Employee", "employee.yaml", "../playbooks/employee", "letters", "*"])
def test_a_playbook_that_there_is_not(name: str) -> None:
    with pytest.raises(BadInput, match="is unknown") as refused:
        playbook_file(name, [shipped("")])

    assert "employee" in refused.value.hint


def test_a_playbook_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes("playbook: Grüße\n".encode("latin-1"))

    for path in (tmp_path / "x.yaml", tmp_path / "nowhere.yaml", tmp_path):
        with pytest.raises(BadInput, match="cannot be read"):
            read_playbook(path)


def test_relative_paths_are_meant_from_the_settings(
    empty_workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty_workplace.settings["systems"] = {"clients": REGISTER}
    empty_workplace.write()
    monkeypatch.chdir("/")

    firm = open_firm(empty_workplace.folder / "offboard.toml")
    with firm.systems.reader("clients"):
        pass
    firm.close()

    assert {path.name for path in empty_workplace.folder.glob("*.db")} == {"offboard.db", "clients.db"}
    assert not Path("/offboard.db").exists()


def test_listing_clients_takes_no_other_systems_password(empty_workplace: Workplace) -> None:
    empty_workplace.settings["systems"] = {"office": LDAP, "mail": MAIL, "clients": REGISTER, "outbox": OUTBOX}
    empty_workplace.write()
    (empty_workplace.folder / "c.csv").write_text("id,name\nC1,Alder & Co\n", encoding="utf-8")

    empty_workplace.run("clients", "import", str(empty_workplace.folder / "c.csv"))

    assert [client["id"] for client in empty_workplace.json("clients", "list")] == ["C1"]
    assert empty_workplace.json("list") == []


def test_the_capabilities_say_what_they_promise() -> None:
    names = ("Directory", "Accounts", "Groups", "Mailboxes", "MailRules", "Sender")
    parts = (ClientRegister, ClientContacts, OpenItems, ClientDealings, ClientStandings)
    for need in (*(getattr(c, name) for name in names), *parts):
        assert 1 <= len(_methods(need)) <= 4, "a capability has a few methods"
        assert all(getattr(need, method).__doc__ for method in _methods(need))
