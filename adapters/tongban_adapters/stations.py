"""The synthetic directory of police stations: invented ones for every county, with 12-digit codes of GA/T 380."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tongban_adapters.divisions import HISTORY, Division
from tongban_adapters.model import FOREVER


@dataclass(frozen=True, slots=True)
class Station:
    """One station: county (6 digits) + number (3) + `000`; `division` is the county's code, `city` its registry."""

    code: str
    division: str
    city: str
    name_zh: str
    name_en: str


_PLACES = (("城东", "East Town"), ("城西", "West Town"), ("城南", "South Town"), ("城北", "North Town"))

# The stations of the story have names of their own.
_NAMED = {
    "330302001000": ("五马", "Wuma"),
    "330782001000": ("江东", "Jiangdong"),
}


def _stations_of(county: Division) -> Iterator[Station]:
    for number, (place_zh, place_en) in enumerate(_PLACES, start=1):
        code = f"{county.code}{number:03d}000"
        zh, en = _NAMED.get(code, (place_zh, place_en))
        yield Station(
            code,
            county.code,
            county.city,
            f"{county.name_zh}{zh}派出所",
            f"{en} Police Station, {county.name_en}",
        )


def _counties_now() -> Iterator[Division]:
    for code in sorted(HISTORY):
        last = HISTORY[code][-1]
        if last.valid_to == FOREVER:
            yield last


_BY_COUNTY: Mapping[str, tuple[Station, ...]] = MappingProxyType(
    {county.code: tuple(_stations_of(county)) for county in _counties_now()}
)

# By code, in code order.
STATIONS: Mapping[str, Station] = MappingProxyType(
    {station.code: station for stations in _BY_COUNTY.values() for station in stations}
)


def stations_in(division: str) -> tuple[Station, ...]:
    """Return the stations of a county (6 digits), by code; none for a code that is no county today."""
    return _BY_COUNTY.get(division, ())
