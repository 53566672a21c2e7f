"""One query on both executors: what the compiled one answers, and what graphql-core answers."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from graphql import GraphQLError
from strawberry.types import ExecutionResult

from resolvers.caller import Caller, Purpose
from resolvers.province import Province
from schema.build import build_schema
from schema.context import Context
from schema.executor.compiled import CompiledSchema
from tests.provinces import D02, OFFICER, visit

SCHEMA = build_schema()


@dataclass(frozen=True, slots=True)
class Both:
    """Two answers to one question; `fast` tells whether the compiled program gave the first."""

    fast: bool
    compiled: bytes
    stock: bytes
    errors: list[GraphQLError]
    stock_errors: list[GraphQLError]

    def assert_equal(self) -> None:
        """Hold the answers to be the same, byte by byte, and the errors too."""
        assert self.compiled == self.stock
        assert [described(error) for error in self.errors] == [described(error) for error in self.stock_errors]


def described(error: GraphQLError) -> tuple[object, ...]:
    """Return what an error says, and what it was made of."""
    cause = error.original_error
    return error.message, error.path, error.locations, type(cause), getattr(cause, "code", None)


async def ask_both(
    province: Province,
    query: str,
    variables: Mapping[str, object] | None = None,
    caller: Caller = OFFICER,
    purpose: Purpose | None = D02,
    operation: str | None = None,
) -> Both:
    """Ask both executors, each in a request of its own."""
    schema = CompiledSchema(SCHEMA)
    given = dict(variables) if variables is not None else None
    stock = await SCHEMA.execute(query, given, Context(province, visit(province, caller, purpose)), None, operation)
    answer = await schema.respond(query, given, Context(province, visit(province, caller, purpose)), operation)
    fast = isinstance(answer, bytes)
    assert (schema.counts.fast, schema.counts.fallback.total()) == ((1, 0) if fast else (0, 1))
    compiled = answer if isinstance(answer, bytes) else _body(answer)
    errors = [] if isinstance(answer, bytes) else answer.errors or []
    return Both(fast, compiled, _body(stock), errors, stock.errors or [])


def _body(result: ExecutionResult) -> bytes:
    return msgspec.json.encode({"data": result.data})
