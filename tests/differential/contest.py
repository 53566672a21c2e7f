"""Puts one question to both executors and says in what their answers differ."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from gateway.redaction import redact
from tests.differential.hearing import Fault, Heard, Question, Runner, hear
from tests.differential.sick_registry import Asked
from tests.differential.stage import Stage
from tongban_adapters.model import Key, Kind

# `{"household":null}` and the like is not much of an answer.
_EMPTY = 30
# What none of our resolvers should raise over sound data, whoever runs them.
_OURS = {"KeyError", "IndexError", "AttributeError", "AssertionError", "InvalidStateError", "RuntimeError", "NameError"}


@dataclass(frozen=True, slots=True)
class Difference:
    """A question answered in two ways: in what the answers differ, and both of them."""

    question: Question
    kinds: tuple[str, ...]
    reference: Heard
    compiled: Heard

    def told(self) -> str:
        """Return a text for people, without anybody's number."""
        lines = [f"differs in {', '.join(self.kinds)}", self.question.text, repr(self.question.variables)]
        lines += [repr(self.question.situation), f"operation: {self.question.operation_name}"]
        for name, heard in (("graphql-core", self.reference), ("compiled", self.compiled)):
            lines += [f"{name}: {heard.data.decode()[:1500]}", *(f"  {fault}" for fault in heard.faults)]
        for name, one, other in (
            ("only graphql-core noted", self.reference, self.compiled),
            ("only compiled noted", self.compiled, self.reference),
        ):
            lines += [f"{name}: {note}" for note in sorted(one.notes - other.notes, key=repr)[:5]]
        lines += [f"asked again: {asked}" for asked in _again(self.reference, self.compiled)[:5]]
        return redact("\n".join(lines))


@dataclass(frozen=True, slots=True)
class Played:
    """How many documents were played, in how many runs (some are played again by others), and what differed.

    `fine` counts the runs that showed something, without any fault.
    """

    documents: int
    runs: int
    fine: int
    differences: list[Difference]


@dataclass(frozen=True, slots=True)
class Contest:
    """Both executors. `counts_reads`: the second one must read nothing twice."""

    reference: Runner
    compiled: Runner
    counts_reads: bool = True
    live: bool = False

    async def between(self, stage: Stage, question: Question) -> Difference | None:
        """Return the difference, if there is one."""
        expected = await hear(self.reference, stage, question, live=self.live)
        given = await hear(self.compiled, stage, question, live=self.live)
        kinds = tuple(self.kinds(question, expected, given))
        return Difference(question, kinds, expected, given) if kinds else None

    async def over(self, stage: Stage, questions: Iterable[Sequence[Question]], most: int) -> "Played":
        """Play these documents until there are no more, or until `most` differences are found."""
        documents, runs, fine, found = 0, 0, 0, list[Difference]()
        for several in questions:
            documents, runs = documents + 1, runs + len(several)
            for question in several:
                expected = await hear(self.reference, stage, question, live=self.live)
                given = await hear(self.compiled, stage, question, live=self.live)
                fine += not expected.faults and len(expected.data) > _EMPTY
                if kinds := tuple(self.kinds(question, expected, given)):
                    found.append(Difference(question, kinds, expected, given))
            if len(found) >= most:
                break
        return Played(documents, runs, fine, found)

    def kinds(self, question: Question, expected: Heard, given: Heard) -> Iterable[str]:
        """Yield in what the answers differ."""
        if expected.data != given.data:
            yield "data"
        if expected.faults != given.faults and not _same_faults(expected, given):
            yield "faults"
        if expected.notes - given.notes:
            yield "notes missing"
        # Where a null took its parents with it graphql-core gives up the rest at once; what it had read of that by
        # then hangs on the moment. More may be on record than was shown, never less.
        if given.notes - expected.notes and not _cut_short(expected):
            yield "notes"
        if self.counts_reads and _again(expected, given):
            yield "read twice"
        spoiled = question.situation.spoiled
        sound = spoiled is None or spoiled.by in ("nothing", "broken")
        if sound and any(fault.path is not None and fault.cause[-1] in _OURS for fault in expected.faults):
            yield "surprise"


def _again(expected: Heard, given: Heard) -> list[Asked]:
    """Return what was asked more than once, and more often than graphql-core's run asked it."""
    return [
        asked
        for asked, times in given.asked.items()
        if times > max(1, expected.asked.get(asked, 0)) and not (times == 2 and _by_number(asked))
    ]


def _by_number(asked: Asked) -> bool:
    """The locator asks the remembered owner of a number and, where that leads nowhere, every city: the owner again."""
    return asked[1:4] == ("read", Kind.PERSON, Key.NUMBER)


def _same_faults(expected: Heard, given: Heard) -> bool:
    """Tell whether the faults are the same as far as GraphQL says which there are.

    Where a null took its parents with it, whatever else failed below them may be told or not (specification, 6.4.4):
    it hangs on what had been heard by then. There, one fault in common has to be told.
    """
    if expected.data != given.data:
        return False
    mine, others = _by_place(expected), _by_place(given)
    return mine.keys() == others.keys() and all(
        mine[place] == others[place] if place is None else mine[place] & others[place] for place in mine
    )


def _by_place(heard: Heard) -> dict[tuple[str | int, ...] | None, set[Fault]]:
    """Return the faults by the parent that became null with them; those that took no parent with them under None."""
    data = msgspec.json.decode(heard.data) if heard.data else None
    found: dict[tuple[str | int, ...] | None, set[Fault]] = {}
    for fault in heard.faults:
        found.setdefault(_null_parent(data, fault.path or ()), set()).add(fault)
    return found


def _cut_short(heard: Heard) -> bool:
    """Tell whether a null went further up than the place of its fault."""
    return any(place is not None for place in _by_place(heard))


def _null_parent(data: object, path: Sequence[str | int]) -> tuple[str | int, ...] | None:
    for place, step in enumerate(path):
        if data is None:
            return tuple(path[:place])
        data = data[step]  # type: ignore[index]  # the path of a fault leads through the data
    return None
