"""Prefect's view of a departure; the only place that imports Prefect."""

import os

# Prefect reports its use to its maker from the moment it is imported, unless this is set. People who leave are nobody
# else's business.
os.environ.setdefault("DO_NOT_TRACK", "1")
