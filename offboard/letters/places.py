"""Where the files that come with offboard are: in the wheel, or beside the package in a checkout."""

from __future__ import annotations

from pathlib import Path

import offboard
from offboard.errors import WrongUse

_PACKAGE = Path(offboard.__file__).resolve().parent


def shipped(name: str) -> Path:
    """Return the path of a shipped file or folder, named as it stands under ``playbooks/``.

    Raises:
        WrongUse: nothing of that name was shipped.
    """
    for folder in (_PACKAGE / "_playbooks", _PACKAGE.parent / "playbooks"):
        if (folder / name).exists():
            return folder / name
    raise WrongUse(f"{name} is missing from the installation", hint="Install offboard again.")
