"""Every error that offboard raises, and what its reader can do next.

OffboardError                     exit
├── WrongUse                      2   the command, the settings or a file is wrong
│   ├── BadInput                      a named field or line is wrong; carries all faults at once
│   └── BadSettings                   offboard.toml or the environment
├── SaysNo                        1   the answer is no
│   ├── NoSuchPerson                  nobody matches exactly; names the near misses
│   ├── NoSuchDeparture               no departure, letter or change of that name
│   ├── Guarded                       guards refuse; carries every reason
│   ├── NotAllowed                    this person may not decide this
│   ├── NotApproved                   the plan in force has no approval
│   ├── NotDue                        the last moment has not come
│   ├── Ended                         the departure is closed, cancelled or undone
│   ├── Stopped                       somebody pressed stop
│   ├── Busy                          another run holds this departure
│   └── EvidenceBroken                the evidence was altered, cut or reordered
└── SystemFault                   3   a connected system; says which
    ├── Unreachable                   no connection, no answer: retried
    ├── Throttled                     told to come back later: retried
    ├── Untrusted                     TLS was refused: not retried
    ├── Denied                        the rights are missing: not retried
    ├── Rejected                      the system refused the request: not retried
    ├── NotFound                      what we asked for is not there: not retried
    └── Drifted                       somebody else changed it meanwhile: not retried

Retrying depends on the type alone: ``RETRIED`` names the two that are worth another try.
"""

from __future__ import annotations

from typing import ClassVar


class OffboardError(Exception):
    """Anything that offboard reports itself; ``hint`` says what to do next."""

    exit_code: ClassVar[int] = 1
    default_hint: ClassVar[str] = "Run the command again with --help."

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint or self.default_hint


class WrongUse(OffboardError):
    """The command, the settings or a file is wrong."""

    exit_code = 2


class BadInput(WrongUse):
    """Some input is wrong; ``faults`` holds every fault found, each naming its field or line."""

    default_hint = "Correct the named fields and run the command again; nothing was changed."

    def __init__(self, message: str, *, faults: list[str] | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.faults = faults or []


class BadSettings(BadInput):
    """The settings are wrong; ``faults`` names each key."""

    default_hint = "Correct offboard.toml (or the OFFBOARD_… variable) and run the command again."


class SaysNo(OffboardError):
    """The request was understood and the answer is no."""


class NoSuchPerson(SaysNo):
    """Nobody, or more than one person, matches exactly."""

    default_hint = "Give the exact login, mail address or employee number of one person."


class NoSuchDeparture(SaysNo):
    """There is no departure, letter or change of that name."""

    default_hint = "List what there is with: offboard list"


class Guarded(SaysNo):
    """Guards refuse this plan; ``reasons`` holds every one."""

    default_hint = "Remove each reason, or start the departure anew with other values."

    def __init__(self, message: str, *, reasons: list[str], hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.reasons = reasons


class NotAllowed(SaysNo):
    """This person may not decide this."""

    default_hint = "Ask somebody who is listed for this in [people], and who is not concerned themselves."


class NotApproved(SaysNo):
    """The plan in force has no approval."""

    default_hint = "Read the plan with 'offboard plan D', then approve it with 'offboard approve D --as EMAIL'."


class NotDue(SaysNo):
    """The last moment has not come yet."""

    default_hint = "Leave it to 'offboard serve', or carry it out at once with --now."


class Ended(SaysNo):
    """The departure is closed, cancelled or undone."""

    default_hint = "Start another one when it has to be done again: offboard start PERSON --last-moment … --as EMAIL"


class Stopped(SaysNo):
    """Everything has been stopped by a person."""

    default_hint = "When it is safe to go on: offboard resume --as EMAIL"


class Busy(SaysNo):
    """Another run is carrying out this departure."""

    default_hint = "Wait until it ends; a run that died is taken over after a minute."


class EvidenceBroken(SaysNo):
    """The evidence was altered, cut or reordered."""

    default_hint = "Keep this file, and compare it with the head that was sent to the auditor."


class SystemFault(OffboardError):
    """A connected system did not do what was asked; ``system`` is its name in the settings."""

    exit_code = 3

    def __init__(self, message: str, *, system: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.system = system


class Unreachable(SystemFault):
    """No connection or no answer."""

    default_hint = "Check that the system is up and its address is right: offboard doctor"


class Throttled(SystemFault):
    """The system asked us to come back after ``retry_after`` seconds."""

    default_hint = "Nothing to do: it is tried again by itself."

    def __init__(self, message: str, *, system: str = "", retry_after: float = 1.0) -> None:
        super().__init__(message, system=system)
        self.retry_after = retry_after


class Untrusted(SystemFault):
    """The system's certificate is not one we trust, or it offers no encryption."""

    default_hint = "Set ca_file of this system to the authority that signed its certificate."


class Denied(SystemFault):
    """Our account lacks a right."""

    default_hint = "Grant the right that 'offboard doctor' names as missing, then run the command again."


class Rejected(SystemFault):
    """The system refused the request as it stands."""

    default_hint = "Read the system's answer above; it will not change by itself."


class NotFound(SystemFault):
    """What we asked for is not there (any more)."""

    default_hint = "Look at the system: the object was deleted or moved out of the configured base."


class Drifted(SystemFault):
    """Somebody else changed it since the plan was made; their change was left alone."""

    default_hint = "Plan again to see what is there now: offboard plan D --again"


RETRIED: tuple[type[SystemFault], ...] = (Unreachable, Throttled)
