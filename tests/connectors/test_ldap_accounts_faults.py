"""Sign-in on a real OpenLDAP server when something goes wrong: crashes, renames, servers that stop."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from offboard.errors import NotFound, Rejected, Unreachable
from tests.connectors.ldap_office import ALICE, SHUT

if TYPE_CHECKING:
    from tests.connectors.ldap_office import Office
    from tests.servers.slapd import Slapd


class KilledError(Exception):
    """The process ends here."""


class Killer:
    """Ends the process before its n-th write, be it to the vault or to the directory."""

    def __init__(self, connection, monkeypatch: pytest.MonkeyPatch, n: int, *, after: bool) -> None:
        self.left, self.after = n, after
        link, vault = connection._link, connection._sign_in._safe._vault
        for thing, word in ((link, "modify"), (vault, "put")):
            monkeypatch.setattr(thing, word, self.wrap(getattr(thing, word)))

    def wrap(self, call):
        def counted(*args, **kwargs):
            self.left -= 1
            if self.left == 0 and not self.after:
                raise KilledError
            result = call(*args, **kwargs)
            if self.left == 0:
                raise KilledError
            return result

        return counted


@pytest.mark.parametrize("after", [False, True], ids=["before the write", "after the write"])
@pytest.mark.parametrize("service", ["", "blind"], ids=["root", "blind"])
@pytest.mark.parametrize("policy", ["honoured", "not honoured", "no hashes"])
def test_killed_anywhere_and_run_again_it_is_shut_and_undone(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, policy: str, service: str, after: bool
):
    office = request.getfixturevalue("lenient" if policy == "not honoured" else "office")
    if policy == "no hashes":
        office.change("cn=default,ou=policies,dc=corp,dc=test", "replace: pwdCheckQuality", "pwdCheckQuality: 2")
    alice, first = office.id_of("alice"), office.read()
    proved = {"sign_in": "unproved"} if service and policy == "not honoured" else SHUT
    before = office.connect(service).account(alice)
    for n in range(1, 20):
        connection = office.connect(service)
        with monkeypatch.context() as patch:
            killer = Killer(connection, patch, n, after=after)
            try:
                connection.set_account(alice, SHUT)
                ended = False
            except KilledError:
                ended = True
        # What the engine does next: look, and write again only where the state is the former one.
        again = office.connect(service)
        found = again.account(alice)
        assert found in (before, proved), f"killed at write {n}"
        if found == before:
            again.set_account(alice, SHUT)
        assert again.account(alice) == proved
        assert not office.signs_in()
        if not service:
            again.set_account(alice, before)
            assert office.read() == first
        else:
            office.change(ALICE, "replace: userPassword", "userPassword: alicepw")
            again.set_account(alice, before)
        assert office.signs_in()
        assert again.account(alice) == before
        if not ended:
            break
    assert killer.left > 0, "every write was tried"
    assert n > 2


@pytest.mark.parametrize("after", [False, True], ids=["before the write", "after the write"])
def test_an_undo_killed_anywhere_and_run_again_ends_as_it_was(
    office: Office, monkeypatch: pytest.MonkeyPatch, after: bool
):
    office.change(ALICE, "add: userPassword", "userPassword: second", "-", "add: pwdReset", "pwdReset: TRUE")
    alice, first = office.id_of("alice"), office.read()
    before = office.connect().account(alice)
    for n in range(1, 20):
        connection = office.connect()
        connection.set_account(alice, SHUT)
        with monkeypatch.context() as patch:
            killer = Killer(connection, patch, n, after=after)
            with suppress(KilledError):
                connection.set_account(alice, before)
        # An account that takes several passwords only one by one may be found half way; the other cases are whole.
        office.connect().set_account(alice, before)
        assert {key: sorted(values) for key, values in office.read().items()} == first, f"killed at write {n}"
        if killer.left > 0:
            break
    assert killer.left > 0, "every write was tried"


def test_sealing_again_never_replaces_the_sealed_original(office: Office):
    alice, first = office.id_of("alice"), office.read()
    connection = office.connect()
    state = connection.account(alice)
    for _ in range(3):
        connection.set_account(alice, SHUT)
    connection.set_account(alice, state)
    assert office.read() == first


def test_a_write_that_was_given_up_and_arrives_late_does_no_harm(office: Office, monkeypatch: pytest.MonkeyPatch):
    alice, first = office.id_of("alice"), office.read()
    lost = office.connect()
    state, late = lost.account(alice), []
    with monkeypatch.context() as patch:

        def swallow(*args, **more):
            late.append((args, more))
            raise Unreachable("no answer")

        patch.setattr(lost._link, "modify", swallow)
        with pytest.raises(Unreachable):
            lost.set_account(alice, SHUT)
    connection = office.connect()
    connection.set_account(alice, SHUT)
    ((dn, changes), _) = late[0]
    connection._link.modify(dn, {"userPassword": changes["userPassword"]})
    office.change(ALICE, "replace: pwdAccountLockedTime", "pwdAccountLockedTime: 000001010000Z")
    assert connection.account(alice) == SHUT
    connection.set_account(alice, state)
    assert office.read() == first


def test_two_departures_after_another_each_come_back(office: Office):
    alice, connection = office.id_of("alice"), office.connect()
    first = connection.account(alice)
    connection.set_account(alice, SHUT)
    office.change(ALICE, "replace: userPassword", "userPassword: rehired", "-", "delete: pwdAccountLockedTime")
    second = connection.account(alice)
    connection.set_account(alice, SHUT)
    connection.set_account(alice, second)
    assert office.signs_in("rehired")
    connection.set_account(alice, first)
    assert office.signs_in("alicepw")


def test_an_undo_whose_password_is_not_in_the_vault_says_so(office: Office):
    alice, connection = office.id_of("alice"), office.connect()
    state = connection.account(alice)
    connection.set_account(alice, SHUT)
    office.vault.kept.clear()
    with pytest.raises(Rejected, match="not in the vault") as caught:
        connection.set_account(alice, state)
    assert "by hand" in caught.value.hint


def test_a_rename_between_look_and_write_changes_nothing(office: Office):
    alice = office.id_of("alice")
    connection = office.connect()
    state = connection.account(alice)
    office.server.modify(
        f"dn: {ALICE}\nchangetype: modrdn\nnewrdn: uid=a.archer\n"
        "deleteoldrdn: 1\nnewsuperior: ou=leavers,dc=corp,dc=test\n"
    )
    # Somebody else gets the old name at once: they must not be touched.
    office.server.add(
        f"dn: {ALICE}\nobjectClass: inetOrgPerson\nuid: alice\ncn: Alice Two\nsn: Two\nuserPassword: two\n"
    )
    other = office.read("alice")
    connection.set_account(alice, SHUT)
    assert connection.account(alice) == SHUT
    assert office.read("alice") == other
    assert office.server.bind(ALICE, "two")
    connection.set_account(alice, state)
    assert office.server.bind("uid=a.archer,ou=leavers,dc=corp,dc=test", "alicepw")


def test_a_rename_between_reading_and_changing_is_caught_by_the_server(office: Office, monkeypatch: pytest.MonkeyPatch):
    alice = office.id_of("alice")
    connection = office.connect()
    change = connection._link.modify

    def renamed_first(dn, *args, **kwargs):
        monkeypatch.undo()
        office.server.modify(f"dn: {ALICE}\nchangetype: modrdn\nnewrdn: uid=a.archer\ndeleteoldrdn: 1\n")
        office.server.add(f"dn: {ALICE}\nobjectClass: inetOrgPerson\nuid: alice\ncn: Two\nsn: Two\nuserPassword: two\n")
        return change(dn, *args, **kwargs)

    monkeypatch.setattr(connection._link, "modify", renamed_first)
    connection.set_account(alice, SHUT)
    assert office.server.bind(ALICE, "two"), "the new owner of the name is untouched"
    assert connection.account(alice) == SHUT


def test_an_account_that_is_gone(office: Office):
    alice, connection = office.id_of("alice"), office.connect()
    office.server.modify(f"dn: {ALICE}\nchangetype: delete\n")
    assert connection.account(alice) is None
    with pytest.raises(NotFound):
        connection.set_account(alice, SHUT)


def test_a_server_that_stops_is_unreachable_and_works_again_after_it_is_back(office: Office):
    alice, connection = office.id_of("alice"), office.connect()
    assert connection.account(alice)["sign_in"] == "open"
    office.server.stop()
    with pytest.raises(Unreachable):
        connection.account(alice)
    with pytest.raises(Unreachable):
        connection.set_account(alice, SHUT)
    office.server.start()
    connection.set_account(alice, SHUT)
    assert connection.account(alice) == SHUT


def test_a_restart_between_two_looks_is_not_noticed(office: Office):
    alice, connection = office.id_of("alice"), office.connect()
    state = connection.account(alice)
    office.server.stop()
    office.server.start()
    assert connection.account(alice) == state


def test_few_calls_are_made(office: Office, monkeypatch: pytest.MonkeyPatch):
    """What the benchmark counts: one look and one change to shut, one look and one sign-in to prove."""
    alice, connection = office.id_of("alice"), office.connect()
    connection.account(alice)
    connection.set_account(alice, SHUT)
    connection.set_account(alice, connection.account(alice) and {"sign_in": "open", "password": "unreadable"})
    calls: list[str] = []
    for word in ("search", "modify", "compare", "accepts"):
        call = getattr(connection._link, word)
        monkeypatch.setattr(
            connection._link, word, lambda *a, call=call, word=word, **k: (calls.append(word), call(*a, **k))[1]
        )
    connection.set_account(alice, SHUT)
    connection.account(alice)
    assert calls == ["search", "modify", "search", "accepts"]


def test_nothing_secret_is_shown(office: Office, slapd: Slapd):
    alice, connection = office.id_of("alice"), office.connect()
    connection.set_account(alice, SHUT)
    slapd.stop()
    with pytest.raises(Unreachable) as caught:
        connection.account(alice)
    shown = f"{caught.value!r} {caught.value.hint} {connection!r} {vars(connection)!r}"
    assert office.probe() not in shown
    assert "alicepw" not in shown
