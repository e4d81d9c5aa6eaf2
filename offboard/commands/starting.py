"""Starting departures: one on the command line, or many from a file."""

import csv
from pathlib import Path
from typing import Annotated, Any

import typer

from offboard.commands.saying import Acting, AsJson, Config, firm_of, say, say_error, say_json, working
from offboard.commands.words import plan_in_words
from offboard.domain.departure import read_moment
from offboard.domain.plan import REACH, TWINS
from offboard.engine.showing import show_plan
from offboard.engine.starting import Asked, Request, Started, look_up, record, start
from offboard.errors import BadInput, OffboardError, SaysNo, SystemFault
from offboard.wiring import Firm

COLUMNS = ("person", "last_moment", "tz", "playbook", "successor", "private_address")
NEEDED = frozenset({"person", "last_moment"})
SAID = {REACH: "what is out of our reach", TWINS: "what becomes of second accounts"}
"""What planning asks besides the steps, in words."""

Row = dict[str, str]


def start_command(
    person: Annotated[str, typer.Argument(help="Login, mail address or employee number, exactly.")] = "",
    last_moment: Annotated[str, typer.Option(help="When access ends: 2026-12-01T17:00, or with an offset.")] = "",
    tz: Annotated[str, typer.Option(help="The time zone of that moment, such as Europe/London.")] = "",
    playbook: Annotated[str, typer.Option(help="What to do: employee, urgent, contractor or your own.")] = "employee",
    successor: Annotated[str, typer.Option(help="Who takes the clients over.")] = "",
    private_address: Annotated[
        str, typer.Option(help="Their own mail addresses, with commas between: rules leading there are an alarm.")
    ] = "",
    from_file: Annotated[
        Path | None, typer.Option("--from", metavar="FILE.csv", help=f"Many at once; columns {', '.join(COLUMNS)}.")
    ] = None,
    as_: Acting = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Record a departure and plan it; asked for twice, it stays one.

    From a file nothing is started while any of its lines is wrong.

    Example: offboard start ann.lee --last-moment 2026-12-01T17:00 --tz Europe/London --as hr@acme.example
    """
    if bool(person) == bool(from_file):
        raise BadInput("give one person, or --from FILE.csv", hint="offboard start --help shows an example.")
    if from_file:
        rows = _rows(from_file)
        with firm_of(config) as firm:
            firm.office.may_ask(as_)
            _start_many(firm, rows, as_, as_json=as_json)
        return
    row = dict(zip(COLUMNS, (person, last_moment, tz, playbook, successor, private_address), strict=True))
    request = _request(row, as_)
    with firm_of(config) as firm:
        firm.office.may_ask(as_)
        with working("planning", firm=firm):
            started = start(firm.office, request)
        shape = _say_started(firm, started, as_json=as_json)
        if as_json:
            say_json(shape)
        _exit_if_unread([started])


def _start_many(firm: Firm, rows: list[tuple[int, Row]], asked_by: str, *, as_json: bool) -> None:
    asked = _look_all_up(firm, rows, asked_by)
    started: list[Started] = []
    faults: list[str] = []
    with working("planning", len(asked), firm=firm) as advance:
        for line, one in asked:
            try:
                started.append(record(firm.office, one))
            except OffboardError as error:
                faults.append(f"line {line}: {error}")
            advance()
    shapes = [_say_started(firm, one, as_json=as_json) for one in started]
    if as_json:
        say_json(shapes)
    if faults:
        raise SaysNo(
            f"{len(faults)} of {len(asked)} lines could not be planned, the others are: {'; '.join(faults)}",
            hint="Correct these lines and start the file again: what is started stays as it is.",
        )
    _exit_if_unread(started)


def _rows(file: Path) -> list[tuple[int, Row]]:
    """Return each row of a CSV file with its line; its columns are those of the command.

    Raises:
        BadInput: it is no such file; ``faults`` names every row that is too short or too long.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.reader(handle, strict=True)
            header = [name.strip() for name in next(reader, [])]
            if not NEEDED <= set(header) <= set(COLUMNS) or len(set(header)) < len(header):
                raise BadInput(
                    f"{file}: the first line must name columns out of {', '.join(COLUMNS)}, each once, "
                    "person and last_moment among them"
                )
            rows = [(reader.line_num, cells) for cells in reader if cells]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(
            f"{file}: {error}", hint="Give a CSV file in UTF-8 with a first line of column names."
        ) from error
    if not rows:
        raise BadInput(f"{file}: there is nobody in it", hint="Write one line for each person.")
    faults = [
        f"line {line}: {len(cells)} cells, not {len(header)}" for line, cells in rows if len(cells) != len(header)
    ]
    if faults:
        raise BadInput(f"{len(faults)} of {len(rows)} lines are wrong; nothing was started", faults=faults)
    return [(line, dict(zip(header, cells, strict=True))) for line, cells in rows]


def _request(row: Row, asked_by: str) -> Request:
    moment, zone = read_moment(row["last_moment"], row.get("tz") or None)
    return Request(
        row["person"],
        moment,
        zone,
        row.get("playbook") or "employee",
        row.get("successor", ""),
        asked_by,
        row.get("private_address", ""),
    )


def _look_all_up(firm: Firm, rows: list[tuple[int, Row]], asked_by: str) -> list[tuple[int, Asked]]:
    """Find out whom every line means, before anything is recorded.

    Raises:
        BadInput: ``faults`` names every line that is wrong.
        SystemFault: no directory answers.
    """
    asked: list[tuple[int, Asked]] = []
    faults: list[str] = []
    lines: dict[str, int] = {}
    for line, row in rows:
        try:
            one = look_up(firm.office, _request(row, asked_by))
        except SystemFault:
            raise
        except OffboardError as error:
            faults.append(f"line {line}: {error}")
            continue
        first = lines.setdefault(one.leaver.id, line)
        if first != line:
            faults.append(f"line {line}: {one.leaver.name} stands in line {first} already")
        asked.append((line, one))
    if faults:
        raise BadInput(f"{len(faults)} of {len(rows)} lines are wrong; nothing was started", faults=faults)
    return asked


def _say_started(firm: Firm, started: Started, *, as_json: bool) -> dict[str, Any]:
    number = started.departure.number
    status = firm.store.departures.status(number).value
    shape = show_plan(firm.office, number) | {"status": status, "new": started.new}
    if not as_json:
        plan_in_words(shape)
        untouched = " It was open already; nothing was planned anew." if started.plan is None else ""
        first = "Answer what is asked above, and:" if shape["questions"] else "Next:"
        say(f"{number} is {status}.{untouched} {first} offboard approve {number} --as EMAIL")
    return shape


def _exit_if_unread(started: list[Started]) -> None:
    """Exit 3 when a system could not be read, since the plan lacks what is there."""
    gaps = [(one.departure.number, gap) for one in started if one.plan for gap in one.plan.not_covered if gap.unread]
    for number, gap in gaps:
        say_error(
            SystemFault(
                f"{gap.system}: {SAID.get(gap.step, gap.step)} could not be planned: {gap.reason}",
                hint=f"Plan again when it answers: offboard plan {number} --again --as EMAIL",
            )
        )
    if gaps:
        raise typer.Exit(SystemFault.exit_code)
