"""The store as a whole."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from offboard.errors import Unreachable
from offboard.storage.alarms import Alarms
from offboard.storage.answers import Answers
from offboard.storage.chain import EvidenceLog
from offboard.storage.client_book import ClientBook
from offboard.storage.database import Database
from offboard.storage.departures import Departures
from offboard.storage.desk_requests import DeskRequests
from offboard.storage.leases import Leases
from offboard.storage.letter_box import StoredLetters
from offboard.storage.outcomes import Outcomes
from offboard.storage.people_tasks import StoredTasks
from offboard.storage.plans import Plans
from offboard.storage.rule_copies import RuleCopies
from offboard.storage.rule_decisions import RuleDecisions
from offboard.storage.scans import Scans
from offboard.storage.sealing import SealedVault, signing_key, store_key
from offboard.storage.sign_ins import SignIns

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from offboard.settings import StoreSection


class Store:
    """Everything that must survive."""

    def __init__(self, settings: StoreSection, folder: Path, now: Callable[[], datetime]) -> None:
        """Open the store and bring its tables up to date; relative paths are meant from ``folder``."""
        self.database = Database(settings.url, folder)
        reference = settings.key
        if reference and reference.file:
            reference = reference.model_copy(update={"file": folder / reference.file})
        try:
            key = store_key(reference, self.database.path)
            self.signing_key = signing_key(key)
            self.vault = SealedVault(self.database, key)
        except BaseException:
            self.database.close()
            raise
        self.departures = Departures(self.database, now)
        self.plans = Plans(self.database, now)
        self.outcomes = Outcomes(self.database, now)
        self.evidence = EvidenceLog(self.database, now)
        self.letters = StoredLetters(self.database, now)
        self.rules = RuleCopies(self.database, now)
        self.decisions = RuleDecisions(self.database, now, self.rules)
        self.tasks = StoredTasks(self.database, now, self.vault)
        self.leases = Leases(self.database, now)
        self.alarms = Alarms(self.database, now)
        self.scans = Scans(self.database, now, self.rules, self.leases)
        self.sign_ins = SignIns(self.database, now, self.vault)
        self.requests = DeskRequests(self.database, now)
        self.answers = Answers(self.database, now)
        self.clients = ClientBook(self.database, now)

    def close(self) -> None:
        """Keep what is still only noted, and close every connection."""
        with contextlib.suppress(Unreachable):  # what is noted is what may be lost
            self.vault.flush()
        self.database.close()
