"""The root fields that read; each hands over to one use case and decides nothing."""

from datetime import date
from typing import Annotated

import strawberry

from resolvers import audit, cases, channels, eligibility, households, people, search
from resolvers.catalogue import BUSINESSES, INQUIRIES, ItemSet
from resolvers.channels import Reading, Weighting
from schema.access_log import AccessLogConnection, show_access_page
from schema.business import Business, BusinessFilter, Inquiry, show_business, show_inquiry
from schema.caller import Caller, show_caller
from schema.case import Case, CaseConnection, CaseFilter, show_case, show_case_page
from schema.channel import Channel, Coverage, show_channel, show_coverage
from schema.city import City, show_city
from schema.context import Info
from schema.eligibility import Eligibility, EligibilityInput, show_eligibility
from schema.household import Household, HouseholdConnection, HouseholdFilter
from schema.node import Node
from schema.nodes import show_node
from schema.person import Person
from schema.scalars import CitizenNumber, CityKey, ItemCode
from schema.search import NameCount, PersonConnection, PersonFilter, show_name_count
from schema.selection import fields_for


@strawberry.type(description="Everything that reads. What may be seen depends on the token and on Tongban-Purpose.")
class Query:
    """Three to five lines a field: the decisions are in `resolvers`."""

    @strawberry.field(description="Who the gateway takes you for. Open to everybody.")
    def me(self, info: Info) -> Caller:
        """Show the caller."""
        return show_caller(info.context.visit)

    @strawberry.field(description="All cities of the federation. Open to everybody.")
    def cities(self, info: Info) -> list[City]:
        """Show the cities."""
        return [show_city(info.context.province, slug) for slug in info.context.province.cities]

    @strawberry.field(description="One city; an unknown key is an error UNKNOWN_CITY that names the known ones.")
    def city(
        self, info: Info, key: Annotated[CityKey, strawberry.argument(description="Key of the city.")]
    ) -> City | None:
        """Show one city."""
        return show_city(info.context.province, key)

    @strawberry.field(
        description="A person by citizen number; the owning city is found by the locator, never by the prefix. "
        "Citizens see themselves; OFFICER and APPROVER need Tongban-Purpose. If the registry cannot answer, this is "
        "an error (REGISTRY_UNAVAILABLE, REGISTRY_TIMEOUT); NOT_FOUND is one answer for nobody there and not for you."
    )
    async def person(
        self,
        info: Info,
        number: Annotated[CitizenNumber, strawberry.argument(description="Citizen number, in a POST body only.")],
    ) -> Person | None:
        """Find and read the person."""
        context = info.context
        fields = fields_for(info, Person)
        return Person(record=await people.person_by_number(context.province, context.visit, number, fields))

    @strawberry.field(description="A household by its number in one city; null if there is none that you may see.")
    async def household(
        self,
        info: Info,
        city: Annotated[CityKey, strawberry.argument(description="The city whose registry keeps it.")],
        number: Annotated[str, strawberry.argument(description="Household number.")],
    ) -> Household | None:
        """Read the household."""
        context = info.context
        fields = fields_for(info, Household)
        record = await households.household_by_number(context.province, context.visit, city, number, fields)
        return Household(record=record) if record else None

    @strawberry.field(description="Households of one city by number. For OFFICER and APPROVER with Tongban-Purpose.")
    async def households(
        self,
        info: Info,
        city: Annotated[CityKey, strawberry.argument(description="The city.")],
        first: Annotated[int, strawberry.argument(description="Page size, 1 to 200.")] = 20,
        after: Annotated[str | None, strawberry.argument(description="Cursor to go on from.")] = None,
        filter: Annotated[HouseholdFilter | None, strawberry.argument(description="Which households.")] = None,
    ) -> HouseholdConnection:
        """List households."""
        context = info.context
        wanted = (filter or HouseholdFilter()).conditions()
        fields = fields_for(info, Household, "edges", "node")
        page = await households.household_page(context.province, context.visit, city, wanted, first, after, fields)
        return HouseholdConnection(page=page)

    @strawberry.field(
        description="Persons by name over several cities at once, merged into one order. For OFFICER and APPROVER with "
        "Tongban-Purpose. Partial answers are marked in `outcomes`."
    )
    async def search_persons(
        self,
        info: Info,
        filter: Annotated[PersonFilter, strawberry.argument(description="Whom to look for.")],
        cities: Annotated[
            list[CityKey] | None, strawberry.argument(description="Only these cities; null: all of them.")
        ] = None,
        first: Annotated[int, strawberry.argument(description="Page size, 1 to 100.")] = 20,
        after: Annotated[str | None, strawberry.argument(description="Cursor to go on from.")] = None,
    ) -> PersonConnection | None:
        """Search the cities."""
        context = info.context
        fields = fields_for(info, Person, "edges", "node")
        wanted = filter.conditions()
        page = await search.search_persons(context.province, context.visit, wanted, cities, first, after, fields)
        return PersonConnection(page=page)

    @strawberry.field(
        description="How many registered persons bear a name (Q15). Open to everybody; small cells are hidden."
    )
    async def name_count(
        self, info: Info, name: Annotated[str, strawberry.argument(description="The full name.")]
    ) -> NameCount:
        """Count the name in every city."""
        return show_name_count(name, await search.name_count(info.context.province, info.context.visit, name))

    @strawberry.field(description="Which channels are open on a day (Q19). Open to everybody.")
    def channels(
        self,
        info: Info,
        as_of: Annotated[date | None, strawberry.argument(description="The day; null: today.")] = None,
        item: Annotated[
            ItemCode | None, strawberry.argument(description="Only for this business; null: any cross-regional one.")
        ] = None,
        handling_city: Annotated[CityKey | None, strawberry.argument(description="Only from this city.")] = None,
        registry_city: Annotated[CityKey | None, strawberry.argument(description="Only for this registry.")] = None,
        reading: Annotated[Reading, strawberry.argument(description="How June 2021 is read.")] = Reading.R2,
        include_closed: Annotated[
            bool, strawberry.argument(description="True: closed cells too, with the day they open.")
        ] = False,
    ) -> list[Channel]:
        """Show the matrix."""
        province = info.context.province
        asked = channels.ChannelQuestion(as_of or province.clock.today(), item, handling_city, registry_city, reading)
        cells = channels.cells(province.policy, asked)
        return [show_channel(cell) for cell in cells if include_closed or cell.is_open]

    @strawberry.field(
        description="How much of the province is open on a day, beside the announced figure. Open to everybody."
    )
    def channel_coverage(
        self,
        info: Info,
        as_of: Annotated[date | None, strawberry.argument(description="The day; null: today.")] = None,
        items: Annotated[ItemSet, strawberry.argument(description="The set of items.")] = ItemSet.ALL_CR,
        weighting: Annotated[Weighting, strawberry.argument(description="What is counted.")] = Weighting.PAIRS,
        reading: Annotated[Reading, strawberry.argument(description="How June 2021 is read.")] = Reading.R2,
    ) -> Coverage:
        """Compute the coverage."""
        province = info.context.province
        return show_coverage(
            channels.coverage(province.policy, as_of or province.clock.today(), items, weighting, reading)
        )

    @strawberry.field(description="The businesses of the catalogue, by code. Open to everybody.")
    def businesses(
        self,
        filter: Annotated[BusinessFilter | None, strawberry.argument(description="Which businesses.")] = None,
    ) -> list[Business]:
        """Show the businesses."""
        return [show_business(b) for b in BUSINESSES.values() if filter is None or filter.fits(b)]

    @strawberry.field(description="The inquiries of the catalogue, by code. Open to everybody.")
    def inquiries(self) -> list[Inquiry]:
        """Show the inquiries."""
        return [show_inquiry(inquiry) for inquiry in INQUIRIES.values()]

    @strawberry.field(description="One business; null if the catalogue has none with this code.")
    def business(
        self, code: Annotated[ItemCode, strawberry.argument(description="Code of the business.")]
    ) -> Business | None:
        """Show one business."""
        found = BUSINESSES.get(code)
        return show_business(found) if found else None

    @strawberry.field(
        description="Whether an application handed in now would be accepted: the same gate and rules, nothing written. "
        "Needs the rights of the application itself."
    )
    async def eligibility(
        self, info: Info, input: Annotated[EligibilityInput, strawberry.argument(description="The application.")]
    ) -> Eligibility:
        """Judge without writing."""
        context = info.context
        return show_eligibility(await eligibility.check_eligibility(context.province, context.visit, input.question()))

    @strawberry.field(description="One case by number; null if there is none that you may see.")
    async def case(
        self, info: Info, number: Annotated[strawberry.ID, strawberry.argument(description="Case number.")]
    ) -> Case | None:
        """Read the case."""
        found = await cases.case_by_number(info.context.province, info.context.visit, number)
        return show_case(found) if found else None

    @strawberry.field(
        description="Cases you may see, newest first: citizens their own, officers those of their station, approvers "
        "those of their registry."
    )
    async def cases(
        self,
        info: Info,
        filter: Annotated[CaseFilter | None, strawberry.argument(description="Which cases.")] = None,
        first: Annotated[int, strawberry.argument(description="Page size, 1 to 100.")] = 20,
        after: Annotated[str | None, strawberry.argument(description="Cursor to go on from.")] = None,
    ) -> CaseConnection:
        """List cases."""
        context = info.context
        wanted = (filter or CaseFilter()).conditions()
        return show_case_page(await cases.case_page(context.province, context.visit, wanted, first, after))

    @strawberry.field(description="Who looked at your own record (Q30), newest first. For CITIZEN.")
    async def access_log(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="Page size, 1 to 100.")] = 50,
        after: Annotated[str | None, strawberry.argument(description="Cursor to go on from.")] = None,
    ) -> AccessLogConnection:
        """List accesses."""
        return show_access_page(await audit.access_log(info.context.province, info.context.visit, first, after))

    @strawberry.field(description="Anything with an id, fetched again; null if it is gone or not yours to see.")
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="An id this gateway gave out.")]
    ) -> Node | None:
        """Open the id and read what it stands for."""
        return await show_node(info, id)
