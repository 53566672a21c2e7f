"""Where the people are registered, come from and live: weights of the divisions, old codes, streets, organs."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from tongban_adapters import divisions
from tongban_adapters.sandbox.population.ages import AS_OF
from tongban_adapters.sandbox.population.chance import Wheel, split
from tongban_adapters.stations import stations_in

# Registered persons at the end of 2020 in units of 10 000, in the order of the city codes.
REGISTERED: Mapping[str, float] = MappingProxyType(
    {
        "hangzhou": 813.8,
        "ningbo": 613.7,
        "wenzhou": 833.7,
        "jiaxing": 367.5,
        "huzhou": 268.6,
        "shaoxing": 446.9,
        "jinhua": 492.9,
        "quzhou": 256.1,
        "zhoushan": 96.2,
        "taizhou": 606.8,
        "lishui": 269.9,
    }
)
CITIES: tuple[str, ...] = tuple(REGISTERED)

# Plausible relative sizes of the counties of each city, in code order; only their proportion counts.
_COUNTY_WEIGHTS: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "hangzhou": (80, 75, 75, 27, 115, 62, 69, 54, 52, 38, 42, 46, 51),
        "ningbo": (63, 27, 45, 28, 96, 48, 54, 63, 83, 106),
        "wenzhou": (78, 35, 46, 15, 97, 88, 97, 40, 37, 125, 131, 38),
        "jiaxing": (54, 42, 41, 38, 71, 51, 71),
        "huzhou": (66, 49, 44, 64, 47),
        "shaoxing": (76, 68, 77, 43, 108, 72),
        "jinhua": (66, 34, 35, 40, 21, 65, 85, 84, 62),
        "quzhou": (43, 41, 34, 36, 40, 61),
        "zhoushan": (39, 32, 17, 7),
        "taizhou": (56, 62, 47, 45, 60, 52, 122, 120, 43),
        "lishui": (42, 57, 47, 23, 24, 12, 20, 17, 29),
    }
)

# Abolished codes that still stand at the head of numbers, with a weight beside the counties' own.
_OLD_CODES: Mapping[str, float] = MappingProxyType(
    {
        "330103": 20, "330104": 20, "330183": 20, "330185": 16, "330204": 12, "330283": 14, "330322": 6, "330621": 20,
        "330682": 20, "330721": 10, "330725": 8, "330821": 10, "331021": 12, "332501": 12, "332522": 16, "332525": 6,
        "332526": 12, "332527": 6, "332529": 5, "332621": 12, "332602": 8, "332625": 8,
    }
)  # fmt: skip

# Divisions of other provinces people came from or live in.
_OTHER_PROVINCES = (
    "310104", "310115", "320505", "320582", "320583", "340121", "340826", "341021", "341126", "341221", "341222",
    "341823", "350102", "350981", "350982", "360121", "361102", "361121", "361127", "410122", "411525", "420106",
    "421127", "422801", "430181", "431224", "440305", "450102", "500235", "510107", "511621", "522401", "530627",
)  # fmt: skip
OTHER_PROVINCES: Wheel[str] = Wheel((code, 1.0) for code in _OTHER_PROVINCES)

# What each city draws from elsewhere in the province, for people who work there.
_ATTRACTION: Mapping[str, float] = MappingProxyType(
    {
        "hangzhou": 38, "ningbo": 20, "wenzhou": 6, "jiaxing": 13, "huzhou": 4, "shaoxing": 6, "jinhua": 10,
        "quzhou": 1, "zhoushan": 2, "taizhou": 4, "lishui": 1,
    }
)  # fmt: skip

STREETS = (
    "人民路", "解放路", "中山路", "环城东路", "环城西路", "建设路", "文化路", "体育场路", "滨江大道", "新华路",
    "胜利路", "西门街", "东门街", "南门巷", "学院路", "迎宾大道", "朝阳路", "和平路", "光明路", "凤凰路", "湖滨路",
    "望江路", "公园路", "府前街", "后街", "桥头村", "上墩村", "下塘村", "前洋村", "岭脚村", "大溪村", "石门村",
    "竹园村", "溪南村",
)  # fmt: skip


class Place:
    """One county of a city, as people see it: codes, offices, and where its people come from."""

    __slots__ = ("birthplaces", "city", "code", "organ", "stations", "townships")

    def __init__(self, city: str, code: str) -> None:
        self.city = city
        self.code = code
        self.stations = tuple(station.code for station in stations_in(code))
        self.townships = tuple(f"{code}{number:03d}" for number in (1, 2, 3, 4, 100, 101, 200))
        self.organ = _organ(city, code)
        pool = {other: weight for other, weight in _prefixes(city).items() if other != code}
        self.birthplaces: Wheel[str] = Wheel(pool)


@cache
def counties(city: str) -> Mapping[str, float]:
    """Return the counties of a city in code order, with their weights."""
    codes = [division.code for division in divisions.counties(city, AS_OF)]
    return MappingProxyType(dict(zip(codes, _COUNTY_WEIGHTS[city], strict=True)))


def people(city: str, scale: int) -> int:
    """Return how many people a city registers at 1:scale."""
    return round(REGISTERED[city] * 10_000 / scale)


def to_hangzhou(scale: int) -> Mapping[str, int]:
    """Return how many people of four cities live in Hangzhou: 600 000 in all, at 1:scale."""
    four = {city: REGISTERED[city] for city in ("wenzhou", "huzhou", "jinhua", "quzhou")}
    return split(round(600_000 / scale), four)


@cache
def owner(prefix: str) -> str | None:
    """Return the city a prefix lies in today, None for another province."""
    division = divisions.find(prefix)
    return division.city if division else None


@cache
def last_year(prefix: str) -> int:
    """Return the last year a prefix was given out."""
    division = divisions.find(prefix)
    return division.valid_to.year if division else AS_OF.year


@cache
def foreign_prefixes(city: str) -> Wheel[str]:
    """Return the prefixes of other cities and provinces, as they occur in one city: 30 % other provinces."""
    pool = {code: weight for other in CITIES if other != city for code, weight in _prefixes(other).items()}
    share = 0.3 / 0.7 * sum(pool.values()) / len(_OTHER_PROVINCES)
    return Wheel(pool | dict.fromkeys(_OTHER_PROVINCES, share))


@cache
def destinations(city: str, *, hangzhou: bool) -> Wheel[str]:
    """Return where people registered in a city live outside it; Hangzhou only if asked."""
    pool: dict[str, float] = {}
    for other in CITIES:
        if other != city and (hangzhou or other != "hangzhou"):
            pool |= split(round(_ATTRACTION[other] * 1000), counties(other))
    share = 0.25 * sum(pool.values()) / len(_OTHER_PROVINCES)
    return Wheel(pool | dict.fromkeys(_OTHER_PROVINCES, share))


@cache
def county_wheel(city: str) -> Wheel[str]:
    """Return the counties of a city by weight."""
    return Wheel(counties(city))


@cache
def _prefixes(city: str) -> Mapping[str, float]:
    return dict(counties(city)) | {code: weight for code, weight in _OLD_CODES.items() if owner(code) == city}


def _organ(city: str, code: str) -> str:
    name = divisions.on(AS_OF)[code].name_zh
    if not name.endswith("区"):
        return f"{name}公安局"
    return f"{_CITY_NAMES[city]}公安局{name.removesuffix('区')}分局"


_CITY_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "hangzhou": "杭州市", "ningbo": "宁波市", "wenzhou": "温州市", "jiaxing": "嘉兴市", "huzhou": "湖州市",
        "shaoxing": "绍兴市", "jinhua": "金华市", "quzhou": "衢州市", "zhoushan": "舟山市", "taizhou": "台州市",
        "lishui": "丽水市",
    }
)  # fmt: skip
