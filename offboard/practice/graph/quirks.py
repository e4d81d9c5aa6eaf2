"""What of Graph's known behaviour is switched on, which calls are made to fail, and how many calls are let through."""

from __future__ import annotations

import fnmatch
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from offboard.practice.graph.calls import Refused


@dataclass
class Quirks:
    """Graph's documented behaviour; each can be switched off, and the last ones are faults that can be planted."""

    bare_member_delete_deletes_person: bool = True
    last_owner_refused: bool = True
    default_method_last: bool = True
    privileged_refused: bool = True
    synced_refused: bool = True
    dynamic_refused: bool = True
    mail_enabled_refused: bool = True
    role_assignable_guarded: bool = True
    inherited_licence_refused: bool = True
    unknown_properties_refused: bool = True
    rights_checked: bool = True
    has_pim: bool = True
    """Whether the tenant pays for P2; without it PIM answers 400 ``AadPremiumLicenseRequired``."""
    empty_page: bool = False
    """Whether every list of several begins with an empty page that has a next link."""
    page_size: int = 100
    lag: float = 0.0
    """Seconds by which every read is behind the writes."""
    index_lag: float = 0.0
    """Seconds by which advanced queries (``ConsistencyLevel: eventual``) are behind."""
    latency: float = 0.0
    """Seconds that each call takes; a batch takes them once."""
    revoking_works: bool = True
    """Off: ``revokeSignInSessions`` says true and does nothing."""
    writes_work: bool = True
    """Off: every write is answered as done, and nothing is changed."""
    mail_spoilt: str = ""
    """Words that the mailbox takes out of the page of every mail that is laid down there."""
    foreign_next_link: str = ""
    """A host that next links lead to, as no honest Graph would have it."""


How: TypeAlias = Literal["answer", "lost", "closed", "lost_closed", "cut", "silence"]


@dataclass
class Fault:
    """Calls that match are failed ``left`` times, after ``skip`` that go through."""

    match: str
    status: int
    code: str
    headers: dict[str, str]
    how: How
    left: int
    skip: int
    message: str

    def hits(self, method: str, path: str) -> bool:
        """Say whether it is this call's turn to fail, and count it."""
        if self.left <= 0 or not fnmatch.fnmatch(f"{method} {path}".casefold(), self.match.casefold()):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.left -= 1
        return True

    def refused(self) -> Refused:
        """Return the answer."""
        refused = Refused(self.status, self.code, self.message)
        refused.headers = dict(self.headers)
        return refused


CODES = {
    400: "Request_BadRequest", 401: "InvalidAuthenticationToken", 403: "Authorization_RequestDenied",
    404: "Request_ResourceNotFound", 409: "Directory_ConcurrencyViolation", 412: "PreconditionFailed",
    423: "resourceLocked", 429: "TooManyRequests", 500: "InternalServerError", 502: "BadGateway",
    503: "ServiceNotAvailable", 504: "GatewayTimeout",
}  # fmt: skip


@dataclass
class Limit:
    """At most ``calls`` in ``seconds``, at most ``at_once`` side by side; ``retry_after`` is said when there is one."""

    calls: int = 0
    seconds: float = 1.0
    at_once: int = 0
    retry_after: int | None = 1
    _times: deque[float] = field(default_factory=deque)
    _running: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def enter(self) -> None:
        """Let one call in.

        Raises:
            Refused: there were too many.
        """
        with self._lock:
            now = time.monotonic()
            while self._times and self._times[0] <= now - self.seconds:
                self._times.popleft()
            if (self.calls and len(self._times) >= self.calls) or (self.at_once and self._running >= self.at_once):
                told = {} if self.retry_after is None else {"Retry_After": str(self.retry_after)}
                raise Refused(429, "TooManyRequests", "Too many requests from the application.", **told)
            self._times.append(now)
            self._running += 1

    def leave(self) -> None:
        """Note that the call has ended."""
        with self._lock:
            self._running -= 1


def service_of(path: str) -> str:
    """Return whose limits hold for a path: ``directory``, ``methods``, ``files``, ``teams`` or ``outlook``."""
    parts = path.casefold().split("/")
    named = {
        "authentication": "methods", "drive": "files", "drives": "files", "joinedteams": "teams", "teams": "teams",
        "mailboxsettings": "outlook", "mailfolders": "outlook", "messages": "outlook", "events": "outlook",
    }  # fmt: skip
    return next((named[part] for part in parts if part in named), "directory")
