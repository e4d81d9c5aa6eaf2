"""Prefect's view of a departure; the only place that imports Prefect."""
