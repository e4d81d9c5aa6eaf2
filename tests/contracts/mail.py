"""What every connector promises that keeps mail: mailboxes, scripts that run on mail, and open sessions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from offboard.domain.people import Person
from offboard.engine.verifying import verify
from offboard.errors import Rejected, SystemFault
from tests.contracts.bench import Departing
from tests.contracts.expected import ON_READS, ON_WRITES
from tests.servers.faulty import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.contracts.dovecot_bench import DovecotBench

ALICE = Person("uuid-alice", "people", "alice", "Alice Archer", mail="alice@corp.test", employee_number="1001")
OUTSIDE = 'redirect "alice@privatepost.example";\n'
HARMLESS = 'if header :contains "subject" "minutes" { keep; }\n'

NO_MAILBOX = "an answer that it is not there means that there is no such mailbox"
GONE_BETWEEN = "a script that is not there when it is read went away since it was listed"


class _Departures:
    @pytest.fixture
    def departing(self, bench: DovecotBench, tmp_path: Path) -> Iterator[Departing]:
        made = Departing(bench, tmp_path / "departing")
        yield made
        made.close()


class MailboxesContract:
    """Inherited by a class of tests that has a fixture ``bench``."""

    def test_a_mailbox_is_found_by_two_attributes_and_looking_changes_nothing(self, bench: DovecotBench):
        with bench.connected() as connection:
            found = connection.mailbox(ALICE)
            assert (found.id, found.system, found.mail) == (bench.id_of("alice"), bench.name, ALICE.mail)
        assert bench.proxy.writes == []

    @pytest.mark.parametrize("change", [{"mail": "bob@corp.test"}, {"mail": "zoe@corp.test"}, {"login": "zoe"}])
    def test_the_wrong_persons_is_refused_not_chosen(self, bench: DovecotBench, change: dict[str, str]):
        with bench.connected() as connection, pytest.raises(Rejected):
            connection.mailbox(replace(ALICE, **change))

    def test_who_has_none_has_none(self, bench: DovecotBench):
        with bench.connected() as connection:
            assert connection.mailbox(replace(ALICE, login="zoe", mail="zoe@corp.test", name="Zoe")) is None

    def test_every_mailbox_is_named_once(self, bench: DovecotBench):
        with bench.connected() as connection:
            assert sorted(connection.mailboxes()) == ["alice", "bob", "carol", "dave", "erin"]

    @pytest.mark.parametrize("trouble", ON_READS)
    def test_trouble_with_looking_is_never_no_mailbox(self, bench: DovecotBench, trouble: Trouble):
        if trouble is Trouble.MISSING:
            pytest.skip(f"MISSING: {NO_MAILBOX}")
        with bench.connected() as connection:
            bench.plant(trouble)
            for ask in (lambda: connection.mailbox(ALICE), lambda: list(connection.mailboxes())):
                with pytest.raises(SystemFault) as caught:
                    ask()
                assert isinstance(caught.value, ON_READS[trouble])


class ScriptsContract(_Departures):
    """Of ``ForwardingRules`` and ``MailRules``; alice and carol have a rule in force and one that rests."""

    @pytest.fixture(autouse=True)
    def ruled(self, bench: DovecotBench) -> None:
        for login in ("alice", "carol"):
            bench.write_rule(login, "resting", HARMLESS, active=False)
            bench.write_rule(login, "holiday", OUTSIDE)

    def test_all_are_shown_byte_for_byte(self, bench: DovecotBench):
        with bench.connected() as connection:
            found = {one.name: (one.content, one.active) for one in connection.scripts("alice")}
        assert found == {"holiday": (OUTSIDE.encode(), True), "resting": (HARMLESS.encode(), False)}
        assert bench.proxy.writes == []

    def test_what_is_written_is_seen_and_nobody_elses_is_touched(self, bench: DovecotBench):
        others = bench.rules_of("carol")
        with bench.connected() as connection:
            connection.activate("alice", "resting")
            connection.put_script("alice", "new", HARMLESS.encode())
        kept, active = bench.rules_of("alice")
        assert (set(kept), active) == ({"holiday", "resting", "new"}, "resting")
        with bench.connected() as other:
            assert {one.name for one in other.scripts("alice") if one.active} == {"resting"}
        assert bench.rules_of("carol") == others

    def test_all_comes_back_however_often(self, bench: DovecotBench):
        before = bench.rules_of("alice")
        with bench.connected() as connection:
            for _ in range(2):
                connection.activate("alice", None)
            assert bench.rules_of("alice")[1] is None
            for _ in range(2):
                connection.put_script("alice", "holiday", None)
            assert "holiday" not in bench.rules_of("alice")[0]
            for _ in range(2):
                connection.put_script("alice", "holiday", OUTSIDE.encode())
                connection.activate("alice", "holiday")
        assert bench.rules_of("alice") == before

    @pytest.mark.parametrize("trouble", ON_READS)
    def test_trouble_with_looking_is_never_no_rule(self, bench: DovecotBench, trouble: Trouble):
        with bench.connected() as connection:
            bench.plant(trouble)
            with pytest.raises(SystemFault) as caught:
                connection.scripts("alice")
            assert isinstance(caught.value, ON_READS[trouble])

    @pytest.mark.parametrize("trouble", ON_WRITES)
    def test_trouble_with_writing_has_its_name_and_changes_nothing(self, bench: DovecotBench, trouble: Trouble):
        before = bench.rules_of("alice")
        with bench.connected() as connection:
            bench.plant(trouble, writes=True)
            with pytest.raises(SystemFault) as caught:
                connection.activate("alice", None)
            assert isinstance(caught.value, ON_WRITES[trouble])
        assert trouble is Trouble.HALF_OPEN or bench.rules_of("alice") == before
        bench.proxy.calm()
        with bench.connected() as other:
            other.activate("alice", None)
        assert bench.rules_of("alice") == (before[0], None)

    def test_a_departure_stops_what_goes_outside_and_its_undo_brings_it_back(
        self, bench: DovecotBench, departing: Departing
    ):
        before, others = bench.rules_of("alice"), bench.rules_of("carol")
        number = departing.planned("rules")
        assert bench.rules_of("alice") == before
        departing.apply(number)
        assert departing.outcomes(number) == ["done"]
        assert bench.rules_of("alice") == (before[0], None)
        assert verify(departing.office, number).left == ()
        bench.proxy.calm()
        departing.apply(number)
        assert bench.proxy.writes == []
        departing.undo(number)
        assert bench.rules_of("alice") == before
        assert bench.rules_of("carol") == others

    def test_what_was_stopped_meanwhile_is_not_written(self, bench: DovecotBench, departing: Departing):
        number = departing.planned("rules")
        bench.server.doveadm("sieveDeactivate", user="alice")
        bench.proxy.calm()
        departing.apply(number)
        assert departing.outcomes(number) == ["already"]
        assert bench.proxy.writes == []

    def test_what_somebody_changed_meanwhile_is_left_alone(self, bench: DovecotBench, departing: Departing):
        number = departing.planned("rules")
        bench.write_rule("alice", "holiday", OUTSIDE * 2)
        changed = bench.rules_of("alice")
        departing.apply(number)
        assert departing.outcomes(number) == ["drifted"]
        assert bench.rules_of("alice") == changed

    @pytest.mark.parametrize("trouble", [Trouble.DENIED, Trouble.LYING])
    def test_a_right_missing_and_a_lie_are_told_and_tried_again(
        self, bench: DovecotBench, departing: Departing, trouble: Trouble
    ):
        number = departing.planned("rules")
        bench.proxy.trouble(trouble, writes=True)
        departing.apply(number)
        assert departing.outcomes(number) == ["failed"]
        assert not verify(departing.office, number).holds
        bench.proxy.calm()
        departing.apply(number)
        assert departing.outcomes(number) == ["done"]

    @pytest.mark.parametrize("trouble", [Trouble.CUT, Trouble.THROTTLED, Trouble.FAILING, Trouble.HALF_OPEN])
    def test_a_passing_fault_is_tried_again(self, bench: DovecotBench, departing: Departing, trouble: Trouble):
        number = departing.planned("rules")
        bench.proxy.trouble(trouble, writes=True, only=1)
        departing.apply(number)
        assert departing.outcomes(number) == ["done"]
        assert bench.rules_of("alice")[1] is None


class MailSessionsContract(_Departures):
    """Of ``MailSessions``; alice and bob are signed in."""

    @pytest.fixture(autouse=True)
    def signed_in(self, bench: DovecotBench) -> None:
        for login in ("alice", "bob"):
            bench.sign_in_by_hand(login)
            assert bench.still_signed_in(login)

    def test_all_are_ended_and_another_connection_sees_it(self, bench: DovecotBench):
        with bench.connected() as connection:
            assert connection.sessions("alice") == 1
            assert bench.proxy.writes == []
            for _ in range(2):
                connection.end_sessions("alice")
        assert bench.signed_out("alice")
        assert bench.still_signed_in("bob")
        with bench.connected() as other:
            assert (other.sessions("alice"), other.sessions("bob"), other.sessions("zoe")) == (0, 1, 0)

    @pytest.mark.parametrize("trouble", ON_READS)
    def test_trouble_with_looking_is_never_none(self, bench: DovecotBench, trouble: Trouble):
        with bench.connected() as connection:
            bench.plant(trouble)
            with pytest.raises(SystemFault) as caught:
                connection.sessions("alice")
            assert isinstance(caught.value, ON_READS[trouble])

    @pytest.mark.parametrize("trouble", ON_WRITES)
    def test_trouble_with_ending_has_its_name(self, bench: DovecotBench, trouble: Trouble):
        with bench.connected() as connection:
            bench.plant(trouble, writes=True)
            if trouble is Trouble.MISSING:
                # That nobody of that name is signed in is what was wanted.
                connection.end_sessions("alice")
            else:
                with pytest.raises(SystemFault) as caught:
                    connection.end_sessions("alice")
                assert isinstance(caught.value, ON_WRITES[trouble])
        assert trouble is Trouble.HALF_OPEN or bench.still_signed_in("alice")
        bench.proxy.calm()
        with bench.connected() as other:
            other.end_sessions("alice")
        assert bench.signed_out("alice")
        assert bench.still_signed_in("bob")

    def test_a_departure_ends_them_once(self, bench: DovecotBench, departing: Departing):
        number = departing.planned("mail sessions")
        departing.apply(number)
        assert departing.outcomes(number) == ["done"]
        assert bench.signed_out("alice")
        assert verify(departing.office, number).holds
        bench.proxy.calm()
        departing.apply(number)
        assert bench.proxy.writes == []

    def test_where_none_is_open_any_more_none_is_ended(self, bench: DovecotBench, departing: Departing):
        number = departing.planned("mail sessions")
        with bench.connected() as connection:
            connection.end_sessions("alice")
        bench.proxy.calm()
        departing.apply(number)
        assert departing.outcomes(number) == ["already"]
        assert bench.proxy.writes == []
