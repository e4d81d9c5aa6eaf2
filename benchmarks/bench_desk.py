"""How long the desk's server takes for the list of 5,000 letters and for the preview of one: at p95, beside 50 ms."""

from __future__ import annotations

import asyncio
import os
import re
import statistics
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from benchmarks.bench_letters import COMPANY, DEPARTURE, OWNER, SUCCESSOR
from offboard.domain.clients import Client, Contact
from offboard.domain.letter import Channel, LetterState, Mark
from offboard.letter_settings import LettersSection
from offboard.settings import PeopleSection, Settings
from offboard.wiring import Firm
from offboard.wiring_desk import desk_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from offboard.domain.departure import Departure

LETTERS = 5000
ROUNDS = 60
WARM = 5
MARKED = 600
GOAL = 50.0
STATES = (LetterState.TO_REVIEW, LetterState.APPROVED, LetterState.TO_REVIEW)
"""In turn, so that the list has some of everything to count."""

ADDRESS = "http://127.0.0.1:8100"
FIELD = re.compile(r'name="(digest|token)" value="([0-9a-f]{64})"(?: formaction="[^"]*/(preview)")?')


def run() -> list[dict[str, Any]]:
    """Measure on SQLite, in this process, without the way over the wire; return the rows."""
    with tempfile.TemporaryDirectory() as folder:
        rules = LettersSection(test_mode=False, canary=1)
        settings = Settings(company=COMPANY, people=PeopleSection(owner=[OWNER]), letters=rules)
        firm = Firm(settings, Path(folder))
        try:
            departure = _departure(firm)
            letters = _letters(firm, departure)
            token = firm.store.sign_ins.begin(OWNER, "a browser", proved=datetime.now(UTC))
            return asyncio.run(_measure(firm, departure.number, letters, token))
        finally:
            firm.close()


def _departure(firm: Firm) -> Departure:
    return firm.store.departures.add(lambda number: replace(DEPARTURE, number=number), {})


def _letters(firm: Firm, departure: Departure) -> list[str]:
    def client(place: int) -> Client:
        contact = Contact(name=f"Ida Alder {place}", email=f"ida{place}@client.example")
        return Client(id=f"C{place}", name=f"Client {place} Ltd", contact=contact, country="GB")

    first = firm.book.draft(departure, client(0), SUCCESSOR)
    made = [
        replace(
            first, id=f"L-{departure.number}-C{i}", client=f"C{i}", client_name=f"Client {i} Ltd",
            recipient=f"ida{i}@client.example", body=first.body.replace("Ida Alder 0", f"Ida Alder {i}"),
            channel=(Channel.MAIL, Channel.POST)[i % 2], state=STATES[i % 3],
        )
        for i in range(LETTERS)
    ]  # fmt: skip
    firm.store.letters.add(made)
    for letter in made[1:MARKED:3]:
        firm.store.letters.mark(letter, Mark.REHEARSED)
    return [letter.id for letter in made]


async def _measure(firm: Firm, number: str, letters: list[str], token: str) -> list[dict[str, Any]]:
    transport = httpx.ASGITransport(app=desk_of(firm, ADDRESS))
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, cookies={"desk": token}) as client:

        async def listed(turn: int) -> None:
            answer = await client.get(f"/departures/{number}/letters?page={turn % 100 + 1}")
            _check(answer, "5000 of 5000")

        forms: dict[str, dict[str, str]] = {}

        async def form_of(letter: str) -> dict[str, str]:
            page = (await client.get(f"/letters/{letter}")).text
            found = {name: value for name, value, place in FIELD.findall(page) if name == "digest" or place}
            return found | {"subject": "Your new contact", "body": "Dear Ida,\n\nThis is another text.\n"}

        for place in range(ROUNDS + WARM):
            forms[letters[place * 7]] = await form_of(letters[place * 7])

        async def preview(turn: int) -> None:
            letter = letters[turn * 7]
            form = forms[letter] | {"body": f"Dear Ida,\n\nThis is text number {turn}.\n"}
            answer = await client.post(f"/letters/{letter}/preview", data=form)
            _check(answer, "Not kept yet")

        async def opened(turn: int) -> None:
            _check(await client.get(f"/letters/{letters[-turn - 1]}"), f"Ida Alder {LETTERS - turn - 1}")

        async def pictured(turn: int) -> None:
            answer = await client.get(f"/letters/{letters[-turn - 1]}/page.png")
            if not answer.content.startswith(b"\x89PNG"):
                raise RuntimeError(f"{answer.request.url}: {answer.status_code}, and no picture")

        return [
            await _row("desk: a page of the list of 5,000 letters (ms, p95)", listed),
            await _row("desk: opening one of 5,000 letters (ms, p95)", opened),
            await _row("desk: the page of one letter as a picture (ms, p95)", pictured),
            await _row("desk: live preview of one letter (ms, p95)", preview),
        ]


def _check(answer: httpx.Response, words: str) -> None:
    if answer.status_code != httpx.codes.OK or words not in answer.text:
        raise RuntimeError(f"{answer.request.url}: {answer.status_code}, without {words!r}")


async def _row(name: str, do: Callable[[int], Awaitable[None]]) -> dict[str, Any]:
    taken, busy = [], []
    for turn in range(ROUNDS + WARM):
        began, cpu = time.perf_counter(), time.process_time()
        await do(turn)
        taken.append((time.perf_counter() - began) * 1000)
        busy.append((time.process_time() - cpu) * 1000)
    place = int(ROUNDS * 0.95)
    taken, busy = sorted(taken[WARM:]), sorted(busy[WARM:])
    p95 = taken[place]
    note = (
        f"median {statistics.median(taken):.1f} ms; of processor time {statistics.median(busy):.1f}, at p95 "
        f"{busy[place]:.1f} ms; {ROUNDS} requests, SQLite, server alone, load {os.getloadavg()[0]:.1f}; "
        f"theirs is the limit"
    )
    return {
        "name": name,
        "ours": round(p95, 1),
        "theirs": GOAL,
        "ratio": round(GOAL / p95, 2),
        "goal": 1.0,
        "note": note,
    }


if __name__ == "__main__":
    import json

    print(json.dumps(run(), indent=2))
