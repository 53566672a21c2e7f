"""The ethnic groups and full names of one household."""

from collections.abc import Mapping
from types import MappingProxyType

from tongban_adapters.sandbox.population.ages import FIRST_DAY, calendar
from tongban_adapters.sandbox.population.chance import Draw, Wheel
from tongban_adapters.sandbox.population.families import Part, Role
from tongban_adapters.sandbox.population.names import SHE_SURNAMES, childs_surname, given_name, surnames
from tongban_adapters.vocabulary import EthnicGroup

_SHE_BY_CITY: Mapping[str, float] = MappingProxyType({"lishui": 0.027, "wenzhou": 0.005})
_SHE_BY_COUNTY: Mapping[str, float] = MappingProxyType({"331127": 0.14, "330327": 0.03, "330328": 0.03, "330329": 0.03})
_SHE_ELSEWHERE = 0.0012
_OTHER_GROUPS = 0.004
_GROUPS: Wheel[EthnicGroup] = Wheel(
    {
        EthnicGroup.TUJIA: 24,
        EthnicGroup.MIAO: 24,
        EthnicGroup.BUYEI: 12,
        EthnicGroup.HUI: 11,
        EthnicGroup.ZHUANG: 9,
        EthnicGroup.DONG: 8,
        EthnicGroup.YI: 5,
        EthnicGroup.MAN: 4,
        EthnicGroup.GELAO: 2,
        EthnicGroup.CHOSEON: 1,
    }
)


def ethnic_groups(draw: Draw, city: str, county: str, parts: list[Part]) -> list[EthnicGroup]:
    """Return the members' groups: a She household but for some who married in; other groups are single people."""
    share = _SHE_BY_COUNTY.get(county) or _SHE_BY_CITY.get(city, _SHE_ELSEWHERE)
    if draw() < share:
        return [EthnicGroup.HAN if part.role is Role.WIFE and draw() < 0.3 else EthnicGroup.SHE for part in parts]
    return [_GROUPS.spin(draw()) if draw() < _OTHER_GROUPS else EthnicGroup.HAN for _ in parts]


def full_names(
    draw: Draw, city: str, county: str, parts: list[Part], groups: list[EthnicGroup], *, maternal: bool
) -> list[str]:
    """Return the members' names: the grandfather shares the surname of his child, children take a parent's."""
    wheel = surnames(city, county)
    by_role: dict[Role, str] = {}
    for part, group in zip(parts, groups, strict=True):
        if part.role is not Role.CHILD:
            pool = SHE_SURNAMES if group is EthnicGroup.SHE else wheel
            by_role[part.role] = pool.spin(draw())
    _inherit(by_role, Role.WIFE if maternal else Role.HUSBAND)
    father, mother = by_role.get(Role.HUSBAND), by_role.get(Role.WIFE)
    called = []
    for part in parts:
        year = calendar()[part.born - FIRST_DAY].date.year
        if part.role is Role.CHILD:
            family_name = childs_surname(draw, year, father, mother)
        elif part.role is Role.MATE:
            family_name = wheel.spin(draw())
        else:
            family_name = by_role[part.role]
        called.append(family_name + given_name(draw, year, male=part.male))
    return called


def _inherit(by_role: dict[Role, str], child: Role) -> None:
    if Role.GRANDFATHER in by_role and child in by_role:
        by_role[Role.GRANDFATHER] = by_role[child]
