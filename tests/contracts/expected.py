"""What each kind of trouble must be called: retrying depends on the type alone."""

from __future__ import annotations

from typing import Final

from offboard.errors import RETRIED, Denied, Drifted, NotFound, Rejected, SystemFault, Throttled, Unreachable, Untrusted
from tests.servers.faulty import Trouble

NAMED: Final[dict[Trouble, tuple[type[SystemFault], ...]]] = {
    Trouble.DENIED: (Denied,),
    Trouble.MISSING: (NotFound,),
    Trouble.CONFLICT: (Drifted, Rejected),
    Trouble.STALE: (Drifted,),
    Trouble.THROTTLED: (Throttled,),
    Trouble.FAILING: RETRIED,
    Trouble.SILENT: (Unreachable,),
    Trouble.HALF_OPEN: (Unreachable,),
    Trouble.CUT: (Unreachable,),
    Trouble.UNTRUSTED: (Untrusted,),
}
"""Trouble → the errors it may become."""

ON_WRITES: Final = NAMED | {
    # What is gone when it is to be written was there a moment ago.
    Trouble.MISSING: (NotFound, Drifted),
}

ON_READS: Final = {
    trouble: named for trouble, named in NAMED.items() if trouble not in {Trouble.CONFLICT, Trouble.STALE}
}
"""Nothing is written, so that nothing can clash."""
