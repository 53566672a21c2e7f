"""Makes a document that shows a difference as small as it gets while it still shows one."""

from collections.abc import Awaitable, Callable, Iterator
from copy import deepcopy

import msgspec
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    parse,
    print_ast,
)
from graphql.error import GraphQLSyntaxError

from tests.differential.hearing import Question
from tests.differential.situations import Situation, Spoiled

MOST_TRIES = 600


async def shrink(question: Question, differs: Callable[[Question], Awaitable[bool]]) -> Question:
    """Return a smaller question that `differs` as well; greedy, at most MOST_TRIES looks."""
    tries = 0
    smaller: Question | None = question
    while smaller is not None:
        question, smaller = smaller, None
        for candidate in _smaller(question):
            tries += 1
            if tries > MOST_TRIES:
                return question
            if await differs(candidate):
                smaller = candidate
                break
    return question


def _smaller(question: Question) -> Iterator[Question]:
    """Yield everything that is one step smaller, the big steps first."""
    yield from _calmer(question)
    try:
        document = parse(question.text, no_location=True)
    except GraphQLSyntaxError:
        return
    for cut in _cuts(document):
        changed = deepcopy(document)
        cut(changed)
        yield _tidied(question, changed)
    for name in question.variables:
        rest = {key: value for key, value in question.variables.items() if key != name}
        yield msgspec.structs.replace(question, variables=rest)


def _calmer(question: Question) -> Iterator[Question]:
    """Yield the question in a calmer situation."""
    now, calm = question.situation, Situation()
    changes: list[dict[str, object]] = [{"sick": ()}] if now.sick else []
    changes += [{"sick": (one,)} for one in now.sick if len(now.sick) > 1]
    changes += [{"spoiled": None}] if now.spoiled else []
    changes += [{"caller": calm.caller}] if now.caller != calm.caller else []
    changes += [{"purpose": calm.purpose}] if now.purpose != calm.purpose else []
    if isinstance(now.spoiled, Spoiled) and now.spoiled.places:
        changes.append({"spoiled": msgspec.structs.replace(now.spoiled, places=False)})
    for change in changes:
        yield msgspec.structs.replace(question, situation=msgspec.structs.replace(now, **change))
    if question.operation_name is not None:
        yield msgspec.structs.replace(question, operation_name=None)


Cut = Callable[[DocumentNode], None]


def _cuts(document: DocumentNode) -> Iterator[Cut]:
    for path, node in _walk(document, ()):
        if isinstance(node, DocumentNode) and len(node.definitions) > 1:
            yield from (_without(path, "definitions", turn) for turn in range(len(node.definitions)))
        if isinstance(node, SelectionSetNode):
            if len(node.selections) > 1:
                yield from (_without(path, "selections", turn) for turn in range(len(node.selections)))
            yield from (
                _opened(path, turn)
                for turn, one in enumerate(node.selections)
                if isinstance(one, InlineFragmentNode | FragmentSpreadNode)
            )
        for name in ("directives", "arguments", "variable_definitions", "fields", "values"):
            many = getattr(node, name, None) or ()
            yield from (_without(path, name, turn) for turn in range(len(many)))
        if isinstance(node, FieldNode) and node.alias is not None:
            yield _plain(path)


Path = tuple[tuple[str, int | None], ...]


def _walk(node: Node, path: Path) -> Iterator[tuple[Path, Node]]:
    yield path, node
    for name in node.keys:
        below = getattr(node, name, None)
        if isinstance(below, Node):
            yield from _walk(below, (*path, (name, None)))
        elif isinstance(below, list | tuple):
            for turn, one in enumerate(below):
                if isinstance(one, Node):
                    yield from _walk(one, (*path, (name, turn)))


def _at(document: DocumentNode, path: Path) -> Node:
    node: Node = document
    for name, turn in path:
        below = getattr(node, name)
        node = below if turn is None else below[turn]
    return node


def _set(node: Node, name: str, value: object) -> None:
    object.__setattr__(node, name, value)  # nodes are frozen; these are our own copies


def _without(path: Path, name: str, turn: int) -> Cut:
    def cut(document: DocumentNode) -> None:
        node = _at(document, path)
        many = list(getattr(node, name))
        del many[turn]
        _set(node, name, tuple(many))

    return cut


def _plain(path: Path) -> Cut:
    def cut(document: DocumentNode) -> None:
        _set(_at(document, path), "alias", None)

    return cut


def _opened(path: Path, turn: int) -> Cut:
    """Put what a fragment selects in the place of the fragment."""

    def cut(document: DocumentNode) -> None:
        node = _at(document, path)
        assert isinstance(node, SelectionSetNode)
        many = list(node.selections)
        fragment = many[turn]
        if isinstance(fragment, InlineFragmentNode):
            many[turn : turn + 1] = fragment.selection_set.selections
        elif isinstance(fragment, FragmentSpreadNode):
            for one in document.definitions:
                if isinstance(one, FragmentDefinitionNode) and one.name.value == fragment.name.value:
                    many[turn : turn + 1] = deepcopy(one.selection_set.selections)
        _set(node, "selections", tuple(many))

    return cut


def _tidied(question: Question, document: DocumentNode) -> Question:
    """Drop fragments nobody spreads and variables nobody uses."""
    nodes = [node for _, node in _walk(document, ())]
    spread = {node.name.value for node in nodes if isinstance(node, FragmentSpreadNode)}
    kept = [
        one for one in document.definitions if not isinstance(one, FragmentDefinitionNode) or one.name.value in spread
    ]
    used: set[str] = set()
    for definition in kept:
        inside = definition.selection_set if hasattr(definition, "selection_set") else definition
        used |= {node.name.value for _, node in _walk(inside, ()) if isinstance(node, VariableNode)}
    for definition in kept:
        if isinstance(definition, OperationDefinitionNode):
            declared = [one for one in definition.variable_definitions or () if one.variable.name.value in used]
            _set(definition, "variable_definitions", tuple(declared))
    _set(document, "definitions", tuple(kept))
    sent = {name: value for name, value in question.variables.items() if name in used}
    return msgspec.structs.replace(question, text=print_ast(document), variables=sent)
