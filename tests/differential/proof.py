"""The proof as tests and the long run use it: documents from a seed, put to both executors, differences shrunk."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import islice

import strawberry

from schema.build import build_schema
from schema.executor.compiled import CompiledSchema
from tests.differential.contest import Contest, Difference, Played
from tests.differential.documents import Documents
from tests.differential.hearing import Question, Runner
from tests.differential.reach import Reach
from tests.differential.sandbox import SCALE
from tests.differential.shrinking import shrink
from tests.differential.stage import Stage
from tests.differential.stock import Stock, collect
from tests.differential.studio import Studio


# Without repr: the stock is made of people's numbers.
@dataclass(frozen=True, slots=True, repr=False)
class Proof:
    """graphql-core against the compiled executor. `reaches`: what whole chunks asked for, by seed and size."""

    studio: Studio
    schema: strawberry.Schema
    stock: Stock
    contest: Contest
    reaches: dict[tuple[int, int], Reach] = field(default_factory=dict)

    @classmethod
    def on(cls, studio: Studio, *, live: bool = False) -> "Proof":
        """Return the proof on an open stage."""
        schema = build_schema()
        stock = studio.play(lambda stage: collect(stage, schema, SCALE))
        return cls(studio, schema, stock, Contest(schema, CompiledSchema(schema), live=live))

    def against(self, runner: Runner, *, counts_reads: bool = True) -> "Proof":
        """Return the same proof of another executor."""
        return replace(self, contest=Contest(self.schema, runner, counts_reads))

    def over_postgresql(self) -> "Proof":
        """Return the same proof, reading from the registries themselves."""
        return replace(self, contest=replace(self.contest, live=True))

    def documents(self, seed: int) -> Documents:
        """Return the documents of this seed, from the first one on."""
        return Documents(self.schema._schema, self.stock, seed)  # noqa: SLF001 - strawberry offers no other way

    def play(self, documents: Documents, many: int, most: int = 3) -> Played:
        """Put the next `many` documents to both, until there are `most` differences."""
        asked: Iterable[list[Question]] = islice(documents, many)
        return self.studio.play(lambda stage: self.contest.over(stage, asked, most))

    def play_seed(self, seed: int, many: int) -> Played:
        """Put the first `many` documents of a seed to both, the compiled executor knowing none of them yet."""
        documents = self.documents(seed)
        played = self.against(CompiledSchema(self.schema)).play(documents, many)
        if played.documents == many:
            self.reaches[seed, many] = documents.reach
        return played

    def reach(self, seed: int, many: int) -> Reach:
        """Return what the first `many` documents of a seed ask for, played already or not."""
        if (seed, many) not in self.reaches:
            documents = self.documents(seed)
            for _ in islice(documents, many):
                pass
            self.reaches[seed, many] = documents.reach
        return self.reaches[seed, many]

    def difference(self, question: Question) -> Difference | None:
        """Put one question to both."""
        return self.studio.play(lambda stage: self.contest.between(stage, question))

    def shrunk(self, difference: Difference) -> Difference:
        """Return a small question that differs in something this one differs in."""
        return self.studio.play(lambda stage: _shrunk(stage, self.contest, difference))


async def _shrunk(stage: Stage, contest: Contest, difference: Difference) -> Difference:
    async def still(question: Question) -> bool:
        seen = await contest.between(stage, question)
        return seen is not None and not set(seen.kinds).isdisjoint(difference.kinds)

    small = await shrink(difference.question, still)
    return await contest.between(stage, small) or difference
