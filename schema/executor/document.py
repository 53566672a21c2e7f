"""Documents parsed and validated once: a bounded memory of what each text means and of the programs made for it."""

from collections import OrderedDict
from collections.abc import Awaitable, Iterator, Mapping
from dataclasses import dataclass, field

import strawberry
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    parse,
    specified_rules,
)
from strawberry.schema.schema import validate_document

from schema.executor.collect import Collector
from schema.executor.generate import Program, write
from schema.executor.plan import Profile, Shape, Unsupported
from schema.executor.planner import Planner
from schema.executor.run import Entry, Running, Shown
from schema.executor.variables import Coerce, coercer

# Beyond these the text not used for the longest time is forgotten. The second counts characters of all texts.
MOST_DOCUMENTS = 1000
MOST_CHARACTERS = 4_000_000
# Each boolean in @skip or @include doubles the number of possible plans.
MOST_PLANS = 16


@dataclass(frozen=True, slots=True)
class Compiled:
    """One plan, its program, and the function to run."""

    shape: Shape
    program: Program
    run: Entry

    async def answer(self, running: Running) -> list[Shown]:
        """Run the program; gives the answer as a list of one object."""
        made = self.run(running, (None,))
        return await made if isinstance(made, Awaitable) else made


@dataclass(slots=True)
class Operation:
    """One operation of a valid document."""

    schema: strawberry.Schema
    node: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    flags: tuple[str, ...]
    coerce: Coerce
    _plans: "OrderedDict[tuple[object, ...], Compiled]" = field(default_factory=OrderedDict)

    def compiled(self, variables: Mapping[str, object], profile: Profile) -> Compiled:
        """Return the program for these variables and this kind of caller. Raises Unsupported."""
        key = (profile, *(variables.get(flag) for flag in self.flags))
        known = self._plans.get(key)
        if known is None:
            known = self._plans[key] = self._compile(variables, profile)
            if len(self._plans) > MOST_PLANS:
                self._plans.popitem(last=False)
        elif len(self._plans) > 1:
            self._plans.move_to_end(key)
        return known

    def _compile(self, variables: Mapping[str, object], profile: Profile) -> Compiled:
        flags = {flag: variables.get(flag) for flag in self.flags}
        collector = Collector(self.schema._schema, self.fragments, flags)  # noqa: SLF001 - strawberry offers no other way
        shape = Planner(self.schema, collector, profile).plan(self.node)
        program = write(shape)
        names = dict(program.names)
        exec(compile(program.text, "<plan>", "exec"), names)  # noqa: S102 - written above, of names and types
        run: Entry = names[program.entry]  # type: ignore[assignment]
        return Compiled(shape, program, run)


@dataclass(frozen=True, slots=True)
class Document:
    """What a text means: its operations by name, or why none of them is compiled."""

    operations: Mapping[str | None, Operation | Unsupported]


@dataclass(slots=True)
class Documents:
    """The memory of documents."""

    schema: strawberry.Schema
    most_documents: int = MOST_DOCUMENTS
    most_characters: int = MOST_CHARACTERS
    _known: "OrderedDict[str, Document]" = field(default_factory=OrderedDict)
    _characters: int = 0

    def __len__(self) -> int:
        return len(self._known)

    def operation(self, text: str, name: str | None) -> Operation:
        """Return one operation. Raises Unsupported where graphql-core has to look at it."""
        document = self._known.get(text)
        if document is None:
            document = self._remember(text, _read(self.schema, text))
        else:
            self._known.move_to_end(text)
        operations = document.operations
        if name is None and len(operations) == 1:
            [found] = operations.values()
        else:
            found = operations.get(name, Unsupported("no such operation"))
        if isinstance(found, Unsupported):
            raise found.with_traceback(None)
        return found

    def _remember(self, text: str, document: Document) -> Document:
        self._known[text] = document
        self._characters += len(text)
        while len(self._known) > self.most_documents or self._characters > self.most_characters:
            forgotten, _ = self._known.popitem(last=False)
            self._characters -= len(forgotten)
        return document


def _read(schema: strawberry.Schema, text: str) -> Document:
    try:
        document = parse(text)
        wrong = validate_document(schema._schema, document, tuple(specified_rules))  # noqa: SLF001 - as above
    except (GraphQLError, RecursionError):
        return Document({None: Unsupported("invalid")})
    if wrong:
        return Document({None: Unsupported("invalid")})
    nodes = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    return Document({node.name.value if node.name else None: _operation(schema, document, node) for node in nodes})


def _operation(
    schema: strawberry.Schema, document: DocumentNode, node: OperationDefinitionNode
) -> Operation | Unsupported:
    if node.operation is not OperationType.QUERY:
        return Unsupported(node.operation.value)
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    flags = {flag for each in (node, *fragments.values()) for flag in _flags(each.selection_set)}
    coerce = coercer(schema._schema, node.variable_definitions or ())  # noqa: SLF001 - as above
    return Operation(schema, node, fragments, tuple(sorted(flags)), coerce)


def _flags(selections: SelectionSetNode) -> Iterator[str]:
    """Yield the variables that @skip and @include hang on."""
    for node in selections.selections:
        for directive in node.directives or ():
            for argument in directive.arguments or ():
                if isinstance(argument.value, VariableNode):
                    yield argument.value.name.value
        below: SelectionSetNode | None = getattr(node, "selection_set", None)
        if below is not None:
            yield from _flags(below)
