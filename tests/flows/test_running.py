"""What Prefect is told of work that ended, and that work under way is never given up half-way."""

from __future__ import annotations

import ast
import asyncio
import threading
from pathlib import Path

import pytest

from flows.running import LONGEST, aside, of_error, of_outcomes, opened
from offboard.domain.change import Effect, Outcome, Result
from offboard.errors import Busy, Denied, Guarded, NotApproved, NotDue

FLOWS = Path(__file__).parents[2] / "flows"


def outcome(result: Result) -> Outcome:
    return Outcome("c001", result, Effect.REQUESTED, error="bind as cn=secret failed")


@pytest.mark.parametrize(
    ("results", "kind", "name", "message"),
    [
        ([], "COMPLETED", "Completed", "nothing was left to do"),
        ([Result.DONE, Result.DONE, Result.ALREADY], "COMPLETED", "Completed", "2 done, 1 already"),
        ([Result.DECLINED], "COMPLETED", "Completed", "1 declined"),
        ([Result.DONE, Result.FAILED], "FAILED", "Attention", "1 done, 1 failed"),
        ([Result.DRIFTED], "FAILED", "Attention", "1 drifted"),
        ([Result.PARKED], "FAILED", "Attention", "1 parked"),
    ],
)
def test_a_change_that_failed_is_never_hidden(results: list[Result], kind: str, name: str, message: str):
    state = of_outcomes(map(outcome, results))

    assert (state.type.value, state.name, state.message) == (kind, name, message)


@pytest.mark.parametrize(
    ("error", "kind", "name"),
    [
        (NotApproved("D-2026-0001: nobody approved it"), "FAILED", "NotApproved"),
        (Denied("office-ldap: the right to write is missing"), "FAILED", "Denied"),
        (Busy("D-2026-0001 is being carried out"), "COMPLETED", "Busy"),
        (NotDue("D-2026-0001 is due later"), "COMPLETED", "NotDue"),
    ],
)
def test_a_refusal_says_why_and_what_to_do_next(error: Denied | NotApproved | Busy | NotDue, kind: str, name: str):
    state = of_error(error)

    assert (state.type.value, state.name) == (kind, name)
    assert str(error) in str(state.message)
    assert error.hint in str(state.message)


def test_every_reason_is_named_and_a_very_long_message_is_cut():
    assert "no successor" in str(of_error(Guarded("D-1", reasons=["protected", "no successor"])).message)
    assert len(str(of_error(NotApproved("x" * 5000)).message)) < LONGEST + 200


def test_the_text_of_a_foreign_error_is_not_told():
    state = of_error(RuntimeError("password=hunter2"))

    assert (state.type.value, state.name) == ("FAILED", "Broken")
    assert "hunter2" not in str(state.message)


def test_whoever_is_cancelled_waits_until_the_step_under_way_has_ended():
    begun, go_on, over = threading.Event(), threading.Event(), threading.Event()

    def step() -> None:
        begun.set()
        go_on.wait(10)
        over.set()

    class Lease:
        def __enter__(self) -> None: ...

        def __exit__(self, *_: object) -> None:
            assert over.is_set(), "the lease was handed back while a step was still writing"

    async def carry() -> None:
        async with opened(Lease()):
            await aside(step)

    async def main() -> None:
        task = asyncio.create_task(carry())
        await asyncio.to_thread(begun.wait, 10)
        task.cancel()
        await asyncio.sleep(0.05)
        assert not task.done()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


def test_no_task_is_cached_or_kept():
    """Prefect answers a second, equal call from its cache: a second look would pass without looking."""
    made = [
        node
        for file in FLOWS.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"task", "flow"}
    ]
    tasks = [node for node in made if getattr(node.func, "id", "") == "task"]

    assert len(tasks) == 1, "tasks are made in one place"
    options = {keyword.arg: ast.unparse(keyword.value) for keyword in tasks[0].keywords}
    assert options["cache_policy"] == "NO_CACHE"
    for node in made:
        assert {k.arg: ast.unparse(k.value) for k in node.keywords}["persist_result"] == "False"


def test_flow_modules_have_no_postponed_annotations():
    """Prefect reads a flow's types when it runs; postponed ones fail in a served process alone."""
    assert not [file.name for file in FLOWS.glob("*.py") if "from __future__" in file.read_text(encoding="utf-8")]
