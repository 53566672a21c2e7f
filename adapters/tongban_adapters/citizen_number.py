"""The citizen identity number of GB 11643: its normal form, its check character, and what is wrong with a bad one.

The first six digits name the place where the number was first given, nothing more: they never tell the registry,
and a code that is unknown, abolished or younger than the holder is no fault of the number.
"""

import re
from datetime import date
from enum import StrEnum

LENGTH = 18
EARLIEST_BIRTH = date(1900, 1, 1)

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_SHAPE = re.compile(r"[0-9]{17}[0-9X]")
_LEGACY_SHAPE = re.compile(r"[0-9]{15}")
_CENTENARIAN_SEQUENCES = range(996, 1000)
# Full-width forms sit at a constant distance from ASCII; the last two are the Roman ten as one character.
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x2169: "X", 0x2179: "X"}


class NumberFault(StrEnum):
    """What is wrong with a number, in the order in which it is looked for."""

    STRUCTURE = "STRUCTURE"
    CHECKSUM = "CHECKSUM"
    DATE = "DATE"


class NumberInvalid(ValueError):
    """The text is no citizen number; `reason` says why and the message never repeats the text."""

    def __init__(self, reason: NumberFault) -> None:
        super().__init__(f"not a citizen number: {reason}")
        self.reason = reason


def normalise(text: str) -> str:
    """Return the text without blanks, with ASCII digits and an upper-case X; checks nothing."""
    return "".join(text.translate(_NARROW).split()).upper()


def check_character(first17: str) -> str:
    """Return the check character of 17 digits (ISO 7064 MOD 11-2)."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first17, strict=True))
    return _CHECK_CHARACTERS[total % 11]


def check(text: str, today: date) -> str:
    """Return the normal form; raises NumberInvalid, also for a birth after `today` or before 1900."""
    number = normalise(text)
    if not _SHAPE.fullmatch(number):
        raise NumberInvalid(NumberFault.STRUCTURE)
    if check_character(number[:17]) != number[17]:
        raise NumberInvalid(NumberFault.CHECKSUM)
    born = birth_date(number)
    if born is None or not EARLIEST_BIRTH <= born <= today:
        raise NumberInvalid(NumberFault.DATE)
    return number


def birth_date(number: str) -> date | None:
    """Return the date in digits 7–14 of a normal form, or None where a stored number holds an impossible one."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def from_legacy(text: str) -> str:
    """Return the 18-character form of a 15-digit number, for matching old papers only.

    Raises NumberInvalid(STRUCTURE) if there are not 15 digits. Sequences 996–999 marked people born before 1900.
    """
    legacy = normalise(text)
    if not _LEGACY_SHAPE.fullmatch(legacy):
        raise NumberInvalid(NumberFault.STRUCTURE)
    century = "18" if int(legacy[12:]) in _CENTENARIAN_SEQUENCES else "19"
    first17 = legacy[:6] + century + legacy[6:]
    return first17 + check_character(first17)
