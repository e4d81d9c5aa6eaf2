"""Killed at any moment and run again, a departure ends where it would have ended, and nothing happens twice."""

from __future__ import annotations

import json
import multiprocessing
import signal
from collections import Counter
from typing import TYPE_CHECKING

import pytest
import tomli_w

from offboard.connectors.register import import_clients
from offboard.domain.asking import TaskKind
from offboard.domain.departure import read_moment
from offboard.domain.evidence import check_chain
from offboard.domain.letter import LetterState
from offboard.engine.deciding import approve, decide_letters
from offboard.engine.showing import show
from offboard.engine.starting import Request, start
from offboard.engine.status import blocking
from offboard.engine.verifying import verify
from offboard.wiring import Firm, open_firm
from tests.servers.crashing import WRITTEN, carry_out_until
from tests.servers.slapd import person
from tests.servers.workplace import CLIENTS, SCRIPT, settings_of

if TYPE_CHECKING:
    from pathlib import Path

    from offboard.domain.letter import Letter
    from tests.servers.dovecot import Dovecot
    from tests.servers.slapd import Slapd
    from tests.servers.smtp import SmtpSink

SHARDS = 4
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.servers.crashing"])
EVERY_RUN = {"set_account", "set_membership", "put_script", "activate", "set_responsible", "send"}
"""What each departure here writes, each thing once; sessions are ended as often as somebody is signed in."""
MOMENT, ZONE = read_moment("2026-01-05T17:00", "Europe/London")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_killed_at_every_moment(
    tmp_path: Path,
    slapd: Slapd,
    dovecot: Dovecot,
    smtp_sink: SmtpSink,
    shard: int,
) -> None:
    fatal, killed = shard + 1, True
    while killed:
        place = _Place(tmp_path / str(fatal), f"p{fatal}", slapd, dovecot, smtp_sink)
        number = place.approved_departure()
        killed = place.carried_out(number, fatal)
        place.carried_out(number, 0)
        place.check(number)
        fatal += SHARDS
    assert {name for name, *_ in place.written()} >= EVERY_RUN, "the last one was not killed at all"
    assert fatal > 10 * SHARDS, "there are far more moments than these"


@pytest.mark.parametrize(("moment", "arrived"), [("before send", 0), ("after send", 1)])
def test_a_letter_caught_in_the_act_is_held(
    tmp_path: Path, slapd: Slapd, dovecot: Dovecot, smtp_sink: SmtpSink, moment: str, arrived: int
) -> None:
    place = _Place(tmp_path / "caught", "p1", slapd, dovecot, smtp_sink)
    number = place.approved_departure()

    assert place.carried_out(number, moment)
    assert not place.carried_out(number, 0)

    (held,) = place.check(number)
    assert "may or may not have arrived" in held.reason
    assert len(smtp_sink.to(held.recipient)) == arrived


class _Place:
    """A company of its own for one leaver, on servers that are shared."""

    def __init__(self, folder: Path, login: str, slapd: Slapd, dovecot: Dovecot, sink: SmtpSink) -> None:
        folder.mkdir()
        self.config, self.login, self.slapd, self.dovecot, self.sink = (
            folder / "offboard.toml",
            login,
            slapd,
            dovecot,
            sink,
        )
        slapd.add(person(login, f"Pat {login.upper()}", f"9{login[1:]}"))
        slapd.modify(
            f"dn: cn=staff,ou=groups,dc=corp,dc=test\nchangetype: modify\nadd: member\n"
            f"member: uid={login},ou=people,dc=corp,dc=test\n\n"
            f"dn: cn=printers,ou=groups,dc=corp,dc=test\nchangetype: modify\nadd: memberUid\nmemberUid: {login}\n"
        )
        dovecot.put_script(login, "holiday", SCRIPT)
        settings = settings_of(
            office=slapd.settings(bind_dn="cn=offboard,ou=services,dc=corp,dc=test"),
            mail=dovecot.settings(),
            clients={"kind": "register", "url": "sqlite:///clients.db"},
            outbox=sink.settings(),
        )
        self.config.write_text(tomli_w.dumps(settings), encoding="utf-8")
        (folder / "clients.csv").write_text(
            CLIENTS.replace(",alice,", f",{login},").replace("@", f".{login}@"), encoding="utf-8"
        )

    def approved_departure(self) -> str:
        firm = open_firm(self.config)
        with firm.systems.writer("clients") as register:
            import_clients(register, self.config.parent / "clients.csv")
        request = Request(self.login, MOMENT, ZONE, "employee", "bob", "erin@corp.test")
        number = start(firm.office, request).departure.number
        approve(firm.office, number, "dave@corp.test")
        letters = firm.store.letters.letters(number)
        decide_letters(firm.office, number, letters, "owner@corp.test", to=LetterState.APPROVED)
        firm.close()
        return number

    def carried_out(self, number: str, fatal: int | str) -> bool:
        """Carry the departure out in a process of its own, and say whether it was killed."""
        child = PROCESSES.Process(target=carry_out_until, args=(self.config, number, fatal))
        child.start()
        child.join(120)
        assert child.exitcode in {0, -signal.SIGKILL}
        return child.exitcode != 0

    def written(self) -> list[tuple[str, ...]]:
        """Return each write that a system took, in whichever process."""
        return [tuple(json.loads(line)) for line in self.config.with_name(WRITTEN).read_text("utf-8").splitlines()]

    def check(self, number: str) -> list[Letter]:
        """Judge the end, and return the letters that are held."""
        firm = open_firm(self.config)
        shown = show(firm.office, number)
        by_systems = [c for c in shown["changes"] if c["plan"] == "access" and not c["awaited"]]
        assert {c["outcome"] for c in by_systems} <= {"done", "already"}, shown
        asked = [c["target"] for c in shown["changes"] if c["awaited"]]
        tasks = [task.target for task in firm.store.tasks.tasks(number) if task.kind is not TaskKind.FOLLOW_UP]
        assert asked == tasks, "people are asked, each thing once"
        assert verify(firm.office, number).holds
        assert not self.slapd.bind(f"uid={self.login},ou=people,dc=corp,dc=test", f"{self.login}pw")
        assert self.dovecot.active_script(self.login) == "offboard-auto-reply"
        self._check_once(firm, number)
        letters = firm.store.letters.letters(number)
        held = [x for x in letters if x.state is LetterState.HELD]
        assert len(held) <= 1
        by_mail = {x.recipient: x.state for x in letters if x.recipient}
        for recipient, state in by_mail.items():
            arrived = len(self.sink.to(recipient))
            assert arrived == 1 if state is LetterState.SENT else arrived <= 1
            assert state in {LetterState.SENT, LetterState.HELD}
        assert check_chain(firm.store.evidence.lines(number)).ok
        firm.close()
        return held

    def _check_once(self, firm: Firm, number: str) -> None:
        twice = [what for what, often in Counter(self.written()).items() if often > 1 and what[0] in EVERY_RUN]
        assert twice == [], "no account, group, script or client is written twice, and no letter sent twice"
        with firm.systems.reader("clients") as register:
            for client in ("C1", "C2", "C3"):
                assert [h.after for h in register.history(client)] == ["bob"]
        for kept in firm.store.plans.every(number):
            if not kept.voided and kept.plan.kind.value == "access":
                assert blocking(firm.office, kept.plan) == []
