"""The standard code lists: every code means one value, and the code to write reads back as the same value."""

import pytest

from tongban_adapters import vocabulary as v
from tongban_adapters.codes import CodeList, CodeListError, code_list, standard_lists

# Values that have no code in a list, on purpose: the editions differ, and a list names only what it knows.
WITHOUT_CODE = {
    "GB/T 4658-1984": {v.Education.OTHER},
    "GB/T 4658-2006": {v.Education.ILLITERATE},
}


@pytest.fixture(params=sorted(standard_lists()))
def known(request: pytest.FixtureRequest) -> CodeList:
    name: str = request.param
    return standard_lists()[name]


def test_the_lists_are_those_the_standards_name() -> None:
    assert sorted(standard_lists()) == [
        "GA/T 2000.24",
        "GB/T 2261.1",
        "GB/T 2261.2",
        "GB/T 3304",
        "GB/T 4658-1984",
        "GB/T 4658-2006",
        "GB/T 4761",
        "HB",
        "HHZT",
        "HLX",
        "JTHZL",
        "RYSDZT",
        "RYZT",
        "SLYY",
        "SLZT",
        "ZJLB",
        "ZJZT",
        "move reason",
    ]


def test_every_value_is_in_the_list_or_known_not_to_be(known: CodeList) -> None:
    assert set(known.values) - set(known.raw) == WITHOUT_CODE.get(known.name, set())


def test_the_written_code_reads_back_as_the_value(known: CodeList) -> None:
    for value in known.raw:
        written = known.written(value)
        assert written is not None
        assert known.meaning[written] is value


def test_every_raw_code_belongs_to_the_value_it_means(known: CodeList) -> None:
    assert {code: value for value, codes in known.raw.items() for code in codes} == dict(known.meaning)


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("GB/T 2261.1", "2", v.Sex.FEMALE),
        ("GB/T 2261.2", "23", v.MaritalStatus.REMARRIED_TO_SAME),
        ("GB/T 3304", "01", v.EthnicGroup.HAN),
        ("GB/T 3304", "22", v.EthnicGroup.SHE),
        ("GB/T 3304", "56", v.EthnicGroup.JINO),
        ("GB/T 3304", "98", v.EthnicGroup.FOREIGN_DESCENT),
        ("GB/T 4761", "02", v.Relation.HEAD),
        ("GB/T 4761", "12", v.Relation.WIFE),
        ("GB/T 4761", "96", v.Relation.NEPHEW_OR_NIECE),
        ("GB/T 4761", "99", v.Relation.NON_RELATIVE),
        ("GB/T 4658-1984", "59", v.Education.TECHNICIAN_SCHOOL),
        ("GB/T 4658-1984", "90", v.Education.ILLITERATE),
        ("GB/T 4658-2006", "90", v.Education.OTHER),
        ("RYZT", "2", v.PersonState.MOVED_OUT),
        ("RYZT", "6", v.PersonState.MISSING),
        ("RYSDZT", "6", v.PersonLock.LOCKED),
        ("HB", "6", v.HouseholdCategory.RESIDENT_FAMILY),
        ("HB", "5", v.HouseholdCategory.HISTORICAL),
        ("SLZT", "11", v.CardApplicationState.REGISTRY_REVIEW),
        ("SLZT", "93", v.CardApplicationState.DELIVERED),
        ("ZJLB", "4", v.IdCardClass.TEMPORARY),
        ("move reason", "33", v.MoveReason.JOIN_SPOUSE),
        ("GA/T 2000.24", "23", v.ChangeCategory.NAME),
    ],
)
def test_codes_mean_what_the_standard_says(name: str, raw: str, value: str) -> None:
    assert standard_lists()[name].meaning[raw] is value


def test_codes_that_are_in_no_list_mean_nothing() -> None:
    assert "57" not in standard_lists()["GB/T 3304"].meaning
    assert "5" not in standard_lists()["RYZT"].meaning
    assert "" not in standard_lists()["GB/T 2261.1"].meaning


def test_one_of_several_codes_is_the_one_to_write() -> None:
    spoken = code_list("own", v.Sex, {"MALE": ["男", "M", "1"], "FEMALE": "女"})
    assert spoken.meaning["1"] is v.Sex.MALE
    assert (spoken.written("MALE"), spoken.written("FEMALE"), spoken.written("UNKNOWN")) == ("男", "女", None)


@pytest.mark.parametrize(
    ("table", "value", "said"),
    [
        ({"MAN": "1"}, "MAN", "is not a Sex"),
        ({"MALE": "1", "FEMALE": "1"}, "FEMALE", "already means MALE"),
        ({"MALE": []}, "MALE", "a code in quotes"),
        ({"MALE": 1}, "MALE", "a code in quotes"),
        ({"MALE": ["1", 2]}, "MALE", "a code in quotes"),
    ],
)
def test_a_list_that_contradicts_itself_names_the_value(table: dict[str, object], value: str, said: str) -> None:
    with pytest.raises(CodeListError, match=said) as caught:
        code_list("own", v.Sex, table)
    assert caught.value.value == value
