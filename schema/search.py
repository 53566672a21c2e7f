"""Lists of persons over the cities, and the count of a name."""

from datetime import date

import strawberry

from resolvers import search
from resolvers.listing import Listed, ListPage
from schema.outcome import Outcome, show_outcomes
from schema.page import PageInfo, show_page_info
from schema.person import Person
from schema.scalars import CityKey, DivisionCode
from tongban_adapters.vocabulary import PersonState, Sex


@strawberry.input(description="Whom to look for; everything given must hold. A name or its beginning is required.")
class PersonFilter:
    """A list is never unfiltered."""

    name: str | None = strawberry.field(default=None, description="Exactly this registered name.")
    name_starts_with: str | None = strawberry.field(default=None, description="Names that begin with this.")
    sex: Sex | None = strawberry.field(default=None, description="Registered sex.")
    born_from: date | None = strawberry.field(default=None, description="Born on this day or later.")
    born_to: date | None = strawberry.field(default=None, description="Born on this day or earlier.")
    division: DivisionCode | None = strawberry.field(
        default=None, description="Registered in this county-level division."
    )
    state: PersonState = strawberry.field(default=PersonState.NORMAL, description="State of the record.")

    def conditions(self) -> search.PersonFilter:
        """Return the filter as the use case takes it."""
        return search.PersonFilter(
            name=self.name,
            name_starts_with=self.name_starts_with,
            sex=self.sex,
            born_from=self.born_from,
            born_to=self.born_to,
            division=self.division,
            state=self.state,
        )


@strawberry.type(description="A person with the cursor.")
class PersonEdge:
    """One entry of a list of persons."""

    listed: strawberry.Private[Listed]

    @strawberry.field(description="Opaque place in the list.")
    def cursor(self) -> str:
        """Seal the place."""
        return self.listed.cursor

    @strawberry.field(description="The person.")
    def node(self) -> Person:
        """Show the person."""
        return Person(record=self.listed.record)


@strawberry.type(
    description="A page of persons of several cities in one order: name by code point, then city, then reference. "
    "Look at `outcomes` before calling a list complete: what a missing city holds comes on a later page."
)
class PersonConnection:
    """A Relay connection with what became of each city."""

    page: strawberry.Private[ListPage]

    @strawberry.field(description="The entries of the page.")
    def edges(self) -> list[PersonEdge]:
        """Show the entries."""
        return [PersonEdge(listed=item) for item in self.page.items]

    @strawberry.field(description="Where the page stands.")
    def page_info(self) -> PageInfo:
        """Show where the page stands."""
        return show_page_info(self.page)

    @strawberry.field(description="How each city asked for this page answered.")
    def outcomes(self) -> list[Outcome]:
        """Show how the cities answered."""
        return show_outcomes(self.page.outcomes)


@strawberry.type(description="How many persons of one city bear a name.")
class CityNameCount:
    """One cell."""

    city: CityKey = strawberry.field(description="The city.")
    count: int | None = strawberry.field(description="The count; null if suppressed or if the city did not answer.")
    suppressed: bool = strawberry.field(description="True if the count is too small to be told (0 to 4).")


@strawberry.type(description="How many registered persons bear exactly this name (Q15).")
class NameCount:
    """Small cells are never told, nor the sums that would give them away."""

    name: str = strawberry.field(description="The name that was counted.")
    total: int | None = strawberry.field(description="The sum; told only if every city's count is told.")
    suppressed: bool = strawberry.field(description="True if some city's count is suppressed.")
    by_city: list[CityNameCount] = strawberry.field(description="The count of each city.")
    outcomes: list[Outcome] = strawberry.field(description="How each city answered; `rows` is 1 for every answer.")


def show_name_count(name: str, found: search.NameCount) -> NameCount:
    """Show the count of a name."""
    return NameCount(
        name=name,
        total=found.total,
        suppressed=found.suppressed,
        by_city=[CityNameCount(city=CityKey(c.city), count=c.count, suppressed=c.suppressed) for c in found.by_city],
        outcomes=show_outcomes(found.outcomes),
    )
