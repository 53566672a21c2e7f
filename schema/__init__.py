"""The GraphQL schema: types, root fields and their descriptions, no decisions."""
