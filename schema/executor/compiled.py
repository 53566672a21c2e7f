"""Runs queries compiled, and leaves to graphql-core what is not compiled or turned out otherwise than planned."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
import strawberry
from strawberry.types import ExecutionResult

from resolvers import access
from resolvers.problems import Problem
from schema.context import Context
from schema.executor.arguments import WrongArgument
from schema.executor.document import Documents, Operation
from schema.executor.explain import explained
from schema.executor.plan import Profile, Unsupported
from schema.executor.run import Running
from schema.executor.scalars import Surprise
from schema.executor.variables import WrongVariables

_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Counts:
    """How many operations ran compiled, and how many on graphql-core, by the reason why."""

    fast: int = 0
    fallback: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class CompiledSchema:
    """A schema that answers as strawberry's own does, queries much faster. One per process.

    `respond` gives a whole answer as ready bytes, or graphql-core's result; `execute` is for those who know only
    strawberry's schema.
    """

    schema: strawberry.Schema
    documents: Documents = field(init=False)
    counts: Counts = field(default_factory=Counts)

    def __post_init__(self) -> None:
        self.documents = Documents(self.schema)

    def as_str(self) -> str:
        """Return the printed schema."""
        return self.schema.as_str()

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, object] | None = None,
        context_value: object | None = None,
        root_value: object | None = None,
        operation_name: str | None = None,
    ) -> ExecutionResult:
        """Run one operation and return its result."""
        if root_value is not None:
            self.counts.fallback["root value"] += 1
            return await self.schema.execute(query, variable_values, context_value, root_value, operation_name)
        answer = await self.respond(query, variable_values, context_value, operation_name)
        if not isinstance(answer, bytes):
            return answer
        body: dict[str, dict[str, object]] = msgspec.json.decode(answer)
        return ExecutionResult(data=body["data"], errors=None)

    async def respond(
        self,
        query: str | None,
        variable_values: dict[str, object] | None = None,
        context_value: object | None = None,
        operation_name: str | None = None,
    ) -> bytes | ExecutionResult:
        """Run one operation: return the body `{"data": …}` as JSON, or graphql-core's result where that ran it."""
        answer = await self.execute_bytes(query, variable_values, context_value, operation_name)
        if answer is not None:
            return answer
        return await self.schema.execute(query, variable_values, context_value, operation_name=operation_name)

    async def execute_bytes(
        self,
        query: str | None,
        variable_values: dict[str, object] | None = None,
        context_value: object | None = None,
        operation_name: str | None = None,
    ) -> bytes | None:
        """Return the body `{"data": …}` as JSON; None if graphql-core has to run the operation, over what was read."""
        if query is None or not isinstance(context_value, Context):
            self.counts.fallback["no query or context"] += 1
            return None
        try:
            operation = self.documents.operation(query, operation_name)
            variables = _coerced(operation, variable_values)
            plan = operation.compiled(variables, _profile(context_value))
        except Unsupported as why:
            self.counts.fallback[why.reason] += 1
            return None
        context_value.visit.loaders.remembers_failures = True
        try:
            [data] = await plan.answer(Running(context_value, variables))
            answer = b'{"data":' + _encode(data) + b"}"
        except Exception as surprise:
            self.counts.fallback[_reason(surprise)] += 1
            return None
        self.counts.fast += 1
        return answer

    def explain(
        self,
        query: str,
        variable_values: Mapping[str, object] | None = None,
        operation_name: str | None = None,
        *,
        masks: bool = False,
    ) -> str:
        """Return the plan and the program of a query for people to read, or why it is not compiled.

        `masks`: for a caller who may have to see something masked, as citizens do.
        """
        try:
            operation = self.documents.operation(query, operation_name)
            plan = operation.compiled(_coerced(operation, variable_values), Profile(masks))
        except Unsupported as why:
            return f"not compiled: {why.reason}; runs on graphql-core\n"
        return explained(plan)


def _coerced(operation: Operation, given: Mapping[str, object] | None) -> dict[str, object]:
    try:
        return operation.coerce(given or {})
    except Exception:
        raise Unsupported("variables") from None


def _profile(context: Context) -> Profile:
    return Profile(access.is_bound_to_own(context.visit))


def _reason(surprise: Exception) -> str:
    """Name what happened in a few fixed words, for a counter."""
    if isinstance(surprise, Problem):
        return "problem"
    if isinstance(surprise, Surprise | WrongArgument | WrongVariables | KeyError):
        return "surprise"
    return "error"
