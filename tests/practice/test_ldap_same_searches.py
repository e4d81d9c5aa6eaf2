"""The same searches, additions and deletions with the practice directory and a real slapd: the same answers."""

from __future__ import annotations

from typing import Any

import ldap3
import pytest

from offboard.practice.founding import DATA
from tests.practice.side_by_side import (
    ADD,
    ALICE,
    BASE,
    BOB,
    PAGING,
    ROOT,
    STAFF,
    connect,
    edit,
    entries,
    said,
    searched,
)


@pytest.mark.parametrize(
    "exchange",
    [
        searched("(uid=ALICE)", ["*"]),
        searched("(cn=  alice   ARCHER )"),
        searched("(mail=Alice@CORP.test)"),
        searched(r"(cn=*\2a*)"),
        searched(r"(cn=\28alice\29)"),
        searched(r"(cn=\61lice archer)"),
        searched("(cn=*archer)"),
        searched("(cn=ali*e*r)"),
        searched("(cn=alice*e archer)"),
        searched("(nosuch=1)"),
        searched("(!(nosuch=1))"),
        searched("(!(title=IT))"),
        searched("(|(nosuch=1)(uid=bob))"),
        searched("(&(nosuch=1)(uid=bob))"),
        searched("(uid>=b)"),
        searched("(createTimestamp>=20000101000000Z)"),
        searched("(uid~=bob)"),
        searched(f"(member={ALICE.upper()})"),
        searched(f"(uniqueMember={ALICE})"),
        searched("(memberUid=alice)"),
        searched("(memberUid=ALICE)"),
        searched(f"(memberOf={STAFF})"),
        searched("(member=garbage)"),
        searched("(entryUUID=garbage)"),
        searched(f"(entryDN={BOB})"),
        searched("(telephoneNumber=+441174960101)"),
        searched("(objectClass=person)"),
        searched("(objectClass=2.16.840.1.113730.3.2.2)"),
        searched("(objectClass=nosuch)"),
        searched("(structuralObjectClass=inetOrgPerson)"),
        searched("(pwdLockout=TRUE)"),
        searched("(pwdLockout=true)"),
        searched("(userPassword=*)"),
        searched("(hasSubordinates=TRUE)"),
        searched("(uid:caseExactMatch:=ALICE)"),
        searched("(uid:=ALICE)"),
        searched("(uid:nosuchrule:=ALICE)"),
        searched("(uid=alice)", ["entryUUID", "UserPassword", "MEMBEROF", "nosuch"]),
        searched("(uid=alice)", ["+"]),
        searched("(uid=alice)", ["*", "+"]),
        searched("(uid=alice)", ["mail"], types_only=True),
        searched("(objectClass=*)", search_scope=ldap3.LEVEL),
        searched("(objectClass=*)", search_scope=ldap3.BASE),
        searched("(objectClass=*)", base=f"ou=nope,{BASE}"),
        searched("(objectClass=*)", base="dc=other,dc=net"),
        searched("(objectClass=*)", base="no name"),
        searched("(objectClass=*)", base=f"nosuch=1,{BASE}"),
        searched("(objectClass=*)", base=""),
        searched("(uid=*)", size_limit=9),
        searched("(objectClass=*)", controls=[("1.2.3.4.5", True, None)]),
        searched("(uid=alice)", controls=[("1.2.3.4.5", False, None)]),
        searched("(objectClass=*)", paged_size=3, paged_cookie=b"junk"),
    ],
)
def test_searching(pair, exchange):
    real, ours = pair.ask(exchange)
    assert ours == real


def test_a_size_limit_cuts_the_answer_and_says_so(pair):
    def exchange(url: str) -> Any:
        with connect(url) as connection:
            connection.search(BASE, "(objectClass=*)", attributes=["1.1"], size_limit=2)
            return said(connection), len(connection.response)

    real, ours = pair.ask(exchange)
    assert ours == real


def test_pages_hold_what_was_asked_for_and_end(pair):
    def exchange(url: str) -> Any:
        cookie, sizes, found = b"", [], []
        with connect(url) as connection:
            while not sizes or cookie:
                connection.search(BASE, "(objectClass=*)", attributes=["1.1"], paged_size=4, paged_cookie=cookie)
                cookie = connection.result["controls"][PAGING]["value"]["cookie"]
                sizes.append(len(connection.response))
                found += [entry["dn"] for entry in connection.response]
        return sizes, sorted(found)

    real, ours = pair.ask(exchange)
    assert ours == real


def test_comparing(pair):
    def exchange(url: str) -> Any:
        answers = []
        for user, password in ((ROOT, "secret"), (BOB, "bobpw"), (ALICE, "alicepw")):
            with connect(url, user, password) as connection:
                for attribute, value in (("uid", "ALICE"), ("uid", "x"), ("mobile", "x"), ("userPassword", "?")):
                    connection.compare(ALICE, attribute, value)
                    answers.append(said(connection)[0])
        return answers

    real, ours = pair.ask(exchange)
    assert ours == real


def test_adding_renaming_deleting(pair):
    new, newer = f"uid=new,ou=people,{BASE}", f"uid=newer,ou=people,{BASE}"

    def exchange(url: str) -> Any:
        answers = []
        with connect(url) as connection:
            for dn, classes, attributes in (
                (ALICE, ["inetOrgPerson"], {"sn": "x", "cn": "y"}),
                (f"uid=new,ou=nope,{BASE}", ["inetOrgPerson"], {"sn": "x", "cn": "y"}),
                (new, ["inetOrgPerson"], {"cn": "y"}),
                (new, ["inetOrgPerson"], {"sn": "x", "cn": "y"}),
                (f"cn=g,ou=groups,{BASE}", ["groupOfNames"], {}),
                ("dc=x,dc=other", ["domain"], {}),
            ):
                connection.add(dn, classes, attributes)
                answers.append(said(connection))
            connection.modify(STAFF, edit("member", ADD, new))
            connection.modify_dn(new, "uid=newer")
            answers.append(said(connection))
            connection.search(BASE, "(cn=y)", attributes=["*", "memberOf"])
            answers.append(entries(connection))
            connection.modify_dn(newer, "uid=newest", new_superior=f"ou=leavers,{BASE}")
            answers.append(said(connection))
            for dn in (f"uid=newest,ou=leavers,{BASE}", newer, f"ou=people,{BASE}"):
                connection.delete(dn)
                answers.append(said(connection))
            connection.search(STAFF, "(objectClass=*)", attributes=["member"])
            answers.append(entries(connection))
        return answers

    real, ours = pair.ask(exchange)
    assert ours == real


def test_what_is_unknown_is_refused(pair):
    def exchange(url: str) -> Any:
        with connect(url) as connection:
            connection.extended("1.2.3.4")
            return said(connection), connection.extend.standard.who_am_i()

    real, ours = pair.ask(exchange)
    assert ours == real


def test_both_tell_clients_of_lock_and_policy_in_their_schema(pair):
    def exchange(url: str) -> Any:
        with connect(url, info=ldap3.ALL) as connection:
            server = connection.server
            lock, policy = (
                server.schema.attribute_types["pwdAccountLockedTime"],
                server.schema.object_classes["pwdPolicy"],
            )
            controls = {control[0] for control in server.info.supported_controls}
            return lock.oid, lock.syntax, lock.single_value, policy.oid, policy.must_contain, PAGING in controls

    real, ours = pair.ask(exchange)
    assert ours == real


def test_a_real_slapd_takes_the_whole_practice_company(slapd):
    text = (DATA / "people.ldif").read_text(encoding="utf-8").replace("dc=harcombe,dc=example", f"dc=harcombe,{BASE}")
    slapd.add(text.replace("cn: offboard\n", "cn: offboard\nuserPassword: x\n"))
    assert len(slapd.search("(employeeNumber=*)", ["uid"])) == 12 + 5
