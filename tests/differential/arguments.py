"""Writes the arguments of a field: literals, variables and everything that may be wrong with them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
    get_named_type,
)

from tests.differential.stock import Frame, Stock

_WRONG: Sequence[object] = (None, 3, 2**31, -(2**31) - 1, 1.0, 1.5, True, "x", "", [], [None], {}, {"x": 1}, "NORMAL")
_TIDY, _MISCHIEF = 0.0, 0.22


@dataclass(slots=True)
class Variables:
    """The variables of one operation: what is declared, and what is sent."""

    declared: dict[str, str] = field(default_factory=dict)
    sent: dict[str, object] = field(default_factory=dict)

    def declare(self, kind: str, default: str | None) -> str:
        """Declare one more variable and return its name."""
        name = f"v{len(self.declared)}"
        self.declared[name] = kind if default is None else f"{kind} = {default}"
        return name


class Arguments:
    """Chooses values for the arguments of one document. `mischief` is the chance of something wrong, per value."""

    def __init__(self, chance: Random, stock: Stock, *, mischief: bool) -> None:
        self.variables = Variables()
        self._chance = chance
        self._stock = stock
        self._mischief = _MISCHIEF if mischief else _TIDY

    def of(self, declaration: GraphQLField, frame: Frame) -> str:
        """Return `(name: value, …)` for a field, or nothing; `frame` says what the values should be."""
        parts = [
            f"{name}: {text}"
            for name, argument in declaration.args.items()
            if (text := self._argument(argument, frame.get(name, Undefined))) is not None
        ]
        if self._chance.random() < self._mischief / 6:
            parts.append(self._chance.choice(("unknown: 1", *parts)))
        self._chance.shuffle(parts)
        return f"({', '.join(parts)})" if parts else ""

    def truth(self, wanted: bool) -> str:
        """Return a Boolean for a directive, written in one of many ways."""
        pick = self._chance.random()
        if pick < 0.45:
            return _literal(wanted)
        if pick < 0.75:
            return self._variable("Boolean!", wanted, None)
        if pick < 0.87:
            return self._variable("Boolean!", wanted, _literal(not wanted))
        if pick < 0.91:
            return self._variable("Boolean!", Undefined, _literal(wanted))
        if pick < 0.96:
            return self._variable("Boolean", wanted if pick < 0.94 else Undefined, _literal(wanted))
        if self._chance.random() < self._mischief * 2:
            return self._variable("Boolean", None, _literal(wanted))
        return self._variable("Boolean", wanted, "true")

    def _argument(self, argument: GraphQLArgument, value: object) -> str | None:
        chance = self._chance
        needed = isinstance(argument.type, GraphQLNonNull) and _has_no_default(argument)
        if chance.random() < self._mischief / 4:
            return None
        if value is Undefined:
            if not needed and chance.random() < 0.78:
                return None
            value = self._any(argument.type)
        return self._written(argument.type, value, argument)

    def _written(self, kind: GraphQLInputType, value: object, place: GraphQLArgument | GraphQLInputField) -> str:
        chance = self._chance
        if chance.random() < self._mischief:
            value = chance.choice((*_WRONG, *self._stock.plain.get(get_named_type(kind).name, ())))
        pick = chance.random()
        if pick < 0.44:
            return self._inside(kind, value)
        nullable = not isinstance(kind, GraphQLNonNull)
        name = str(kind)
        if pick < 0.76:
            return self._variable(name, value, None)
        if pick < 0.82:
            # Sent or not, the default counts only where nothing is sent.
            return self._variable(name, value, self._literal_of(kind, self._any(kind)))
        if pick < 0.93:
            return self._variable(name, Undefined, self._literal_of(kind, value))
        if pick < 0.96 and nullable:
            return self._variable(f"{name}!", value, None)
        loose = name.removesuffix("!")
        if not _has_no_default(place) or nullable:
            return self._variable(loose, chance.choice((value, Undefined, None)), None)
        return self._variable(loose, value, self._literal_of(kind, value))

    def _variable(self, kind: str, value: object, default: str | None) -> str:
        same = [name for name, declared in self.variables.declared.items() if declared == kind and default is None]
        for name in same:
            if self.variables.sent.get(name, Undefined) == value and self._chance.random() < 0.5:
                return f"${name}"
        name = self.variables.declare(kind, default)
        if value is not Undefined and self._chance.random() >= self._mischief / 8:
            self.variables.sent[name] = value
        return f"${name}"

    def _inside(self, kind: GraphQLInputType, value: object) -> str:
        """Return a literal in which single fields and entries may be variables."""
        inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if isinstance(inner, GraphQLInputObjectType) and isinstance(value, Mapping):
            fields = [
                f"{name}: {self._written(inner.fields[name].type, one, inner.fields[name])}"
                for name, one in value.items()
                if name in inner.fields
            ]
            return "{" + ", ".join(fields) + "}"
        if isinstance(inner, GraphQLList) and isinstance(value, list):
            if len(value) == 1 and self._chance.random() < 0.3:
                return self._literal_of(inner.of_type, value[0])
            entries = [
                self._variable(str(inner.of_type), one, None)
                if self._chance.random() < 0.15
                else self._literal_of(inner.of_type, one)
                for one in value
            ]
            return "[" + ", ".join(entries) + "]"
        return self._literal_of(kind, value)

    def _literal_of(self, kind: GraphQLInputType, value: object) -> str:
        """Return a constant."""
        named = get_named_type(kind)
        bare = isinstance(named, GraphQLEnumType)
        # A code may be written as a bare word too.
        if named.name in {"CityKey", "ItemCode"} and isinstance(value, str) and value.isidentifier():
            bare = self._chance.random() < 0.2 and value not in {"true", "false", "null"}
        return _literal(value, named if isinstance(named, GraphQLInputObjectType) else None, bare=bare)

    def _any(self, kind: GraphQLInputType) -> object:
        """Return any value of the type, out of the stock."""
        chance = self._chance
        if isinstance(kind, GraphQLNonNull):
            return self._any(kind.of_type)
        if isinstance(kind, GraphQLList):
            return [self._any(kind.of_type) for _ in range(chance.choice((0, 1, 1, 2)))]
        if isinstance(kind, GraphQLEnumType):
            return chance.choice(sorted(kind.values))
        if isinstance(kind, GraphQLInputObjectType):
            return {
                name: self._any(one.type)
                for name, one in kind.fields.items()
                if (isinstance(one.type, GraphQLNonNull) and _has_no_default(one)) or chance.random() < 0.3
            }
        return chance.choice(self._stock.plain.get(get_named_type(kind).name, ("x",)))


def _has_no_default(place: GraphQLArgument | GraphQLInputField) -> bool:
    return place.default_value is Undefined and getattr(place, "default", None) is None


def _literal(value: object, shape: GraphQLInputObjectType | None = None, *, bare: bool = False) -> str:
    if isinstance(value, str):
        return value if bare and value.isidentifier() else json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        fields = []
        for name, one in value.items():
            inner = shape.fields[name].type if shape is not None and name in shape.fields else None
            named = get_named_type(inner) if inner is not None else None
            nested = named if isinstance(named, GraphQLInputObjectType) else None
            fields.append(f"{name}: {_literal(one, nested, bare=isinstance(named, GraphQLEnumType))}")
        return "{" + ", ".join(fields) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_literal(one, shape, bare=bare) for one in value) + "]"
    return json.dumps(value)
