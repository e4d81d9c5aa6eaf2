"""The demo's chapter of what no interface can do: people are asked, and say that it is done."""

from datetime import UTC, datetime

from offboard.commands import tasks
from offboard.commands.demo_cast import expect, name_of
from offboard.commands.demo_shutting import ShutDoors
from offboard.domain.asking import Task, TaskKind, TaskState


class AskedPeople(ShutDoors):
    """The people who were asked."""

    def people_confirm(self) -> None:
        """Whoever was asked confirms it; HR records the leaver's own letter with the signed page."""
        self.voice.chapter("People: what no interface can do")
        asked = self._asked_now()
        expect(bool(asked) and all(task.state is TaskState.ASKED for task in asked), "people are asked")
        self.voice.table(("task", "asked"), [(_short(task.what), name_of(task.assignee)) for task in asked])
        signed = self.stage.folder / "signed.pdf"
        own = next(letter for letter in self.letters() if letter.to_leaver)
        signed.write_bytes(self.firm.book.pdf(own))
        for task in asked:
            shown = self._with_the_letter(task) if task.kind is TaskKind.ACKNOWLEDGEMENT else {"note": "done"}
            file = signed if "name" in shown else None
            typed = " ".join(f'--{"date" if key == "on" else key} "{value}"' for key, value in shown.items())
            code = self.voice.command(
                f"tasks confirm {task.id} {typed}{' --file signed.pdf' if file else ''} --as {task.assignee}",
                tasks.confirm,
                task.id,
                as_=task.assignee,
                file=file,
                config=self.stage.config,
                most=0,
                **shown,
            )
            expect(code == 0, f"{task.id} is confirmed")
        left = [task for task in self._asked_now() if task.state is not TaskState.CONFIRMED]
        expect(not left, "everybody has confirmed")
        self.voice.say("Until then the departure stays open; who does not answer is reminded by mail.")

    def _asked_now(self) -> list[Task]:
        """Return what is asked for at once; speaking with clients comes weeks later."""
        return [task for task in self.firm.store.tasks.tasks(self.number) if task.kind is not TaskKind.FOLLOW_UP]

    def _with_the_letter(self, task: Task) -> dict[str, str]:
        leaver = self.firm.store.departures.get(task.departure).leaver.name
        return {"on": datetime.now(UTC).date().isoformat(), "name": leaver}


def _short(what: str) -> str:
    """Return what is asked for up to where it is explained."""
    return what.partition(": ")[0]
