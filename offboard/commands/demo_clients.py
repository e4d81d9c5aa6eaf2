"""The demo's chapters of clients: who depends on whom, who takes over, that nobody is left alone, what they answer."""

from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

from offboard.commands import clients, clients_handing_over
from offboard.commands.demo_cast import expect
from offboard.commands.demo_looking import SeenFromOutside
from offboard.domain.asking import TaskKind, TaskState
from offboard.domain.parts import PartKind, kind_and_id
from offboard.engine import passing_on
from offboard.engine.showing import show_plan

ASSIGNED = "C-1007"
"""The client for whom HR follows the proposal instead of the general successor."""

BRIEFED = "C-1001"
"""The client of whom the successor was told, as their letter then says."""

ANSWERING = "C-1009"
"""The client whose answer is recorded."""

ANSWERED = "content, and asks for a visit in spring"
MOST_PROPOSED = 3


class PassedOnClients(SeenFromOutside):
    """The clients, their contacts and what is open with them."""

    def know_the_clients(self) -> None:
        """The register is filled, and it is seen who depends on one person."""
        file = Path(self.stage.company["clients_csv"])
        beside: dict[str, Any] = {name: file.with_name(f"{name}.csv") for name in ("interactions", "contacts", "items")}
        self.voice.command(
            f"clients import {file.name} {' '.join(f'--{name} {more.name}' for name, more in beside.items())}",
            clients.import_,
            file,
            **beside,
            config=self.stage.config,
        )
        self.voice.command("clients exposure", clients.show_exposure, config=self.stage.config, most=6)

    def hr_chooses(self) -> None:
        """HR sees who is proposed for each client, and gives one client to somebody else."""
        self.act("clients propose", clients_handing_over.propose_successors, None, most=0)
        departure = self.firm.store.departures.get(self.number)
        rows: list[dict[str, Any]] = passing_on.proposals(self.firm.office, departure).to_json()
        others = [row for row in rows if row["successor"] != self.people["successor"]]
        same = len(rows) - len(others)
        self.voice.say(f"{self.names['successor']} is proposed for {same} of {len(rows)} clients. Not for these, say:")
        self.voice.table(
            ("client", "proposed", "why"),
            [
                (row["name"], row["successor"].partition("@")[0], row["why"])
                for row in sorted(others, key=lambda one: (one["client"] != ASSIGNED, -one["value"]))[:MOST_PROPOSED]
            ],
        )
        to = next(row["successor"] for row in rows if row["client"] == ASSIGNED)
        self.act("clients assign", clients_handing_over.assign, "hr", client=[ASSIGNED], to=to)
        self.act("clients briefed", clients_handing_over.briefed, "hr", client=[BRIEFED])
        self.voice.say("Nothing has been changed in any system yet.")

    def nobody_is_left_alone(self) -> None:
        """A departure is closed only when whatever was the leaver's has somebody else, or stays so with a reason."""
        plan: dict[str, Any] = show_plan(self.firm.office, self.number)
        departure = self.firm.store.departures.get(self.number)
        passed = [kind_and_id(change["target"]) for change in plan["changes"] if change["step"] == "reassign_clients"]
        kinds = Counter(kind for kind, _ in passed)
        heirs = [departure.successor_of(client) for kind, client in passed if kind is PartKind.CLIENT]
        takers = Counter(person.name for person in heirs if person)
        told = ", ".join(f"{person} {count}" for person, count in takers.most_common())
        self.voice.say(
            f"{kinds[PartKind.CLIENT]} clients ({told}), {kinds[PartKind.CONTACT]} contacts and "
            f"{kinds[PartKind.ITEM]} open items have somebody new:"
        )
        self.act("clients left", clients_handing_over.show_left, None)

    def clients_answer(self) -> None:
        """A client's answer is recorded, and it is dated when the clients are spoken with next."""
        self.voice.chapter("Afterwards: what clients answer, and when they are spoken with")
        owner = self.people["owner"]
        code = self.voice.command(
            f'clients answer {ANSWERING} fine --note "{ANSWERED}" --as {owner}',
            clients_handing_over.answer,
            ANSWERING,
            clients_handing_over.Said.FINE,
            note=ANSWERED,
            as_=owner,
            config=self.stage.config,
        )
        expect(code == 0, "the answer is recorded")
        dates = defaultdict[str, list[datetime]](list)
        for task in self.firm.store.tasks.tasks(self.number):
            if task.kind is TaskKind.FOLLOW_UP and task.state is TaskState.ASKED:
                dates[task.assignee].append(datetime.fromisoformat(task.due))
        expect(bool(dates), "it is dated when clients are spoken with next")
        self.voice.say("Whoever took clients over is asked to speak with them, and is reminded by mail:")
        self.voice.table(
            ("who", "when"),
            [(who, ", ".join(f"{day:%d %b %Y}" for day in sorted(days))) for who, days in sorted(dates.items())],
        )
