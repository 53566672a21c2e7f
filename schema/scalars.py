"""The scalars of the schema: codes as strings; whether a code is known is decided by the use case."""

from collections.abc import Callable, Mapping
from typing import NewType

import strawberry
from graphql import EnumValueNode, GraphQLError, StringValueNode, ValueNode
from strawberry.types.scalar import ScalarDefinition

CityKey = NewType("CityKey", str)
ItemCode = NewType("ItemCode", str)
UnitCode = NewType("UnitCode", str)
DivisionCode = NewType("DivisionCode", str)
CitizenNumber = NewType("CitizenNumber", str)


def _same(text: str) -> str:
    return text


def _code(name: str, description: str, normal: Callable[[str], str] = _same) -> ScalarDefinition:
    def parse_value(value: object) -> str:
        if not isinstance(value, str):
            raise GraphQLError(f"{name} must be a string")
        return normal(value.strip())

    def parse_literal(node: ValueNode, _variables: Mapping[str, object] | None = None) -> str:
        # A bare word is accepted too, so that `city: wenzhou` reads like an enum.
        return parse_value(node.value if isinstance(node, StringValueNode | EnumValueNode) else None)

    return strawberry.scalar(name=name, description=description, parse_value=parse_value, parse_literal=parse_literal)


SCALARS: Mapping[object, ScalarDefinition] = {
    CityKey: _code("CityKey", 'A city by its key, e.g. "wenzhou"; `cities` lists them all.', str.lower),
    ItemCode: _code(
        "ItemCode", 'A catalogue code: A01–I02 for businesses, Q01–Q30 for inquiries, e.g. "D02".', str.upper
    ),
    UnitCode: _code("UnitCode", 'A public-security organisation, GA/T 380, 12 digits, e.g. "330782001000".'),
    DivisionCode: _code("DivisionCode", 'An administrative division, GB/T 2260, 6 digits, e.g. "330302".'),
    CitizenNumber: _code(
        "CitizenNumber",
        "A citizen identity number, GB 11643-1999: 18 characters with a check character. Lower-case x, full-width "
        "digits and blanks are accepted. Send it as an argument of a POST only; it is never accepted in a URL.",
    ),
}
