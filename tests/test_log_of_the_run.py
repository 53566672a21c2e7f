"""What the whole test run printed and logged holds no citizen number; collected last."""

import re
from datetime import date

from tests.conftest import PRINTED
from tongban_adapters.citizen_number import NumberInvalid, check

# Hands numbers to the logger to see them redacted; pytest captures them on the way in.
REDACTION = "tests/test_telemetry.py"
LIKE_A_NUMBER = re.compile(r"(?<![0-9])[0-9]{17}[0-9Xx](?![0-9])")


def numbers_in(text: str) -> int:
    """Count the citizen numbers in a text, by their check character."""
    found = 0
    for match in LIKE_A_NUMBER.findall(text):
        try:
            check(match, date(2100, 1, 1))
        except NumberInvalid:
            continue
        found += 1
    return found


def test_a_number_in_a_log_line_would_be_found() -> None:
    print("a test that prints, so that there is something to look through")
    assert numbers_in('{"event": "asked for 11010519491231002X"}') == 1


def test_no_test_printed_or_logged_a_citizen_number() -> None:
    assert len(PRINTED) > 0
    assert [name for name, text in PRINTED if numbers_in(text) and not name.startswith(REDACTION)] == []
