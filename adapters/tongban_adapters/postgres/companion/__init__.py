"""Install the companion schema `tongban` in a registry's database."""

from importlib import resources

import asyncpg

from tongban_adapters.migrations import migrate

LEDGER = "tongban_companion_migrations"


async def install_companion(url: str) -> list[str]:
    """Apply the numbered SQL of this folder once each; return the names applied now. Raises MigrationError."""
    connection = await asyncpg.connect(url)
    try:
        return await migrate(connection, resources.files(__package__), LEDGER)
    finally:
        await connection.close()
