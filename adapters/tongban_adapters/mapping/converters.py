"""Convert between what a registry stores in a column and the canonical value, in both directions."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from functools import lru_cache

from tongban_adapters import citizen_number
from tongban_adapters.codes import CodeList
from tongban_adapters.model import FOREVER, Value

# What a driver takes and gives for one column.
Raw = str | int | date | datetime | None

CHINA = timezone(timedelta(hours=8))
_LEGACY_LENGTH = 15
_CITIZEN_NUMBER = re.compile(r"[0-9]{17}[0-9X]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_BIGINT = 2**63


class DoesNotFit(ValueError):
    """The value fits nothing on the other side. Says why, never what the value was."""


@dataclass(frozen=True, slots=True)
class Converter:
    """One way to read and write a column.

    decode: raw → canonical, raises DoesNotFit; None where the driver's value is the canonical one.
    encode: canonical → the raw value to write, raises DoesNotFit.
    candidates: canonical → every raw value that means it (None: the column is null), for `=`; [] where nothing can.
    ordered: raw values sort like the canonical ones, so ranges may be asked. prefixed: also prefixes.
    least: the smallest raw value that is a value, where smaller ones stand for nothing.
    select: how the column is written in a SELECT list.
    """

    name: str
    decode: Callable[[Raw], Value] | None
    encode: Callable[[Value], Raw]
    candidates: Callable[[Value], list[Raw]]
    ordered: bool = False
    prefixed: bool = False
    least: Raw = None
    select: str = "{}"

    def read(self, raw: Raw) -> Value:
        """Return the canonical value of one raw value; raises DoesNotFit."""
        return self.decode(raw) if self.decode else _plain(raw)


def _plain(raw: Raw) -> Value:
    return raw


def _converter(
    name: str,
    decode: Callable[[Raw], Value] | None,
    encode: Callable[[Value], Raw],
    candidates: Callable[[Value], list[Raw]] | None = None,
    *,
    ordered: bool = False,
    prefixed: bool = False,
) -> Converter:
    def exactly(value: Value) -> list[Raw]:
        try:
            return [encode(value)]
        except DoesNotFit:
            return []

    return Converter(name, decode, encode, candidates or exactly, ordered, prefixed)


def _text(value: Value) -> Raw:
    if value is None:
        return None
    if not isinstance(value, str) or "\x00" in value or _SURROGATE.search(value):
        raise DoesNotFit("is no text a database can hold")
    return value


def _trimmed(raw: Raw) -> Value:
    if raw is None or isinstance(raw, str):
        return (raw.strip() or None) if raw else None
    raise DoesNotFit("is no text")


def _whole_number(value: Value) -> Raw:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise DoesNotFit("is no whole number")
    return value


def _id(value: Value) -> Raw:
    if value is None:
        return None
    if not isinstance(value, str) or not value.isascii() or not value.isdigit() or int(value) >= _BIGINT:
        raise DoesNotFit("is no id of this registry")
    return int(value)


def _date(value: Value) -> Raw:
    if value is not None and not isinstance(value, date):
        raise DoesNotFit("is no date")
    return value


def _date8(value: Value) -> Raw:
    if value is None:
        return None
    if not isinstance(value, date):
        raise DoesNotFit("is no date")
    return f"{value.year:04}{value.month:02}{value.day:02}"


def _read_date8(raw: Raw) -> Value:
    if raw is None:
        return None
    if not isinstance(raw, str):
        raise DoesNotFit("is no text of eight digits")
    return _day_of(raw)


# A century of days is 36,525 of them.
@lru_cache(maxsize=65_536)
def _day_of(raw: str) -> Value:
    text = raw.strip()
    if not text:
        return None
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        raise DoesNotFit("is no date of eight digits")
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise DoesNotFit("is a date that does not exist") from None


def _read_citizen_number(raw: Raw) -> Value:
    if raw is None:
        return None
    if not isinstance(raw, str):
        raise DoesNotFit("is no citizen number")
    if _CITIZEN_NUMBER.fullmatch(raw):
        return raw
    number = citizen_number.normalise(raw)
    if len(number) == _LEGACY_LENGTH and number.isascii() and number.isdigit():
        return citizen_number.from_legacy(number)
    if not number:
        return None
    if not _CITIZEN_NUMBER.fullmatch(number):
        raise DoesNotFit("is no citizen number")
    return number


def _citizen_number_forms(value: Value) -> list[Raw]:
    if not isinstance(value, str) or not _CITIZEN_NUMBER.fullmatch(value):
        return []
    return [value, value.lower()] if value.endswith("X") else [value]


def _read_digits(length: int) -> Callable[[Raw], Value]:
    def decode(raw: Raw) -> Value:
        if raw is None:
            return None
        if isinstance(raw, str):
            text = raw if len(raw) == length else raw.strip()
            if not text:
                return None
            if len(text) == length and text.isascii() and text.isdigit():
                return text
        raise DoesNotFit(f"is no code of {length} digits")

    return decode


_UNIT9_TAIL = "000"


def _read_unit9(raw: Raw) -> Value:
    code = _read_digits(9)(raw)
    return f"{code}{_UNIT9_TAIL}" if code else None


def _unit9(value: Value) -> Raw:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) != 12 or not value.endswith(_UNIT9_TAIL):
        raise DoesNotFit("has no code of 9 digits")
    return value[:9]


def _time14(value: date) -> Raw:
    return value.astimezone(CHINA).strftime("%Y%m%d%H%M%S") if isinstance(value, datetime) else f"{_date8(value)}000000"


def _day(value: date) -> date:
    return value.astimezone(CHINA).date() if isinstance(value, datetime) else value


# The converters a mapping names with `as`; a field of shape CODE gets its own from `codes`.
CONVERTERS: Mapping[str, Converter] = {
    "text": _converter("text", None, _text, ordered=True, prefixed=True),
    "trimmed": _converter("trimmed", _trimmed, _text),
    "integer": _converter("integer", None, _whole_number, ordered=True),
    "id": replace(_converter("id", None, _id), select="{}::text"),
    "date": _converter("date", None, _date, ordered=True),
    "date8": replace(_converter("date8", _read_date8, _date8, ordered=True), least="00010101"),
    "citizen_number": _converter(
        "citizen_number", _read_citizen_number, _text, _citizen_number_forms, ordered=True, prefixed=True
    ),
    "division": _converter("division", _read_digits(6), _text, ordered=True, prefixed=True),
    "township": _converter("township", _read_digits(9), _text, ordered=True, prefixed=True),
    "unit": _converter("unit", _read_digits(12), _text, ordered=True, prefixed=True),
    "unit9": _converter("unit9", _read_unit9, _unit9),
}

# The forms of a time in the registry's own columns (journal, version rows): from a day or an aware moment.
TIMES: Mapping[str, Callable[[date], Raw]] = {
    "time14": _time14,
    "timestamp": lambda value: value,
    "date8": lambda value: _date8(_day(value)),
    "date": _day,
}


def prefixed(converter: Converter, prefix: str) -> Converter:
    """Return a converter whose canonical text is `prefix` before the raw one; tells refs of several tables apart."""

    def decode(raw: Raw) -> Value:
        value = converter.read(raw)
        return None if value is None else f"{prefix}{value}"

    def encode(value: Value) -> Raw:
        if not isinstance(value, str) or not value.startswith(prefix):
            raise DoesNotFit("is no id of this table")
        return converter.encode(value[len(prefix) :])

    return replace(_converter(converter.name, decode, encode), select=converter.select)


def open_ended(converter: Converter, words: Iterable[str], *, null_is_forever: bool) -> Converter:
    """Return a date converter where any of `words`, and null if said so, stands for FOREVER; the first is written."""
    forever: list[Raw] = [*words]
    if null_is_forever:
        forever.append(None)

    def decode(raw: Raw) -> Value:
        text = raw.strip() if isinstance(raw, str) else raw
        return FOREVER if (text or None) in forever else converter.read(raw)

    def encode(value: Value) -> Raw:
        return forever[0] if value == FOREVER else converter.encode(value)

    def candidates(value: Value) -> list[Raw]:
        return forever if value == FOREVER else converter.candidates(value)

    return Converter(converter.name, decode, encode, candidates)


class _Meanings(dict[Raw, StrEnum | None]):
    """Raw code → value; blanks around a code are not part of it, and a blank code is a null."""

    def __missing__(self, raw: Raw) -> StrEnum | None:
        text = raw.strip() if isinstance(raw, str) else raw
        if text == "":
            return self[None]
        if text == raw or text not in self:
            raise DoesNotFit("is a code that is not in the list")
        return self[text]


def coded(codes: CodeList, prefix: str, missing: StrEnum | None) -> Converter:
    """Return the converter of a code list; `prefix` stands before every code, null and blank mean `missing`."""
    meanings = _Meanings({prefix + code: value for code, value in codes.meaning.items()})
    meanings[None] = missing

    def encode(value: Value) -> Raw:
        if value is None:
            return None
        member = codes.values.__members__.get(value) if isinstance(value, str) else None
        code = codes.written(member) if member else None
        if code is None and (member is None or member is not missing):
            raise DoesNotFit(f"has no code in {codes.name}")
        return None if code is None else prefix + code

    def candidates(value: Value) -> list[Raw]:
        member = codes.values.__members__.get(value) if isinstance(value, str) else None
        if member is None:
            return []
        found: list[Raw] = [prefix + code for code in codes.raw.get(member, ())]
        return [*found, "", None] if member is missing else found

    return Converter(codes.name, meanings.__getitem__, encode, candidates)
