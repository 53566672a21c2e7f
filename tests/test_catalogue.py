"""The catalogue is complete, counted and consistent."""

import re
from datetime import date

import msgspec
import pytest

from resolvers.catalogue import (
    ALL_CR,
    BUSINESSES,
    INQUIRIES,
    LEGAL_BASES,
    MAIN,
    MATERIALS,
    PARTIAL,
    Asker,
    Business,
    Family,
    Office,
    Source,
    Writes,
    declarations,
)
from resolvers.catalogue.field_sets import TECHNICAL
from tongban_adapters.model import FIELDS, Kind

MARK = re.compile(r"(S[1-9][0-9]?|R|P)( (S[1-9][0-9]?|R|P))*")
EVERY = [*BUSINESSES.values()]


def test_the_counts_of_the_announcement_hold() -> None:
    assert (len(BUSINESSES), len(INQUIRIES), len(ALL_CR)) == (50, 30, 35)


def test_codes_are_unique_over_both_lists_and_stand_in_order() -> None:
    codes = [*BUSINESSES, *INQUIRIES]
    assert len(set(codes)) == 80
    assert list(BUSINESSES) == sorted(BUSINESSES)
    assert list(INQUIRIES) == [f"Q{number:02d}" for number in range(1, 31)]
    assert all(code == item.code for code, item in BUSINESSES.items())


def test_families_have_their_sizes() -> None:
    sizes = {family.value: sum(item.family is family for item in EVERY) for family in Family}
    assert sizes == {"A": 6, "B": 3, "C": 6, "D": 4, "E": 7, "F": 12, "G": 9, "H": 1, "I": 2}


def test_the_cross_regional_items_are_those_of_the_brief() -> None:
    letters = "A01 B01 B02 B03 C01 C02 C03 C04 C05 D01 D02 D03 D04 E02 E07 F01 F02 F03 F04 F05 F06 F07 F08 F11 F12"
    assert frozenset(letters.split()) | {f"G0{number}" for number in range(1, 10)} | {"H01"} == ALL_CR


def test_every_item_with_two_registries_is_a_relocation() -> None:
    both = {item.code for item in EVERY if item.writes is Writes.ORIGIN_AND_DESTINATION}
    assert both == {f"F{number:02d}" for number in range(1, 13)} - {"F11"}


@pytest.mark.parametrize("item", EVERY, ids=[*BUSINESSES])
def test_a_business_has_every_column(item: Business) -> None:
    assert re.search(r"[\u4e00-\u9fff]", item.name_zh)
    assert re.fullmatch(r"[A-Z][ -~]+", item.name_en)
    assert all(condition.endswith(".") for condition in item.conditions)
    assert item.materials
    assert item.approver.offices
    assert 0 <= item.limit.days_from <= item.limit.days_to <= 60
    assert item.online_depth in (1, 2, 3)
    assert item.legal_basis
    assert item.effective_from >= min(law.in_force for law in item.legal_basis)
    assert item.effective_from <= date(2021, 6, 1)


@pytest.mark.parametrize("item", EVERY, ids=[*BUSINESSES])
def test_every_column_of_a_business_carries_a_mark(item: Business) -> None:
    columns = set(Business.__dataclass_fields__) - {"evidence", "family", "fee_from"}
    assert set(item.evidence) == columns
    assert all(MARK.fullmatch(mark) for mark in item.evidence.values())
    assert item.evidence["name_en"] == item.evidence["cross_regional"] == "P"


@pytest.mark.parametrize("item", EVERY, ids=[*BUSINESSES])
def test_a_field_set_names_canonical_fields_and_never_everything(item: Business) -> None:
    assert Kind.PERSON in item.field_set or item.code == "C06"
    for kind, fields in item.field_set.items():
        known = [field.name for field in FIELDS[kind]]
        assert [name for name in known if name in fields] == list(fields)
        assert TECHNICAL & set(known) <= set(fields)
    assert set(item.field_set.get(Kind.PERSON, ())) < {field.name for field in FIELDS[Kind.PERSON]}


def test_only_relocations_households_and_births_read_the_spouse() -> None:
    readers = {item.code for item in EVERY if "spouse_number" in item.field_set.get(Kind.PERSON, ())}
    assert {code[0] for code in readers} <= set("ACEF")
    assert not readers & {"D01", "D02", "D03", "D04"}


def test_materials_are_known_and_alternatives_are_told_apart_from_demands() -> None:
    for item in EVERY:
        assert {material.code for material in item.materials} <= set(MATERIALS)
    used = {material.code for item in EVERY for material in item.materials}
    assert used == set(MATERIALS)
    births = {material.code: material for material in BUSINESSES["A01"].materials}
    assert (births["BC"].shared, births["HB_PARENTS"].shared) == (True, False)
    lost = {material.code: material.required for material in BUSINESSES["D03"].materials}
    assert lost == {"ID": True, "AUTHORITY": False}
    dwelling = BUSINESSES["C01"].materials
    assert [material.code for material in dwelling] == ["PC", "LEASE"]
    assert len({material.one_of for material in dwelling} - {""}) == 1


def test_fees_in_yuan() -> None:
    fees = {code: item.fee_yuan for code, item in BUSINESSES.items() if item.fee_yuan}
    assert fees == {"G03": 20, "G04": 40, "G05": 20, "G06": 40, "G07": 10}


def test_household_books_are_free_since_2013() -> None:
    for code in ("D01", "D02", "D03", "D04"):
        assert BUSINESSES[code].fee_from == date(2013, 1, 1)
        assert BUSINESSES[code].evidence["fee_yuan"] == "S17"


def test_legal_limits_are_those_of_the_card_law() -> None:
    legal = {item.code: item.limit.days_to for item in EVERY if item.limit.legal}
    assert legal == {f"G0{number}": 60 for number in range(1, 7)} | {"G07": 3}


def test_who_approves() -> None:
    assert BUSINESSES["D02"].approver.offices == (Office.STATION,)
    assert BUSINESSES["F01"].approver.offices == (Office.STATION, Office.COUNTY)
    assert not BUSINESSES["F01"].approver.jointly
    assert BUSINESSES["F07"].approver.offices == (Office.COUNTY, Office.PERSONNEL_DEPARTMENT)
    assert BUSINESSES["F07"].approver.jointly


def test_the_household_book_may_read_what_it_prints_and_no_spouse_number() -> None:
    fields = BUSINESSES["D02"].field_set
    assert set(fields) == {Kind.PERSON, Kind.HOUSEHOLD, Kind.BOOK}
    assert "birthplace" in fields[Kind.PERSON]
    assert "residence_division" not in fields[Kind.PERSON]


def test_item_sets_are_parts_of_the_cross_regional_items() -> None:
    assert MAIN < ALL_CR
    assert PARTIAL < ALL_CR
    assert {"D02", "G03", "F01"} <= MAIN


def test_inquiries_say_where_the_answer_is_and_who_may_ask() -> None:
    assert INQUIRIES["Q15"].source == (Source.ALL_CITIES,)
    assert INQUIRIES["Q15"].rate_limited
    assert INQUIRIES["Q02"].masked
    assert INQUIRIES["Q24"].asker == (Asker.AUTHORISED_BODY,)
    assert INQUIRIES["Q24"].field_set[Kind.PERSON] == ("ref", "version", "number", "name", "household_ref", "state")
    for inquiry in INQUIRIES.values():
        assert inquiry.name_zh
        assert inquiry.name_en
        assert all(MARK.fullmatch(mark) for mark in inquiry.evidence.values())
        if Source.GATEWAY in inquiry.source:
            assert not inquiry.field_set


def test_every_law_has_its_day() -> None:
    assert LEGAL_BASES["ZJ-2020"].in_force == date(2020, 5, 1)
    assert {law.code for item in EVERY for law in item.legal_basis} == set(LEGAL_BASES)


def test_a_wrong_declaration_names_its_file() -> None:
    class Wrong(msgspec.Struct, forbid_unknown_fields=True):
        business: str

    with pytest.raises(declarations.DeclarationError, match=r"^businesses_cards.toml: Expected `str`"):
        declarations.read("businesses_cards", Wrong)
    with pytest.raises(declarations.DeclarationError, match=r"^businesses_cards.toml: G01: XX is none of"):
        declarations.known(MATERIALS, "XX", "businesses_cards", "G01")
