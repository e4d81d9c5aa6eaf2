"""The letters and their ledger: what was approved is what may be sent, and each letter moves once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import pytest

from offboard.domain.evidence import check_chain
from offboard.domain.letter import Channel, Letter, LetterState
from offboard.errors import NoSuchDeparture

if TYPE_CHECKING:
    from offboard.storage.store import Store

D = "D-2026-0001"
S = LetterState


def letter(client: str, body: str = "Good bye.", departure: str = D) -> Letter:
    return Letter(
        id=f"L-{departure}-{client}", departure=departure, client=client, client_name=client, contact="Ida",
        recipient=f"{client.lower()}@client.example", address=(), language="en", channel=Channel.MAIL,
        date="2026-12-01", subject="Your new contact", body=body,
    )  # fmt: skip


def state(store: Store, client: str) -> LetterState:
    return store.letters.letter(f"L-{D}-{client}").state


def decide(store: Store, one: Letter, to: LetterState = S.APPROVED, person: str = "owner@corp.test") -> bool:
    return store.letters.decide(one, to=to, person=person, os_user="root", reason="because")


def told(store: Store) -> list[dict[str, object]]:
    return [json.loads(line)["body"] for line in store.evidence.lines(D)]


def test_letters_come_back_as_they_were_in_order(store: Store) -> None:
    drafts = [letter("C2"), letter("C1"), letter("C3")]
    store.letters.add(drafts)
    store.letters.add([letter("C0"), letter("X", departure="D-2026-0002")])

    assert store.letters.letters(D) == [*drafts, letter("C0")]
    assert store.letters.letters("D-2026-0002") == [letter("X", departure="D-2026-0002")]
    assert store.letters.letters("D-2026-0003") == []
    with pytest.raises(NoSuchDeparture, match="no letter 'nope'"):
        store.letters.letter("nope")


def test_a_draft_is_written_anew_until_somebody_decided(store: Store) -> None:
    store.letters.add([letter("C1", "one"), letter("C2", "one")])
    decide(store, letter("C2", "one"))

    store.letters.add([letter("C1", "two"), letter("C2", "two")])

    assert [x.body for x in store.letters.letters(D)] == ["two", "one"]


def test_a_decision_is_about_exactly_this_text(store: Store) -> None:
    store.letters.add([letter("C1", "one")])
    store.letters.add([letter("C1", "two")])

    assert not decide(store, letter("C1", "one"))
    assert (state(store, "C1"), store.letters.approved(f"L-{D}-C1")) == (S.TO_REVIEW, None)
    assert decide(store, letter("C1", "two"))
    assert store.letters.approved(f"L-{D}-C1") == letter("C1", "two").digest
    assert store.letters.approvers(D) == ["owner@corp.test"]


@pytest.mark.parametrize(
    ("before", "may"),
    [
        (S.DRAFT, True),
        (S.TO_REVIEW, True),
        (S.APPROVED, True),
        (S.HELD, True),
        (S.FAILED, True),
        (S.REJECTED, False),
        (S.SENDING, False),
        (S.SENT, False),
    ],
)
def test_on_which_letters_one_may_still_decide(store: Store, before: LetterState, may: bool) -> None:
    store.letters.add([replace(letter("C1"), state=before)])

    assert decide(store, letter("C1")) is may
    assert state(store, "C1") is (S.APPROVED if may else before)


def test_who_refuses_takes_the_approval_back(store: Store) -> None:
    store.letters.add([letter("C1")])
    decide(store, letter("C1"))
    decide(store, letter("C1"), S.REJECTED)

    assert store.letters.approved(f"L-{D}-C1") is None
    assert store.letters.approvers(D) == []
    assert store.letters.letter(f"L-{D}-C1").reason == "because"


def test_a_letter_moves_only_from_where_it_is_expected(store: Store) -> None:
    for there, expected in product(S, S):
        client = f"{there}-{expected}"
        store.letters.add([replace(letter(client), state=there)])
        count = len(store.evidence.lines(D))

        moved = store.letters.move(f"L-{D}-{client}", to=S.HELD, expect=[expected], reason="because")

        assert moved is (there is expected)
        assert state(store, client) is (S.HELD if moved else there)
        assert len(store.evidence.lines(D)) == count + moved


def test_of_many_senders_one_marks_the_letter(store: Store) -> None:
    store.letters.add([letter("C1")])
    decide(store, letter("C1"))

    with ThreadPoolExecutor(8) as pool:
        moves = list(pool.map(lambda _: store.letters.move(f"L-{D}-C1", to=S.SENDING, expect=[S.APPROVED]), range(16)))

    assert moves.count(True) == 1


def test_approvals_taken_back_are_none_and_what_went_out_stays(store: Store) -> None:
    for client in ("C1", "C2", "C3"):
        store.letters.add([letter(client)])
        decide(store, letter(client))
    store.letters.move(f"L-{D}-C3", to=S.SENDING, expect=[S.APPROVED])

    store.letters.reopen(D, "changed", clients={"C1", "C3"})

    assert [state(store, client) for client in ("C1", "C2", "C3")] == [S.TO_REVIEW, S.APPROVED, S.SENDING]
    assert store.letters.approved(f"L-{D}-C1") is None
    store.letters.reopen(D, "changed")
    assert [state(store, client) for client in ("C1", "C2", "C3")] == [S.TO_REVIEW, S.TO_REVIEW, S.SENDING]


def test_every_move_is_in_the_evidence(store: Store) -> None:
    store.letters.add([letter("C1")])
    decide(store, letter("C1"))
    store.letters.move(f"L-{D}-C1", to=S.SENDING, expect=[S.APPROVED])
    store.letters.move(f"L-{D}-C1", to=S.SENT, expect=[S.SENDING])

    assert told(store)[0] == {"drafted": [{"id": f"L-{D}-C1", "digest": letter("C1").digest}]}
    assert [(e["from"], e["to"], e["digest"]) for e in told(store)[1:]] == [
        ("to_review", "approved", letter("C1").digest),
        ("approved", "sending", letter("C1").digest),
        ("sending", "sent", letter("C1").digest),
    ]
    assert check_chain(store.evidence.lines(D)).ok
    assert "Good bye" not in json.dumps(told(store)), "the text stands in the bundle, not in the log"
