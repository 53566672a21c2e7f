"""A first look at one city's adapter: its mapping, its sign of life, one page of each kind it searches.

The conformance kit with every promise of the manual is a later piece of work; a clean look here is not conformance.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from tongban_adapters.contract import Registry
from tongban_adapters.discovery import open_registry
from tongban_adapters.errors import AdapterError, BrokenRecord
from tongban_adapters.mapping import CityConfig
from tongban_adapters.model import FIELDS, Criteria, Kind, Page

PAGE = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    ok: bool
    text: str

    def __str__(self) -> str:
        return f"{'ok  ' if self.ok else 'FAIL'}  {self.text}"


async def check(config: CityConfig, url: str) -> AsyncGenerator[Finding, None]:
    """Look at the adapter of one city; yields findings and never raises for what the registry does wrong."""
    yield Finding(True, f"mapping: {config.slug}.toml, transport {config.transport}, layout {config.layout}")
    registry = open_registry(config, url)
    try:
        health = await registry.health()
        text = f"answers in {health.elapsed_ms:.0f} ms" if health.ok else f"does not answer: {health.problem}"
        yield Finding(health.ok, f"health: {text}")
        if health.ok:
            capabilities = registry.capabilities
            yield Finding(bool(capabilities.reads), f"reads: {', '.join(sorted(capabilities.reads)) or 'nothing'}")
            writes = ", ".join(sorted(capabilities.writes)) or "nothing"
            yield Finding(True, f"writes: {writes}; can hold an entry: {'yes' if capabilities.prepare else 'no'}")
            for kind in sorted(capabilities.searches):
                yield await _page(registry, kind)
    finally:
        await registry.close()


async def _page(registry: Registry, kind: Kind) -> Finding:
    """Search one page with every canonical field, and count the values that fit nothing."""
    fields = [field.name for field in FIELDS[kind]]
    try:
        found = await registry.search(Criteria(kind), fields, Page(first=PAGE))
    except AdapterError as error:
        return Finding(False, f"{kind}: {type(error).__name__} on the first page")
    except Exception as error:  # an adapter that raises anything else breaks its contract; its text may hold values
        return Finding(False, f"{kind}: raised {type(error).__name__}, which the contract does not allow")
    broken = sorted({cell.field for row in found.rows for cell in row if isinstance(cell, BrokenRecord)})
    if broken:
        return Finding(False, f"{kind}: {len(found.rows)} rows; values that fit nothing in {', '.join(broken)}")
    return Finding(bool(found.rows), f"{kind}: {len(found.rows)} rows on the first page, every value fits")
