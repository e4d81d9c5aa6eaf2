"""Cmdlets about who else gets at a mailbox: people with rights, and phones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offboard.practice.exchange.commands import ALREADY, Refused, Run, cmdlet, not_found, wrong

if TYPE_CHECKING:
    from offboard.practice.exchange.organisation import Thing

SELF = "NT AUTHORITY\\SELF"


@cmdlet("Get-MailboxPermission", "Identity", "User", "ResultSize")
def read_readers(run: Run) -> list[Thing]:
    """Return who can open the mailbox; its owner is among them."""
    box = run.mailbox()
    own = {"Identity": box["Identity"], "User": SELF, "AccessRights": ["FullAccess", "ReadPermission"],
           "IsInherited": False, "Deny": False}  # fmt: skip
    if not run.given("User"):
        return [own, *box["_readers"]]
    wanted = run.organisation.mailbox(str(run.get("User") or ""))["UserPrincipalName"]
    return [one for one in box["_readers"] if one["User"] == wanted]


@cmdlet("Add-MailboxPermission", "Identity", "User", "AccessRights", "AutoMapping", "InheritanceType")
def add_reader(run: Run) -> list[Thing]:
    """Let somebody open the mailbox."""
    box, who = run.mailbox(), run.organisation.mailbox(str(run.get("User") or ""))
    if any(one["User"] == who["UserPrincipalName"] for one in box["_readers"]):
        raise Refused(ALREADY, "The appropriate access control entry is already present on the object.")
    made = {"Identity": box["Identity"], "User": who["UserPrincipalName"], "AccessRights": _rights(run),
            "IsInherited": False, "Deny": False, "_mapped": run.get("AutoMapping", True)}  # fmt: skip
    box["_readers"].append(made)
    return [made]


@cmdlet("Remove-MailboxPermission", "Identity", "User", "AccessRights", "InheritanceType")
def remove_reader(run: Run) -> list[Thing]:
    """Let somebody open the mailbox no longer."""
    box, who = run.mailbox(), run.organisation.mailbox(str(run.get("User") or ""))
    left = [one for one in box["_readers"] if one["User"] != who["UserPrincipalName"]]
    if len(left) == len(box["_readers"]):
        raise not_found(str(run.get("User")))
    box["_readers"] = left
    return []


@cmdlet("Get-RecipientPermission", "Identity", "Trustee", "ResultSize")
def read_senders(run: Run) -> list[Thing]:
    """Return who can send as somebody."""
    boxes = [run.mailbox()] if run.get("Identity") else list(run.organisation.mailboxes.values())
    own = [{"Identity": box["Identity"], "Trustee": SELF, "AccessRights": ["SendAs"], "IsInherited": False,
            "AccessControlType": "Allow"} for box in boxes]  # fmt: skip
    found = [*own, *(one for box in boxes for one in box["_senders"])]
    trustee = str(run.get("Trustee") or "").casefold()
    return [one for one in found if not trustee or str(one["Trustee"]).casefold() == trustee]


@cmdlet("Add-RecipientPermission", "Identity", "Trustee", "AccessRights")
def add_sender(run: Run) -> list[Thing]:
    """Let somebody send as the mailbox."""
    box, who = run.mailbox(), run.organisation.mailbox(str(run.get("Trustee") or ""))
    made = {"Identity": box["Identity"], "Trustee": who["UserPrincipalName"], "AccessRights": _rights(run),
            "IsInherited": False, "AccessControlType": "Allow"}  # fmt: skip
    box["_senders"] = [one for one in box["_senders"] if one["Trustee"] != made["Trustee"]] + [made]
    return [made]


@cmdlet("Remove-RecipientPermission", "Identity", "Trustee", "AccessRights")
def remove_sender(run: Run) -> list[Thing]:
    """Let somebody send as the mailbox no longer."""
    box, who = run.mailbox(), run.organisation.mailbox(str(run.get("Trustee") or ""))
    box["_senders"] = [one for one in box["_senders"] if one["Trustee"] != who["UserPrincipalName"]]
    return []


@cmdlet("Get-MobileDevice", "Mailbox", "Identity", "ResultSize")
def read_devices(run: Run) -> list[Thing]:
    """Return the phones that fetch the mail of a mailbox."""
    return list(run.mailbox("Mailbox")["_devices"].values())


@cmdlet("Get-MobileDeviceStatistics", "Mailbox", "Identity")
def read_device_use(run: Run) -> list[Thing]:
    """Return when each phone came last."""
    found = run.mailbox("Mailbox")["_devices"].values()
    return [{name: one[name] for name in ("Identity", "Guid", "DeviceId", "DeviceModel")} | {
        "LastSuccessSync": one["_last"], "Status": "DeviceOk"} for one in found]  # fmt: skip


@cmdlet("Remove-MobileDevice", "Identity")
def remove_device(run: Run) -> list[Thing]:
    """Forget a phone; nothing on it is deleted."""
    wanted = str(run.get("Identity") or "").casefold()
    for box in run.organisation.mailboxes.values():
        for identity, device in list(box["_devices"].items()):
            if wanted in {identity.casefold(), device["Guid"]}:
                del box["_devices"][identity]
                return []
    raise not_found(str(run.get("Identity")))


@cmdlet("Clear-MobileDevice", "Identity", "AccountOnly")
def wipe_device(run: Run) -> list[Thing]:
    """Wipe a phone: everything that is on it, unless the account alone is named."""
    for box in run.organisation.mailboxes.values():
        for identity, device in box["_devices"].items():
            if identity == run.get("Identity"):
                device["_wiped"] = not run.get("AccountOnly")
                return []
    raise not_found(str(run.get("Identity")))


def _rights(run: Run) -> list[str]:
    rights = run.get("AccessRights")
    if not rights:
        raise wrong("The AccessRights parameter is missing.")
    return list(rights) if isinstance(rights, list) else [str(rights)]
