"""Generated documents over the whole schema: the compiled executor answers as graphql-core does."""

from collections import Counter
from pathlib import Path

import pytest

from schema.executor.compiled import CompiledSchema
from tests.differential.contest import Difference
from tests.differential.examples import load, save, saved
from tests.differential.proof import Proof
from tests.differential.reach import Reach, unreached

CHUNKS, DOCUMENTS = 10, 500
LIVE_DOCUMENTS = 60
# Every field of the schema is asked for at least so often in one run.
LEAST = 8


def alike(proof: Proof, found: list[Difference]) -> None:
    """Fail where something was found: shrink it, keep it as an example, and say it without anybody's number."""
    small = [proof.shrunk(difference) for difference in found[:2]]
    if small:
        pytest.fail("\n\n".join(f"{save(one.question).name}\n{one.told()}" for one in small), pytrace=False)


@pytest.mark.parametrize("seed", range(1, CHUNKS + 1))
def test_documents_are_answered_alike(proof: Proof, seed: int) -> None:
    played = proof.play_seed(seed, DOCUMENTS)
    alike(proof, played.differences)
    assert played.documents == DOCUMENTS


def test_documents_over_postgresql_are_answered_alike(proof: Proof) -> None:
    live = proof.over_postgresql()
    played = live.play(live.documents(99), LIVE_DOCUMENTS)
    alike(live, played.differences)


@pytest.mark.parametrize("example", list(saved()), ids=lambda path: path.stem)
def test_an_example_that_once_differed_is_answered_alike(proof: Proof, example: Path) -> None:
    difference = proof.difference(load(example))
    if difference is not None:
        pytest.fail(difference.told(), pytrace=False)


def test_most_documents_are_compiled_and_find_data(proof: Proof) -> None:
    compiled = CompiledSchema(proof.schema)
    played = proof.against(compiled).play(proof.documents(1), 300)
    assert not played.differences
    assert compiled.counts.fast >= 0.4 * played.runs
    assert played.fine >= 0.35 * played.runs


def test_every_field_of_the_schema_is_asked_for(proof: Proof) -> None:
    reach: Reach = sum((proof.reach(seed, DOCUMENTS) for seed in range(1, CHUNKS + 1)), Counter())
    assert unreached(proof.schema._schema, reach, LEAST) == []  # noqa: SLF001 - strawberry offers no other way
