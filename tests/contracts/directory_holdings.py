"""What people hold in directories besides groups: keys to machines (LDAP), a place (Active Directory)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from offboard.domain.capabilities import Membership
from offboard.domain.holdings import Placement, SshKeys
from tests.contracts.holding import Holding
from tests.servers.faulty import Trouble
from tests.servers.samba_seed import LEAVERS, STAFF

if TYPE_CHECKING:
    from tests.contracts.ad_bench import AdBench
    from tests.contracts.ldap_bench import LdapBench

# Made for these tests alone; there are no private halves.
_BLOBS = (
    "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
    "AAAAC3NzaC1lZDI1NTE5AAAAIAEBAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
)


def _give_keys(bench: LdapBench) -> None:
    for login in ("alice", "carol"):
        lines = [f"sshPublicKey: ssh-ed25519 {blob} {login}@{place}" for place, blob in enumerate(_BLOBS)]
        _change(bench, login, "add: objectClass", "objectClass: ldapPublicKey", "-", "add: sshPublicKey", *lines)


def _comment_on_a_key(bench: LdapBench) -> None:
    was, now = (f"sshPublicKey: ssh-ed25519 {_BLOBS[0]} {comment}" for comment in ("alice@0", "alice@new"))
    _change(bench, "alice", "delete: sshPublicKey", was, "-", "add: sshPublicKey", now)


def _change(bench: LdapBench, login: str, *lines: str) -> None:
    start = [f"dn: uid={login},ou=people,dc=corp,dc=test", "changetype: modify"]
    bench.server.modify("\n".join([*start, *lines]) + "\n")


def _keys_of(bench: LdapBench, login: str) -> Any:
    found = bench.server.search(f"(uid={login})", ["sshPublicKey"])
    return sorted(found[0].get("sshPublicKey", []))


KEYS = Holding(
    SshKeys, "keys", 2, _give_keys,
    lambda there, _bench, who: there.ssh_keys(who),
    lambda there, bench, thing, state: there.set_ssh_key(bench.id_of("alice"), thing, state),
    _keys_of,
    apart=False,
    meddle=_comment_on_a_key,
)  # fmt: skip


def _place(there: Any, _bench: AdBench, who: str) -> dict[str, Membership]:
    state = there.placement(who)
    return {} if state is None else {who: Membership("place", state)}


def _move_elsewhere(bench: AdBench) -> None:
    bench.domain.first.admin().modify_dn(
        f"CN=alice,{STAFF}", "CN=alice", new_superior="CN=Users,DC=corp,DC=test", delete_old_dn=True
    )


PLACES = Holding(
    Placement, "places", 1, lambda _bench: None,
    _place,
    lambda there, _bench, thing, state: there.set_placement(thing, state),
    lambda bench, login: bench.place_of(login),
    taken=lambda _state, _bench: {"in": LEAVERS},
    apart=False,
    meddle=_move_elsewhere,
    kept=lambda now, then: now == then,
    reading={Trouble.MISSING: "an account that is not there is nowhere"},
)  # fmt: skip
