"""A register on PostgreSQL: a server that falls silent is not waited for for ever, and its errors become ours.

Loaded for such registers alone: the driver is an extra that not everybody installs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import psycopg
from sqlalchemy import event

from offboard.connectors._postgresql_faults import fault_of_sign_in, fault_of_statement
from offboard.connectors._postgresql_watch import Watch
from offboard.errors import SystemFault, Unreachable

if TYPE_CHECKING:
    from sqlalchemy import Engine

SILENCE: Final = 120.0
"""Seconds after which a server that answers nothing to one statement counts as out of reach; an import is one."""

_ENTERING: Final = 10
"""Seconds that signing in may take, unless the address says otherwise."""


class _Session(psycopg.Connection[Any]):
    """A session that breaks off when its server falls silent."""

    def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
        """Run what talks to the server to its end."""
        with Watch(self, SILENCE):
            return super().wait(gen, *args, **kwargs)


def be_patient(engine: Engine) -> None:
    """Let every session of an engine be one that does not wait for ever."""

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: Any, _record: Any, args: Any, given: dict[str, Any]) -> Any:
        return _Session.connect(*args, **{"connect_timeout": _ENTERING, **given})


def fault_of(error: psycopg.Error, name: str, url: str) -> SystemFault:
    """Turn psycopg's error into ours."""
    entering = isinstance(error, psycopg.errors.ConnectionTimeout) or str(error).startswith("connection failed")
    fault = fault_of_sign_in(error, name, url) if entering else fault_of_statement(error, name, "use the register")
    if isinstance(fault, Unreachable):
        return Unreachable(f"{name}: the database does not answer", system=name)
    return fault
