"""The paging every list shares: cursors and the state of the page (Relay cursor connections)."""

import strawberry

from resolvers.listing import ListPage


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Forward paging only: lists are read from the start or after a cursor."""

    has_next_page: bool = strawberry.field(description="True if more follows after endCursor.")
    end_cursor: str | None = strawberry.field(description="Pass it as `after` for the next page.")
    has_previous_page: bool = strawberry.field(description="Always false: lists are paged forward only.", default=False)
    start_cursor: str | None = strawberry.field(
        description="Cursor of the first edge; null on an empty page.", default=None
    )


def show_page_info(page: ListPage) -> PageInfo:
    """Show where a page stands."""
    return PageInfo(
        has_next_page=page.has_next,
        end_cursor=page.end_cursor,
        start_cursor=page.items[0].cursor if page.items else None,
    )
