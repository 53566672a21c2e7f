"""A city and its registry."""

import strawberry

from resolvers.breaker import BreakerState
from resolvers.province import Province
from schema.context import Info
from schema.division import Division, Station, show_division, show_station
from schema.scalars import CityKey, DivisionCode
from tongban_adapters import divisions, stations


@strawberry.type(description="A prefecture-level city with a registry of its own.")
class City:
    """One member of the federation."""

    key: CityKey = strawberry.field(description="Key of the city in this schema.")
    code: DivisionCode = strawberry.field(description="GB/T 2260 code of the city.")
    name_zh: str = strawberry.field(description="Chinese name.")
    name_en: str = strawberry.field(description="Romanised name.")
    line: BreakerState = strawberry.field(description="Whether the gateway asks this registry at present.")

    @strawberry.field(description="The county-level divisions of the city today.")
    def divisions(self, info: Info) -> list[Division]:
        """Show today's counties."""
        today = info.context.province.clock.today()
        shown = (show_division(county.code, today) for county in divisions.counties(self.key, today))
        return [division for division in shown if division]

    @strawberry.field(description="The stations of the city, where business may be handed in (synthetic in the demo).")
    def stations(self) -> list[Station]:
        """Show the stations of the city."""
        mine = (show_station(station.code) for station in stations.STATIONS.values() if station.city == self.key)
        return [station for station in mine if station]


def show_city(province: Province, slug: str) -> City:
    """Show one city; raises FixInput(UNKNOWN_CITY)."""
    city = province.city(slug)
    return City(
        key=CityKey(city.slug),
        code=DivisionCode(city.code),
        name_zh=city.name_zh,
        name_en=city.name_en,
        line=city.line.state,
    )
