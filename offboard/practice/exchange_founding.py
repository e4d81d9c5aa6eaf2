"""The practice company's mailboxes at Exchange Online: half of the company has moved there already."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from offboard.practice.exchange import ExchangeStandIn
from offboard.practice.founding import DOMAIN

if TYPE_CHECKING:
    from offboard.practice.graph import GraphStandIn

_MOVED: Final = ("martin.thorne", "sophie.adeyemi", "ines.falk", "graham.pell", "tomasz.lis")
_PRIVATE: Final = "m.thorne.home@privatepost.example"
_CLIENTS: Final = ("obrien-soehne.example", "severnside-water.example", "lakeshore-pump.example")
_BEST: Final = ("b.charpentier@fonderie-sainteloi.example", "g.wojcik@lodzkie-soki.example")


def found_exchange(tenant: GraphStandIn) -> ExchangeStandIn:
    """Give those who have moved their mailboxes; the tenant must not run yet."""
    standin = ExchangeStandIn(tenant)
    ids = {str(one["mail"]): str(one["id"]) for one in tenant.store.now.of_type("user")}
    boxes = {login: standin.add_mailbox(ids[f"{login}@{DOMAIN}"]) for login in _MOVED}
    martin, ines, graham = boxes["martin.thorne"], boxes["ines.falk"], boxes["graham.pell"]
    _write_rules(standin, martin)
    standin.add_rule(ines, "Delivery notes", SubjectContainsWords=["delivery note"], MoveToFolder="Delivery notes")
    standin.add_sweep(graham, "Fairs", Sender="news@pump-fair.example", KeepForDays=10)
    standin.let_in(ines, martin)
    standin.let_in(ines, martin, rights="SendAs")
    standin.share_calendar(graham, martin)
    standin.add_device(martin, "iPhone 15")
    _call_meetings(tenant, ids[f"martin.thorne@{DOMAIN}"])
    return standin


def _write_rules(standin: ExchangeStandIn, martin: dict[str, Any]) -> None:
    """The hidden one copies what clients write; those beside it bring some of them to the top, and look harmless.

    One is harmless, and worth having for whoever comes after.
    """
    standin.add_rule(martin, "My best ones first", From=[*_BEST], MoveToFolder="VIP", MarkImportance="High")
    standin.add_rule(martin, "Tenders first", SubjectContainsWords=["tender", "Ausschreibung"], MarkImportance="High")
    standin.add_rule(martin, "Delivery dates", SubjectContainsWords=["delivery date"], MoveToFolder="Deliveries")
    standin.add_rule(martin, ".", hidden=True, FromAddressContainsWords=[*_CLIENTS], ForwardTo=[_PRIVATE])


def _call_meetings(tenant: GraphStandIn, martin: str) -> None:
    monday = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=6)
    clients = ["a.obrien@obrien-soehne.example", f"sophie.adeyemi@{DOMAIN}"]
    tenant.add_meeting(martin, "Price review", clients, begins=monday, every_days=28)
    tenant.add_meeting(martin, "Sales on Monday", [f"graham.pell@{DOMAIN}"], begins=monday, every_days=7)
