"""What somebody asks for in Prefect's run form or in an event: the one parameter of ``plan_departure``."""

from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from offboard.domain.departure import read_moment
from offboard.engine.starting import Request
from offboard.errors import OffboardError
from offboard.letters.places import shipped
from offboard.settings import load_settings

LONGEST = 320


def playbook_names() -> list[str]:
    """Return the playbooks that the form offers: the shipped ones, and the company's own where settings are at hand."""
    folders = [shipped("")]
    try:
        settings, home = load_settings()
        folders += [home / settings.company.playbooks] if settings.company.playbooks else []
    except OffboardError:
        pass
    names = {path.stem for folder in folders for path in folder.glob("*.yaml")} - {"prefect"}
    return sorted(names, key=lambda name: (name != "employee", name))


class DepartureRequest(BaseModel):
    """Who leaves, when access ends, what is to be done, and who takes the clients over.

    The moment is one instant: the form asks for date, time and time zone; an event gives an offset
    (``2026-12-01T17:00+01:00``), or a time without one and ``time_zone``.
    """

    model_config = ConfigDict(title="Departure", str_strip_whitespace=True)

    person: str = Field(
        title="Who leaves",
        description="Login, mail address or employee number, exactly as the directory has it.",
        min_length=1,
        max_length=LONGEST,
        json_schema_extra={"position": 0},
    )
    last_moment: AwareDatetime = Field(
        title="Last moment",
        description="When access ends, and the time zone that this is meant in. A moment in the past means: at once, "
        "as soon as it is approved.",
        json_schema_extra={"position": 1},
    )
    playbook: str = Field(
        default="employee",
        title="Playbook",
        description="What is to be done. In a hurry, IT starts the urgent one on the command line instead: there it "
        "needs no second person.",
        json_schema_extra={"position": 2, "enum": [*playbook_names()]},
    )
    successor: str = Field(
        default="",
        title="Successor",
        description="Who takes the clients over: login, mail address or employee number. Needed if there are clients.",
        max_length=LONGEST,
        json_schema_extra={"position": 3},
    )

    @model_validator(mode="before")
    @classmethod
    def _join_moment_and_zone(cls, data: Any) -> Any:
        """Make one instant of a wall time and a zone; a wall time without a zone is refused as it stands."""
        zone = data.get("time_zone") if isinstance(data, dict) else None
        if not zone or not isinstance(data.get("last_moment"), str):
            return data
        try:
            moment, _ = read_moment(data["last_moment"], str(zone))
        except OffboardError as error:
            raise ValueError(f"{error} {error.hint}") from error
        return {**data, "last_moment": moment}

    def to_request(self, company_zone: str) -> Request:
        """Return the request as the engine takes it; nobody proved who asks, so nobody is named."""
        return Request(
            person=self.person,
            moment=self.last_moment,
            timezone=company_zone,
            playbook=self.playbook,
            successor=self.successor,
            asked_by="",
        )
