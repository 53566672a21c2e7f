"""Ways through the schema to a field that should be met, where chance alone would meet it too seldom."""

from collections.abc import Mapping, Sequence
from random import Random

from graphql import GraphQLObjectType, GraphQLSchema, get_named_type

from tests.differential.reach import Reach
from tests.differential.situations import Situation

# (type, field) by (type, field), from the root.
Trail = tuple[tuple[str, str], ...]

_PERSON, _HOME = ("Query", "person"), ("Query", "household")
# Others of the own household are masked: their names and numbers have to be asked for.
MASKED: Sequence[Trail] = (
    (_HOME, ("Household", "members"), ("Person", "name")),
    (_HOME, ("Household", "members"), ("Person", "number")),
    (_PERSON, ("Person", "household"), ("Household", "members"), ("Person", "number")),
    (_PERSON, ("Person", "household"), ("Household", "head"), ("Person", "name")),
)
# Few cells are numbers …
FEE: Trail = (_PERSON, ("Person", "cardApplications"), ("CardApplication", "fee"))
# … and few may not be empty.
_TENDER: Sequence[Trail] = (
    (_PERSON, ("Person", "version")),
    (_HOME, ("Household", "version")),
    (_HOME, ("Household", "members"), ("Person", "version")),
)


class Trails:
    """The shortest way to every field, and the ways a situation is best seen by."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._shortest = _shortest(schema)

    def draw(self, chance: Random, situation: Situation, reach: Reach) -> Trail:
        """Return a trail to follow, mostly none."""
        if situation.caller.startswith("citizen") and chance.random() < 0.3:
            return chance.choice(MASKED)
        if situation.spoiled is not None and chance.random() < 0.35:
            strange = situation.spoiled.by in ("strange", "mixed")
            return FEE if strange and chance.random() < 0.6 else chance.choice(_TENDER)
        if chance.random() < 0.06:
            targets = chance.sample(sorted(self._shortest), 4)
            return self._shortest[min(targets, key=lambda target: reach[target])]
        return ()


def _shortest(schema: GraphQLSchema) -> Mapping[tuple[str, str], Trail]:
    found: dict[tuple[str, str], Trail] = {}
    root = schema.query_type
    waiting: list[tuple[GraphQLObjectType, Trail]] = [(root, ())] if root is not None else []
    met = {root}
    while waiting:
        kind, before = waiting.pop(0)
        for name, field in kind.fields.items():
            found[kind.name, name] = trail = (*before, (kind.name, name))
            inner = get_named_type(field.type)
            if isinstance(inner, GraphQLObjectType) and inner not in met:
                met.add(inner)
                waiting.append((inner, trail))
    return found
