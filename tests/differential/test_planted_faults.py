"""Each fault planted in the executor is noticed by the proof within a bounded number of documents."""

import pytest

from schema.executor.compiled import CompiledSchema
from tests.differential.planted_faults import FAULTS, DoesNotFit, PlantedFault
from tests.differential.proof import Proof

MOST_DOCUMENTS = 800


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_is_noticed(proof: Proof, fault: PlantedFault) -> None:
    faulty = proof.against(CompiledSchema(proof.schema))
    with fault.planted():
        played = faulty.play(faulty.documents(7), MOST_DOCUMENTS, most=1)
    noticed = len(played.differences)
    assert noticed, f"{played.documents} documents did not notice: {fault.name}"


def test_without_a_fault_the_same_documents_are_answered_alike(proof: Proof) -> None:
    sound = proof.against(CompiledSchema(proof.schema))
    assert len(sound.play(sound.documents(7), 300, most=1).differences) == 0


def test_there_are_at_least_ten_faults() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 10


def test_a_fault_that_no_longer_fits_says_so() -> None:
    lost = PlantedFault("lost", CompiledSchema.respond, "no such text anywhere", "")
    with pytest.raises(DoesNotFit, match="respond does not hold"), lost.planted():
        pass
