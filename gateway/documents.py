"""Remembers which documents are within the limits, and what operations they hold."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from graphql import DocumentNode, OperationDefinitionNode, OperationType

from gateway.limits import Limits, read_document
from gateway.redaction import redact
from resolvers.problems import FixInput

# Beyond these the documents not asked for the longest time are forgotten.
MOST_DOCUMENTS = 2000
MOST_CHARACTERS = 4_000_000


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document; `label` is its name as it may be logged."""

    name: str | None
    type: OperationType
    label: str


@dataclass(slots=True)
class Documents:
    """Documents that passed the limits, by their text; nothing else of a request is kept."""

    limits: Limits
    most_documents: int = MOST_DOCUMENTS
    most_characters: int = MOST_CHARACTERS
    _known: "OrderedDict[str, tuple[Operation, ...]]" = field(default_factory=OrderedDict)
    _characters: int = 0

    def __len__(self) -> int:
        return len(self._known)

    def operation(self, text: str, name: str | None) -> Operation:
        """Return the operation to run. Raises as `read_document` does, and FixInput as `choose_operation` does."""
        operations = self._known.get(text)
        if operations is None:
            operations = self._read(text)
        else:
            self._known.move_to_end(text)
        return operations[_chosen([operation.name for operation in operations], name)]

    def _read(self, text: str) -> tuple[Operation, ...]:
        operations = tuple(_operation(node) for node in _operations(read_document(text, self.limits)))
        self._known[text] = operations
        self._characters += len(text)
        while len(self._known) > self.most_documents or self._characters > self.most_characters:
            forgotten, _ = self._known.popitem(last=False)
            self._characters -= len(forgotten)
        return operations


def choose_operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """Return the operation to run; raises FixInput rather than guess (stock servers run the first of several)."""
    operations = _operations(document)
    return operations[_chosen([_name(operation) for operation in operations], name)]


def _chosen(names: Sequence[str | None], wanted: str | None) -> int:
    if not names:
        raise FixInput("the document holds no operation", code="OPERATION_NOT_FOUND", place="query")
    if wanted is None:
        if len(names) > 1:
            text = "the document holds several operations: say which one with operationName"
            raise FixInput(text, code="OPERATION_NAME_REQUIRED", place="operationName")
        return 0
    if wanted not in names:
        text = "no operation of the document has that name"
        raise FixInput(text, code="OPERATION_NOT_FOUND", place="operationName")
    return names.index(wanted)


def _operations(document: DocumentNode) -> list[OperationDefinitionNode]:
    return [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]


def _name(node: OperationDefinitionNode) -> str | None:
    return node.name.value if node.name is not None else None


def _operation(node: OperationDefinitionNode) -> Operation:
    name = _name(node)
    return Operation(name, node.operation, redact(name[:64]) if name is not None else "(anonymous)")
