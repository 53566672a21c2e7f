"""Lets both executors share one parsing and one validation of a document: they cost more than all the rest."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any
from unittest.mock import patch

from graphql import DocumentNode, GraphQLError

# Where each executor takes graphql-core's functions from. A name that is gone costs time, nothing else.
_ROOMS = ("strawberry.schema.schema", "schema.executor.document")


@contextmanager
def read_once() -> Iterator[None]:
    """Remember the last document read, and what validation said about it. Each executor still has to ask."""
    with ExitStack() as patched:
        for name, remembering in (("parse", _parsing), ("validate_document", _validating)):
            rooms = [import_module(room) for room in _ROOMS]
            found = [room for room in rooms if hasattr(room, name)]
            if found:
                shared = remembering(getattr(found[0], name))
                for room in found:
                    patched.enter_context(patch.object(room, name, shared))
        yield


def _parsing(parse: Callable[..., DocumentNode]) -> Callable[..., DocumentNode]:
    last: list[tuple[str, DocumentNode]] = []

    def parse_once(text: str, **options: Any) -> DocumentNode:
        if options:
            return parse(text, **options)
        if not last or last[0][0] != text:
            last[:] = [(text, parse(text))]
        return last[0][1]

    return parse_once


def _validating(validate: Callable[..., list[GraphQLError]]) -> Callable[..., list[GraphQLError]]:
    last: list[tuple[object, DocumentNode, object, list[GraphQLError]]] = []

    def validate_once(schema: object, document: DocumentNode, rules: tuple[object, ...]) -> list[GraphQLError]:
        same = last and last[0][0] is schema and last[0][1] is document and last[0][2] == tuple(rules)
        if not same:
            last[:] = [(schema, document, tuple(rules), validate(schema, document, rules))]
        return list(last[0][3])

    return validate_once
