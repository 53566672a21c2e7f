"""A document that would cost too much is refused before it is executed, with the limit's name."""

import time

import pytest
from graphql import get_introspection_query

from gateway.limits import Limits, read_document
from resolvers.problems import FixInput

LIMITS = Limits()


def place_of_refusal(text: str, limits: Limits = LIMITS) -> str | None:
    with pytest.raises(FixInput) as caught:
        read_document(text, limits)
    assert caught.value.code == "LIMIT_EXCEEDED"
    return caught.value.place


def chain(depth: int) -> str:
    """Return a selection `depth` fields deep."""
    return "{ a " * depth + "}" * depth


@pytest.mark.parametrize(
    ("limit", "place", "fits", "over"),
    [
        ({"tokens": 4}, "tokens", "{ a b }", "{ a b c }"),
        ({"nesting": 2}, "nesting", "{ a { b } }", "{ a { b(c: 1) } }"),
        ({"depth": 3}, "depth", chain(3), chain(4)),
        ({"introspection_depth": 2}, "introspectionDepth", "{ __schema { a } }", "{ __schema { a { b } } }"),
        ({"fields": 3}, "fields", "{ a { b c } }", "{ a { b c d } }"),
        ({"root_fields": 2}, "rootFields", "{ a b { c d } }", "{ a b c }"),
        ({"aliases": 2}, "aliases", "{ x: a y: a a }", "{ x: a y: a z: a }"),
        ({"directives": 1}, "directives", "{ a @skip(if: true) }", "{ a @x @y }"),
        (
            {"fragments": 1},
            "fragments",
            "{ ...F } fragment F on Q { a }",
            "{ a } fragment F on Q { a } fragment G on Q { a }",
        ),
        ({"operations": 2}, "operations", "query A { a } query B { a }", "query A { a } query B { a } query C { a }"),
    ],
)
def test_each_limit_lets_its_number_through_and_not_one_more(
    limit: dict[str, int], place: str, fits: str, over: str
) -> None:
    limits = Limits(**limit)
    read_document(fits, limits)
    assert place_of_refusal(over, limits) == place


def test_a_refusal_says_how_much_is_allowed() -> None:
    with pytest.raises(FixInput) as caught:
        read_document(chain(16), LIMITS)
    assert caught.value.more == {"allowed": "15"}
    assert caught.value.message == "the document is over the limit of depth: 15 are allowed"


@pytest.mark.parametrize(
    ("limit", "place", "text"),
    [
        ({"depth": 2}, "depth", "{ a { ...F } } fragment F on Q { b { c } }"),
        ({"depth": 2}, "depth", "{ a { ... on Q { b { c } } } }"),
        ({"root_fields": 2}, "rootFields", "{ ...F ...F } fragment F on Q { a b }"),
        ({"aliases": 3}, "aliases", "{ ...F ...F } fragment F on Q { x: a y: a }"),
        ({"fields": 5}, "fields", "query A { ...F } query B { ...F } fragment F on Q { a b c }"),
    ],
)
def test_fragments_count_where_they_are_used(limit: dict[str, int], place: str, text: str) -> None:
    assert place_of_refusal(text, Limits(**limit)) == place


def test_fragments_that_multiply_are_counted_without_being_written_out() -> None:
    doubling = " ".join(f"fragment F{i} on Q {{ ...F{i + 1} ...F{i + 1} }}" for i in range(30))
    started = time.perf_counter()
    assert place_of_refusal("{ a { ...F0 } } " + doubling + " fragment F30 on Q { a }") == "fields"
    assert time.perf_counter() - started < 1


def test_a_fragment_in_itself_is_left_to_validation() -> None:
    read_document("{ ...F } fragment F on Q { a ...G } fragment G on Q { b ...F }", LIMITS)


@pytest.mark.parametrize("opening", ["{a", "[", "(", "{a(b:[", "query($a:[[["])
def test_deep_brackets_do_not_exhaust_the_stack(opening: str) -> None:
    assert place_of_refusal(opening * 900) == "nesting"


def test_closing_brackets_do_not_buy_nesting() -> None:
    assert place_of_refusal("}" * 900 + "{a" * 65) == "nesting"


def test_a_long_document_is_refused_at_the_first_token_too_many() -> None:
    started = time.perf_counter()
    assert place_of_refusal("{ " + "a " * 500_000 + "}") == "tokens"
    assert time.perf_counter() - started < 1


def test_the_usual_introspection_query_fits() -> None:
    read_document(get_introspection_query(), LIMITS)
    read_document(
        get_introspection_query(specified_by_url=True, directive_is_repeatable=True, input_value_deprecation=True),
        LIMITS,
    )


def test_the_largest_honest_query_fits() -> None:
    read_document(
        """
        query Story($number: CitizenNumber!) {
          person(number: $number) {
            id name household { members { name idCard { validUntil } household { book { state } } } }
          }
          households(city: "wenzhou", first: 20) { edges { node { members { household { head { name } } } } } }
        }
        """,
        LIMITS,
    )
