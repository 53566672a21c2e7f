"""The GraphQL schema: types, root fields and their descriptions, no decisions."""

from schema.enums import register_enums

# Before any type that shows one: strawberry looks at a type's fields as soon as it is declared.
register_enums()
