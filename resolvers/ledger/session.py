"""One borrowed connection of the ledger, and what a lost one looks like."""

from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

Session: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"

# What a lost or unreachable database looks like from asyncpg; everything else is a fault of ours.
UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.ObjectNotInPrerequisiteStateError,
)
