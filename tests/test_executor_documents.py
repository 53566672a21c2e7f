"""What the compiled executor keeps, and what it shows of itself."""

from dataclasses import replace

import pytest

from resolvers.province import Province
from schema.context import Context
from schema.executor.compiled import CompiledSchema
from schema.executor.document import MOST_PLANS, Documents
from schema.executor.plan import Profile, Unsupported
from tests.both_executors import SCHEMA
from tests.provinces import visit

FLAGS = "abcdef"


def test_no_more_documents_are_kept_than_allowed() -> None:
    documents = Documents(SCHEMA, most_documents=3)
    for number in range(10):
        documents.operation(f"{{ a{number}: me {{ role }} }}", None)
    assert len(documents) == 3


def test_no_more_text_is_kept_than_allowed() -> None:
    documents = Documents(SCHEMA, most_characters=100)
    for number in range(10):
        documents.operation(f"{{ a{number}: me {{ role }} }} # {'x' * 20}", None)
    assert len(documents) == 2
    documents.operation("{ me { role } } #" + "x" * 200, None)
    assert len(documents) == 0


def test_what_is_invalid_is_kept_too_and_stays_invalid() -> None:
    documents = Documents(SCHEMA)
    for _ in range(2):
        with pytest.raises(Unsupported, match="invalid"):
            documents.operation("{ nothing }", None)
    assert len(documents) == 1


def test_a_document_is_read_once_and_compiled_once_for_each_flag_and_kind_of_caller() -> None:
    documents = Documents(SCHEMA)
    text = "query ($a: Boolean!) { me { role name @include(if: $a) } }"
    operation = documents.operation(text, None)
    assert documents.operation(text, None) is operation
    plan = operation.compiled({"a": True}, Profile(masks=False))
    assert operation.compiled({"a": True}, Profile(masks=False)) is plan
    assert operation.compiled({"a": False}, Profile(masks=False)) is not plan
    assert operation.compiled({"a": True}, Profile(masks=True)) is not plan


def test_flags_make_no_more_plans_than_allowed() -> None:
    declared = " ".join(f"${flag}: Boolean!" for flag in FLAGS)
    asked = " ".join(f"{flag}: role @include(if: ${flag})" for flag in FLAGS)
    operation = Documents(SCHEMA).operation(f"query ({declared}) {{ me {{ name {asked} }} }}", None)
    for number in range(2 ** len(FLAGS)):
        values = {flag: bool(number >> place & 1) for place, flag in enumerate(FLAGS)}
        operation.compiled(values, Profile(masks=False))
    assert len(operation._plans) == MOST_PLANS  # noqa: SLF001 - what is kept is the point


def test_a_plan_is_shown_with_its_waves_and_its_program() -> None:
    schema = CompiledSchema(SCHEMA)
    query = '{ households(city: "wenzhou") { edges { node { number members { name } book { state } } } } }'
    shown = schema.explain(query)
    assert "1  household_1.members: person by ref, one read a city: name, number, ref" in shown
    assert "1  household_1.book: book by ref, one read a city: state" in shown
    assert "async def household_1(c, items):" in shown


def test_names_are_masked_value_by_value_only_where_something_may_have_to_be() -> None:
    schema = CompiledSchema(SCHEMA)
    query = '{ person(number: "33030219751120904X") { name } }'
    assert "row[at_name]" in schema.explain(query)
    assert "row[at_name]" not in schema.explain(query, masks=True)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("{ __schema { queryType { name } } }", "introspection"),
        ("{ nothing }", "invalid"),
        ("query ($n: ID!) { case(number: $n) { number } }", "variables"),
        ("query A { me { role } } query B { me { name } }", "no such operation"),
    ],
)
def test_why_something_is_not_compiled_is_said(query: str, why: str) -> None:
    assert CompiledSchema(SCHEMA).explain(query) == f"not compiled: {why}; runs on graphql-core\n"


async def test_fast_and_fallback_are_counted_by_reason(province: Province) -> None:
    schema = CompiledSchema(SCHEMA)
    for query in ("{ me { role } }", "{ me { role } }", "{ __typename __schema { description } }", "{"):
        await schema.execute(query, None, Context(province, visit(province)))
    assert schema.counts.fast == 2
    assert schema.counts.fallback == {"introspection": 1, "invalid": 1}


async def test_without_a_visit_of_ours_graphql_core_runs_it() -> None:
    schema = CompiledSchema(SCHEMA)
    answer = await schema.execute("{ __typename }")
    assert answer.data == {"__typename": "Query"}
    assert schema.counts.fallback == {"no query or context": 1}


async def test_a_result_for_those_who_know_strawberry_only(province: Province) -> None:
    answer = await CompiledSchema(SCHEMA).execute("{ me { role } }", None, Context(province, visit(province)))
    assert (answer.data, answer.errors) == ({"me": {"role": "OFFICER"}}, None)


async def test_masking_follows_the_caller_not_the_first_one_who_asked(province: Province) -> None:
    schema = CompiledSchema(SCHEMA)
    query = '{ person(number: "33030219751120904X") { household { members { number } } } }'
    asking = visit(province)
    own = replace(
        asking.caller, role=type(asking.caller.role).CITIZEN, subject_key=province.locator.key("33030219751120904X")
    )
    officers = await schema.execute_bytes(query, None, Context(province, asking))
    citizens = await schema.execute_bytes(query, None, Context(province, visit(province, own, None)))
    again = await schema.execute_bytes(query, None, Context(province, visit(province)))
    assert officers is not None
    assert citizens is not None
    assert b"*" not in officers
    assert b"*" in citizens
    assert again == officers
