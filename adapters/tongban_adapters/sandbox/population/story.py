"""The family of the story: Ye lives in Yiwu and is registered in Wenzhou."""

from datetime import date

from tongban_adapters.sandbox.population.households import Registrar
from tongban_adapters.sandbox.population.numbers import number
from tongban_adapters.sandbox.population.places import Place
from tongban_adapters.sandbox.population.records import Book, Card, Household, Person
from tongban_adapters.vocabulary import (
    BookReason,
    BookState,
    Education,
    EthnicGroup,
    HouseholdCategory,
    HouseholdKind,
    IdCardClass,
    IdCardState,
    MaritalStatus,
    Relation,
    Sex,
)

CITY = "wenzhou"
COUNTY = "330302"
HOME = "330782"
SUBJECT = "33030219751120904X"
_STATION = "330302001000"

_SUBJECT_BORN = date(1975, 11, 20)
_HUSBAND_BORN = date(1973, 3, 8)
_DAUGHTER_BORN = date(2004, 9, 12)
# Ranks of fixed people; rank 2 of a woman is sequence 904.
_RANK = 2
_NAMES = ("叶静芳", "陈建军", "陈佳怡")


def household(registrar: Registrar, place: Place) -> Household:
    """Register the family: the head, her husband, their daughter, and a valid book."""
    subject = number(COUNTY, _SUBJECT_BORN.toordinal(), _RANK, male=False)
    husband = number(COUNTY, _HUSBAND_BORN.toordinal(), _RANK, male=True)
    daughter = number(COUNTY, _DAUGHTER_BORN.toordinal(), _RANK, male=False)
    for _ in _NAMES:
        registrar.origins.given(COUNTY, place)
    homes = registrar.living.fixed((HOME, HOME, COUNTY), 2)
    members = (
        _person(registrar, place, subject, _NAMES[0], _SUBJECT_BORN, Relation.HEAD, homes[0], husband, _NAMES[1]),
        _person(registrar, place, husband, _NAMES[1], _HUSBAND_BORN, Relation.HUSBAND, homes[1], subject, _NAMES[0]),
        _person(registrar, place, daughter, _NAMES[2], _DAUGHTER_BORN, Relation.ONLY_DAUGHTER, homes[2]),
    )
    ref, count = registrar.household_ref()
    return Household(
        ref=ref,
        number=f"{COUNTY[4:]}{count:07d}",
        city=CITY,
        county=COUNTY,
        kind=HouseholdKind.FAMILY,
        category=HouseholdCategory.RESIDENT_FAMILY,
        division=COUNTY,
        township=place.townships[0],
        street="五马街",
        door="18号302室",
        police_station=_STATION,
        established_on=date(2003, 6, 16),
        members=members,
        books=(Book(BookReason.FIRST_ISSUE, BookState.VALID, date(2003, 6, 16), _STATION),),
    )


def _person(
    registrar: Registrar,
    place: Place,
    number_: str,
    name: str,
    born: date,
    relation: Relation,
    home: str,
    spouse_number: str | None = None,
    spouse_name: str | None = None,
) -> Person:
    grown = spouse_number is not None
    return Person(
        ref=registrar.person_ref(),
        number=number_,
        name=name,
        sex=Sex.MALE if relation is Relation.HUSBAND else Sex.FEMALE,
        ethnic_group=EthnicGroup.HAN,
        birth_date=born,
        birthplace=COUNTY,
        marital_status=MaritalStatus.FIRST_MARRIAGE if grown else MaritalStatus.UNMARRIED,
        education=Education.COLLEGE if grown else Education.JUNIOR_HIGH,
        relation=relation,
        residence_division=home,
        spouse_name=spouse_name,
        spouse_number=spouse_number,
        cards=_cards(place, born),
    )


def _cards(place: Place, born: date) -> tuple[Card, ...]:
    issued = date(2012, 6, 11) if born.year < 1990 else date(2020, 10, 9)
    until = date(issued.year + (20 if born.year < 1990 else 10), issued.month, issued.day)
    return (Card(IdCardClass.SECOND_GENERATION, IdCardState.NORMAL, place.organ, issued, until),)
