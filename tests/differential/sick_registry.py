"""A registry that is asked through here is noted, and is as sick and as spoiled as the situation says."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from hashlib import blake2b
from types import MappingProxyType

from tests.differential.situations import Ailment, Spoiled
from tests.hostile import HostileRegistry
from tongban_adapters.contract import Registry
from tongban_adapters.errors import BrokenRecord, Refused, Unavailable, UnknownOutcome, Unsupported
from tongban_adapters.model import FIELDS, ORDER, Capabilities, Cell, Criteria, Found, Key, Kind, Page, Row, Shape
from tongban_adapters.vocabulary import RefusalCode

# One question: what was asked of which city, in full.
Asked = tuple[object, ...]

_TEXTS = ("", " ", '"', "\\", "a\tb\nc", "\x7f\x1f", "\u2028\u2029", "𣲗·😀", "</script>", "null", "0", "x" * 300)
_INTEGERS = (0, -1, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**53 + 1)
_DATES = (date.min, date.max, date(2000, 2, 29), date(999, 1, 1))
_KINDS: Mapping[Kind, Mapping[str, Shape]] = MappingProxyType(
    {kind: {field.name: field.shape for field in fields} for kind, fields in FIELDS.items()}
)


class SickRegistry(HostileRegistry):
    """Stands before another registry. `questions` lists every read and search that arrived."""

    def __init__(self, inner: Registry, ailment: Ailment | None, spoiled: Spoiled | None) -> None:
        # Nothing of what a registry in memory is made of is needed; eleven of these are made for every run.
        self.city = inner.city
        self.capabilities: Capabilities = inner.capabilities
        self.questions: list[Asked] = []
        self._inner = inner
        self._ailment = ailment
        self._spoiled = spoiled

    async def read(self, kind: Kind, by: Key, keys: Sequence[str], fields: Sequence[str]) -> list[Row]:
        """See `Registry.read`. Every key is noted by itself: in which batch it travels is free."""
        self.questions += [(self.city, "read", kind, by, key, tuple(fields)) for key in keys]
        self._suffer()
        if self._spoiled is None:
            return await self._inner.read(kind, by, keys, fields)
        rows = await self._inner.read(kind, by, keys, (*fields, "ref"))
        return list(self._spoil(kind, rows, fields, {"ref", by.value}))

    async def search(self, criteria: Criteria, fields: Sequence[str], page: Page) -> Found:
        """See `Registry.search`."""
        self.questions.append((self.city, "search", criteria, tuple(fields), page))
        self._suffer()
        if self._spoiled is None:
            return await self._inner.search(criteria, fields, page)
        found = await self._inner.search(criteria, (*fields, "ref"), page)
        safe = {"ref", ORDER[criteria.kind]}
        return Found(list(self._spoil(criteria.kind, found.rows, fields, safe)), found.more, found.total)

    def _suffer(self) -> None:
        city = self.city
        match self._ailment:
            case Ailment.UNAVAILABLE:
                raise Unavailable(city, "down")
            case Ailment.NO_ANSWER:
                raise UnknownOutcome(city, "nothing came back")
            case Ailment.REFUSES:
                raise Refused(city, RefusalCode.RECORD_LOCKED, "no")
            case Ailment.UNSUPPORTED:
                raise Unsupported(city, "not here")
            case Ailment.FAULTY:
                raise ValueError(city)
            case _:
                return

    def _spoil(self, kind: Kind, rows: Sequence[Row], fields: Sequence[str], safe: set[str]) -> Iterator[Row]:
        spoiled = self._spoiled
        assert spoiled is not None
        spared = set() if spoiled.places else safe
        for row in rows:
            ref = str(row[-1])
            yield tuple(
                cell if field in spared else self._cell(spoiled, kind, ref, field, cell)
                for field, cell in zip(fields, row, strict=False)
            )

    def _cell(self, spoiled: Spoiled, kind: Kind, ref: str, field: str, cell: Cell) -> Cell:
        """Return the same cell for the same record and field, whatever it is read with."""
        name = f"{spoiled.seed} {self.city} {kind} {ref} {field}".encode()
        chance = int.from_bytes(blake2b(name, digest_size=8).digest())
        shape = _KINDS[kind].get(field, Shape.TEXT)
        # Where null is not allowed, and where a number may be too big, there are few cells: they are hit more often.
        often = 20 if shape is Shape.INTEGER else 6 if field == "version" else 1
        if chance % 1000 >= spoiled.rate * often:
            return cell
        pick = chance // 1000
        match spoiled.by if spoiled.by != "mixed" else ("nothing", "broken", "strange")[pick % 3]:
            case "nothing":
                return None
            case "broken":
                return BrokenRecord(self.city, ref, field, "spoiled on purpose")
            case _:
                return _strange(shape, pick // 3)


def _strange(shape: Shape, pick: int) -> Cell:
    """Return a value at the edge of the shape; now and then one of another shape, which breaks the contract."""
    if pick % 7 == 0:
        return (True, 5, "2021-02-30", date(2021, 2, 3), "NORMAL")[pick // 7 % 5]
    match shape:
        case Shape.INTEGER:
            return _INTEGERS[pick % len(_INTEGERS)]
        case Shape.DATE:
            return _DATES[pick % len(_DATES)]
        case _:
            return _TEXTS[pick % len(_TEXTS)]
