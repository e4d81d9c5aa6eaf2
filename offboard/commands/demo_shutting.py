"""The demo's chapters of access: HR asks, a plan is made, IT approves it, and everything is shut."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from offboard.commands import departures, rules_review
from offboard.commands.answering import answer_command
from offboard.commands.demo_cast import PATIENCE, expect
from offboard.commands.demo_clients import PassedOnClients
from offboard.commands.demo_looking import SHUT
from offboard.domain.departure import Status
from offboard.domain.plan import TWINS
from offboard.engine.reviewing import review
from offboard.engine.showing import show_plan

PLAYBOOK = "employee_with_property"
STAYS = "the nightly tests sign in with it"
"""Why the leaver's second account is left as it is."""

HANDED = "Delivery dates"
"""The leaver's mail rule that only files what comes in: the successor may want it."""


class ShutDoors(PassedOnClients):
    """From the request until nothing is open any more."""

    def hr_asks(self) -> None:
        """HR starts the departure by its deployment, with what the run form asks for."""
        with self.voice.waiting("until Prefect's server is up"):
            self.stage.server.wait()
        self.voice.chapter(f"HR: {self.names['leaver']} leaves, {self.names['successor']} takes over")
        request = {
            "person": self.people["leaver"],
            "last_moment": datetime.now(UTC).isoformat(),
            "playbook": PLAYBOOK,
            "successor": self.people["successor"],
        }
        with self.voice.waiting("until the deployment plan_departure has run"):
            answer = self.asking.result()("plan_departure", {"request": request}, patience=PATIENCE)
        expect(answer.good, f"the departure is planned ({answer.state}: {answer.message})")
        (departure, _), *_ = self.firm.store.departures.every()
        self.number = departure.number
        plan: dict[str, Any] = show_plan(self.firm.office, self.number)
        self.voice.say(f"Prefect ran the deployment plan_departure, as its form would: {answer.message}.")
        self.voice.table(
            ("system", "changes", "steps"),
            [(system, len(changes), _steps(changes)) for system, changes in _by_system(plan["changes"]).items()],
            right=("changes",),
        )
        self._what_the_plan_asks(plan)
        self.hr_chooses()

    def it_approves(self) -> None:
        """IT approves; the resident carries it out at once, and it is seen from outside."""
        self.voice.chapter(f"IT: {self.names['it']} reviews the mail rules, reads the plan and approves it")
        self._review_rules()
        self._answer_questions()
        approved = datetime.now(UTC)
        self.act("approve", departures.approve_command, "it")
        self.wait_for(Status.INFORMING)
        shown = self.shown()
        clock = {hand: _after(approved, at) for hand, at in shown["clock"].items() if at}
        self.voice.table(
            ("system", "changes", "effective", "seconds"),
            [
                (
                    system,
                    len(changes),
                    sum(1 for change in changes if change["effect"] == "effective"),
                    f"{sum(change['seconds'] or 0 for change in changes):.2f}",
                )
                for system, changes in _by_system(shown["changes"]).items()
            ],
            right=("changes", "effective", "seconds"),
        )
        self.voice.say(
            f"From the approval to the first write {clock['first_write']:.1f} s, until everything was shut and proved "
            f"{clock['secured']:.1f} s."
        )
        expect(shown["status"] == "informing", f"everything is done (it is {shown['status']})")
        self.prove(self.before, SHUT)
        self.nobody_is_left_alone()

    def _review_rules(self) -> None:
        """IT sees every rule of the leaver, the worst first, and hands the harmless one to the successor."""
        self.act("rules review", rules_review.list_rules, None, most=0)
        self.voice.table(
            ("verdict", "where", "rule", "suggested"),
            [
                (one.verdict.word, one.key.system, one.label, one.suggestion.value)
                for one in review(self.firm.office, self.domains, self.number)
            ],
        )
        because = "useful to whoever follows"
        self.act("rules decide", rules_review.decide, "it", [HANDED], hand=True, because=because, most=2)

    def _answer_questions(self) -> None:
        """IT answers what planning asked; without that nobody can approve the plan."""
        plan: dict[str, Any] = show_plan(self.firm.office, self.number)
        asked = {one["step"]: one["id"] for one in plan["questions"]}
        expect(asked.keys() == {"end_shares", TWINS}, "a link and a second account are asked about")
        self.act("answer", answer_command, "it", [asked["end_shares"]], "yes", most=0)
        self.act("answer", answer_command, "it", [asked[TWINS]], "no", because=STAYS, most=2)

    def _what_the_plan_asks(self, plan: dict[str, Any]) -> None:
        """Say in a line each what IT must think of, and what stays as it is."""
        gaps = [gap for gap in plan["not_covered"] if gap["system"]]
        for one in plan["questions"]:
            self.voice.line(f"A question: {one['text']}")
        for change in plan["changes"]:
            if change["step"] == "hand_over_belongings" and " may know" in change["why"]:
                known = _last_sentence(change["why"]).partition(":")[0].removeprefix("It has ")
                self.voice.line(f"A warning: {change['label']} in {change['system']} has {known}.")
        left = [gap["reason"].partition(":")[0] for gap in gaps if not gap.get("question")]
        self.voice.line(f"Not covered, each with the reason: {', '.join(left)}.")


def _by_system(changes: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for change in changes:
        found.setdefault(change["system"], []).append(change)
    return found


def _steps(changes: Iterable[dict[str, Any]]) -> str:
    counted = Counter(change["step"] for change in changes)
    return ", ".join(f"{count} {step}" if count > 1 else step for step, count in counted.items())


def _last_sentence(text: str) -> str:
    return text.rstrip(".").rpartition(". ")[2]


def _after(start: datetime, at: str) -> float:
    return (datetime.fromisoformat(at) - start).total_seconds()
