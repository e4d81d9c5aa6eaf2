"""Alembic's way in: it runs the versions over the connection that the store hands it."""

from __future__ import annotations

from alembic import context

from offboard.storage.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
context.run_migrations()
