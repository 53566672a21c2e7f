"""The stage and both executors, opened once for all tests of the proof."""

from collections.abc import Iterator, Mapping

import pytest

from gateway.postgres import PostgresServer
from tests.differential.proof import Proof
from tests.differential.studio import studio


@pytest.fixture(scope="session")
async def ledger_of_the_proof(postgres: PostgresServer) -> str:
    """The address of an empty ledger."""
    return await postgres.ensure_database("differential", "differential", "secret")


@pytest.fixture(scope="session")
def proof(registries: Mapping[str, str], ledger_of_the_proof: str) -> Iterator[Proof]:
    """Both executors on the stage of the seeded registries."""
    with studio(registries, ledger_of_the_proof) as opened:
        yield Proof.on(opened)
