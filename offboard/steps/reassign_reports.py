"""Gives the people who report to the leaver somebody else to report to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast

from offboard.domain.capabilities import Directory
from offboard.domain.holdings import Reports
from offboard.domain.options import OneOf
from offboard.steps._passing import Heirs
from offboard.steps.base import Options, Step, Wish, described

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from offboard.domain.capabilities import House, Membership
    from offboard.domain.change import Snapshot, State
    from offboard.domain.departure import Departure
    from offboard.domain.options import Accepts
    from offboard.domain.people import Person

TO = ("successor", "manager")


class Managing(Reports, Directory, Protocol):
    """Knows who reports to whom, and who people are."""


class ReassignReports(Step[Managing]):
    """Nobody reports to somebody who is gone.

    The state of a person is ``{"name", "reports to", "held": {"manager"}, "offers"}``: ``offers`` are the accounts that
    they could report to instead, by the option's words. Only ``held`` is compared.
    """

    needs: ClassVar[tuple[type, ...]] = (Reports, Directory)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {"entra": ("User.Read.All", "User.ReadWrite.All")}
    options: ClassVar[Mapping[str, str]] = {
        "to": "successor (default), or manager: the person whom the leaver reported to"
    }
    accepts: ClassVar[Mapping[str, Accepts]] = {"to": OneOf(TO)}
    independent: ClassVar[bool] = True

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self._heirs = Heirs()

    def observe(self, departure: Departure, system: Managing) -> Snapshot:
        """Return who reports to the leaver, or to whom they may be given to, by their account's id."""
        leaver = departure.account(system.name)
        if leaver is None:
            return {}
        successor, lacking = self._heirs.find(system, departure.successor)
        people = {"successor": successor, "manager": _manager(system, leaver, departure.leaver.manager)}
        offers = {word: {"id": one.id, "name": one.name} for word, one in people.items() if one}
        names = {leaver.id: leaver.name} | {offer["id"]: offer["name"] for offer in offers.values()}
        found: dict[str, Membership] = {}
        for other in dict.fromkeys(offer["id"] for offer in offers.values()) or (leaver.id,):
            found |= system.reports(leaver.id, other)
        return {
            report_id: {
                **described(report),
                "reports to": names.get(_boss(report.state), "somebody else"),
                "of": leaver.id,
                "offers": cast("State", offers),
                "lacking": lacking,
            }
            for report_id, report in found.items()
        }

    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Wish]:
        """Yield the leaver's reports who have somebody to go to."""
        for report_id, state in _of_the_leaver(snapshot):
            offer = _offer(report_id, state, options)
            if offer is None or state.get("beyond"):
                continue
            held = {**state["held"], "manager": offer["id"]}
            known: dict[str, State] = {key: state[key] for key in ("name", "note", "one_way") if key in state}
            why = f"{state['name']} reports to {departure.leaver.name}, who leaves; {offer['name']} takes over."
            yield Wish(
                report_id,
                label=state["name"],
                before={**known, "reports to": state["reports to"], "held": state["held"]},
                after={**known, "reports to": offer["name"], "held": held},
                why=f"{why} {state.get('note', '')}".strip(),
                one_way=state.get("one_way") or None,
            )

    def beyond(self, departure: Departure, snapshot: Snapshot, options: Options | None = None) -> Iterator[str]:
        """Yield the leaver's reports who have nobody to go to, or whom we cannot give to anybody."""
        del departure
        for report_id, state in _of_the_leaver(snapshot):
            if state.get("beyond"):
                yield f"{state['name']}: {state['beyond']}"
            elif _offer(report_id, state, options or {}) is None:
                yield f"{state['name']}: {_why_nobody(report_id, state, options or {})}"

    def write(self, departure: Departure, system: Managing, target: str, state: State) -> None:
        """Write who the person reports to."""
        del departure
        if isinstance(state, dict):
            system.set_manager(target, _boss(state["held"]))

    def holds(self, found: State, wanted: State) -> bool:
        """Compare who the person reports to, by the account's id."""
        one, other = (_boss(state["held"]) if isinstance(state, dict) else None for state in (found, wanted))
        return one == other


def _of_the_leaver(snapshot: Snapshot) -> Iterator[tuple[str, dict[str, Any]]]:
    for report_id, found in snapshot.items():
        state = cast("dict[str, Any]", found)
        if _boss(state["held"]) == state["of"]:
            yield report_id, state


def _offer(report_id: str, state: dict[str, Any], options: Options) -> dict[str, str] | None:
    """Return whom the person reports to from now on; a successor who reports to the leaver goes to their manager."""
    wanted = options.get("to", TO[0])
    offers: dict[str, dict[str, str]] = state["offers"]
    if offers.get(wanted, {}).get("id") == report_id:
        wanted = "manager"
    offer = offers.get(wanted)
    return offer if offer and offer["id"] != report_id else None


def _why_nobody(report_id: str, state: dict[str, Any], options: Options) -> str:
    unknown = "the directory does not say whom the leaver reports to"
    if state["offers"].get("manager", {}).get("id") == report_id:
        unknown = "nobody reports to themselves"
    if options.get("to", TO[0]) == "manager":
        return f"{unknown}; HR decides, and somebody writes it by hand"
    if state["offers"].get("successor", {}).get("id") == report_id:
        return f"takes over from the leaver, and {unknown}; HR decides, and somebody writes it by hand"
    return str(state["lacking"])


def _manager(system: Managing, leaver: Person, elsewhere: str) -> Person | None:
    """Return whom the leaver reported to, as this system says it, or else the directory that they were found in."""
    key = leaver.manager or elsewhere
    found = system.find(key) if key else []
    return found[0] if len(found) == 1 and found[0].id != leaver.id else None


def _boss(held: State) -> str:
    return str(cast("dict[str, State]", held)["manager"])
