"""One whole departure over every system of the practice company, by commands, and back again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from offboard.practice.ad_founding import DOMAIN_BASE
from offboard.practice.founding import BASE
from offboard.practice.wire import ldap

if TYPE_CHECKING:
    from offboard.practice.company import PracticeCompany
    from tests.servers.workplace import Workplace

SYSTEMS = {"office-ldap", "ad", "entra", "exchange", "helpdesk", "mail", "clients"}
WHOLE_SUBTREE = 2
MADE_ANEW = {
    "id", "createdDateTime", "lastUpdatedDateTime", "signInSessionsValidFromDateTime", "lastPasswordChangeDateTime",
    "_password", "_passwords_set", "_force_change", "pwdLastSet", "pwdChangedTime", "modifyTimestamp", "modifiersName",
    "entryCSN", "tokenGroups",
}  # fmt: skip


@pytest.fixture
def place(empty_workplace: Workplace, company: PracticeCompany, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    """The practice company, and somebody who types commands."""
    monkeypatch.chdir(company.folder)
    empty_workplace.run("clients", "import", str(company.clients_csv), "--interactions", str(company.interactions_csv))
    return empty_workplace


def start(place: Workplace, company: PracticeCompany, playbook: str) -> str:
    words = ("--last-moment", "2026-01-30T17:00", "--tz", "Europe/London", "--playbook", playbook)
    taking_over = ("--successor", company.successor, "--as", company.hr)
    return str(place.json("start", company.leaver, *words, *taking_over)["departure"])


def test_the_plan_covers_every_system_and_says_what_it_does_not_cover(place, company):
    plan = place.json("plan", start(place, company, "employee"))
    assert {change["system"] for change in plan["changes"]} == SYSTEMS
    gaps = {(gap["step"], gap["system"], gap["reason"].partition(":")[0]) for gap in plan["not_covered"]}
    assert {
        ("leave_groups", "ad", "Domain Users"),
        ("leave_groups", "entra", "Everybody in sales"),
        ("remove_licences", "entra", "SPE_E3 by group"),
        ("twins", "ad", "another account, martin.thorne-test (martin.thorne (test))"),
    } <= gaps
    assert {one["text"].partition(":")[0].partition(" on 20")[0] for one in plan["questions"]} == {
        "/Offer 2291.xlsx",
        'the meeting "Price review"',
        "another account, martin.thorne-test (martin.thorne (test))",
    }
    (app,) = [change for change in plan["changes"] if change["label"] == "application Price list sync"]
    assert "1 secret or certificate that the leaver may know" in app["why"]


def test_everything_is_shut_and_an_undo_restores_it_in_every_system(place, company):
    number = start(place, company, "employee")
    before = everything(company)
    place.run("answer", number, "Price review", "yes", "--as", company.it)
    # A link that was ended nobody can make again, so this one stays.
    place.run("answer", number, "Offer 2291", "thorne-test", "no", "--because", "in use", "--as", company.it)
    place.run("approve", number, "--as", company.it)
    place.run("apply", number)
    (task,) = [one for one in place.json("tasks", "list", number) if one["what"].startswith("Decide on the meeting")]
    place.run("tasks", "confirm", task["id"], "--note", "called anew", "--as", company.successor)
    done = place.json("show", number)
    left = {change["step"] for change in done["changes"] if change["outcome"] not in {"done", "already"}}
    assert left == {"end_shares"}
    residual = {
        (change["system"], change["step"])
        for change in done["changes"]
        if change["effect"] != "effective" and change["outcome"] != "declined"
    }
    assert residual == {("ad", "disable_account")}, "Kerberos tickets go on for hours; all else is seen"
    assert not company.signs_in(company.leaver)
    shut = everything(company)
    assert all(shut[name] != before[name] for name in before), "each system was changed"
    assert place.json("verify", number)["holds"]

    undo = place.json("undo", number, "--as", company.it)
    assert {gap["system"] for gap in undo["not_covered"] if "must then give this person" in gap["reason"]} == {
        "ad",
        "entra",
    }
    place.run("approve", number, "--as", company.hr)
    assert place.json("apply", number)["status"] == "undone"
    assert place.json("verify", number)["holds"]
    after = everything(company)
    for name, found in before.items():
        assert after[name] == found, name
    assert company.signs_in(company.leaver)


def everything(company: PracticeCompany) -> dict[str, Any]:
    """Return what each system holds, but for what is made anew: ids, times, passwords that nobody can read."""
    tenant = company.tenant.store.now
    rows = ("appRoleAssignments", "oauth2PermissionGrants", "methods", "permissions")
    return {
        "office-ldap": entries(company.directory, company.directory.root, BASE),
        "ad": entries(company.domain, company.domain.suffix, DOMAIN_BASE),
        "entra": [
            *sorted(plain(thing) for thing in tenant.things.values()),
            *sorted(f"{name} {link}" for name, links in tenant.links.items() for link in links),
            *sorted(f"{name} {plain(row)}" for name in rows for row in tenant.table(name).values()),
        ],
        "helpdesk": sorted(plain(one) for one in company.desk.resources()),
        "mail": [f"{box.login} {box.active}" for box in company.mailboxes.all()],
    }


def entries(directory: Any, who: str, base: str) -> list[str]:
    found = directory.search(who, base, WHOLE_SUBTREE, ldap.LDAPFilter_present("objectClass"))
    return sorted(f"{name} {plain(attributes)}" for name, attributes in found)


def plain(thing: Any) -> str:
    """Return a thing as text that does not tell in which order its values came."""
    if isinstance(thing, dict):
        return str({name: plain(value) for name, value in sorted(thing.items()) if name not in MADE_ANEW})
    return str(sorted(map(plain, thing))) if isinstance(thing, list) else str(thing)
