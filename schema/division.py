"""An administrative division and an address inside it."""

from datetime import date

import strawberry

from resolvers.record import Record
from schema.scalars import DivisionCode, UnitCode
from tongban_adapters import divisions, stations


@strawberry.type(description="A county-level division, GB/T 2260. Names are those of the day the code is read for.")
class Division:
    """A division by code; an abolished or foreign code keeps its digits and has no name."""

    code: DivisionCode = strawberry.field(description="Six digits.")
    name_zh: str | None = strawberry.field(
        description="Chinese name on the day in question; null if no table knows it."
    )
    name_en: str | None = strawberry.field(description="Romanised name; null if no table knows it.")


@strawberry.type(description="A police station or other organisation of public security, GA/T 380.")
class Station:
    """An entry of the station directory (synthetic in the demo)."""

    code: UnitCode = strawberry.field(description="Twelve digits.")
    name_zh: str | None = strawberry.field(description="Chinese name; null if the directory does not list the code.")
    name_en: str | None = strawberry.field(description="Romanised name; null if the directory does not list the code.")
    division: Division = strawberry.field(description="The county-level division it belongs to.")


@strawberry.type(description="A registered address.")
class Address:
    """Parts of an address, as far as the registry keeps them."""

    division: Division | None = strawberry.field(description="County-level division.")
    township: str | None = strawberry.field(description="Township or street, GB/T 10114, nine digits.")
    street: str | None = strawberry.field(description="Street or road.")
    door: str | None = strawberry.field(description="Door plate and the rest.")
    police_station: Station | None = strawberry.field(description="Station whose area it is; it issues the book.")


ADDRESS_FIELDS = ("division", "township", "street", "door", "police_station")


def show_division(code: str | None, day: date | None = None) -> Division | None:
    """Show a division as it was named on `day` (None: today's table, then any older one)."""
    if code is None:
        return None
    found = divisions.find(code, day) or divisions.find(code)
    return Division(
        code=DivisionCode(code), name_zh=found.name_zh if found else None, name_en=found.name_en if found else None
    )


def show_station(code: str | None) -> Station | None:
    """Show a station of the directory, or just its code and division."""
    if code is None:
        return None
    found = stations.STATIONS.get(code)
    division = show_division(code[:6])
    assert division is not None  # noqa: S101 - a code is never None here
    return Station(
        code=UnitCode(code),
        name_zh=found.name_zh if found else None,
        name_en=found.name_en if found else None,
        division=division,
    )


def show_address(record: Record) -> Address:
    """Show the address a record carries in the fields ADDRESS_FIELDS."""
    return Address(
        division=show_division(record.optional_text("division")),
        township=record.optional_text("township"),
        street=record.optional_text("street"),
        door=record.optional_text("door"),
        police_station=show_station(record.optional_text("police_station")),
    )
