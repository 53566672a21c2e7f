"""Compiled queries answer what graphql-core answers, over the seeded registries."""

import re
from pathlib import Path

import pytest

from gateway.playground.page import Example, examples
from resolvers.caller import ANONYMOUS
from resolvers.province import Province
from tests.both_executors import ask_both
from tests.provinces import citizen

SUBJECT = "33030219751120904X"
README = Path(__file__).parent.parent / "README.md"

SITUATIONS = {
    "a field asked for twice is one field": "{ me { role role } me { name } }",
    "keys come in the order of the query": "{ b: me { name role } a: me { role name } cities { nameEn key } }",
    "aliases of one field with other arguments": '{ a: city(key: "wenzhou") { key } b: city(key: "jinhua") { code } }',
    "selections of one field are merged": (
        '{ person(number: "33030219751120904X") { household { number } } ...More } fragment More on Query '
        '{ person(number: "33030219751120904X") { household { members { name } number } sex } }'
    ),
    "a fragment is written out once, where it comes first": (
        "{ me { ...R name ...R } } fragment R on Caller { role purpose }"
    ),
    "an inline fragment on another type gives nothing": (
        '{ person(number: "33030219751120904X") { ... on Node { id ... on Household { number } } } }'
    ),
    "the name of the type, aliased too": "{ __typename me { kind: __typename station { __typename } } }",
    "records with lists, objects and a relation back": (
        '{ households(city: "wenzhou", first: 30) { edges { cursor node { id number kind state establishedOn address '
        "{ division { code nameZh } street policeStation { code } } members { id number name formerName sex birthDate "
        "birthplace { nameZh } household { number } } book { reference state issuingOffice { nameZh } } city { key } "
        "source { city asOf stale } } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"
    ),
    "everything that hangs on a person": (
        '{ person(number: "33030219751120904X") { idCard { cardClass state validFrom validUntil longTerm } '
        "cardApplications { fee acceptedOn reason } relocations { direction movedOn otherDivision { nameZh } } "
        "changes { category before after } inTransfer { case } residence { code } registeredAddress { township door } "
        "version lock } }"
    ),
    "persons of several cities with their households": (
        '{ searchPersons(filter: {nameStartsWith: "陈"}, first: 20) { edges { cursor node { name household { number '
        "members { name } } source { city } } } pageInfo { endCursor } outcomes { city status rows } } }"
    ),
    "lists of scalars and enums": (
        "{ inquiries { code sources askers fieldSets { kind fields } } businesses(filter: {crossRegional: true}) { "
        "conditions approver { offices jointly } feeFrom } }"
    ),
    "floats and integers": "{ channelCoverage { opened total share announced { of text } } }",
    "no case to see": '{ cases { edges { node { number } } pageInfo { endCursor } } case(number: "none") { number } }',
    "nothing there is null": '{ household(city: "wenzhou", number: "none") { number } business(code: "Z99") { code } }',
}


@pytest.mark.parametrize("query", SITUATIONS.values(), ids=SITUATIONS.keys())
async def test_both_executors_answer_the_same(province: Province, query: str) -> None:
    both = await ask_both(province, query)
    assert both.fast, both.stock_errors
    both.assert_equal()


VARIABLES: dict[str, tuple[str, dict[str, object]]] = {
    "scalar": ("query ($n: CitizenNumber!) { person(number: $n) { name } }", {"n": " 33030219751120904x "}),
    "default": ('query ($c: CityKey = "wenzhou") { city(key: $c) { nameEn } }', {}),
    "default replaced": ('query ($c: CityKey = "wenzhou") { city(key: $c) { nameEn } }', {"c": "JINHUA"}),
    "not given, so the argument's own default": (
        "query ($f: Int, $c: CityKey!) { households(city: $c, first: $f) { edges { node { number } } } }",
        {"c": "wenzhou"},
    ),
    "input object": (
        "query ($f: PersonFilter!, $c: [CityKey!]) { searchPersons(filter: $f, cities: $c) { edges { cursor } } }",
        {"f": {"nameStartsWith": "陈", "sex": "FEMALE", "bornFrom": "1970-01-01"}, "c": ["wenzhou", "jinhua"]},
    ),
    "one city stands for a list of one": (
        'query ($in: [CityKey!]) { searchPersons(filter: {nameStartsWith: "叶"}, cities: $in) { outcomes { city } } }',
        {"in": "wenzhou"},
    ),
    "enum in a filter": (
        'query ($k: HouseholdFilter) { households(city: "wenzhou", first: 3, filter: $k) { edges { node { kind } } } }',
        {"k": {"kind": "FAMILY"}},
    ),
    "inside an object": (
        (
            "query ($n: String, $c: CityKey!) { searchPersons(filter: {nameStartsWith: $n, sex: FEMALE}, cities: [$c], "
            "first: 5) { edges { node { name } } outcomes { city } } }"
        ),
        {"n": "陈", "c": "wenzhou"},
    ),
    "inside an object and not given": (
        (
            'query ($n: String, $s: Sex) { searchPersons(filter: {nameStartsWith: "陈", name: $n, sex: $s}, first: 5) '
            "{ edges { node { name } } } }"
        ),
        {"s": None},
    ),
    "date": (
        "query ($d: Date) { channelCoverage(asOf: $d) { opened total } }",
        {"d": "2021-05-31"},
    ),
    "given beyond what is declared": ("{ me { role } }", {"x": 1}),
}


@pytest.mark.parametrize(("query", "variables"), VARIABLES.values(), ids=VARIABLES.keys())
async def test_variables(province: Province, query: str, variables: dict[str, object]) -> None:
    both = await ask_both(province, query, variables)
    assert both.fast, both.stock_errors
    both.assert_equal()


WRONG: dict[str, tuple[str, dict[str, object]]] = {
    "required and missing": ("query ($n: CitizenNumber!) { person(number: $n) { name } }", {}),
    "required and null": ("query ($n: CitizenNumber!) { person(number: $n) { name } }", {"n": None}),
    "of another type": ("query ($c: CityKey!) { city(key: $c) { key } }", {"c": 7}),
    "beyond 32 bits": ('query ($f: Int) { households(city: "wenzhou", first: $f) { edges { cursor } } }', {"f": 2**31}),
    "a number with a wrong check character": (
        "query ($n: CitizenNumber!) { person(number: $n) { name } me { role } }",
        {"n": "330302197511209041"},
    ),
    "null for a variable with a default": ('query ($c: CityKey = "wenzhou") { city(key: $c) { key } }', {"c": None}),
    "null for a flag with a default": ("query ($f: Boolean = true) { me { role @include(if: $f) name } }", {"f": None}),
    "a boolean that is a text": ("query ($f: Boolean!) { me { role @include(if: $f) } }", {"f": "true"}),
    "null inside of a list that takes none": (
        'query ($c: CityKey) { searchPersons(filter: {name: "x"}, cities: [$c]) { outcomes { city } } }',
        {},
    ),
    "an unknown city": ('{ households(city: "shanghai") { edges { cursor } } me { role } }', {}),
    "a page too large": ('{ households(city: "wenzhou", first: 201) { edges { cursor } } }', {}),
    "an enum value there is none of": (
        'query ($k: HouseholdFilter) { households(city: "wenzhou", filter: $k) { edges { cursor } } }',
        {"k": {"kind": "CLAN"}},
    ),
}


@pytest.mark.parametrize(("query", "variables"), WRONG.values(), ids=WRONG.keys())
async def test_what_is_wrong_is_said_by_graphql_core(
    province: Province, query: str, variables: dict[str, object]
) -> None:
    both = await ask_both(province, query, variables)
    assert both.errors
    assert not both.fast
    both.assert_equal()


FLAGGED = (
    "query ($a: Boolean!, $b: Boolean = false) { me { role @include(if: $a) name @skip(if: $a) ...P @skip(if: $b) "
    '... @include(if: $b) { station { code } } purpose @include(if: true) } city(key: "wenzhou") @skip(if: true) '
    "{ key } } fragment P on Caller { division { code } }"
)


@pytest.mark.parametrize("a", [True, False])
@pytest.mark.parametrize("b", [True, False, None])
async def test_skip_and_include(province: Province, a: bool, b: bool | None) -> None:
    both = await ask_both(province, FLAGGED, {"a": a} if b is None else {"a": a, "b": b})
    assert both.fast, both.stock_errors
    both.assert_equal()


async def test_an_id_leads_to_whatever_it_stands_for(province: Province) -> None:
    found = await ask_both(province, '{ person(number: "33030219751120904X") { id household { id } } }')
    ids = re.findall(rb'"id":"([^"]+)"', found.compiled)
    query = (
        "query ($a: ID!, $b: ID!) { person: node(id: $a) { ...N } household: node(id: $b) { ...N __typename } } "
        "fragment N on Node { id ... on Person { name household { number } } ... on Household { number members { name }"
        " } ... on Case { case: number } }"
    )
    both = await ask_both(province, query, {"a": ids[0].decode(), "b": ids[1].decode()})
    assert both.fast, both.stock_errors
    both.assert_equal()
    assert both.compiled.count(b'"number"') == 2


async def test_a_citizen_sees_the_others_masked_and_himself_in_full(province: Province) -> None:
    query = '{ person(number: "33030219751120904X") { name number household { members { name number formerName } } } }'
    both = await ask_both(province, query, caller=citizen(province, SUBJECT), purpose=None)
    assert both.fast, both.stock_errors
    both.assert_equal()
    assert b"*" in both.compiled
    assert '"name":"叶静芳"'.encode() in both.compiled


async def test_who_may_not_is_told_as_graphql_core_tells(province: Province) -> None:
    both = await ask_both(province, '{ person(number: "33030219751120904X") { name } }', caller=ANONYMOUS, purpose=None)
    assert [getattr(error.original_error, "code", None) for error in both.errors] == ["UNAUTHENTICATED"]
    both.assert_equal()


QUERIES = [example for example in examples() if "mutation" not in example.query]


@pytest.mark.parametrize("example", QUERIES, ids=[example.query[:12] for example in QUERIES])
async def test_the_playgrounds_queries_are_compiled(province: Province, example: Example) -> None:
    assert (await ask_both(province, example.query, {"number": "none"} if "$number" in example.query else None)).fast


async def test_the_readmes_query_is_compiled(province: Province) -> None:
    [query] = re.findall(r'"(\{ person.*)"\}\'', README.read_text("utf-8"))
    both = await ask_both(province, query.replace('\\"', '"'))
    assert both.fast, both.stock_errors
    both.assert_equal()


async def test_what_is_not_compiled_runs_on_graphql_core(province: Province) -> None:
    for query in ("{ __schema { queryType { name } } }", "{ nothing }", "{ me { role }", "subscription { me }"):
        both = await ask_both(province, query)
        assert not both.fast
        both.assert_equal()


async def test_several_operations_run_by_name(province: Province) -> None:
    text = "query A { me { role } } query B { cities { key } }"
    for name in ("A", "B"):
        both = await ask_both(province, text, operation=name)
        assert both.fast, both.stock_errors
        both.assert_equal()
