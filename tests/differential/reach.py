"""How much of the schema the documents ask for."""

from collections import Counter

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema

Reach = Counter[tuple[str, str]]


def every_field(schema: GraphQLSchema) -> set[tuple[str, str]]:
    """Return (type, field) of everything a document can select, introspection aside."""
    return {
        (kind.name, name)
        for kind in schema.type_map.values()
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not kind.name.startswith("__")
        for name in kind.fields
    }


def unreached(schema: GraphQLSchema, reach: Reach, least: int = 1) -> list[str]:
    """Return the fields that were written fewer than `least` times."""
    return sorted(f"{kind}.{name}" for kind, name in every_field(schema) if reach[kind, name] < least)


def table(reach: Reach) -> str:
    """Return the counts, type by type, the least first within a type."""
    kinds: dict[str, list[tuple[int, str]]] = {}
    for (kind, name), count in reach.items():
        kinds.setdefault(kind, []).append((count, name))
    return "\n".join(
        f"{kind:20} {' '.join(f'{name}:{count}' for count, name in sorted(fields))}"
        for kind, fields in sorted(kinds.items())
    )
