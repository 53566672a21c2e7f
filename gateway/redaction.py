"""Finds citizen-number-like text and hides it."""

import re

from tongban_adapters.citizen_number import normalise

# `\d` covers full-width digits too. Boundaries keep a number inside a longer run of digits from matching.
_NUMBER = re.compile(r"(?<!\d)(?:\d{17}[\dXxＸｘ]|\d{15})(?!\d)")
# The way people group a number: 6-8-4, with a blank or a hyphen or nothing between.
_GROUPED = re.compile(r"(?<!\d)\d{6}[ \-]?\d{8}[ \-]?\d{3}[\dXxＸｘ](?!\d)")
# Where graphql-core repeats a value of the client: the tail after a colon, or the text of an unexpected token.
_ECHOED_VALUE = re.compile(r":\s*(?:['\"{\[(<].*|[-+]?\d.*)$", re.DOTALL)
_ECHOED_TOKEN = re.compile(r"\b(String|BlockString|Int|Float|Name) (['\"]).*\2", re.DOTALL)
_LEGACY = re.compile(r"[0-9]{15}")
_LONG_DIGITS = re.compile(r"\d{5,}[Xx]?")
HIDDEN = "(hidden)"


def holds_number(text: str) -> bool:
    """Tell whether the text holds something like an 18-character citizen number, written together or grouped."""
    return _GROUPED.search(text) is not None


def is_like_number(value: str) -> bool:
    """Tell whether one value holds a number in any spelling that would be read as one, or is one of 15 digits."""
    normal = normalise(value)
    return holds_number(value) or holds_number(normal) or _LEGACY.fullmatch(normal) is not None


def redact(text: str) -> str:
    """Hide every 15- or 18-character number-like string; the last line of defence of the log."""
    return _GROUPED.sub(HIDDEN, _NUMBER.sub(HIDDEN, text))


def without_echo(message: str) -> str:
    """Return a message of graphql-core without the client's values, which may be personal data."""
    message = _ECHOED_TOKEN.sub(r"\1", message)
    message = _ECHOED_VALUE.sub(f": {HIDDEN}", message)
    return _LONG_DIGITS.sub(HIDDEN, message)[:500]
