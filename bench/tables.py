"""Hand-written SQL over the two table layouts, giving the same columns for both.

PERSON stands for the columns (number, name, sex, birth date, relation, state, ref), HOUSEHOLD for (id, number, kind,
state, established on). Dates are ISO text; codes are those of the registry.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from tongban_adapters.codes import standard_lists
from tongban_adapters.vocabulary import HouseholdKind, HouseholdState, PersonState, Relation, Sex

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Layout:
    """The statements over one layout, and what its codes mean.

    numbers: up to $1 numbers of active people who live in a household.
    point: the person with one of the numbers $1, the household, its active members: PERSON, HOUSEHOLD, PERSON.
    persons: the active persons with the numbers $1: PERSON, household id.
    page: the first $1 households by number: HOUSEHOLD. households: those with the ids $1: HOUSEHOLD.
    members: the active members of the households $1: PERSON, household id.
    search: the first $3 active persons with names from $1 to below $2: PERSON.
    """

    numbers: str
    point: str
    persons: str
    page: str
    households: str
    members: str
    search: str
    sex: Mapping[str, Sex]
    state: Mapping[str, PersonState]
    household_kind: Mapping[str, HouseholdKind]
    household_state: Mapping[str, HouseholdState]


def _modern(a: str) -> str:
    return f"{a}.id_number, {a}.name, {a}.sex, {a}.birth_date::text, {a}.relation_code, {a}.status, {a}.id"


def _legacy(a: str) -> str:
    return f"upper({a}.gmsfhm), {a}.xm, {a}.xb, {_date8(f'{a}.csrq')}, {a}.yhzgx, {a}.ryzt, {a}.ryid"


def _date8(column: str) -> str:
    return f"substr({column}, 1, 4) || '-' || substr({column}, 5, 2) || '-' || substr({column}, 7, 2)"


def _listed(name: str, words: type[Word]) -> dict[str, Word]:
    return {code: words(word) for code, word in standard_lists()[name].meaning.items()}


_MODERN_HOUSEHOLD = "h.id, h.household_number, h.household_type, h.status, h.established_on::text"
_LEGACY_HOUSEHOLD = f"h.hhid, h.hh, h.hlx, h.hhzt, {_date8('h.jhsj')}"

MODERN = Layout(
    numbers="""
        SELECT id_number FROM person WHERE status = 'active' AND household_id IS NOT NULL
         ORDER BY md5(id_number) LIMIT $1""",
    point=f"""
        SELECT {_modern("p")}, {_MODERN_HOUSEHOLD}, {_modern("m")}
          FROM person p
          JOIN household h ON h.id = p.household_id
          JOIN person m ON m.household_id = p.household_id AND m.status = 'active'
         WHERE p.id_number = ANY($1) AND p.status = 'active'""",
    persons=f"SELECT {_modern('p')}, p.household_id FROM person p WHERE p.id_number = ANY($1) AND p.status = 'active'",
    page=f"""
        SELECT {_MODERN_HOUSEHOLD} FROM household h
         ORDER BY h.household_number COLLATE "C", (h.id::text) COLLATE "C" LIMIT $1""",
    households=f"SELECT {_MODERN_HOUSEHOLD} FROM household h WHERE h.id = ANY($1)",
    members=f"""
        SELECT {_modern("m")}, m.household_id FROM person m
         WHERE m.household_id = ANY($1) AND m.status = 'active'""",
    search=f"""
        SELECT {_modern("p")} FROM person p
         WHERE p.name COLLATE "C" >= $1 AND p.name COLLATE "C" < $2 AND p.status = 'active'
         ORDER BY p.name COLLATE "C", (p.id::text) COLLATE "C" LIMIT $3""",
    sex={"M": Sex.MALE, "F": Sex.FEMALE, "U": Sex.UNKNOWN, "N": Sex.NOT_STATED},
    state={"active": PersonState.NORMAL},
    household_kind={"family": HouseholdKind.FAMILY, "collective": HouseholdKind.COLLECTIVE},
    household_state={
        "active": HouseholdState.NORMAL,
        "locked": HouseholdState.LOCKED,
        "cancelled": HouseholdState.CANCELLED,
        "deleted": HouseholdState.DELETED,
    },
)

LEGACY = Layout(
    numbers="""
        SELECT upper(gmsfhm) FROM hjxx_czrkjbxxb WHERE jlbz = '1' AND ryzt = '0' AND hhid IS NOT NULL
         ORDER BY md5(gmsfhm) LIMIT $1""",
    point=f"""
        SELECT {_legacy("p")}, {_LEGACY_HOUSEHOLD}, {_legacy("m")}
          FROM hjxx_czrkjbxxb p
          JOIN hjxx_hxxb h ON h.hhid = p.hhid AND h.jlbz = '1'
          JOIN hjxx_czrkjbxxb m ON m.hhid = p.hhid AND m.jlbz = '1' AND m.ryzt = '0'
         WHERE p.gmsfhm = ANY($1) AND p.jlbz = '1' AND p.ryzt = '0'""",
    persons=f"""
        SELECT {_legacy("p")}, p.hhid FROM hjxx_czrkjbxxb p
         WHERE p.gmsfhm = ANY($1) AND p.jlbz = '1' AND p.ryzt = '0'""",
    page=f"""
        SELECT {_LEGACY_HOUSEHOLD} FROM hjxx_hxxb h WHERE h.jlbz = '1'
         ORDER BY h.hh COLLATE "C", (h.hhid::text) COLLATE "C" LIMIT $1""",
    households=f"SELECT {_LEGACY_HOUSEHOLD} FROM hjxx_hxxb h WHERE h.hhid = ANY($1) AND h.jlbz = '1'",
    members=f"""
        SELECT {_legacy("m")}, m.hhid FROM hjxx_czrkjbxxb m
         WHERE m.hhid = ANY($1) AND m.jlbz = '1' AND m.ryzt = '0'""",
    search=f"""
        SELECT {_legacy("p")} FROM hjxx_czrkjbxxb p
         WHERE p.xm COLLATE "C" >= $1 AND p.xm COLLATE "C" < $2 AND p.jlbz = '1' AND p.ryzt = '0'
         ORDER BY p.xm COLLATE "C", (p.ryid::text) COLLATE "C" LIMIT $3""",
    sex=_listed("GB/T 2261.1", Sex),
    state=_listed("RYZT", PersonState),
    household_kind=_listed("HLX", HouseholdKind),
    household_state=_listed("HHZT", HouseholdState),
)
LAYOUTS: Mapping[str, Layout] = {"modern": MODERN, "legacy": LEGACY}
RELATIONS = _listed("GB/T 4761", Relation)


def as_stored(numbers: Sequence[str]) -> list[str]:
    """Return the numbers with every spelling a registry may hold."""
    return [*numbers, *(number.lower() for number in numbers if number.endswith("X"))]
