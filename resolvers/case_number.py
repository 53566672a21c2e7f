"""The number of a case: `TB`, acceptance day, running number, check digit; nothing in it tells who or what."""

import re
from datetime import date

_FORM = re.compile(r"TB[0-9]{8}[0-9]{6,12}[0-9]", re.ASCII)


def _check_digit(digits: str) -> str:
    """ISO/IEC 7064 MOD 11,10: finds every single wrong digit and nearly every swap."""
    product = 10
    for digit in digits:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)


def case_number(accepted_on: date, sequence: int) -> str:
    """Return the number of the case with this province-wide running number."""
    digits = f"{accepted_on:%Y%m%d}{sequence:06d}"
    return f"TB{digits}{_check_digit(digits)}"


def is_case_number(text: str) -> bool:
    """Tell whether the text can be a case number at all; a mistyped one cannot."""
    return _FORM.fullmatch(text) is not None and _check_digit(text[2:-1]) == text[-1]
