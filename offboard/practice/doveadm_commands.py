"""doveadm's commands on the practice company's mailboxes; names and exit codes are those of Dovecot 2.3.19."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, Any

from offboard.practice.mailboxes import Mailbox, Mailboxes, NoMailbox, NoScript, ScriptInUse, Session
from offboard.practice.sieve_running import compiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_USAGE, _DATA, _NO_USER, _NOT_FOUND = 64, 65, 67, 68
"""doveadm's exit codes (sysexits.h; 68 is doveadm's own "not found")."""

_USER = {"allUsers": "boolean", "socketPath": "string", "user": "string", "transFlags": "integer", "userFile": "string"}
COMMANDS: dict[str, dict[str, str]] = {
    "kick": {"socketPath": "string", "force": "boolean", "mask": "array"},
    "who": {"socketPath": "string", "separateConnections": "boolean", "mask": "array"},
    "fsGet": {"fsDriver": "string", "fsArgs": "string", "path": "string"},
    "authCacheFlush": {"socketPath": "string", "user": "array"},
    "user": {
        "socketPath": "string",
        "authInfo": "array",
        "field": "string",
        "expandField": "string",
        "userdbOnly": "boolean",
        "userMask": "array",
    },
    "sieveList": _USER,
    "sieveGet": {**_USER, "scriptname": "string"},
    "sievePut": {**_USER, "activate": "boolean", "scriptname": "string", "file": "string"},
    "sieveDelete": {**_USER, "ignoreActive": "boolean", "scriptname": "array"},
    "sieveActivate": {**_USER, "scriptname": "string"},
    "sieveDeactivate": _USER,
}
"""Command → its parameters and their types, as the listing names them."""


class _Failed(Exception):
    """A command failed with one of doveadm's exit codes (sysexits.h; 68 is doveadm's own "not found")."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


class Commands:
    """Runs doveadm commands on the mailboxes."""

    def __init__(self, mailboxes: Mailboxes) -> None:
        self._mailboxes = mailboxes
        self.journal: list[tuple[str, dict[str, Any]]] = []

    def run(self, command: str, parameters: dict[str, Any], tag: str) -> list[Any]:
        """Return the answer to one command: ``doveadmResponse`` or ``error``, with its tag."""
        if command not in COMMANDS:
            return ["error", {"type": "unknownMethod", "exitCode": 0}, tag]
        if parameters.keys() - COMMANDS[command].keys():
            return ["error", {"type": "invalidRequest", "exitCode": 0}, tag]
        run: Callable[..., Any] = getattr(self, f"_{command}")
        try:
            answer = run(parameters)
        except _Failed as failed:
            return ["error", {"type": "exitCode", "exitCode": failed.code}, tag]
        if command not in {"user", "who", "fsGet", "sieveList", "sieveGet"}:
            self.journal.append((command, parameters))
        return ["doveadmResponse", answer, tag]

    def _user(self, parameters: dict[str, Any]) -> dict[str, Any]:
        masks = _many(parameters, "userMask")
        if any(_is_pattern(mask) for mask in masks):
            return {"userList": [box.login for box in self._mailboxes.all() if _fits(box.login, masks)]}
        found = {mask: self._box(mask) for mask in masks}
        return {mask: self._fields(mask, box) for mask, box in found.items()}

    @staticmethod
    def _fields(asked: str, box: Mailbox) -> dict[str, str]:
        renamed = {} if asked == box.login else {"user": box.login}
        return renamed | {"uid": "vmail", "gid": "vmail", "home": box.home, "mail": "maildir:~/Maildir"}

    def _who(self, parameters: dict[str, Any]) -> list[dict[str, str]]:
        sessions = [s for s in self._mailboxes.sessions() if _fits_session(s, parameters.get("mask") or [])]
        if parameters.get("separateConnections"):
            return [{"username": s.login, "service": s.service, "pid": str(s.pid), "ip": s.ip} for s in sessions]
        grouped: dict[tuple[str, str], list[Session]] = {}
        for session in sessions:
            grouped.setdefault((session.login, session.service), []).append(session)
        return [
            {
                "username": login,
                "connections": str(len(several)),
                "service": service,
                "pids": f"({' '.join(str(s.pid) for s in several)})",
                "ips": f"({' '.join(dict.fromkeys(s.ip for s in several))})",
            }
            for (login, service), several in grouped.items()
        ]

    def _kick(self, parameters: dict[str, Any]) -> list[dict[str, str]]:
        masks = _many(parameters, "mask")
        sessions = [s for s in self._mailboxes.sessions() if _fits_session(s, masks)]
        if not sessions:
            raise _Failed(_NOT_FOUND)
        for session in sessions:
            self._mailboxes.end(session)
        return [{"result": login} for login in dict.fromkeys(session.login for session in sessions)]

    @staticmethod
    def _authCacheFlush(parameters: dict[str, Any]) -> list[dict[str, str]]:  # noqa: N802 - doveadm's own name
        del parameters
        return [{"entries": "0"}]

    def _fsGet(self, parameters: dict[str, Any]) -> list[dict[str, str]]:  # noqa: N802 - doveadm's own name
        for box in self._mailboxes.all():
            if box.active and parameters.get("path") == f"{box.home}/.dovecot.sieve":
                return [{"content": _shown(box.scripts[box.active])}]
        raise _Failed(_NOT_FOUND)

    def _sieveList(self, parameters: dict[str, Any]) -> list[dict[str, str]]:  # noqa: N802 - doveadm's own name
        if parameters.get("allUsers"):
            return [{"username": box.login} | row for box in self._mailboxes.all() for row in _listed(box)]
        return list(_listed(self._box(_one(parameters, "user"))))

    def _sieveGet(self, parameters: dict[str, Any]) -> list[dict[str, str]]:  # noqa: N802 - doveadm's own name
        box, name = self._box(_one(parameters, "user")), _one(parameters, "scriptname")
        if name not in box.scripts:
            raise _Failed(_NOT_FOUND)
        return [{"sieve script": _shown(box.scripts[name])}]

    def _sievePut(self, parameters: dict[str, Any]) -> list[Any]:  # noqa: N802 - doveadm's own name
        box, name = self._box(_one(parameters, "user")), _one(parameters, "scriptname")
        content = parameters.get("file")
        if not name or "/" in name or not isinstance(content, str):
            raise _Failed(_USAGE)
        script = content.encode("utf-8", "surrogateescape")
        if not compiles(script):
            raise _Failed(_DATA)
        box.scripts[name] = script
        if parameters.get("activate"):
            box.activate(name)
        return []

    def _sieveDelete(self, parameters: dict[str, Any]) -> list[Any]:  # noqa: N802 - doveadm's own name
        box = self._box(_one(parameters, "user"))
        for name in _many(parameters, "scriptname"):
            try:
                box.delete(name, even_active=bool(parameters.get("ignoreActive")))
            except NoScript as error:
                raise _Failed(_NOT_FOUND) from error
            except ScriptInUse as error:
                raise _Failed(_DATA) from error
        return []

    def _sieveActivate(self, parameters: dict[str, Any]) -> list[Any]:  # noqa: N802 - doveadm's own name
        try:
            self._box(_one(parameters, "user")).activate(_one(parameters, "scriptname"))
        except NoScript as error:
            raise _Failed(_NOT_FOUND) from error
        return []

    def _sieveDeactivate(self, parameters: dict[str, Any]) -> list[Any]:  # noqa: N802 - doveadm's own name
        self._box(_one(parameters, "user")).active = ""
        return []

    def _box(self, name: str) -> Mailbox:
        try:
            return self._mailboxes.find(name)
        except NoMailbox as error:
            raise _Failed(_NO_USER) from error


def _shown(script: bytes) -> str:
    """Return a script as JSON can carry it; the real one shows bytes that are no UTF-8 in the same way."""
    return script.decode("utf-8", "replace")


def _listed(box: Mailbox) -> Iterable[dict[str, str]]:
    for name in box.scripts:
        yield {"script": name, "active": "ACTIVE" if name == box.active else ""}


def _one(parameters: dict[str, Any], name: str) -> str:
    if not isinstance(parameters.get(name), str):
        raise _Failed(_USAGE)
    return str(parameters[name])


def _many(parameters: dict[str, Any], name: str) -> list[str]:
    found = parameters.get(name) or []
    found = [found] if isinstance(found, str) else found
    if not found or not all(isinstance(each, str) for each in found):
        raise _Failed(_USAGE)
    return list(found)


def _is_pattern(mask: str) -> bool:
    return "*" in mask or "?" in mask


def _fits(name: str, masks: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, mask.replace("[", "[[]")) for mask in masks)


def _fits_session(session: Session, masks: list[str]) -> bool:
    return not masks or session.ip in masks or _fits(session.login, masks)
