"""Builds the one schema from its declarations."""

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from schema.case import Case
from schema.household import Household
from schema.mutation import Mutation
from schema.person import Person
from schema.query import Query
from schema.scalars import SCALARS


class QuietSchema(strawberry.Schema):
    """A schema that logs nothing itself: an error's text repeats the query, and a query may hold a citizen number."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Leave it to the endpoint, which knows what may be said."""


def build_schema() -> strawberry.Schema:
    """Return the schema; it holds no state and can be built once per process."""
    return QuietSchema(
        query=Query,
        mutation=Mutation,
        types=[Person, Household, Case],
        config=StrawberryConfig(scalar_map=SCALARS),
    )
