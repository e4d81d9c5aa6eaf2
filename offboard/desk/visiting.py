"""Who is at the desk, what they may see, and whether a form really comes from a page that they opened."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from offboard.desk.needs import Needs
from offboard.domain.departure import Departure
from offboard.domain.people import Role, fold
from offboard.errors import NoSuchDeparture, NotAllowed
from offboard.storage.sign_ins import Session

if TYPE_CHECKING:
    from collections.abc import Mapping

FRESH = 15
"""Minutes for which a sign-in is good enough for what cannot be taken back."""

LOCAL_PATH = re.compile(r"/[A-Za-z0-9/_.~-]*")
MOST_FIELDS = 3000


class SignInFirst(Exception):
    """Nobody is signed in in this browser."""


class SignInAgain(Exception):
    """This needs a sign-in of the last minutes."""


class Forged(Exception):
    """A form that does not come from a page of ours."""


def session_cookie(needs: Needs) -> str:
    """Return the name of the cookie that holds a session; over https no other host can set it (RFC 6265bis, 4.1.3)."""
    return "__Host-desk" if needs.https else "desk"


def asking_cookie(needs: Needs) -> str:
    """Return the name of the cookie of a browser that asks for a code."""
    return "__Host-asking" if needs.https else "asking"


def hint_cookie(needs: Needs) -> str:
    """Return the name of the cookie that holds what the sign-in service knows its own sign-in by."""
    return "__Host-hint" if needs.https else "hint"


def away_cookie(needs: Needs) -> str:
    """Return the name of the cookie of a browser that is away at the sign-in service."""
    return "__Host-away" if needs.https else "away"


def form_token(secret: str, path: str) -> str:
    """Return what a form to this path carries, for the browser that holds this secret."""
    return hmac.new(secret.encode(), f"form {path}".encode(), hashlib.sha256).hexdigest()


def local(path: str) -> str:
    """Return a path of this desk as it was given, or the first page."""
    return path if LOCAL_PATH.fullmatch(path) and not path.startswith("//") else "/"


@dataclass(frozen=True, slots=True)
class Visit:
    """A signed-in person at one page."""

    needs: Needs
    session: Session
    secret: str
    path: str

    @property
    def person(self) -> str:
        """The mail address that they proved."""
        return self.session.person

    @property
    def roles(self) -> frozenset[Role]:
        """What they may do, as the settings say now."""
        return self.needs.people.roles(self.person)

    @property
    def fresh(self) -> bool:
        """Whether they signed in a moment ago."""
        return self.session.fresh(self.needs.now(), FRESH)

    def is_any(self, *roles: Role) -> bool:
        """Say whether they have one of these roles."""
        return bool(self.roles & set(roles))

    def need(self, *roles: Role) -> None:
        """Check that they have one of these roles.

        Raises:
            NotAllowed: they have none.
        """
        if not self.is_any(*roles):
            wanted = " or ".join(role.value for role in roles)
            raise NotAllowed(f"{self.person} may not see or do this; it takes the role {wanted}")

    def need_fresh(self) -> None:
        """Check that they signed in within the last minutes.

        Raises:
            SignInAgain: it was longer ago.
        """
        if not self.fresh:
            raise SignInAgain

    def may_see(self, departure: Departure) -> bool:
        """Say whether this departure may be shown: to those who decide or audit, never to the one who leaves."""
        concerned = [departure.leaver, *departure.accounts.values()]
        return bool(self.roles) and not any(person.answers_to(self.person) for person in concerned)

    def departure(self, number: str) -> Departure:
        """Return a departure that may be shown.

        Raises:
            NoSuchDeparture: there is none, as far as this person is told.
        """
        found = self.needs.store.departures.get(number)
        if not self.may_see(found):
            raise NoSuchDeparture(f"there is no departure {number!r}")
        return found


@dataclass(frozen=True, slots=True)
class Post:
    """A form that a signed-in person sent from a page of ours."""

    visit: Visit
    fields: Mapping[str, list[Any]]

    def text(self, name: str) -> str:
        """Return a field's text, empty when it was not sent."""
        value = next(iter(self.fields.get(name, [])), "")
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> list[str]:
        """Return every value of a field."""
        return [value for value in self.fields.get(name, []) if isinstance(value, str)]

    def file(self, name: str) -> tuple[str, bytes]:
        """Return an uploaded file's name and bytes, both empty when none was sent."""
        value = next(iter(self.fields.get(name, [])), None)
        return value if isinstance(value, tuple) else ("", b"")


def visit(request: Request) -> Visit:
    """Return who is signed in in this browser.

    Raises:
        SignInFirst: nobody, or somebody who may not sign in any more.
    """
    needs: Needs = request.app.state.needs
    secret = request.cookies.get(session_cookie(needs), "")
    session = needs.store.sign_ins.session(secret) if secret else None
    if session is None or not needs.may_sign_in(session.person):
        raise SignInFirst
    return Visit(needs, session, secret, request.url.path)


async def fields_of(request: Request) -> dict[str, list[Any]]:
    """Read a form; a file becomes its name and its bytes."""
    found: dict[str, list[Any]] = {}
    async with request.form(max_files=1, max_fields=MOST_FIELDS) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                name_of_file = re.split(r"[/\\]", value.filename or "")[-1]
                content = await value.read()
                found.setdefault(name, []).append((name_of_file, content) if content else ("", b""))
            else:
                found.setdefault(name, []).append(value)
    return found


def check_origin(request: Request, needs: Needs) -> None:
    """Check that a browser sent this from a page of ours (Fetch metadata, and the Origin header of RFC 6454).

    Raises:
        Forged: it says that it was sent from elsewhere.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    parts = urlsplit(needs.address)
    origin = request.headers.get("origin", f"{parts.scheme}://{parts.netloc}")
    if site not in {"same-origin", "none"} or fold(origin) != fold(f"{parts.scheme}://{parts.netloc}"):
        raise Forged


def check_token(request: Request, secret: str, fields: Mapping[str, list[Any]]) -> None:
    """Check that the form carries what only a page of ours, opened in this browser, knew.

    Raises:
        Forged: it does not.
    """
    given = next(iter(fields.get("token", [])), "")
    right = form_token(secret, request.url.path)
    if not secret or not isinstance(given, str) or not hmac.compare_digest(given.encode(), right.encode()):
        raise Forged


async def post(request: Request, visiting: Annotated[Visit, Depends(visit)]) -> Post:
    """Return the form that was sent.

    Raises:
        Forged: it does not come from a page of ours.
    """
    check_origin(request, visiting.needs)
    fields = await fields_of(request)
    check_token(request, visiting.secret, fields)
    return Post(visiting, fields)


Visiting = Annotated[Visit, Depends(visit)]
Posted = Annotated[Post, Depends(post)]
