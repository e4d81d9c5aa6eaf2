"""Breaks a session off when its server says nothing any more; libpq itself would wait for ever."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    import psycopg

_BEYOND: Final = 1.25
"""How many times the server's own limit we wait: a server that is alive ends the statement itself before that."""


class Watch:
    """Ends the connection under a session once ``timeout`` seconds, and some, went by without :meth:`again`."""

    def __init__(self, session: psycopg.Connection[Any], timeout: float) -> None:
        self.fired = False
        self._seconds = timeout * _BEYOND
        # A descriptor of our own: the session's may belong to something else by the time.
        self._socket = socket.socket(fileno=os.dup(session.fileno()))
        self._timer = threading.Timer(0, self._end)

    def again(self) -> None:
        """Begin to wait anew."""
        self._timer.cancel()
        self._timer = threading.Timer(self._seconds, self._end)
        self._timer.daemon = True
        self._timer.start()

    def __enter__(self) -> Self:
        self.again()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._socket.close()

    def _end(self) -> None:
        self.fired = True
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
