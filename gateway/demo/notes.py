"""Remembers in the comment of a database that its preparation is complete; a half-prepared one has no such note."""

from collections.abc import Mapping

import asyncpg

from gateway.postgres import PostgresServer


async def read_notes(server: PostgresServer) -> Mapping[str, str]:
    """Return the note of every database, "" where there is none."""
    connection = await asyncpg.connect(server.admin_url())
    try:
        rows = await connection.fetch("SELECT datname, shobj_description(oid, 'pg_database') AS note FROM pg_database")
    finally:
        await connection.close()
    return {row["datname"]: row["note"] or "" for row in rows}


async def write_note(server: PostgresServer, database: str, note: str) -> None:
    """Replace the note of a database; "" removes it."""
    connection = await asyncpg.connect(server.admin_url())
    try:
        # COMMENT takes no parameters.
        order = await connection.fetchval(
            "SELECT format('COMMENT ON DATABASE %I IS %L', $1::text, $2::text)", database, note
        )
        await connection.execute(order)
    finally:
        await connection.close()
