"""Asks a runner one question on a fresh scene and writes down everything that can be noticed from outside."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import msgspec
from graphql import GraphQLError
from strawberry.types.execution import ExecutionResult

from resolvers.audit import settle
from resolvers.problems import Problem
from tests.differential.quiet_ledger import Note
from tests.differential.sick_registry import Asked
from tests.differential.situations import Situation
from tests.differential.stage import Stage

_ENCODER = msgspec.json.Encoder()
_OPENING = b'{"data":'
Variables = dict[str, object]


class Runner(Protocol):
    """What both executors offer; see gateway.endpoint.GraphQLRunner."""

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, object] | None = None,
        context_value: object | None = None,
        root_value: object | None = None,
        operation_name: str | None = None,
    ) -> ExecutionResult:
        """Run one operation."""


@runtime_checkable
class Responder(Protocol):
    """What the compiled executor offers the endpoint: the whole body as bytes, or a result like everybody's."""

    async def respond(
        self,
        query: str | None,
        variable_values: dict[str, object] | None = None,
        context_value: object | None = None,
        operation_name: str | None = None,
    ) -> bytes | ExecutionResult:
        """Run one operation."""


class Question(msgspec.Struct, frozen=True):
    """What a client sends, and the situation it arrives in."""

    text: str
    variables: Variables = msgspec.field(default_factory=dict)
    operation_name: str | None = None
    situation: Situation = msgspec.field(default_factory=Situation)


@dataclass(frozen=True, slots=True)
class Fault:
    """One entry of `errors`: text, path, places in the document, and what caused it (a code, or a type of ours)."""

    message: str
    path: tuple[str | int, ...] | None
    locations: tuple[tuple[int, int], ...]
    cause: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer: the bytes of `data`, the faults in one order, what was put on record, what was asked how often."""

    data: bytes
    faults: tuple[Fault, ...]
    notes: frozenset[Note]
    asked: Mapping[Asked, int]


async def hear(runner: Runner, stage: Stage, question: Question, *, live: bool = False) -> Heard:
    """Ask; whatever the runner raises is part of the answer."""
    scene = stage.enter(question.situation, live=live)
    variables = dict(question.variables)
    try:
        if isinstance(runner, Responder):
            answer = await runner.respond(question.text, variables, scene.context, question.operation_name)
        else:
            answer = await runner.execute(
                question.text, variables, scene.context, operation_name=question.operation_name
            )
        data, faults = _heard(answer)
        # As the endpoint does: nothing leaves before this.
        await settle(scene.context.province, scene.context.visit)
    except Exception as surprise:
        data, faults = b"", [Fault(f"{type(surprise).__name__}: {surprise}", None, (), ("raised",))]
    faults.sort(key=repr)
    return Heard(data, tuple(faults), frozenset(scene.notes), Counter(scene.questions))


def _heard(answer: bytes | ExecutionResult) -> tuple[bytes, list[Fault]]:
    """Return the bytes that go out under `data`, and the faults."""
    if isinstance(answer, bytes):
        assert answer.startswith(_OPENING)
        return answer[len(_OPENING) : -1], []
    return _ENCODER.encode(answer.data), [_fault(error) for error in answer.errors or ()]


def _fault(error: GraphQLError) -> Fault:
    places = tuple((place.line, place.column) for place in error.locations or ())
    path = tuple(error.path) if error.path is not None else None
    return Fault(error.message, path, places, _cause(error))


def _cause(error: GraphQLError) -> tuple[str, ...]:
    last: BaseException = error
    for cause in _causes(error):
        if isinstance(cause, Problem):
            return (cause.code, str(cause.place), *(f"{name}={value}" for name, value in sorted(cause.more.items())))
        last = cause
    return (type(last).__name__,)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        wrapped = current.original_error if isinstance(current, GraphQLError) else None
        current = wrapped or current.__cause__
