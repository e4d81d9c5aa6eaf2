"""The same sign-ins and changes with the practice directory and a real slapd: the same answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.practice.side_by_side import (
    ADD,
    ALICE,
    BASE,
    BOB,
    DELETE,
    FOR_EVER,
    POLICY,
    PRINTERS,
    REPLACE,
    ROOT,
    SALES,
    STAFF,
    VPN,
    bound,
    changed,
    connect,
    edit,
    said,
)


@pytest.mark.parametrize(
    "exchange",
    [
        bound(ALICE, "alicepw"),
        bound(ALICE, "alicepw", asks_why=True),
        bound(ALICE, "wrong"),
        bound(ALICE, "wrong", asks_why=True),
        bound(ALICE.upper(), "alicepw"),
        bound("uid = alice , ou=people," + BASE, "alicepw"),
        bound(f"uid=nobody,{BASE}", "x"),
        bound(f"uid=nobody,{BASE}", "x", asks_why=True),
        bound(f"nosuch=1,{BASE}", "x"),
        bound("no name", "x"),
        bound(POLICY, "x"),
        bound(ROOT, "wrong"),
    ],
)
def test_binding(pair, exchange):
    real, ours = pair.ask(exchange)
    assert ours == real


@pytest.mark.parametrize(
    ("lock", "policy"),
    [
        (FOR_EVER, {}),
        ("20200101000000Z", {}),
        ("20991231000000Z", {}),
        ("20200101000000Z", {"pwdLockoutDuration": [(REPLACE, ["60"])]}),
        (FOR_EVER, {"pwdLockoutDuration": [(REPLACE, ["60"])]}),
        (FOR_EVER, {"pwdLockout": [(REPLACE, ["FALSE"])]}),
        (FOR_EVER, {"pwdLockout": [(REPLACE, [])]}),
    ],
)
def test_a_lock_counts_as_the_policy_says(pair, lock, policy):
    def exchange(url: str) -> Any:
        with connect(url) as connection:
            connection.modify(POLICY, policy) if policy else None
            connection.modify(ALICE, {"pwdAccountLockedTime": [(REPLACE, [lock])]})
            answers = [bound(ALICE, word, asks_why=True)(url) for word in ("alicepw", "wrong")]
            connection.modify(ALICE, {"pwdAccountLockedTime": [(DELETE, [])]})
            connection.modify(POLICY, {"pwdLockout": [(REPLACE, ["TRUE"])], "pwdLockoutDuration": [(REPLACE, [])]})
            return answers, said(connection)

    real, ours = pair.ask(exchange)
    assert ours == real


LOCK = edit("pwdAccountLockedTime", REPLACE, FOR_EVER)
PASSWORD = edit("userPassword", REPLACE, "alicepw")
UNLOCK = edit("pwdAccountLockedTime", REPLACE)


@pytest.mark.parametrize(
    "exchange",
    [
        # the last member, values that are there and values that are not
        changed(VPN, edit("member", DELETE, ALICE)),
        changed(VPN, edit("member", DELETE)),
        changed(VPN, {"member": [(ADD, [""]), (DELETE, [ALICE])]}, {"member": [(ADD, [ALICE]), (DELETE, [""])]}),
        changed(STAFF, *[edit("member", DELETE, BOB)] * 2, *[edit("member", ADD, BOB)] * 2),
        changed(STAFF, edit("member", ADD, BOB.upper().replace(",", " , "))),
        changed(STAFF, edit("member", ADD, f"uid=nobody,{BASE}"), edit("member", DELETE, f"uid=nobody,{BASE}")),
        changed(STAFF, edit("member", DELETE, "no name"), edit("member", ADD, "no name")),
        changed(SALES, edit("uniqueMember", DELETE, ALICE), edit("uniqueMember", ADD, ALICE)),
        changed(SALES, edit("uniqueMember", DELETE)),
        changed(PRINTERS, edit("memberUid", ADD, "ALICE"), edit("memberUid", DELETE, "ALICE")),
        changed(PRINTERS, edit("memberUid", DELETE), edit("memberUid", ADD, "alice", "dave")),
        # locks and passwords
        changed(ALICE, LOCK, LOCK, edit("pwdAccountLockedTime", DELETE), edit("pwdAccountLockedTime", DELETE)),
        changed(ALICE, UNLOCK),
        changed(ALICE, LOCK, edit("pwdAccountLockedTime", ADD, "20200101000000Z"), UNLOCK),
        changed(ALICE, LOCK, {"pwdAccountLockedTime": [(DELETE, []), (ADD, [FOR_EVER])]}, UNLOCK),
        changed(ALICE, edit("pwdAccountLockedTime", ADD, "no time")),
        changed(ALICE, LOCK, PASSWORD),
        changed(ALICE, LOCK, PASSWORD | LOCK),
        changed(ALICE, LOCK, LOCK | PASSWORD),
        changed(ALICE, PASSWORD | LOCK),
        changed(ALICE, LOCK, {"pwdAccountLockedTime": [(DELETE, []), (ADD, [FOR_EVER])]} | PASSWORD),
        changed(
            ALICE, UNLOCK, edit("userPassword", DELETE, "wrong"), edit("userPassword", DELETE, "alicepw"), PASSWORD
        ),
        changed(
            ALICE, edit("pwdPolicySubentry", ADD, f"cn=none,{BASE}"), LOCK, UNLOCK, edit("pwdPolicySubentry", DELETE)
        ),
        # what an entry may hold
        changed(ALICE, edit("title", DELETE), edit("title", DELETE), edit("title", ADD, "Sales")),
        changed(ALICE, edit("title", ADD, "x", "X")),
        changed(ALICE, edit("title", ADD)),
        changed(ALICE, edit("title", REPLACE, "")),
        changed(ALICE, edit("mail", REPLACE, "müller@corp.test")),
        changed(ALICE, edit("telephoneNumber", ADD, "+441174960101")),
        changed(ALICE, edit("nosuch", ADD, "x")),
        changed(ALICE, edit("memberUid", ADD, "x")),
        changed(ALICE, edit("entryUUID", REPLACE, "x")),
        changed(ALICE, edit("entryUUID", REPLACE, "158438ce-7a7b-1041-85e9-832e947e3259")),
        changed(ALICE, edit("memberOf", ADD, STAFF)),
        changed(ALICE, edit("sn", DELETE)),
        changed(ALICE, edit("uid", REPLACE, "b")),
        changed(ALICE, edit("employeeNumber", REPLACE, "1", "2")),
        changed(ALICE, edit("objectClass", ADD, "nosuch")),
        changed(ALICE, edit("commonName", REPLACE, "Alice A. Archer"), edit("cn", REPLACE, "Alice Archer")),
        # where it is, and who asks
        changed(f"uid=zed,ou=people,{BASE}", edit("title", ADD, "x")),
        changed(f"uid=zed,ou=nope,{BASE}", edit("title", ADD, "x")),
        changed("dc=other,dc=net", edit("title", ADD, "x")),
        changed(ALICE, edit("title", ADD, "x"), user=BOB, password="bobpw"),
        changed(f"uid=zed,ou=people,{BASE}", edit("title", ADD, "x"), user=BOB, password="bobpw"),
        changed(ALICE, edit("title", ADD, "x"), user=None, password=None),
        changed(f"uid=zed,ou=people,{BASE}", edit("title", ADD, "x"), user=None, password=None),
    ],
)
def test_changing(pair, exchange):
    real, ours = pair.ask(exchange)
    assert ours == real
