"""Who may read whom: roles, purposes, masks."""

import pytest

from resolvers import access
from resolvers.caller import Caller, Purpose, Role
from resolvers.case_number import case_number
from resolvers.problems import AskForRight, NotFound
from resolvers.province import Province
from resolvers.visit import Visit
from tests.provinces import LAUNCH_DAY, visit

OWN, OTHER = b"o" * 16, b"x" * 16
READERS = {Role.CITIZEN, Role.OFFICER, Role.APPROVER}


def asking(province: Province, role: Role, purpose: str | None = "D02") -> Visit:
    caller = Caller(role, subject_key=OWN if role is Role.CITIZEN else None)
    return visit(province, caller, None if purpose is None else Purpose(purpose))


@pytest.mark.parametrize("role", sorted(Role))
async def test_three_roles_read_persons_the_others_never(province: Province, role: Role) -> None:
    if role in READERS:
        access.require_person_reader(asking(province, role))
        return
    with pytest.raises(AskForRight) as raised:
        access.require_person_reader(asking(province, role))
    assert raised.value.code == ("UNAUTHENTICATED" if role is Role.ANONYMOUS else "NOT_ALLOWED")


@pytest.mark.parametrize("role", [Role.OFFICER, Role.APPROVER])
@pytest.mark.parametrize("purpose", [None, "", "D99", "d02", "because", "TB20210601000001", "Q31", "Q06", "Q15", "Q18"])
async def test_an_officer_without_a_purpose_on_record_is_refused(
    province: Province, role: Role, purpose: str | None
) -> None:
    with pytest.raises(AskForRight) as raised:
        access.require_person_reader(asking(province, role, purpose))
    assert raised.value.code == "PURPOSE_REQUIRED"


@pytest.mark.parametrize("purpose", ["D02", "I01", "C06", "Q01", "Q03", "Q11", case_number(LAUNCH_DAY.today(), 7)])
async def test_a_business_an_inquiry_and_a_case_are_purposes(province: Province, purpose: str) -> None:
    access.require_person_reader(asking(province, Role.OFFICER, purpose))


async def test_a_citizen_needs_no_purpose_and_has_no_register(province: Province) -> None:
    access.require_person_reader(asking(province, Role.CITIZEN, None))
    with pytest.raises(AskForRight):
        access.require_register_reader(asking(province, Role.CITIZEN, "D02"))


async def test_a_citizen_is_bound_to_his_own(province: Province) -> None:
    citizen = asking(province, Role.CITIZEN)
    access.require_own(citizen, OWN)
    access.require_own_household(citizen, {OTHER, OWN})
    with pytest.raises(NotFound):
        access.require_own(citizen, OTHER)
    with pytest.raises(NotFound):
        access.require_own_household(citizen, {OTHER})
    with pytest.raises(NotFound):
        access.require_own_household(citizen, set())


async def test_a_citizen_without_a_subject_owns_nothing(province: Province) -> None:
    with pytest.raises(NotFound):
        access.require_own(visit(province, Caller(Role.CITIZEN)), OWN)


async def test_an_officer_is_not_bound_to_a_place(province: Province) -> None:
    access.require_own(asking(province, Role.OFFICER), OTHER)
    access.require_own_household(asking(province, Role.OFFICER), set())


async def test_a_citizen_sees_everybody_else_masked(province: Province) -> None:
    citizen = asking(province, Role.CITIZEN)
    assert (access.masks(citizen, OWN), access.masks(citizen, OTHER)) == (False, True)
    assert not access.masks(asking(province, Role.OFFICER), OTHER)


@pytest.mark.parametrize(
    ("number", "shown"), [("33030219751120904X", "3****************X"), ("12", "12"), ("1", "*"), ("", "*")]
)
def test_a_masked_number_shows_its_ends(number: str, shown: str) -> None:
    assert access.mask_number(number) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("叶静芳", "叶*"),
        ("陈一", "陈*"),
        ("欧阳修", "欧阳*"),
        ("诸葛亮", "诸葛*"),
        ("东方", "东*"),
        ("", "*"),
        ("阿依·古丽", "阿*"),
    ],
)
def test_a_masked_name_shows_the_family_name(name: str, shown: str) -> None:
    assert access.mask_name(name) == shown
