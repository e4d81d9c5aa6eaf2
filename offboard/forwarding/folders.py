"""Folders in which mail goes unseen, and folders that bring it to the top."""

from __future__ import annotations

import re

FOLDER_ID = "folder id"
"""How the name of a folder begins of which only the id is known."""

_PARTS = str.maketrans("/.\\:", "////")
_JOINED = str.maketrans("", "", "_-")
_LIFTING = re.compile(r"(?:^|[./\\: _-])(?:priority|vip|important|urgent|wichtig|dringend)(?:$|[./\\: _-])")

# Packed lists.
# fmt: off
_NOBODY_LOOKS = frozenset({
    "trash", "deleted", "deleteditems", "deletedmessages", "recoverableitems", "recoverableitemsdeletions",
    "recoverableitemspurges", "recoverableitemsversions", "recoverableitemsroot", "purges", "junk", "junkemail",
    "junkmail", "spam", "bulkmail", "rss", "rssfeeds", "rsssubscriptions", "conversationhistory", "clutter",
    "syncissues", "conflicts", "localfailures", "serverfailures", "notes", "journal", "calendar", "contacts", "tasks",
    "outbox", "papierkorb", "geloeschteelemente", "gelöschteelemente", "geloeschteobjekte", "gelöschteobjekte",
    "junkemailordner", "spamverdacht", "rssfeed", "unterhaltungsverlauf", "aufgezeichneteunterhaltungen", "kalender",
    "notizen", "kontakte", "aufgaben", "corbeille", "elementssupprimes", "élémentssupprimés", "courrierindesirable",
    "courrierindésirable", "indesirables",
})
_SELDOM = frozenset({
    "archive", "archives", "archiv", "archiviert", "archivé",
})
# fmt: on


def hides(folder: str, *, marked_read: bool) -> bool:
    r"""Say whether a mail filed there goes unseen: rubbish, junk, feeds and the like; an archive only if marked read.

    ``folder`` is a name or path with ``/``, ``.``, ``\`` or ``:`` between its parts; the last part decides.
    """
    parts = [part for part in folder.translate(_PARTS).split("/") if part.strip()]
    last = "".join(parts[-1].translate(_JOINED).split()).casefold() if parts else ""
    return last in _NOBODY_LOOKS or (marked_read and last in _SELDOM) or (not parts and bool(folder))


def lifts(folder: str) -> bool:
    """Say whether a folder's name promises priority."""
    return bool(_LIFTING.search(folder.lower()))
