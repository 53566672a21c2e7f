"""Sealed ids and cursors: opaque, the same every time, and refused after any change."""

from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.problems import AskOperator, FixInput
from resolvers.seal import Seal, SealedId

SEAL = Seal(b"k" * 32)
OTHER = Seal(b"o" * 32)
URL_SAFE = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def refused_id(text: str, seal: Seal = SEAL) -> str:
    with pytest.raises(FixInput) as refusal:
        seal.open_id(text)
    return refusal.value.code


@given(st.text(), st.text(), st.text())
def test_an_id_opens_to_what_was_sealed(kind: str, city: str, ref: str) -> None:
    sealed = SEAL.id(kind, city, ref)
    assert set(sealed) <= URL_SAFE
    assert SEAL.open_id(sealed) == SealedId(kind, city, ref)
    assert SEAL.id(kind, city, ref) == sealed


def test_an_id_shows_nothing_of_what_it_stands_for() -> None:
    sealed = SEAL.id("Person", "wenzhou", "10000000000000000123")
    assert "wenzhou" not in sealed
    assert urlsafe_b64encode(b"wenzhou").decode()[:8] not in sealed


def test_every_single_changed_character_is_noticed() -> None:
    sealed = SEAL.id("Person", "wenzhou", "123")
    for place, character in enumerate(sealed):
        for other in sorted(URL_SAFE - {character}):
            assert refused_id(sealed[:place] + other + sealed[place + 1 :]) == "BAD_ID"


@pytest.mark.parametrize(
    "text",
    ["", "A", "AAAA", "=", "not base64!", "编号", "A" * 20_000, "wenzhou:1", "\x00"],
    ids=["empty", "one", "four", "padding", "letters", "chinese", "long", "plain", "null"],
)
def test_anything_else_is_no_id(text: str) -> None:
    assert refused_id(text) == "BAD_ID"


def test_another_key_does_not_open() -> None:
    assert refused_id(SEAL.id("Person", "wenzhou", "1"), OTHER) == "BAD_ID"


def test_padding_added_to_an_id_is_another_text() -> None:
    sealed = SEAL.id("Person", "wenzhou", "12")
    assert refused_id(sealed + "=" * (-len(sealed) % 4 or 4)) == "BAD_ID"


def test_a_cursor_opens_for_its_own_list_only() -> None:
    cursor = SEAL.cursor(b"place", "persons a")
    assert SEAL.open_cursor(cursor, "persons a") == b"place"
    with pytest.raises(FixInput) as refusal:
        SEAL.open_cursor(cursor, "persons b")
    assert (refusal.value.code, refusal.value.place) == ("BAD_CURSOR", "after")


def test_a_cursor_is_no_id_and_an_id_no_cursor() -> None:
    assert refused_id(SEAL.cursor(b"x", "id")) == "BAD_ID"
    with pytest.raises(FixInput):
        SEAL.open_cursor(SEAL.id("Person", "wenzhou", "1"), "")


def test_an_empty_cursor_is_possible() -> None:
    assert SEAL.open_cursor(SEAL.cursor(b"", "p"), "p") == b""


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="31 bytes, at least 32"):
        Seal(b"k" * 31)


def test_a_kept_text_opens_for_its_purpose_only_and_a_broken_one_is_nobodys_input() -> None:
    kept = SEAL.text("编号", "subject of TB1")
    assert SEAL.open_text(kept, "subject of TB1") == "编号"
    for seal, text, purpose in (
        (SEAL, kept, "subject of TB2"),
        (SEAL, kept + "A", "subject of TB1"),
        (OTHER, kept, "subject of TB1"),
        (SEAL, SEAL.cursor("编号".encode(), "subject of TB1"), "subject of TB1"),
    ):
        with pytest.raises(AskOperator) as broken:
            seal.open_text(text, purpose)
        assert broken.value.code == "SEAL_BROKEN"
