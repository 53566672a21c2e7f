"""Every number that says "no" to a request before it is executed, each with its reason."""

from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    Lexer,
    OperationDefinitionNode,
    SelectionSetNode,
    Source,
    TokenKind,
    parse,
)

from resolvers.problems import FixInput

_OPENING = frozenset({TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L})
_CLOSING = frozenset({TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R})


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may cost at most. Counts are taken with every fragment written out where it is used."""

    body_bytes: int = 1024 * 1024  # the largest honest document with variables stays under 100 kB
    discard_bytes: int = 16 * 1024 * 1024  # read and thrown away, so that the sender gets to read the refusal
    body_s: float = 10.0  # a body that trickles in holds a connection, nothing else
    deadline_s: float = 10.0  # a counter clerk does not wait longer; the client may ask for less
    shortest_deadline_s: float = 0.05  # less than a registry's round trip is a mistake
    grace_s: float = 0.5  # what resolvers get after the deadline to name the cities that did not answer
    tokens: int = 2000  # validation compares fields pairwise: cost grows with the square
    nesting: int = 64  # the parser recurses once per bracket
    depth: int = 15  # person, household, members, card … four hops with connections are 12
    introspection_depth: int = 20  # the usual introspection query is 15 deep
    fields: int = 1000  # the usual introspection query is about 400
    root_fields: int = 20  # each may be a fan-out to every city
    aliases: int = 30  # aliases multiply look-ups of persons
    directives: int = 40
    fragments: int = 40
    operations: int = 10


@dataclass(frozen=True, slots=True)
class _Size:
    depth: int = 0
    introspection_depth: int = 0
    fields: int = 0
    root_fields: int = 0
    aliases: int = 0


def read_document(text: str, limits: Limits) -> DocumentNode:
    """Parse a document that is within its limits.

    Raises GraphQLSyntaxError, or FixInput(LIMIT_EXCEEDED) with the limit's name as place.
    """
    directives = _count_tokens(text, limits)
    document = parse(text, no_location=False)
    _check("directives", directives, limits.directives)
    fragments = [node for node in document.definitions if isinstance(node, FragmentDefinitionNode)]
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    _check("fragments", len(fragments), limits.fragments)
    _check("operations", len(operations), limits.operations)
    ruler = _Ruler({fragment.name.value: fragment for fragment in fragments})
    sizes = [ruler.measure(operation.selection_set) for operation in operations]
    _check("depth", max((size.depth for size in sizes), default=0), limits.depth)
    _check("introspectionDepth", max((s.introspection_depth for s in sizes), default=0), limits.introspection_depth)
    _check("rootFields", max((size.root_fields for size in sizes), default=0), limits.root_fields)
    _check("fields", sum(size.fields for size in sizes), limits.fields)
    _check("aliases", sum(size.aliases for size in sizes), limits.aliases)
    return document


def _check(name: str, found: int, allowed: int) -> None:
    if found > allowed:
        raise FixInput(
            f"the document is over the limit of {name}: {allowed} are allowed",
            code="LIMIT_EXCEEDED",
            place=name,
            allowed=str(allowed),
        )


def _count_tokens(text: str, limits: Limits) -> int:
    """Read token by token and stop at the first one too many; returns the number of directives."""
    lexer = Lexer(Source(text))
    tokens = nesting = directives = 0
    while (token := lexer.advance()).kind is not TokenKind.EOF:
        tokens += 1
        nesting = max(0, nesting + (token.kind in _OPENING) - (token.kind in _CLOSING))
        directives += token.kind is TokenKind.AT
        _check("tokens", tokens, limits.tokens)
        _check("nesting", nesting, limits.nesting)
        if token.value is not None and "\0" in token.value:  # no registry can store it
            raise FixInput("text must not hold the character U+0000", code="BAD_REQUEST", place="query")
    return directives


class _Ruler:
    """Measures selections, each fragment once."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, _Size] = {}

    def measure(self, selections: SelectionSetNode) -> _Size:
        parts = [self._part(node) for node in selections.selections]
        return _Size(
            depth=max((part.depth for part in parts), default=0),
            introspection_depth=max((part.introspection_depth for part in parts), default=0),
            fields=sum(part.fields for part in parts),
            root_fields=sum(part.root_fields for part in parts),
            aliases=sum(part.aliases for part in parts),
        )

    def _part(self, node: object) -> _Size:
        if isinstance(node, FieldNode):
            return self._field(node)
        if isinstance(node, InlineFragmentNode):
            return self.measure(node.selection_set)
        if isinstance(node, FragmentSpreadNode):
            return self._spread(node.name.value)
        return _Size()

    def _field(self, node: FieldNode) -> _Size:
        inner = self.measure(node.selection_set) if node.selection_set else _Size()
        depth = 1 + max(inner.depth, inner.introspection_depth)
        introspection = node.name.value in {"__schema", "__type"}
        return _Size(
            depth=0 if introspection else depth,
            introspection_depth=depth if introspection else 0,
            fields=1 + inner.fields,
            root_fields=1,
            aliases=(node.alias is not None) + inner.aliases,
        )

    def _spread(self, name: str) -> _Size:
        if name not in self._known:
            self._known[name] = _Size()  # a fragment that uses itself is validation's to refuse
            fragment = self._fragments.get(name)
            if fragment is not None:
                self._known[name] = self.measure(fragment.selection_set)
        return self._known[name]
