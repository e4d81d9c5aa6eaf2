"""Pages from templates: every value is escaped, and every form carries its token."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel import Locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from offboard.desk.visiting import form_token
from offboard.domain.departure import wall_time
from offboard.domain.people import Role
from offboard.domain.telling import difference

if TYPE_CHECKING:
    from offboard.desk.needs import Needs
    from offboard.desk.visiting import Visit

ENGLISH = Locale("en")
FOLDER = Path(__file__).parent / "pages"

STATES = {
    "draft": "draft", "planned": "waits for approval", "approved": "approved", "scheduled": "waits for its moment",
    "securing": "doors are being shut", "handing_over": "things are being passed on", "informing": "letters to clients",
    "closed": "closed", "attention": "somebody has to look", "cancelled": "cancelled", "undoing": "being undone",
    "undone": "undone", "to_review": "to read", "rejected": "rejected", "held": "held", "sending": "being sent",
    "sent": "sent", "failed": "failed", "asked": "asked", "confirmed": "confirmed", "refused": "refused",
    "withdrawn": "withdrawn", "mail": "mail", "post": "post", "done": "done", "already": "was so already",
    "drifted": "changed meanwhile", "declined": "declined", "parked": "waits", "effective": "seen to hold",
    "requested": "asked for", "accepted": "accepted", "residual": "takes time",
}  # fmt: skip
"""What states are called on the pages, in words that need no handbook."""

TONES = {
    "good": {"closed", "sent", "approved", "confirmed", "done", "already", "undone", "effective"},
    "busy": {"scheduled", "securing", "handing_over", "informing", "sending", "undoing", "parked"},
    "wanted": {"planned", "to_review", "draft", "asked"},
    "bad": {"attention", "failed", "held", "refused", "drifted", "alarm"},
}


def tone(state: str) -> str:
    """Return the colour that a state is shown in, beside its word."""
    return next((name for name, states in TONES.items() if state in states), "still")


def language(code: str) -> str:
    """Return what a language is called; an unknown one is called by its code."""
    return str(ENGLISH.languages.get(code, code))


def environment() -> Environment:
    """Return what fills the templates."""
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["state"] = lambda word: STATES.get(word, str(word).replace("_", " "))
    made.filters["tone"] = tone
    made.filters["clock"] = wall_time
    made.filters["language"] = language
    made.globals["difference"] = difference
    made.globals["Role"] = Role
    return made


class Renderer:
    """Fills the templates of one desk."""

    def __init__(self, needs: Needs) -> None:
        self._needs, self._environment = needs, environment()

    def page(
        self, template: str, *, visit: Visit | None, secret: str = "", code: int = 200, **facts: Any
    ) -> HTMLResponse:
        """Return a page; ``secret`` is what the tokens of its forms are made from when nobody is signed in."""
        text = self._environment.get_template(template).render(
            company=self._needs.company.name,
            company_account=self._needs.sign_in_service is not None,
            zone=self._needs.company.timezone,
            visit=visit,
            stopped=self._needs.store.leases.stopped() if visit and visit.roles else None,
            token=partial(form_token, visit.secret if visit else secret),
            **facts,
        )
        return HTMLResponse(text, code)
