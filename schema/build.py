"""Builds the one schema from its declarations."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.case import Case
from schema.household import Household
from schema.mutation import Mutation
from schema.person import Person
from schema.query import Query
from schema.scalars import SCALARS


def build_schema() -> strawberry.Schema:
    """Return the schema; it holds no state and can be built once per process."""
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        types=[Person, Household, Case],
        config=StrawberryConfig(scalar_map=SCALARS),
    )
