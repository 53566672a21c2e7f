"""The paging every list shares: cursors and the state of the page (Relay cursor connections)."""

import strawberry


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Forward paging only: lists are read from the start or after a cursor."""

    has_next_page: bool = strawberry.field(description="True if more follows after endCursor.")
    end_cursor: str | None = strawberry.field(description="Pass it as `after` for the next page; null on an empty page.")
    has_previous_page: bool = strawberry.field(description="Always false: lists are paged forward only.", default=False)
    start_cursor: str | None = strawberry.field(description="Cursor of the first edge; null on an empty page.", default=None)
