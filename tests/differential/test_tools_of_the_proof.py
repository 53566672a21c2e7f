"""The tools of the proof: an executor agrees with itself, differences are seen, shrunk, saved and loaded."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from graphql import parse
from strawberry.types.execution import ExecutionResult

from tests.differential.examples import load, save, saved
from tests.differential.hearing import Question, hear
from tests.differential.proof import Proof
from tests.differential.shrinking import shrink
from tests.differential.sick_registry import SickRegistry
from tests.differential.situations import Ailment, Situation, Spoiled
from tests.differential.stage import STORY_NUMBER, Stage
from tongban_adapters.errors import BrokenRecord
from tongban_adapters.model import FIELDS, Key, Kind

DOUBTFUL = """
query Asked($n: CitizenNumber!, $yes: Boolean!) {
  me { role ...F }
  person(number: $n) { id a: sex @include(if: $yes) household { members { name birthDate } } }
}
fragment F on Caller { name }
"""


class Unsexed:
    """graphql-core, but for sex: it is never told."""

    def __init__(self, proof: Proof) -> None:
        self._schema = proof.schema

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, object] | None = None,
        context_value: object | None = None,
        root_value: object | None = None,
        operation_name: str | None = None,
    ) -> ExecutionResult:
        """Run one operation."""
        text = (query or "").replace("a: sex", "a: formerName")
        return await self._schema.execute(text, variable_values, context_value, root_value, operation_name)


def test_graphql_core_agrees_with_itself(proof: Proof) -> None:
    itself = proof.against(proof.schema, counts_reads=False)
    played = itself.play(itself.documents(3), 150)
    assert not played.differences
    assert played.documents == 150


def test_the_same_seed_gives_the_same_documents(proof: Proof) -> None:
    one, other = proof.documents(5), proof.documents(5)
    assert [one.next() for _ in range(50)] == [other.next() for _ in range(50)]
    assert proof.documents(6).next() != proof.documents(5).next()


def test_a_difference_is_shrunk_to_what_it_hangs_on(proof: Proof) -> None:
    faulty = proof.against(Unsexed(proof), counts_reads=False)
    sick = Situation(sick=(("ningbo", Ailment.UNAVAILABLE),), spoiled=None, caller="approver")
    question = Question(DOUBTFUL, {"n": STORY_NUMBER, "yes": True}, "Asked", sick)
    difference = faulty.difference(question)
    assert difference is not None
    assert difference.kinds[0] == "data"
    small = faulty.shrunk(replace(difference, kinds=("data",)))
    assert " ".join(small.question.text.split()) == "query Asked($n: CitizenNumber!) { person(number: $n) { a: sex } }"
    assert small.question.situation == Situation()
    assert STORY_NUMBER not in small.told()


def test_what_cannot_be_shrunk_stays(proof: Proof) -> None:
    question = Question("{ me { role } }")

    async def never(_stage: Stage) -> Question:
        async def differs(_question: Question) -> bool:
            return False

        return await shrink(question, differs)

    assert proof.studio.play(never) == question


def test_an_example_is_loaded_as_it_was_saved(tmp_path: Path) -> None:
    situation = Situation("citizen0", None, (("wenzhou", Ailment.REFUSES),), Spoiled(7, 60, "strange", places=True))
    question = Question("{ me {\n  role } }", {"a": [1, None]}, "Asked", situation)
    path = save(question, tmp_path)
    assert list(saved(tmp_path)) == [path]
    assert load(path) == question


@pytest.mark.parametrize("example", list(saved()), ids=lambda path: path.stem)
def test_an_example_is_a_document(example: Path) -> None:
    assert parse(load(example).text).definitions


def test_a_spoiled_cell_is_the_same_whatever_it_is_read_with(proof: Proof) -> None:
    async def look(stage: Stage) -> tuple[list[object], list[object]]:
        spoiled = Spoiled(3, 400, "mixed")
        ref = str(stage.records["jinhua"][Kind.PERSON][0]["ref"])
        fields = tuple(field.name for field in FIELDS[Kind.PERSON])
        registry = SickRegistry(stage.registries["jinhua"], None, spoiled)
        [whole] = await registry.read(Kind.PERSON, Key.REF, [ref], fields)
        single = [(await registry.read(Kind.PERSON, Key.REF, [ref], (field,)))[0][0] for field in fields]
        return [_plain(cell) for cell in whole], [_plain(cell) for cell in single]

    whole, single = proof.studio.play(look)
    assert whole == single


def test_what_a_run_notes_is_compared(proof: Proof) -> None:
    question = Question(f'{{ person(number: "{STORY_NUMBER}") {{ name }} }}')
    heard = proof.studio.play(lambda stage: hear(proof.schema, stage, question))
    assert len(heard.notes) == 1
    quiet = replace(heard, notes=frozenset())
    assert tuple(proof.contest.kinds(question, heard, quiet)) == ("notes missing",)
    assert tuple(proof.contest.kinds(question, quiet, heard)) == ("notes",)
    assert tuple(proof.contest.kinds(question, heard, replace(heard, data=b"{}"))) == ("data",)


def test_a_registry_read_twice_is_seen(proof: Proof) -> None:
    question = Question('{ household(city: "wenzhou", number: "020000001") { number } }')
    heard = proof.studio.play(lambda stage: hear(proof.schema, stage, question))
    [asked] = heard.asked
    again = replace(heard, asked={asked: 2})
    assert tuple(proof.contest.kinds(question, heard, again)) == ("read twice",)


def test_a_citizen_number_is_in_no_question_told(proof: Proof) -> None:
    faulty = proof.against(Unsexed(proof), counts_reads=False)
    text = f'{{ person(number: "{STORY_NUMBER}") {{ a: sex number }} }}'
    difference = faulty.difference(Question(text, {"unused": STORY_NUMBER}))
    assert difference is not None
    assert STORY_NUMBER not in difference.told()


def _plain(cell: object) -> object:
    return (cell.reference, cell.field) if isinstance(cell, BrokenRecord) else msgspec.to_builtins(cell)
