"""Whatever happens: plan, apply and undo change nothing in the end, and nobody else's change is overwritten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from offboard.domain.evidence import check_chain
from offboard.engine.deciding import approve
from offboard.engine.driving import carry_out
from offboard.engine.undoing import plan_undo
from offboard.engine.verifying import verify
from offboard.errors import NoSuchDeparture
from tests.trying import tried

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.conftest import Company

groups = st.dictionaries(
    st.sampled_from(["vpn", "staff", "sales", "board", "print"]),
    st.sets(st.sampled_from(["id-ann", "id-joe"])),
    max_size=5,
)
registers = st.dictionaries(
    st.sampled_from(["C1", "C2", "C3", "C4"]), st.sampled_from(["ann", "joe", "zoe"]), max_size=4
)
bodies = st.sampled_from([b"keep;\r\n", b'redirect "x@freemail.invalid";\n', b"# nothing\n", b"broken {", b"discard;"])
scripts = st.dictionaries(st.sampled_from(["one", "two", "three"]), bodies, max_size=3)
meddling = st.sets(st.sampled_from(["account", "group", "client", "script"]))


@tried(15, HealthCheck.function_scoped_fixture)
@given(in_groups=groups, clients=registers, stored=scripts, which=st.integers(0, 3), sessions=st.integers(0, 3))
def test_plan_apply_undo_is_the_identity(
    new_company: Callable[[], Company],
    in_groups: dict[str, set[str]],
    clients: dict[str, str],
    stored: dict[str, bytes],
    which: int,
    sessions: int,
) -> None:
    company = new_company()
    _fill(company, in_groups, clients, stored, which)
    company.systems.mail.open_sessions = sessions
    before = company.systems.picture()
    number = company.approved()

    carry_out(company.office, number)

    assert verify(company.office, number).holds
    assert company.systems.office.open["id-ann"] is False
    assert not any("id-ann" in members for members in company.systems.office.groups.values())
    assert "ann" not in company.systems.register.responsibles.values()
    assert sorted(company.systems.register.responsibles) == sorted(clients)
    plan_undo(company.office, number, asked_by="dave@corp.test")
    approve(company.office, number, "dora@corp.test")
    carry_out(company.office, number)

    assert company.systems.picture() == before
    assert verify(company.office, number).holds
    assert check_chain(company.office.store.evidence.lines(number)).ok
    company.firm.close()


@tried(15, HealthCheck.function_scoped_fixture)
@given(before=meddling, after=meddling)
def test_nobody_elses_change_is_overwritten(
    new_company: Callable[[], Company], before: set[str], after: set[str]
) -> None:
    company = new_company()
    number = company.approved()
    meddled = _meddle(company, before)
    carry_out(company.office, number)
    _assert_kept(company, meddled)

    meddled |= _meddle(company, after)
    try:
        plan_undo(company.office, number, asked_by="dave@corp.test")
    except NoSuchDeparture:
        return
    approve(company.office, number, "dora@corp.test")
    carry_out(company.office, number)

    _assert_kept(company, meddled)
    company.firm.close()


def _fill(
    company: Company, in_groups: dict[str, set[str]], clients: dict[str, str], stored: dict[str, bytes], which: int
) -> None:
    company.systems.office.groups = {name: set(members) for name, members in in_groups.items()}
    company.systems.register.responsibles = dict(clients)
    company.systems.mail.stored = dict(stored)
    names = sorted(stored)
    company.systems.mail.active = names[which] if which < len(names) else None


def _meddle(company: Company, what: set[str]) -> dict[str, object]:
    """Do what a third party might do meanwhile, and return what must still be so afterwards."""
    kept: dict[str, object] = {}
    if "client" in what and "C1" in company.systems.register.responsibles:
        company.systems.register.responsibles["C1"] = kept["client"] = "zoe"
    if "script" in what and "fwd" in company.systems.mail.stored:
        company.systems.mail.stored["fwd"] = b'fileinto "Elsewhere";'
        kept["script"] = company.systems.mail.stored["fwd"]
    office = company.systems.office
    if "group" in what:
        # She is in it: somebody takes her out, or puts her back in, and somebody else with her.
        office.groups["vpn"] ^= {"id-ann", "id-joe"}
        kept["group"] = set(office.groups["vpn"])
    if "account" in what:
        office.open["id-ann"] = not office.open["id-ann"]
        kept["account"] = office.open["id-ann"]
    return kept


def _assert_kept(company: Company, kept: dict[str, object]) -> None:
    now = {
        "client": company.systems.register.responsibles.get("C1"),
        "script": company.systems.mail.stored.get("fwd"),
        "group": company.systems.office.groups["vpn"],
        "account": company.systems.office.open["id-ann"],
    }
    assert {key: now[key] for key in kept} == kept
