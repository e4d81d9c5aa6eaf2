"""The report: whole, safe, self-contained, worst first."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offboard.forwarding.judging import judge
from offboard.forwarding.model import Action, Judged, Rule
from offboard.forwarding.report import About, report_html
from tests.trying import tried

DOMAINS = ("acme.example",)
WHEN = datetime(2026, 12, 1, 17, 0, tzinfo=ZoneInfo("Europe/London"))
VOID = {"meta"}
OURS = {
    *("html", "head", "meta", "title", "style", "body", "main", "header", "footer", "section", "article", "span", "b"),
    *(
        "h1",
        "h2",
        "h3",
        "p",
        "strong",
        "ul",
        "li",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "dl",
        "dt",
        "dd",
        "code",
    ),
}


class Page(HTMLParser):
    """Reads a page, and fails when a tag is not closed in its place."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.texts))


def rule(name: str = "main", target: str = "x@p.example", *, mailbox: str = "ann@acme.example", **more) -> Judged:
    given_values = {
        "mailbox": mailbox,
        "system": "mail",
        "source": "sieve",
        "name": name,
        "active": True,
        "conditions": (),
        "actions": (Action("redirect", target, external=not target.endswith("acme.example")),),
        "keeps_copy": False,
        "hidden": False,
        "raw_sha256": "0" * 64,
    }
    return judge(Rule(**(given_values | more)), domains=DOMAINS)


def report(*judged: Judged) -> str:
    return report_html(judged, company="Acme & Sons", generated_at=WHEN)


def test_worst_first_with_counts_and_destinations():
    files = {"actions": (Action("file", "Lists"),), "keeps_copy": True}
    text = Page(
        report(
            rule("harmless", **files),
            rule("inside", "joe@acme.example"),
            rule("second", "ann@gmail.com", mailbox="joe@acme.example"),
            rule("first", "ann@gmail.com"),
        )
    ).text
    places = [text.index(name) for name in ("first", "second", "inside", "harmless")]
    assert places == sorted(places)
    assert "Acme & Sons · 1 December 2026, 17:00 GMT" in text
    assert "4 rules were read. 2 send mail outside the company, from 2 mailboxes." in text
    assert "2Alarm" in text
    assert "1None" in text
    assert "ann@gmail.com2ann@acme.example, joe@acme.example" in text
    assert "gmail.com is a provider of private mailboxes. MITRE T1114.003" in text
    assert "Sources. MITRE T1114.003 (attack.mitre.org/techniques/T1114/003)" in text


@pytest.mark.parametrize(
    ("judged", "sentence"),
    [
        ((), "No mail rule was found."),
        ((rule(target="joe@acme.example"),), "1 rule was read. None of them is seen to send mail outside the company."),
        ((rule(active=False),), "1 sends mail outside the company (0 of them switched on), from 1 mailbox."),
        ((rule(mailbox=""),), "1 rule was read. 1 sends mail outside the company."),
    ],
)
def test_the_sentence_that_the_owner_reads(judged: tuple[Judged, ...], sentence: str):
    assert sentence in Page(report(*judged)).text


def test_nothing_is_loaded_and_nothing_runs():
    page = report(rule(), rule(source="transport", mailbox=""))
    tags = {tag for tag, _ in Page(page).tags}
    assert not tags & {"script", "link", "img", "iframe", "object", "form", "a", "base"}
    assert "default-src 'none'" in page
    assert not re.search(r"https?:|//|url\(|@import|javascript:", page)


@given(st.text(max_size=40), st.text(max_size=40))
@tried(50)
def test_no_text_of_a_rule_becomes_markup(name: str, target: str):
    page = Page(report(rule(f"<i>{name}", f'"><script>{target}', conditions=(f"<i {target}",), label=f"&lt;{name}")))
    assert {tag for tag, _ in page.tags} <= OURS
    assert not [attribute for _, attributes in page.tags for attribute in attributes if attribute.startswith("on")]


def test_marks_that_turn_a_text_around_are_shown_by_number():
    page = report(rule("\u202egpj.exe\x00"))
    assert "[U+202E]gpj.exe[U+0000]" in page
    assert "\u202e" not in page


def test_a_scan_tells_what_is_new_what_was_not_read_and_what_cannot_be_seen():
    told = (rule("old", "x@p.example"), rule("fresh", "y@p.example", mailbox="joe@acme.example"))
    unread = replace(rule("", mailbox="lena@acme.example", source="unread"), reasons=("Could not be read: shut.",))
    unseen = replace(rule("", mailbox="", source="unseen"), reasons=("Hidden rules are not shown.",))
    about = About(mailboxes=2000, since="30 November 2026", new={told[1]})
    page = report_html(iter([*told, unread, unseen]), company="Acme", generated_at=WHEN, about=about)
    text = Page(page).text
    assert "2 rules were read in 2,000 mailboxes." in text
    assert "1 mailbox could not be read: nothing is known of it." in text
    assert "New since 30 November 2026VerdictMailboxRuleALARMjoe@acme.examplefresh" in text
    assert "lena@acme.examplemailCould not be read: shut." in text
    assert "Hidden rules are not shown." in text
    assert page.count('<span class="new">new</span>') == 1
    assert "SHA-256 " + "0" * 64 in text


def test_the_first_scan_says_that_nobody_can_tell_what_is_new():
    page = report_html([rule()], company="Acme", generated_at=WHEN, about=About(mailboxes=1))
    assert "This is the first scan" in Page(page).text


def test_of_very_many_harmless_rules_only_the_first_are_listed():
    harmless = (rule(f"r{number}", actions=(Action("file", "Lists"),), keeps_copy=True) for number in range(1000))
    text = Page(report_html(harmless, company="Acme", generated_at=WHEN)).text
    assert "And 800 more" in text
