"""The leaver's own mail address, as HR knows it: stored with the departure, and an alarm wherever mail is led there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offboard.engine.deciding import approve
from offboard.engine.driving import carry_out
from offboard.engine.reading_rules import rules_of
from offboard.engine.reviewing import review
from offboard.engine.scan_results import results
from offboard.engine.scanning import scan
from offboard.engine.showing import show_plan
from offboard.errors import BadInput

if TYPE_CHECKING:
    from offboard.forwarding.model import Judged
    from tests.engine.conftest import Company

DOMAINS = ["corp.test"]
KNOWN = "x@freemail.invalid is a known private address of the person"
INCLUDING = b'require "include"; include :personal "parts";'
PARTS = b'redirect "ann@elsewhere.invalid";'


def stored(company: Company, number: str) -> tuple[str, ...]:
    return company.office.store.departures.get(number).private_addresses


def verdict(company: Company, number: str) -> str:
    (state,) = [c["before"]["verdict"] for c in show_plan(company.office, number)["changes"] if "fwd" in c["target"]]
    return str(state)


def told(found: list[Judged]) -> tuple[str, bool]:
    (one,) = found
    return one.verdict.word, any(KNOWN in reason for reason in one.reasons)


@pytest.mark.parametrize(("known", "word"), [("", "suspicious"), ("<X@Freemail.invalid>", "alarm")])
def test_whoever_judges_the_leavers_rules_knows_the_address(company: Company, known: str, word: str) -> None:
    company.systems.mail.stored = {"fwd": b'if header :is "subject" "a" { redirect "x@freemail.invalid"; }'}
    number = company.start(private_address=known)
    departure = company.office.store.departures.get(number)

    assert verdict(company, number) == word
    expected = (word, bool(known))
    (read,) = rules_of(company.office, departure.leaver, DOMAINS)
    assert told(list(read.judged)) == expected
    assert told(list(review(company.office, DOMAINS, number)[0].judged)) == expected
    done = scan(company.office, DOMAINS)
    assert told([one.judged for one in results(company.office, done)]) == expected


def test_starting_again_changes_it_and_leaving_it_out_does_not(company: Company) -> None:
    number = company.start(private_address="x@freemail.invalid, y@freemail.invalid")
    approve(company.office, number, "dave@corp.test")
    digest = show_plan(company.office, number)["digest"]

    company.start()
    company.start(private_address="X@freemail.invalid,y@freemail.invalid")
    assert stored(company, number) == ("x@freemail.invalid", "y@freemail.invalid")
    assert show_plan(company.office, number)["digest"] == digest

    company.start(private_address="z@freemail.invalid")
    assert stored(company, number) == ("z@freemail.invalid",)
    company.start(private_address="None")
    assert stored(company, number) == ()
    assert "private_addresses" not in company.office.store.departures.get(number).to_json()


def test_it_can_be_learned_after_the_rules_were_stopped(company: Company) -> None:
    number = company.approved()
    carry_out(company.office, number)
    company.start(private_address="x@freemail.invalid")
    assert stored(company, number) == ("x@freemail.invalid",)
    assert [c for c in show_plan(company.office, number)["changes"] if c["step"] == "stop_forwarding"] == []


@pytest.mark.parametrize("wrong", ["at home", "x@freemail.invalid,,", "x@", "none, x@freemail.invalid"])
def test_what_is_no_address_starts_nothing(company: Company, wrong: str) -> None:
    with pytest.raises(BadInput, match=r"private_address: .* is no mail address"):
        company.start(private_address=wrong)
    assert list(company.office.store.departures.every()) == []


@pytest.mark.parametrize(("main", "works"), [(INCLUDING, True), (b"keep;", False)])
def test_the_review_reads_a_mailbox_as_a_whole(company: Company, main: bytes, *, works: bool) -> None:
    company.systems.mail.stored = {"main": main, "parts": PARTS}
    company.systems.mail.active = "main"
    number = company.start()
    (parts,) = [one for one in review(company.office, DOMAINS, number) if one.key.name == "parts"]
    (read,) = rules_of(company.office, company.office.store.departures.get(number).leaver, DOMAINS)

    assert [one for one in read.judged if one.rule.name == "parts"] == list(parts.judged)
    (one,) = parts.judged
    assert one.rule.active is works
    assert any('because the script "main" includes this one' in reason for reason in one.reasons) is works
