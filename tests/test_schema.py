"""The schema as clients see it: printed, described, with the names of the public contract."""

from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    build_schema,
    is_specified_scalar_type,
)

from schema import build

PRINTED = Path(__file__).parent.parent / "schema" / "schema.graphql"
SCHEMA = build.build_schema()
PARSED = build_schema(SCHEMA.as_str())


def _own_types() -> list[GraphQLNamedType]:
    return [
        shown
        for name, shown in PARSED.type_map.items()
        if not name.startswith("__")
        and not is_specified_scalar_type(shown)
        and name not in {"UUID", "Date", "DateTime"}
    ]


def test_the_printed_schema_is_the_declared_one() -> None:
    assert PRINTED.read_text("utf-8") == SCHEMA.as_str() + "\n", "run `python3 run.py schema > schema/schema.graphql`"


@pytest.mark.parametrize("shown", _own_types(), ids=str)
def test_every_type_field_and_argument_is_described(shown: GraphQLNamedType) -> None:
    missing = [] if shown.description else [shown.name]
    if isinstance(shown, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in shown.fields.items():
            missing += [] if field.description else [f"{shown.name}.{name}"]
            missing += [f"{shown.name}.{name}({key})" for key, arg in field.args.items() if not arg.description]
    if isinstance(shown, GraphQLInputObjectType):
        missing += [f"{shown.name}.{name}" for name, field in shown.fields.items() if not field.description]
    assert missing == []


CONTRACT = {
    "Query": "me cities city person household households searchPersons nameCount channels channelCoverage businesses "
    "inquiries business eligibility case cases accessLog node",
    "Mutation": "applyHouseholdBook recordPrinting withdrawCase",
    "Person": "id number name formerName sex ethnicGroup birthDate birthplace maritalStatus education relationToHead "
    "state lock household registeredAddress idCard cardApplications relocations changes city inTransfer source version",
    "Household": "id number kind category state address head members book city",
    "Case": "number item state subjects handlingStation handlingCity registryCities acceptedOn dueOn ruleVersion "
    "channel steps refusals allowedActions transfer",
    "CaseStep": "name city state journalNumber attempts at",
    "Outcome": "city status rows elapsedMs",
    "Refusal": "code messageZh messageEn rule field opensOn",
    "Source": "city asOf stale",
    "Transfer": "case from to",
    "CasePayload": "case refusals",
}


@pytest.mark.parametrize("name", CONTRACT)
def test_the_names_of_the_public_contract_are_there(name: str) -> None:
    shown = PARSED.type_map[name]
    assert isinstance(shown, GraphQLObjectType)
    assert [field for field in CONTRACT[name].split() if field not in shown.fields] == []


def test_every_mutation_takes_an_idempotency_key() -> None:
    mutation = PARSED.mutation_type
    assert mutation is not None
    for name, field in mutation.fields.items():
        taken = PARSED.type_map[str(field.args["input"].type).rstrip("!")]
        assert isinstance(taken, GraphQLInputObjectType), name
        assert str(taken.fields["idempotencyKey"].type) == "UUID!", name


def test_enums_carry_the_codes_of_their_standard() -> None:
    sex = PARSED.type_map["Sex"]
    assert isinstance(sex, GraphQLEnumType)
    assert sex.values["FEMALE"].description == "GB/T 2261.1 2."
