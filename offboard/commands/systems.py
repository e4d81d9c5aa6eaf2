"""The connected systems, the playbooks, the practice company, and what runs for long."""

import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from offboard import steps
from offboard.commands.rights import rights
from offboard.commands.saying import AsJson, Config, firm_of, say, say_json, say_table, working
from offboard.domain.capabilities import Health, Sender
from offboard.domain.change import Phase
from offboard.engine.besides import refused_for
from offboard.engine.resolving import resolve_person
from offboard.errors import BadInput, SystemFault
from offboard.letters.places import shipped
from offboard.wiring import Firm, read_playbook

Folder = Annotated[Path, typer.Option("--folder", metavar="DIR", help="Where the practice company lives.")]
PRACTICE = Path("practice-company")


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("doctor")(doctor)
    app.command("serve")(serve)
    app.command("desk")(desk)
    app.command("demo")(demo)
    playbooks = typer.Typer(help="Playbooks: which steps, in which phase.", no_args_is_help=True)
    playbooks.command("check")(check)
    playbooks.command("schema")(schema)
    playbooks.command("rights")(rights)
    app.add_typer(playbooks, name="playbooks")
    practice = typer.Typer(help="A complete small company on loopback, for trying things out.", no_args_is_help=True)
    practice.command("start")(practice_start)
    practice.command("stop")(practice_stop)
    practice.command("env")(practice_env)
    app.add_typer(practice, name="practice")


def doctor(
    person: Annotated[
        str, typer.Option("--person", metavar="PERSON", help="Also say what cannot be done for this person.")
    ] = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Look at every connected system: reachable, encrypted, rights held and missing; changes nothing.

    Exit 1 when a right is missing, or the person named is out of our reach somewhere.

    Example: offboard doctor --person ann.lee
    """
    with firm_of(config) as firm, working("asking every system", len(firm.systems.names())) as advance:
        found = [_health(firm, name, advance) for name in firm.systems.names()]
        barred = refused_for(firm.office, resolve_person(firm.office, person)) if person else {}
    unguarded = dict.fromkeys(
        firm.systems.having(Sender), (f"keep letters back: {firm.left_off}",) if firm.left_off else ()
    )
    found = [replace(h, cannot=(*barred.get(h.system, ()), *unguarded.get(h.system, ()), *h.cannot)) for h in found]
    if as_json:
        say_json([_row(health) for health in found])
    else:
        say_table(
            ("system", "kind", "reachable", "tls", "ms"),
            [(h.system, h.kind, "yes" if h.reachable else "no", h.tls, h.latency_ms) for h in found],
        )
        for health in found:
            for title, lines in (("is missing rights", health.rights_missing), ("cannot", health.cannot)):
                if lines:
                    say(f"\n{health.system} {title}:")
                    say("\n".join(f"  - {line}" for line in lines))
    if not all(health.reachable for health in found):
        raise typer.Exit(3)
    if barred or any(health.rights_missing for health in found):
        raise typer.Exit(1)


def serve(config: Config = None) -> None:
    """Stay and work: Prefect's deployments are served, due departures are carried out within two seconds.

    Example: offboard serve
    """
    from flows.serving import serve as stay  # noqa: PLC0415 - Prefect takes two seconds to import

    stay(config)


def desk(
    port: Annotated[int, typer.Option(metavar="PORT", min=0, max=65535, help="Where the desk listens.")] = 8100,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="The address that it listens on.")] = "127.0.0.1",
    config: Config = None,
) -> None:
    """Serve the web page where people ask, read and approve; it holds no key to any system.

    Without an address (url, in the table desk of the settings) it is for this machine alone. 'offboard serve' mails,
    plans and carries out.

    Example: offboard desk --port 8100
    """
    from offboard.wiring_desk import serve_desk  # noqa: PLC0415 - the web server takes half a second to import

    with firm_of(config) as firm:
        serve_desk(firm, host=host, port=port, say=say)


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything running and print the addresses.")] = False,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the results go.")] = Path("demo-out"),
) -> None:
    """Watch one person leave the practice company, from the request to the undo.

    Example: offboard demo --keep
    """
    from offboard.commands.demonstration import demo as run_demo  # noqa: PLC0415 - brings Prefect and every server

    run_demo(keep=keep, out=out)


def check(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A playbook; else all shipped ones.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check playbooks: all faults at once, with line numbers.

    Example: offboard playbooks check our.yaml
    """
    files = [file] if file else sorted(shipped("").glob("*.yaml"))
    faults: list[str] = []
    for one in files:
        try:
            read_playbook(one)
        except BadInput as error:
            faults += error.faults or [str(error)]
    if as_json:
        say_json({"ok": not faults, "files": [one.name for one in files], "faults": faults})
    else:
        say("\n".join(faults) if faults else f"No fault in {', '.join(one.name for one in files)}.")
    if faults:
        raise typer.Exit(1)


def schema() -> None:
    """Print the JSON Schema of a playbook, for editors.

    Example: offboard playbooks schema > playbook.schema.json
    """
    say_json(playbook_schema())


def playbook_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a playbook."""
    options = {
        word: {"on": {"type": "string", "description": "A system of the settings, or all."}}
        | {name: {"description": meaning} | _accepted(word, name) for name, meaning in _options(word).items()}
        for word in steps.words()
    }
    needed = {word: [name for name, one in steps.step_class(word).accepts.items() if one.required] for word in options}
    one = {
        "oneOf": [
            {"enum": [word for word in options if not needed[word]]},
            *(
                {
                    "type": "object",
                    "properties": {
                        word: {
                            "type": "object" if needed[word] else ["object", "null"],
                            "properties": known,
                            "required": needed[word],
                            "additionalProperties": False,
                        }
                    },
                    "required": [word],
                    "additionalProperties": False,
                }
                for word, known in options.items()
            ),
        ]
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "offboard playbook",
        "type": "object",
        "properties": {
            "playbook": {"type": "string"},
            "title": {"type": "string"},
            "urgent": {"type": "boolean"},
            **{phase.value: {"type": "array", "items": one} for phase in Phase},
        },
        "required": ["playbook"],
        "additionalProperties": False,
    }


def _options(word: str) -> Mapping[str, str]:
    return steps.step_class(word).options


def _accepted(word: str, option: str) -> dict[str, Any]:
    accepts = steps.step_class(word).accepts.get(option)
    return accepts.schema() if accepts else {}


def practice_start(folder: Folder = PRACTICE, as_json: AsJson = False) -> None:
    """Start the practice company in the background.

    Example: offboard practice start
    """
    from offboard.practice import running  # noqa: PLC0415 - the servers are for trying things out only

    env = running.start_in_background(folder)
    if as_json:
        say_json(env)
    else:
        say('The practice company runs; everybody in it is made up. Point at it with: eval "$(offboard practice env)"')


def practice_stop(folder: Folder = PRACTICE) -> None:
    """Stop the practice company.

    Example: offboard practice stop
    """
    from offboard.practice import running  # noqa: PLC0415 - the servers are for trying things out only

    running.stop(folder)
    say("The practice company is stopped.")


def practice_env(folder: Folder = PRACTICE, as_json: AsJson = False) -> None:
    """Print the settings that point at the practice company.

    Example: eval "$(offboard practice env)"
    """
    from offboard.practice import running  # noqa: PLC0415 - the servers are for trying things out only

    env = running.env(folder)
    if as_json:
        say_json(env)
    else:
        say("\n".join(f"export {name}={shlex.quote(value)}" for name, value in env.items()))


def _health(firm: Firm, name: str, advance: Any) -> Health:
    try:
        with firm.systems.reader(name) as system:
            return system.health()  # type: ignore[no-any-return]
    except SystemFault as fault:
        return Health(name, firm.systems.kind(name), reachable=False, tls="unknown", cannot=(str(fault),))
    finally:
        advance()


def _row(health: Health) -> dict[str, Any]:
    return {
        "system": health.system,
        "kind": health.kind,
        "reachable": health.reachable,
        "tls": health.tls,
        "rights_held": list(health.rights_held),
        "rights_missing": list(health.rights_missing),
        "cannot": list(health.cannot),
        "latency_ms": health.latency_ms,
    }
