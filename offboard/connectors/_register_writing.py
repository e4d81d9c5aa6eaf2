"""Writing many rows of the register at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, bindparam, update

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection as Transaction
    from sqlalchemy import Executable


def updating(table: Table, keys: Sequence[str], rows: list[dict[str, Any]]) -> tuple[Executable, list[dict[str, Any]]]:
    """Return the statement that writes ``rows``, and its parameters; the statement must not use a column's own name."""
    columns = list(rows[0]) if rows else list(table.c.keys())
    statement = (
        update(table)
        .where(*(table.c[key] == bindparam(f"new_{key}") for key in keys))
        .values({column: bindparam(f"new_{column}") for column in columns if column not in keys})
    )
    return statement, [{f"new_{column}": cell for column, cell in row.items()} for row in rows]


def each(transaction: Transaction, statement: Executable, rows: list[dict[str, Any]]) -> None:
    """Carry a statement out for each of the rows, if there are any."""
    if rows:
        transaction.execute(statement, rows)
