"""The interface of everything that has an id of its own."""

import strawberry


@strawberry.interface(description="Anything that can be fetched again by its id.")
class Node:
    """Types that implement it provide `id`."""

    id: strawberry.ID = strawberry.field(
        description="Opaque and stable as long as the record stays in its registry; says nothing about the person."
    )
