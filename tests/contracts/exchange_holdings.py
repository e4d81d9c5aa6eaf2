"""What mailboxes of Exchange have: how each is given, told, taken and seen."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from offboard.domain.capabilities import Membership
from offboard.domain.mail import AddressList, MailboxAccess, MailboxKind, MailDevices, MailProtocols
from tests.contracts.holding import Holding
from tests.servers.faulty import Trouble

if TYPE_CHECKING:
    from tests.contracts.exchange_bench import ExchangeBench

GONE_ALREADY = {Trouble.MISSING: "a phone that is not there is forgotten already; reading back tells"}
NO_MAILBOX = {Trouble.MISSING: "a mailbox that is not there is of no kind"}


def _nothing(_bench: ExchangeBench) -> None:
    """Give nothing: every mailbox has it from its first day."""


def _give_phones(bench: ExchangeBench) -> None:
    for login in ("alice", "carol"):
        for model in ("iPhone", "Pixel"):
            bench.standin.add_device(bench.boxes[login], f"{login}'s {model}")


def _kind(there: Any, _bench: ExchangeBench, who: str) -> dict[str, Membership]:
    state = there.mailbox_kind(who)
    return {} if state is None else {who: Membership("mailbox", state)}


def _box(*keys: str) -> Any:
    return lambda bench, login: deepcopy([bench.boxes[login][key] for key in keys])


def _close_imap_by_hand(bench: ExchangeBench) -> None:
    bench.boxes["alice"]["_doors"]["SmtpClientAuthenticationDisabled"] = False


EVERY = [
    Holding(
        MailProtocols, "protocols", 4, _nothing,
        lambda there, _bench, who: there.protocols(who),
        lambda there, bench, thing, state: there.set_protocol(bench.id_of("alice"), thing, state),
        lambda bench, login: dict(bench.boxes[login]["_doors"]),
        taken=lambda _state, _bench: {"open": "no"},
        meddle=_close_imap_by_hand,
        kept=lambda now, then: (
            now["SmtpClientAuthenticationDisabled"] is then["SmtpClientAuthenticationDisabled"] is False
        ),
    ),
    Holding(
        MailDevices, "phones", 2, _give_phones,
        lambda there, _bench, who: there.mail_devices(who),
        lambda there, bench, thing, _state: there.forget_mail_device(bench.id_of("alice"), thing),
        lambda bench, login: sorted(bench.boxes[login]["_devices"]),
        comes_back=False,
        writing=GONE_ALREADY,
    ),
    Holding(
        AddressList, "address list", 1, _nothing,
        lambda there, _bench, who: there.listed(who),
        lambda there, bench, _thing, state: there.set_listed(bench.id_of("alice"), state),
        _box("HiddenFromAddressListsEnabled"),
        taken=lambda _state, _bench: {"listed": False},
    ),
    Holding(
        MailboxKind, "kinds", 1, _nothing,
        _kind,
        lambda there, bench, _thing, state: there.set_mailbox_kind(bench.id_of("alice"), state["kind"]),
        _box("RecipientTypeDetails"),
        taken=lambda _state, _bench: {"kind": "shared"},
        reading=NO_MAILBOX,
        later=True,
    ),
    Holding(
        MailboxAccess, "access", 2, _nothing,
        lambda there, bench, who: there.mailbox_access(who, bench.id_of("bob")),
        lambda there, bench, thing, state: there.set_mailbox_access(
            bench.id_of("alice"), bench.id_of("bob"), thing, state
        ),
        _box("_readers", "_senders"),
        taken=lambda _state, _bench: {"given": True},
    ),
]  # fmt: skip
"""Every capability of this kind that has a suite here."""
