"""What running a cmdlet is, what may go wrong, and which function runs which cmdlet."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from offboard.practice.exchange.organisation import Organisation, Thing

Runs: TypeAlias = "Callable[..., list[Thing]]"

NOT_FOUND = "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException"
RECIPIENT_NOT_FOUND = "Microsoft.Exchange.Management.RecipientTasks.RecipientTaskException"
AMBIGUOUS = "Microsoft.Exchange.Configuration.Tasks.ManagementObjectAmbiguousException"
BINDING = "System.Management.Automation.ParameterBindingException"
NO_ENTRY = "Microsoft.Exchange.Management.StoreTasks.UserNotFoundInPermissionEntryException"
ALREADY = "Microsoft.Exchange.Management.RecipientTasks.ACEAlreadyExistsException"
WRONG = "System.ArgumentException"


class Refused(Exception):
    """Exchange's error answer: the exception's type in .NET, and its message."""

    def __init__(self, kind: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.kind, self.message, self.status = kind, message, status

    def body(self) -> dict[str, Any]:
        """Return the answer's body: the message that says something stands deep within."""
        said = f"Ex{zlib.crc32(self.kind.encode()) & 0xFFFFFF:06X}|{self.kind}|{self.message}"
        inner = {
            "message": "Error executing cmdlet",
            "type": "Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
        }
        details = [{"code": "Context", "target": "", "message": said}]
        return {"error": {"code": "BadRequest", "message": "Error executing cmdlet", "details": details,
                          "innererror": inner}}  # fmt: skip


@dataclass
class Command:
    """One cmdlet as it was run; parameters by the name that the caller wrote."""

    name: str
    parameters: dict[str, Any]
    anchor: str
    status: int = 0
    at: float = 0.0


@dataclass
class Run:
    """What a function that runs a cmdlet is given; parameters by their lower-case name."""

    organisation: Organisation
    parameters: dict[str, Any] = field(default_factory=dict)

    def get(self, name: str, default: Any = None) -> Any:
        """Return a parameter's value."""
        return self.parameters.get(name.casefold(), default)

    def given(self, name: str) -> bool:
        """Say whether a parameter was given, be it as null."""
        return name.casefold() in self.parameters

    def mailbox(self, name: str = "Identity") -> Thing:
        """Return the mailbox that a parameter names.

        Raises:
            Refused: there is none, or more than one.
        """
        return self.organisation.mailbox(str(self.get(name) or ""))


RUNS: dict[str, tuple[str, Runs, dict[str, str]]] = {}


def cmdlet(name: str, *parameters: str) -> Callable[[Runs], Runs]:
    """Have a function run this cmdlet, with these parameters and no others."""

    def take(function: Runs) -> Runs:
        RUNS[name.casefold()] = (name, function, {word.casefold(): word for word in (*parameters, "Confirm")})
        return function

    return take


def not_found(what: str) -> Refused:
    """Return the answer for something that is not there."""
    where = "LO2P265A001DC01.GBRP265A001.PROD.OUTLOOK.COM"
    return Refused(
        NOT_FOUND, f"The operation couldn't be performed because object '{what}' couldn't be found on '{where}'."
    )


def wrong(message: str) -> Refused:
    """Return the answer for a value that the cmdlet does not take."""
    return Refused(WRONG, message)
