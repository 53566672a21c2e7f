"""Counts what was written in the journals of the two cities of the story."""

from collections.abc import Mapping

import asyncpg


async def journals(registries: Mapping[str, str], day: str | None = None) -> dict[str, int]:
    """Count the journal rows of the two cities of the story, all of them or those accepted on a day (yyyymmdd)."""
    found = {}
    for slug in ("wenzhou", "jinhua"):
        connection = await asyncpg.connect(registries[slug])
        try:
            counted = await connection.fetchval(
                "SELECT count(*) FROM hjls_hjywlsb WHERE $1::text IS NULL OR sbsj = $1", day
            )
        finally:
            await connection.close()
        found[slug] = int(counted)
    return found
