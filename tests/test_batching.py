"""How often a registry is asked for one GraphQL query."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace

import pytest

from gateway.province import open_province
from gateway.settings import Settings
from resolvers.province import Province
from schema.build import build_schema
from schema.context import Context
from tests.provinces import D02, OFFICER, visit
from tongban_adapters.contract import Registry
from tongban_adapters.model import (
    Capabilities,
    Criteria,
    Entry,
    EntryId,
    EntryState,
    Found,
    Health,
    Key,
    Kind,
    Page,
    Prepared,
    Receipt,
    Row,
)

HOUSEHOLDS = """{ households(city: "wenzhou", first: 200) { edges { node { number %s } } } }"""


@dataclass
class Counted:
    """A real registry whose reads are noted: kind, how many keys, which fields."""

    inner: Registry
    calls: list[tuple[str, int, tuple[str, ...]]] = field(default_factory=list)

    @property
    def city(self) -> str:
        return self.inner.city

    @property
    def capabilities(self) -> Capabilities:
        return self.inner.capabilities

    async def read(self, kind: Kind, by: Key, keys: Sequence[str], fields: Sequence[str]) -> list[Row]:
        self.calls.append((f"read {kind}", len(keys), tuple(fields)))
        return await self.inner.read(kind, by, keys, fields)

    async def search(self, criteria: Criteria, fields: Sequence[str], page: Page) -> Found:
        self.calls.append((f"search {criteria.kind}", page.first, tuple(fields)))
        return await self.inner.search(criteria, fields, page)

    async def prepare(self, entry: Entry) -> Prepared:
        return await self.inner.prepare(entry)

    async def commit(self, entry_id: EntryId) -> Receipt:
        return await self.inner.commit(entry_id)

    async def cancel(self, entry_id: EntryId) -> None:
        await self.inner.cancel(entry_id)

    async def status(self, entry_id: EntryId) -> EntryState:
        return await self.inner.status(entry_id)

    async def health(self) -> Health:
        return await self.inner.health()

    async def close(self) -> None:
        await self.inner.close()


@pytest.fixture
async def wenzhou(gateway_settings: Settings) -> AsyncIterator[tuple[Province, Counted]]:
    """A province whose Wenzhou is counted."""
    async with open_province(gateway_settings) as province:
        counted = Counted(province.cities["wenzhou"].registry)
        cities = {**province.cities, "wenzhou": replace(province.cities["wenzhou"], registry=counted)}
        yield replace(province, cities=cities), counted


async def run(province: Province, query: str) -> dict[str, object]:
    result = await build_schema().execute(query, context_value=Context(province, visit(province, OFFICER, D02)))
    assert result.errors is None
    assert result.data is not None
    return result.data


async def test_200_households_with_members_are_one_search_and_one_read(wenzhou: tuple[Province, Counted]) -> None:
    province, counted = wenzhou
    data = await run(province, HOUSEHOLDS % "members { name birthDate }")
    edges = data["households"]["edges"]  # type: ignore[index]
    assert [(call, size) for call, size, _ in counted.calls] == [("search household", 200), ("read person", 200)]
    assert len(edges) == 200


async def test_only_the_fields_asked_for_are_read(wenzhou: tuple[Province, Counted]) -> None:
    province, counted = wenzhou
    await run(province, HOUSEHOLDS % "... on Household { kind }")
    assert [fields for _, _, fields in counted.calls] == [("kind", "number", "ref")]


async def test_heads_and_books_of_200_households_are_one_read_each(wenzhou: tuple[Province, Counted]) -> None:
    province, counted = wenzhou
    await run(province, HOUSEHOLDS % "book { issuedOn } members { idCard { state } }")
    assert sorted(call for call, _, _ in counted.calls) == [
        "read book",
        "read id_card",
        "read person",
        "search household",
    ]


async def test_the_same_question_asked_twice_at_once_is_one_read(wenzhou: tuple[Province, Counted]) -> None:
    province, counted = wenzhou
    query = HOUSEHOLDS % ""
    await asyncio.gather(run(province, query), run(province, query))
    assert [call for call, _, _ in counted.calls] == ["search household"]
