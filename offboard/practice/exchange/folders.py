"""Cmdlets about the calendars of a mailbox, and who else sees or writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offboard.practice.exchange.commands import ALREADY, NO_ENTRY, Refused, Run, cmdlet, not_found, wrong

if TYPE_CHECKING:
    from offboard.practice.exchange.organisation import Thing

EVERYBODY = ("Default", "Anonymous")
CALENDAR = "Calendar"


@cmdlet("Get-MailboxFolderStatistics", "Identity", "FolderScope")
def read_folders(run: Run) -> list[Thing]:
    """Return the calendars, by the names that their owner's language gives them."""
    box = run.mailbox()
    if run.get("FolderScope") != CALENDAR:
        raise wrong("The stand-in knows calendars alone.")
    return [
        {"Identity": f"{box['Identity']}{path.replace('/', chr(92))}", "Name": path[1:], "FolderPath": path,
         "FolderType": CALENDAR if place == 0 else "User Created"}
        for place, path in enumerate(box["_calendars"])
    ]  # fmt: skip


@cmdlet("Get-MailboxFolderPermission", "Identity", "User", "ResultSize")
def read_entries(run: Run) -> list[Thing]:
    """Return who gets into a folder; asked for one person who does not, it says that there is no entry."""
    _, entries = _folder(run)
    if run.given("User"):
        return [_entry(run, entries)]
    common = {"AccessRights": ["AvailabilityOnly"], "SharingPermissionFlags": "None"}
    return [*({"User": name} | common for name in EVERYBODY), *entries]


@cmdlet("Add-MailboxFolderPermission", "Identity", "User", "AccessRights", "SharingPermissionFlags",
        "SendNotificationToUser")  # fmt: skip
def add_entry(run: Run) -> list[Thing]:
    """Let somebody into a folder."""
    box, entries = _folder(run)
    who = run.organisation.mailbox(str(run.get("User") or ""))
    if any(one["_who"] == who["Guid"] for one in entries):
        raise Refused(ALREADY, f"An existing permission entry was found for user: {who['DisplayName']}.")
    rights, flags = run.get("AccessRights"), str(run.get("SharingPermissionFlags") or "None")
    rights = rights if isinstance(rights, list) else [rights]
    if flags != "None" and rights != ["Editor"]:
        raise wrong("SharingPermissionFlags can be used with the Editor role alone.")
    folder = str(run.get("Identity")).partition(":")[2].replace("\\", "/")
    run.organisation.share_calendar(box, who, rights=",".join(rights), flags=flags, folder=folder)
    box["_calendars"][folder][-1]["AccessRights"] = list(rights)
    return [box["_calendars"][folder][-1]]


@cmdlet("Remove-MailboxFolderPermission", "Identity", "User", "SendNotificationToUser")
def remove_entry(run: Run) -> list[Thing]:
    """Let somebody into a folder no longer."""
    _, entries = _folder(run)
    entries.remove(_entry(run, entries))
    return []


def _folder(run: Run) -> tuple[Thing, list[Thing]]:
    who, _, path = str(run.get("Identity") or "").partition(":")
    box = run.organisation.mailbox(who)
    path = path.replace("\\", "/")
    if path not in box["_calendars"]:
        raise not_found(str(run.get("Identity")))
    return box, box["_calendars"][path]


def _entry(run: Run, entries: list[Thing]) -> Thing:
    who = run.organisation.mailbox(str(run.get("User") or ""))
    found = [one for one in entries if one["_who"] == who["Guid"]]
    if not found:
        text = f"There is no existing permission entry found for user: {who['DisplayName']}."
        raise Refused(NO_ENTRY, text)
    return found[0]
