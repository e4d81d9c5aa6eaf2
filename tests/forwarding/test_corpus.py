"""How well the classifier does on the corpus: the same figures that ``make test-rules`` prints."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from offboard.forwarding.model import Verdict
from offboard.forwarding.sources import PAGES
from tests.forwarding.corpus_figures import (
    CORPUS,
    SOURCES,
    WORDS,
    Found,
    bothered,
    classify,
    labels,
    missed,
    rates,
    table,
    wrong,
)

LEAST = 0.98
"""What precision and recall of every verdict are at least; both are 1 today, and a new label may come out wrong."""


@pytest.fixture(scope="module")
def found() -> list[Found]:
    return [classify(label) for label in labels()]


def test_the_corpus_is_large_and_covers_every_source_and_verdict():
    counted = Counter(label.source for label in labels())
    assert counted.keys() == {"sieve", *SOURCES}
    assert sum(counted.values()) >= 150
    verdicts = Counter((label.source, label.verdict) for label in labels())
    assert {verdict for _, verdict in verdicts} == set(WORDS)
    assert all(sum(verdicts[source, word] > 0 for word in WORDS) >= 3 for source in counted)
    assert all(label.reference and label.because for label in labels())


def test_no_external_forward_is_missed(found: list[Found]):
    assert sum(one.label.leaves == "yes" for one in found) >= 50
    assert missed(found) == []


def test_harmless_rules_bother_nobody(found: list[Found]):
    harmless = [one for one in found if one.label.harmless]
    assert len(harmless) >= 100
    assert len(bothered(found)) <= 0.02 * len(harmless), bothered(found)


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("source", ["sieve", *SOURCES, "all"])
def test_precision_and_recall(found: list[Found], source: str, word: str):
    some = [one for one in found if source in {one.label.source, "all"}]
    precision, recall = rates(some, word)
    assert precision is None or precision >= LEAST, wrong(some)
    assert recall is None or recall >= LEAST, wrong(some)


def test_every_reason_cites_a_page(found: list[Found]):
    for one in found:
        for judged in one.judged:
            said = [reason for reason in judged.reasons if reason not in judged.rule.notes]
            cited = [reason for reason in said if not reason.startswith("The rule is switched off")]
            assert bool(cited) == (judged.verdict > Verdict.NONE)
            for reason in cited:
                source = re.search(r" \[([^\[\]]+)\]\.$", reason)
                assert source, reason
                assert source[1] in PAGES


def test_the_figures_name_what_came_out_wrong(found: list[Found]):
    first = found[0]
    spoiled = [Found(first.label, "alarm", "no", first.judged), *found[1:]]
    assert f"harmless rules above notice: {len(bothered(found)) + 1} of" in table(spoiled)
    assert f"{first.label.item} (none, {first.label.because}): alarm" in table(spoiled)


def test_a_rule_without_label_and_a_label_without_rule_are_found():
    assert len(labels()) == len((CORPUS / "labels.csv").read_text(encoding="utf-8").splitlines()) - 1
