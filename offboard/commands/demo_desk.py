"""The demo left running: the leaver goes after all, next week, and the desk shows what each role has to do about it."""

import re
import time
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import NoReturn

from offboard.commands import clients_handing_over, starting
from offboard.commands.demo_letters import CALLED_FIRST, ReadLetters
from offboard.commands.demo_shutting import PLAYBOOK
from offboard.commands.demo_stage import LOOKED_AT_FIRST
from offboard.letters.code_mails import WORDS

IN_DAYS = 7
LOOK_EVERY = 0.5
CODE = re.compile(r"\b[A-Z2-9]{4}-[A-Z2-9]{4}\b")
SUBJECT, _ = WORDS["en"]


class LeftRunning(ReadLetters):
    """What there is to look at, and for whom."""

    def leaves_after_all(self) -> str:
        """HR asks for a second departure, a week ahead, and the owner says how many she calls; return its number."""
        leaver, heir = self.people["leaver"], self.people["successor"]
        self.voice.chapter(f"To look at: {self.names['leaver']} leaves after all, next week; nothing is decided yet")
        moment = (datetime.now(UTC) + timedelta(days=IN_DAYS)).replace(hour=17, minute=0, second=0, microsecond=0)
        when, hr = moment.isoformat(timespec="minutes"), self.people["hr"]
        self.voice.command(
            f"start {leaver} --last-moment {when} --playbook {PLAYBOOK} --successor {heir} --as {hr}",
            starting.start_command,
            leaver,
            last_moment=when,
            playbook=PLAYBOOK,
            successor=heir,
            as_=hr,
            config=self.stage.config,
            most=0,
        )
        (departure, _), *_ = self.firm.store.departures.every()
        owner = self.people["owner"]
        self.voice.command(
            f"clients calls {departure.number} --first {CALLED_FIRST} --as {owner}",
            clients_handing_over.show_calls,
            departure.number,
            first=CALLED_FIRST,
            as_=owner,
            config=self.stage.config,
            most=0,
        )
        return departure.number

    def point_around(self, address: str) -> None:
        """Say what can be looked at while everything still runs, and for whom it is."""
        number, server = self.leaves_after_all(), self.stage.server.address
        page = f"{address}/departures/{number}"
        self.voice.panel(
            [
                ("The desk", f"{address} · give one of these addresses; the code is printed below"),
                ("HR signs in as", self.people["hr"]),
                ("  somebody leaves", f"{address}/start"),
                ("  who takes over", f"{page}/clients"),
                ("IT signs in as", self.people["it"]),
                ("  mail rules", f"{page}/rules"),
                ("  rules of everybody", f"{address}/rules"),
                ("  plan to approve", page),
                ("The owner signs in as", self.people["owner"]),
                ("  letters", f"{page}/letters"),
                ("  whom to call first", f"{page}/calls"),
                ("  who knows whom", f"{address}/clients"),
                ("Each of them", ""),
                ("  tasks", f"{address}/tasks · asked of people once IT has approved"),
                ("  what was played", f"{address}/departures/{self.number}"),
                ("  its evidence", f"{address}/departures/{self.number}/evidence"),
                ("Prefect", f"{server}/v2/runs"),
                ("  its run form", f"{server}/v2/deployments"),
                ("Commands", f'eval "$(offboard practice env --folder {self.stage.config.parent})"'),
                *(("", f"export {name}={value}") for name, value in LOOKED_AT_FIRST.items()),
            ],
            title="Still running; Ctrl-C ends everything",
        )

    def tell_codes(self) -> NoReturn:
        """Print each code that is mailed for signing in on the desk, until somebody presses Ctrl-C."""
        outbox = self.stage.config.parent / "outbox"
        seen = set(outbox.glob("*.eml"))
        while True:
            for file in sorted(set(outbox.glob("*.eml")) - seen):
                mail = message_from_bytes(file.read_bytes(), policy=policy.default)
                text = mail.get_body(("plain",)) if mail["Subject"] == SUBJECT else None
                if text and (code := CODE.search(text.get_content())):
                    self.voice.say(f"The code for {mail['To']}: {code[0]}", style="bold")
                seen.add(file)
            time.sleep(LOOK_EVERY)
