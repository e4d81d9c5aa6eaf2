"""The demo's story, told as the three roles live it. Every fact that it prints is looked up, none is assumed."""

import zipfile
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from offboard.commands import departures, evidence, rule_scans
from offboard.commands.demo_cast import expect
from offboard.commands.demo_desk import LeftRunning
from offboard.commands.demo_looking import CLIENT, ENDED_FOR_GOOD, SHUT
from offboard.commands.demo_stage import desk, resident, staged
from offboard.commands.demo_voice import Voice
from offboard.domain.departure import Status
from offboard.engine.scan_results import results
from offboard.engine.showing import show_plan
from offboard.forwarding.model import Judged, Verdict
from offboard.storage import bundle


def play(out: Path, logs: Path, *, keep: bool = False) -> None:
    """Play the whole story and leave its results in ``out``; with ``keep`` everything runs until Ctrl-C.

    Raises:
        OffboardError: something did not go as it must.
    """
    voice = Voice()
    voice.say("A practice company on this machine: everybody and everything in it is made up.")
    with staged(logs) as stage:
        story = Story(stage, voice, out)
        with closing(story):
            story.ordinary_day()
            with resident(stage):
                story.hr_asks()
                story.it_approves()
                story.people_confirm()
                story.owner_reads()
                story.clients_answer()
                story.auditor_checks()
                story.put_back()
                story.end()
                if keep:
                    with desk(stage) as address, suppress(KeyboardInterrupt):
                        story.point_around(address)
                        story.tell_codes()


class Story(LeftRunning):
    """The chapters, in order; each relies on those before."""

    def ordinary_day(self) -> None:
        """Before anything: the clients are imported, the leaver works, and client mail goes where nobody sees it."""
        self.voice.chapter("An ordinary day")
        self.know_the_clients()
        leaver = self.names["leaver"]
        self.before = self.seen()
        expect(not set(self.before.items()) & set(SHUT.items()), f"{leaver} has access everywhere")
        sent_on = self.outside.forwarded_to(CLIENT, "Offer for 40 pumps")
        self.voice.say(
            f"{leaver} signs in to the directory, the Windows domain, Entra and the help desk; a phone stays signed in "
            f"to the mailbox."
        )
        self.voice.say(f"A client writes to {leaver}. The mail is also sent on to {', '.join(sent_on)}.")
        page = self.out / "forwarding.html"
        self.voice.command(
            "rules scan --html forwarding.html", rule_scans.scan, html=page, config=self.stage.config, most=0
        )
        scan = self.firm.store.scans.last()
        found = [one.judged for one in results(self.firm.office, scan)] if scan else []
        counted = Counter(one.verdict.word for one in found)
        verdicts = ", ".join(f"{counted[word]} {word}" for word in ("alarm", "suspicious", "notice", "none"))
        self.voice.say(f"{len(found)} mail rules of the whole company were read, a copy of each is kept: {verdicts}.")
        self.voice.table(
            ("verdict", "whose", "rule", "what it does"),
            [
                (one.verdict.word, one.rule.mailbox, one.rule.label or one.rule.name, _does(one))
                for one in sorted(found, key=lambda one: -one.verdict)
                if one.verdict > Verdict.NOTICE
            ],
        )

    def auditor_checks(self) -> None:
        """One file holds the evidence; it is checked offline, and an altered byte is found."""
        self.voice.chapter("The auditor: one file, checked offline")
        file = self.out / "evidence.zip"
        self.act("evidence export", evidence.export, None, file, most=3)
        code = self.voice.command("evidence check evidence.zip", evidence.check, file)
        expect(code == 0, "the evidence is whole")
        altered = self.stage.folder / "altered.zip"
        _rewrite(file, altered, self.people["it"], self.people["hr"])
        found = bundle.check(altered)
        expect(not found.ok, "a rewritten entry is found")
        self.voice.say(
            f"A copy in which HR is said to have approved is found out, at entry {found.first_bad}: {found.reason}."
        )
        self.keep("demo.json")

    def put_back(self) -> None:
        """IT asks for the undo, the owner agrees since clients were written to, and everything is as it was."""
        self.voice.chapter("Back again: the undo")
        self.act("undo", departures.undo_command, "it", most=0)
        undo: dict[str, Any] = show_plan(self.firm.office, self.number)
        self.voice.say("Clients have been written to, so it is the owner who decides:")
        self.act("approve", departures.approve_command, "owner")
        self.wait_for(Status.UNDONE)
        back = {name: word for name, word in self.before.items() if name not in ENDED_FOR_GOOD}
        self.outside.give_new_windows_password()
        self.voice.say(f"{self.names['it']} gives {self.names['leaver']} a new password for Windows, as the undo asks.")
        self.prove(SHUT, back)
        shown = self.shown()["changes"]
        done = Counter(one["system"] for one in shown if one["plan"] == "undo" and one["outcome"] == "done")
        self.voice.say(f"Put back: {', '.join(f'{count} changes in {system}' for system, count in done.items())}.")
        self.voice.say("Cannot be taken back, and is listed with what a person can do:")
        # What a reason begins with is the name of the thing.
        reasons = Counter(gap["reason"].partition(": ")[2] for gap in undo["not_covered"])
        for why, count in reasons.items():
            self.voice.say(f"  {why}{f' ({count} times)' if count > 1 else ''}")
        self.keep("demo-undone.json")

    def end(self) -> None:
        """Say where everything is."""
        printed = len(list((self.out / "letters").glob("*.pdf")))
        self.voice.panel(
            [
                ("letters/", f"{printed} letters as PDF, those by mail and those for the post"),
                ("forwarding.html", "what every mail rule of the company does, and how suspicious that is"),
                ("evidence.zip", "everything that was done, for the auditor: offboard evidence check evidence.zip"),
                ("demo.json", "where the departure stood before the undo"),
                ("demo-undone.json", "and after it"),
            ],
            title=f"{self.number}: one whole departure and back, in {self.voice.seconds():.0f} s · {self.out}",
        )


def _rewrite(file: Path, copy: Path, person: str, other: str) -> None:
    """Copy a bundle in which somebody else is said to have done what one person did."""
    with zipfile.ZipFile(file) as whole:
        files = {name: whole.read(name) for name in whole.namelist()}
    files[bundle.ENTRIES] = files[bundle.ENTRIES].replace(person.encode(), other.encode())
    copy.write_bytes(bundle.pack(files))


def _does(one: Judged) -> str:
    return ", ".join(f"{action.kind.replace('_', ' ')} {action.target}".strip() for action in one.rule.actions)
