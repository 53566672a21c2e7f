"""Writes GraphQL documents over the whole schema, most of them valid and most of them finding data."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

import msgspec
from graphql import (
    GraphQLCompositeType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
)

from tests.differential import situations
from tests.differential.arguments import Arguments
from tests.differential.hearing import Question
from tests.differential.reach import Reach
from tests.differential.situations import Situation
from tests.differential.stock import Frame, Stock
from tests.differential.trails import FEE, MASKED, Trail, Trails

# How often a root field is asked for; those that are not named here, 4.
_WEIGHTS = {
    "person": 18,
    "household": 13,
    "households": 12,
    "searchPersons": 9,
    "node": 15,
    "eligibility": 6,
    "cases": 6,
}
_WEIGHTS |= {"me": 3, "cities": 2, "city": 3, "businesses": 2, "inquiries": 2, "channels": 2, "accessLog": 5, "case": 6}
# Lists that are long by nature: what hangs on their entries multiplies.
_LONG = {"cities": 11, "businesses": 50, "inquiries": 30, "channels": 100, "stations": 30, "divisions": 10}
_LONG |= {"households": 4, "searchPersons": 4, "cases": 3, "outcomes": 4, "byCity": 11, "rows": 2, "materials": 2}
_MOST_SHOWN = 250
_SPACES = (" ", " ", " ", "\n", "\n  ", ", ")


@dataclass(slots=True)
class _Room:
    """What a document may still grow by: fields to write, and how many of them one entry of data would show."""

    fields: int
    aliases: int = 26
    directives: int = 34


class Documents:
    """A stream of questions; the same seed gives the same ones. `reach` counts what was written, by (type, field)."""

    def __init__(self, schema: GraphQLSchema, stock: Stock, seed: int) -> None:
        self.reach: Reach = Counter()
        self._schema = schema
        self._stock = stock
        self._trails = Trails(schema)
        self._chance = Random(seed)  # noqa: S311 - reproducible on purpose

    def __iter__(self) -> Iterator[list[Question]]:
        while True:
            yield self.next()

    def next(self) -> list[Question]:
        """Return one document with its situation, and perhaps the same one again with other variables or by others."""
        chance = self._chance
        situation = situations.draw(chance)
        trail = self._trails.draw(chance, situation, self.reach)
        if trail == FEE and situation.spoiled is not None:
            # Numbers that are too big have to be seen by somebody who may see them.
            situation = Situation(spoiled=msgspec.structs.replace(situation.spoiled, by="strange"))
        writer = _Writer(self._schema, self._stock, chance, situation, self.reach, trail)
        question = writer.question()
        if trail in MASKED:
            # First by somebody who sees everything: what a plan keeps of him would show.
            return [msgspec.structs.replace(question, situation=situations.HEALTHY), question]
        if chance.random() > (0.4 if situation.caller.startswith("citizen") else 0.12):
            return [question]
        questions = [question, self._again(question)]
        chance.shuffle(questions)
        return questions

    def _again(self, question: Question) -> Question:
        """The plan is known by then: what must not have been kept in it shows now."""
        chance = self._chance
        flipped = {
            name: (not value if isinstance(value, bool) and chance.random() < 0.6 else value)
            for name, value in question.variables.items()
        }
        other = situations.draw(chance) if chance.random() < 0.6 else question.situation
        return Question(question.text, flipped, question.operation_name, other)


class _Writer:
    """Writes one document."""

    def __init__(
        self,
        schema: GraphQLSchema,
        stock: Stock,
        chance: Random,
        situation: Situation,
        reach: Reach,
        trail: Trail,
    ) -> None:
        self._schema = schema
        self._stock = stock
        self._chance = chance
        self._situation = situation
        self._reach = reach
        self._trail = list(trail)
        self._wants_fees = trail == FEE
        self._mischief = chance.random() < 0.16
        self._arguments = Arguments(chance, stock, mischief=self._mischief)
        self._fragments: dict[str, str] = {}
        self._open: dict[str, list[str]] = {}
        self._room = _Room(fields=chance.choice((2, 3, 3, 4, 5, 6, 6, 8, 10, 14, 22, 60)))

    def question(self) -> Question:
        """Return the document with everything that is sent with it."""
        chance = self._chance
        root = self._schema.query_type
        if not self._trail and chance.random() < 0.03:
            root = self._schema.mutation_type
        assert root is not None
        word = "mutation" if root is self._schema.mutation_type else "query"
        body = self._root(root)
        variables = self._arguments.variables
        declared = ", ".join(f"${name}: {kind}" for name, kind in variables.declared.items())
        named = declared or word == "mutation" or self._fragments or chance.random() < 0.5
        name = "Asked" if named and chance.random() < 0.7 else ""
        head = f"{word} {name}{f'({declared})' if declared else ''} " if named else ""
        parts = [head + body, *self._fragments.values()]
        operation = None
        if name and chance.random() < 0.15:
            parts.append("query Other { __typename me { role } }")
            operation = chance.choice((name, name, name, "Other"))
        chance.shuffle(parts)
        sent = dict(variables.sent)
        if self._mischief and chance.random() < 0.1:
            sent["unknown"] = 1
        return Question(" ".join(parts), sent, operation, self._situation)

    # --- fields -----------------------------------------------------------------------------------------------------

    def _root(self, root: GraphQLObjectType) -> str:
        chance = self._chance
        many = chance.choices((1, 2, 3, 6), (80, 14, 5, 1))[0]
        weights = [_WEIGHTS.get(name, 4) for name in root.fields]
        parts = []
        names = chance.choices(list(root.fields), weights, k=many)
        if self._trail:
            names[0] = self._trail.pop(0)[1]
        for turn, name in enumerate(names):
            key = "" if turn == 0 and chance.random() < 0.6 else f"{self._alias(name, turn)}: "
            parts += self._root_field(root, name, key)
        if chance.random() < 0.06:
            parts.append("__typename")
        if chance.random() < 0.08 and len(parts) == 1:
            parts = [self._wrapped(root, parts[0])]
        return "{ " + self._joined(parts) + " }"

    def _root_field(self, root: GraphQLObjectType, name: str, key: str) -> list[str]:
        """Return a root field, now and then twice under one key, to be merged."""
        chance = self._chance
        declaration = root.fields[name]
        self._reach[root.name, name] += 1
        written = self._arguments.of(declaration, self._frame(root, name))
        depth = chance.choices((1, 2, 3, 4, 5, 6, 11), (10, 22, 26, 20, 12, 8, 2))[0]
        times = 2 if chance.random() < 0.07 else 1
        return [
            f"{key}{name}{written}{self._directives()}{self._below(declaration, depth, self._spread(name))}"
            for _ in range(times)
        ]

    def _frame(self, root: GraphQLObjectType, name: str) -> Frame:
        chance = self._chance
        own = self._stock.own.get(self._situation.caller, {})
        if name in own and chance.random() < 0.75:
            return chance.choice(own[name])
        if name == "person" and self._wants_fees:
            return chance.choice(self._stock.applicants)
        frames = self._stock.frames.get(name, ()) if root is self._schema.query_type else ()
        return chance.choice(frames) if frames else {}

    def _below(self, declaration: GraphQLField, depth: int, shown: int) -> str:
        named = get_named_type(declaration.type)
        return f" {self._selection(named, depth, shown)}" if is_composite_type(named) else ""

    def _selection(self, kind: GraphQLCompositeType, depth: int, shown: int) -> str:
        chance = self._chance
        assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
        parts = []
        if self._trail and self._trail[0][0] == kind.name:
            parts += self._one(kind, self._trail.pop(0)[1], max(depth, 1), shown)
        many = chance.choices((1, 2, 3, 4, 6), (34, 32, 20, 9, 5))[0]
        for _ in range(min(many, len(kind.fields), max(1, self._room.fields))):
            parts += self._field(kind, depth, shown)
        if isinstance(kind, GraphQLInterfaceType) or chance.random() < 0.1:
            parts.append(self._inline(kind, depth, shown))
        if chance.random() < 0.08:
            parts.append(self._spread_of(kind, depth, shown))
        if chance.random() < 0.08:
            parts.append(f"{self._alias('kind', 0)}: __typename" if chance.random() < 0.3 else "__typename")
        if self._mischief and chance.random() < 0.03:
            parts.append(chance.choice(("unknown", "id { x }", "...Unknown", "... on Nothing { id }", "__type")))
        chance.shuffle(parts)
        return "{ " + self._joined(parts) + " }"

    def _field(self, kind: GraphQLObjectType | GraphQLInterfaceType, depth: int, shown: int) -> list[str]:
        chance = self._chance
        fields = [
            name
            for name, declaration in kind.fields.items()
            if not is_composite_type(get_named_type(declaration.type))
            or (depth > 0 and self._room.fields > 0 and shown * self._spread(name, declaration) <= _MOST_SHOWN)
        ]
        if not fields:
            return ["__typename"]
        # The least asked for of three: every corner of the schema gets its turn.
        name = min(chance.sample(fields, min(3, len(fields))), key=lambda one: self._reach[kind.name, one])
        if chance.random() < 0.5:
            name = chance.choice(fields)
        return self._one(kind, name, depth, shown)

    def _one(self, kind: GraphQLObjectType | GraphQLInterfaceType, name: str, depth: int, shown: int) -> list[str]:
        """Return the field, now and then under an alias, or twice to be merged."""
        chance = self._chance
        declaration = kind.fields[name]
        self._reach[kind.name, name] += 1
        self._room.fields -= 1
        alias = f"{self._alias(name, chance.randrange(2))}: " if chance.random() < 0.15 and self._take_alias() else ""
        times = 2 if chance.random() < 0.06 else 1
        inner = shown * self._spread(name, declaration)
        return [f"{alias}{name}{self._directives()}{self._below(declaration, depth - 1, inner)}" for _ in range(times)]

    def _spread(self, name: str, declaration: GraphQLField | None = None) -> int:
        """Return how many entries the field shows for one parent, roughly."""
        if declaration is not None and not _is_list(declaration.type):
            return 1
        return _LONG.get(name, 1 if declaration is None else 3)

    # --- fragments ---------------------------------------------------------------------------------------------------

    def _inline(self, kind: GraphQLObjectType | GraphQLInterfaceType, depth: int, shown: int) -> str:
        chance = self._chance
        inner = self._condition(kind)
        on = "" if inner is kind and chance.random() < 0.4 else f"on {inner.name} "
        return f"... {on}{self._directives()}{self._within(kind, inner, depth, shown)}"

    def _within(
        self,
        kind: GraphQLObjectType | GraphQLInterfaceType,
        inner: GraphQLObjectType | GraphQLInterfaceType,
        depth: int,
        shown: int,
    ) -> str:
        """Return the selection of a fragment; two types under one interface are kept from meeting under one key."""
        if isinstance(kind, GraphQLInterfaceType) and inner is not kind and self._chance.random() < 0.85:
            fields = []
            for field in (part for _ in range(self._chance.randint(1, 4)) for part in self._field(inner, depth, shown)):
                start = field.split("(")[0].split("{")[0]
                plain = field.split(":", 1)[1].strip() if ":" in start else field
                bare = plain.split()[0].split("@")[0].split("{")[0]
                fields.append(f"{inner.name.lower()}_{bare}: {plain}" if self._take_alias() else "id")
            return "{ " + self._joined(fields) + " }"
        return self._selection(inner, depth, shown)

    def _condition(self, kind: GraphQLObjectType | GraphQLInterfaceType) -> GraphQLObjectType | GraphQLInterfaceType:
        chance = self._chance
        fitting: list[GraphQLObjectType | GraphQLInterfaceType] = [kind]
        if isinstance(kind, GraphQLInterfaceType):
            fitting += self._schema.get_possible_types(kind)
        elif self._mischief and chance.random() < 0.05:
            objects = [one for one in self._schema.type_map.values() if isinstance(one, GraphQLObjectType)]
            fitting = [one for one in objects if not one.name.startswith("__")]
        else:
            fitting += kind.interfaces
        return chance.choice(fitting)

    def _spread_of(self, kind: GraphQLObjectType | GraphQLInterfaceType, depth: int, shown: int) -> str:
        """Return a spread of a new fragment, or of one that is there already."""
        chance = self._chance
        known = self._open.get(kind.name, [])
        if known and chance.random() < 0.6:
            name = chance.choice(known)
        else:
            name = f"F{len(self._fragments)}"
            self._fragments[name] = ""
            inner = self._condition(kind)
            # A fragment used again shows its entries again: it is written small.
            text = self._within(kind, inner, min(depth, 1), shown)
            self._fragments[name] = f"fragment {name} on {inner.name} {text}"
            self._open.setdefault(kind.name, []).append(name)
        return f"...{name}{self._directives()}"

    def _wrapped(self, root: GraphQLObjectType, part: str) -> str:
        if self._chance.random() < 0.5:
            return f"... on {root.name}{self._directives()} {{ {part} }}"
        name = f"F{len(self._fragments)}"
        self._fragments[name] = f"fragment {name} on {root.name} {{ {part} }}"
        return f"...{name}"

    # --- small things ------------------------------------------------------------------------------------------------

    def _directives(self) -> str:
        chance = self._chance
        if chance.random() > 0.13 or self._room.directives < 2:
            return ""
        self._room.directives -= 2
        name = chance.choice(("skip", "include"))
        # Two out of three are shown.
        text = f" @{name}(if: {self._arguments.truth((chance.random() < 0.67) == (name == 'include'))})"
        if chance.random() < 0.12:
            other = "include" if name == "skip" else "skip"
            text += f" @{other}(if: {self._arguments.truth(chance.random() < 0.5)})"
        return text + " "

    def _take_alias(self) -> bool:
        self._room.aliases -= 1
        return self._room.aliases >= 0

    def _alias(self, name: str, turn: int) -> str:
        if self._mischief and self._chance.random() < 0.1:
            return self._chance.choice(("clash", "id", "__x", "class"))
        return f"{'ab'[turn] if turn < 2 else f'r{turn}'}_{name}"

    def _joined(self, parts: Sequence[str]) -> str:
        return self._chance.choice(_SPACES).join(parts)


def _is_list(kind: GraphQLOutputType) -> bool:
    inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    return isinstance(inner, GraphQLList)
