"""Signing in at the desk: codes that work once, and sessions that the desk can end.

A code belongs to the browser that asked for it. What the store holds of codes and sessions opens nothing: a keyed
fingerprint of the one, the SHA-256 of the other.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from offboard.domain.canonical import Json, canonical_bytes
from offboard.domain.departure import instant
from offboard.domain.people import fold
from offboard.errors import NotAllowed, SaysNo
from offboard.storage import tables as t

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from offboard.domain.capabilities import Vault
    from offboard.storage.database import Database

CODE_LIFE = timedelta(minutes=10)
SESSION_LIFE = timedelta(hours=8)
WINDOW = timedelta(minutes=15)
CODES_EACH, CODES_IN_ALL = 5, 100
"""How many codes may be asked for within the window: for one address, and for all of them."""

TRIES = 5
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""What a code is made of: nothing that is mistaken for something else."""

LENGTH = 8
LONGEST_BROWSER = 120
ASKED, MAILED, USED, SPENT = "asked", "mailed", "used", "spent"


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody asked for a code; ``id`` stands for their browser."""

    id: str
    mail: str


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody is signed in; ``began``, ``until`` and ``proved`` are instants, ``proved`` empty when nobody knows."""

    id: str
    person: str
    began: str
    until: str
    browser: str
    proved: str | None

    def fresh(self, now: datetime, minutes: int) -> bool:
        """Say whether this person proved within so many minutes who they are."""
        at = self.began if self.proved is None else self.proved
        return bool(at) and datetime.fromisoformat(at) > now - timedelta(minutes=minutes)


class SignIns:
    """Keeps who asked to be let in, and who is."""

    def __init__(self, database: Database, now: Callable[[], datetime], vault: Vault) -> None:
        self._database, self._now, self._vault = database, now, vault

    def ask(self, browser: str, mail: str) -> None:
        """Record that a browser asks for a code; ``browser`` is what only that browser holds.

        Raises:
            NotAllowed: too many were asked for.
        """
        now = self._now()

        def work(connection: Connection) -> bool:
            connection.execute(delete(t.sign_ins).where(t.sign_ins.c.asked_at < instant(now - timedelta(days=1))))
            recent = t.sign_ins.c.asked_at > instant(now - WINDOW)
            in_all = connection.execute(select(func.count()).select_from(t.sign_ins).where(recent)).scalar_one()
            mine = select(func.count()).select_from(t.sign_ins).where(recent, t.sign_ins.c.mail == fold(mail))
            if in_all >= CODES_IN_ALL or connection.execute(mine).scalar_one() >= CODES_EACH:
                return False
            connection.execute(
                insert(t.sign_ins).values(
                    id=_hash(browser), mail=fold(mail), asked_at=instant(now), state=ASKED, code="", until="", tries=0
                )
            )
            return True

        if not self._database.write(work):
            raise NotAllowed("too many codes were asked for", hint="Wait a quarter of an hour, then ask again.")

    def waiting(self) -> list[Asked]:
        """Return who waits for a code."""
        since = instant(self._now() - CODE_LIFE)
        with self._database.read() as connection:
            rows = connection.execute(
                select(t.sign_ins.c.id, t.sign_ins.c.mail)
                .where(t.sign_ins.c.state == ASKED, t.sign_ins.c.asked_at > since)
                .order_by(t.sign_ins.c.asked_at)
            ).all()
        return [Asked(row.id, row.mail) for row in rows]

    def give(self, asked: Asked) -> tuple[str, str] | None:
        """Make the one code for who asked, and return it with the instant until which it works.

        ``None`` when they have one already: a code is made, and mailed, at most once.
        """
        code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        until = instant(self._now() + CODE_LIFE)
        mark = self._mark(asked.id, code)
        given = self._database.write(
            lambda connection: (
                connection.execute(
                    update(t.sign_ins)
                    .where(t.sign_ins.c.id == asked.id, t.sign_ins.c.state == ASKED)
                    .values(state=MAILED, code=mark, until=until)
                ).rowcount
            )
        )
        return (f"{code[:4]}-{code[4:]}", until) if given else None

    def drop(self, asked: Asked) -> None:
        """Give nobody a code who may not sign in; that they asked stays, and counts."""
        self._database.write(
            lambda connection: connection.execute(
                update(t.sign_ins).where(t.sign_ins.c.id == asked.id, t.sign_ins.c.state == ASKED).values(state=SPENT)
            )
        )

    def redeem(self, browser: str, code: str) -> str:
        """Return the mail address that this code, typed in this browser, proves; it works once.

        Raises:
            SaysNo: it is wrong, too late, used, or was asked for in another browser.
        """
        asked, now = _hash(browser), instant(self._now())
        typed = "".join(letter for letter in code.upper() if letter in LETTERS)
        mark = self._mark(asked, typed)

        def work(connection: Connection) -> str:
            row = connection.execute(select(t.sign_ins).where(t.sign_ins.c.id == asked)).first()
            if row is None or row.state != MAILED or row.until <= now:
                return ""
            right = hmac.compare_digest(row.code, mark)
            state = USED if right else SPENT if row.tries + 1 >= TRIES else MAILED
            connection.execute(
                update(t.sign_ins).where(t.sign_ins.c.id == asked).values(state=state, tries=row.tries + 1)
            )
            return str(row.mail) if right else ""

        mail = self._database.write(work)
        if not mail:
            raise SaysNo(
                "this code does not let you in",
                hint="A code works once, for ten minutes, in the browser where it was asked for. Ask for a new one.",
            )
        return mail

    def remember(self, flow: Mapping[str, Json]) -> str:
        """Return what a browser keeps while it is away signing in elsewhere; only we can write it."""
        kept: dict[str, Json] = {"id": secrets.token_hex(16), "until": instant(self._now() + CODE_LIFE), **flow}
        text = base64.urlsafe_b64encode(canonical_bytes(kept)).decode()
        return f"{text}.{self._vault.fingerprint(f'away {text}'.encode())}"

    def recall(self, kept: str) -> dict[str, Any]:
        """Return what a browser kept, once.

        Raises:
            SaysNo: we did not write it, it is too old, or it came back before.
        """
        text, _, mark = kept.partition(".")
        right = hmac.compare_digest(mark.encode(), self._vault.fingerprint(f"away {text}".encode()).encode())
        flow = json.loads(base64.urlsafe_b64decode(text)) if right else {}
        now = instant(self._now())
        if not right or flow["until"] <= now or not self._spend(flow["id"], now):
            raise SaysNo(
                "this sign-in was not begun in this browser, or it is over",
                hint="Begin again; a sign-in works once, for ten minutes, in the browser where it was begun.",
            )
        return dict(flow)

    def _spend(self, flow: str, now: str) -> bool:
        values = {"mail": "", "asked_at": now, "state": SPENT, "code": "", "until": now, "tries": 0}
        try:
            self._database.write(
                lambda connection: connection.execute(insert(t.sign_ins).values(id=_hash(flow), **values))
            )
        except IntegrityError:
            return False
        return True

    def begin(self, person: str, browser: str, *, instead_of: str = "", proved: datetime | None = None) -> str:
        """Begin a session and return what the browser shall hold; one that it had before is over.

        ``proved`` is when this person last proved who they are, ``None`` when nobody knows.
        """
        token = secrets.token_urlsafe(32)
        now = self._now()

        def work(connection: Connection) -> None:
            over = (t.desk_sessions.c.until <= instant(now)) | (t.desk_sessions.c.id == _hash(instead_of))
            connection.execute(delete(t.desk_sessions).where(over))
            connection.execute(
                insert(t.desk_sessions).values(
                    id=_hash(token),
                    person=fold(person),
                    began=instant(now),
                    until=instant(now + SESSION_LIFE),
                    browser=browser[:LONGEST_BROWSER],
                    proved=instant(proved) if proved else "",
                )
            )

        self._database.write(work)
        return token

    def session(self, token: str) -> Session | None:
        """Return the session of the browser that holds this, or ``None``."""
        with self._database.read() as connection:
            row = connection.execute(select(t.desk_sessions).where(t.desk_sessions.c.id == _hash(token))).first()
        found = Session(*row) if row else None
        return found if found and found.until > instant(self._now()) else None

    def sessions(self, person: str) -> list[Session]:
        """Return where this person is signed in, the newest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(t.desk_sessions)
                .where(t.desk_sessions.c.person == fold(person), t.desk_sessions.c.until > instant(self._now()))
                .order_by(t.desk_sessions.c.began.desc())
            ).all()
        return [Session(*row) for row in rows]

    def end(self, person: str, session: str) -> None:
        """End one session of this person."""
        self._database.write(
            lambda connection: connection.execute(
                delete(t.desk_sessions).where(t.desk_sessions.c.id == session, t.desk_sessions.c.person == fold(person))
            )
        )

    def _mark(self, asked: str, code: str) -> str:
        return self._vault.fingerprint(f"sign-in {asked} {code}".encode())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
