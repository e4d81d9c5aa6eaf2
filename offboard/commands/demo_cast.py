"""What every chapter of the demo uses: the parts that people play, and acting, looking and waiting for them."""

import json
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from offboard.commands.demo_clouds import Clouds
from offboard.commands.demo_proofs import Outside
from offboard.commands.demo_stage import Stage
from offboard.commands.demo_voice import Voice
from offboard.domain.departure import Status
from offboard.domain.letter import Letter
from offboard.engine.showing import show
from offboard.errors import SaysNo
from offboard.wiring import Firm, open_firm

PATIENCE = 90.0
LOGS = "Read the logs named below."


class Cast:
    """The parts of the demo; ``number`` is the departure's, once it is asked for."""

    def __init__(self, stage: Stage, voice: Voice, out: Path) -> None:
        self.stage, self.voice, self.out = stage, voice, out
        self.people = stage.people
        self.names = {part: name_of(mail) for part, mail in self.people.items()}
        self.outside = Outside(stage.company)
        self.clouds = Clouds(stage.company)
        self.number = ""
        self.threads = ThreadPoolExecutor(4)
        self._firm: Firm | None = None
        # Prefect takes seconds to import; that can happen while the server comes up.
        self.asking: Future[Any] = self.threads.submit(_import_asking)

    @property
    def firm(self) -> Firm:
        """The practice company's store, for looking things up."""
        if self._firm is None:
            self._firm = open_firm(self.stage.config)
        return self._firm

    def close(self) -> None:
        """Hang up."""
        self.threads.shutdown()
        self.outside.close()
        self.clouds.close()
        if self._firm:
            self._firm.close()

    @property
    def domains(self) -> list[str]:
        """The company's own mail domains."""
        return self.firm.settings.company.domains

    def act(
        self, words: str, run: Callable[..., None], role: str | None, *more: Any, most: int = 1, **named: Any
    ) -> None:
        """Run a command on the departure as one of the roles would.

        Raises:
            SaysNo: the command says no.
        """
        shown = " ".join(_typed(word) for given in more for word in (given if isinstance(given, list) else [given]))
        flags = "".join(
            f" --{name}" if value is True else f" --{name} {_typed(value)}"
            for name, given in named.items()
            for value in (given if isinstance(given, list) else [given])
        )
        acting = {"as_": self.people[role]} if role else {}
        typed = f"{words} {self.number} {shown}".rstrip() + flags + (f" --as {self.people[role]}" if role else "")
        code = self.voice.command(
            typed, run, self.number, *more, config=self.stage.config, most=most, **named, **acting
        )
        expect(code == 0, f"'offboard {words}' succeeds")

    def letters(self) -> list[Letter]:
        """Return the departure's letters."""
        return list(self.firm.store.letters.letters(self.number))

    def shown(self) -> dict[str, Any]:
        """Return where the departure stands."""
        shown: dict[str, Any] = show(self.firm.office, self.number)
        return shown

    def status(self) -> Status:
        """Return the departure's status."""
        return self.firm.store.departures.status(self.number)

    def keep(self, name: str) -> None:
        """Write where the departure stands into the folder of results."""
        text = json.dumps(self.shown(), ensure_ascii=False, indent=2)
        (self.out / name).write_text(f"{text}\n", encoding="utf-8")

    def wait_for(self, *wanted: Status) -> None:
        """Wait until the departure has one of these statuses, or needs attention."""
        self.wait_until(
            lambda: self.status() in {*wanted, Status.ATTENTION}, f"{self.number} becomes {' or '.join(wanted)}"
        )

    def wait_until(self, done: Callable[[], bool], what: str) -> None:
        """Wait until something is so.

        Raises:
            SaysNo: it did not become so in time.
        """
        deadline = time.monotonic() + PATIENCE
        with self.voice.waiting(f"until {what}"):
            while not done():
                if time.monotonic() > deadline:
                    raise SaysNo(f"this did not happen in {PATIENCE:.0f} s: {what}", hint=LOGS)
                time.sleep(0.05)


def _typed(value: object) -> str:
    text = value.name if isinstance(value, Path) else str(value)
    return f'"{text}"' if " " in text else text


def _import_asking() -> Callable[..., Any]:
    from flows.asking import start_deployment  # noqa: PLC0415 - takes seconds, in a thread of its own

    return start_deployment


def name_of(mail: str) -> str:
    """Return what somebody of the practice company is called, by their mail address."""
    return mail.partition("@")[0].replace(".", " ").title()


def expect(so: bool, what: str) -> None:
    """Go on only when something is so.

    Raises:
        SaysNo: it is not.
    """
    if not so:
        raise SaysNo(f"this did not happen: {what}", hint=LOGS)
