"""The demo's story, told as the three roles live it. Every fact that it prints is looked up, none is assumed."""

import shutil
import zipfile
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from offboard.commands import clients, departures, evidence, letters, letters_out, rule_scans
from offboard.commands.demo_cast import expect
from offboard.commands.demo_looking import CLIENT, ENDED_FOR_GOOD, SHUT
from offboard.commands.demo_people import AskedPeople
from offboard.commands.demo_stage import desk, resident, staged
from offboard.commands.demo_voice import Voice
from offboard.domain.departure import Status
from offboard.domain.letter import Channel, Letter, LetterState
from offboard.engine.scan_results import results
from offboard.engine.showing import show_plan
from offboard.errors import Busy
from offboard.forwarding.model import Judged, Verdict
from offboard.storage import bundle
from offboard.wiring import Firm

TOLD_BY_TELEPHONE = "C-1004"
"""The client whose letter the owner refuses: she rang them herself."""


def play(out: Path, logs: Path, *, wait: Callable[[], None] | None = None) -> None:
    """Play the whole story and leave its results in ``out``; ``wait`` is called while everything still runs.

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
                story.auditor_checks()
                story.put_back()
                story.end()
                if wait:
                    with desk(stage) as address:
                        story.point_around(address)
                        wait()


class Story(AskedPeople):
    """The chapters, in order; each relies on those before."""

    def ordinary_day(self) -> None:
        """Before anything: the clients are imported, the leaver works, and client mail goes where nobody sees it."""
        self.voice.chapter("An ordinary day")
        company = self.stage.company
        self.voice.command(
            "clients import clients.csv --interactions interactions.csv",
            clients.import_,
            Path(company["clients_csv"]),
            interactions=Path(company["interactions_csv"]),
            config=self.stage.config,
        )
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

    def owner_reads(self) -> None:
        """The owner refuses one letter, approves the rest; mail is sent, the rest is printed."""
        self.voice.chapter(f"The owner: {self.names['owner']} reads the letters")
        refused = f"L-{self.number}-{TOLD_BY_TELEPHONE}"
        self.act("letters reject", letters.reject, "owner", [refused], reason="told by telephone")
        self.act("letters approve", letters.approve, "owner")
        folder = self.out / "letters"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        mailed = [x for x in self.letters() if x.channel is Channel.MAIL and x.state is not LetterState.REJECTED]
        printing = [
            self.threads.submit(_write_pdf, self.firm, letter, folder / f"mail-{letter.id}.pdf") for letter in mailed
        ]
        self.wait_until(
            lambda: all(x.state is LetterState.SENT for x in self.letters() if x.id in {one.id for one in mailed}),
            "the letters by mail are sent",
        )
        for done in printing:
            done.result()
        self.wait_until(lambda: self._printed(folder), "the letters for the post are printed")
        self.wait_for(Status.CLOSED)
        counted = Counter((x.channel.value, x.language, x.state.value) for x in self.letters())
        self.voice.table(
            ("channel", "language", "state", "letters"),
            [(*key, count) for key, count in sorted(counted.items())],
            right=("letters",),
        )
        by_post = sum(1 for x in self.letters() if x.channel is Channel.POST and x.state is LetterState.SENT)
        self.voice.say(
            f"{len(mailed)} letters have left by mail, {by_post} are printed for the post; "
            f"{self.number} is {self.status()}."
        )

    def _printed(self, folder: Path) -> bool:
        """Print what goes by post; ``False`` while the resident still holds the departure."""
        try:
            self.act("letters print", letters_out.print_letters, "owner", out=folder, most=2)
        except Busy:
            return False
        return True

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

    def point_around(self, address: str) -> None:
        """Say what can be looked at while everything still runs."""
        owner = self.people["owner"]
        self.voice.panel(
            [
                ("the desk", f"{address}  sign in as {owner}, say"),
                ("its codes", f"come by mail: the newest file in {self.stage.config.parent / 'outbox'}"),
                ("Prefect", f"{self.stage.server.address}/v2/runs"),
                ("the run form", f"{self.stage.server.address}/v2/deployments"),
                ("the commands", f'eval "$(offboard practice env --folder {self.stage.config.parent})"'),
            ],
            title="Still running; Ctrl-C ends everything",
        )


def _write_pdf(firm: Firm, letter: Letter, file: Path) -> None:
    file.write_bytes(firm.book.pdf(letter))


def _rewrite(file: Path, copy: Path, person: str, other: str) -> None:
    """Copy a bundle in which somebody else is said to have done what one person did."""
    with zipfile.ZipFile(file) as whole:
        files = {name: whole.read(name) for name in whole.namelist()}
    files[bundle.ENTRIES] = files[bundle.ENTRIES].replace(person.encode(), other.encode())
    copy.write_bytes(bundle.pack(files))


def _does(one: Judged) -> str:
    return ", ".join(f"{action.kind.replace('_', ' ')} {action.target}".strip() for action in one.rule.actions)
