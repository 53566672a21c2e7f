"""Load one city's file into the frozen configuration everything else works with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tongban_adapters.errors import MappingError
from tongban_adapters.mapping.document import Place, read_document
from tongban_adapters.mapping.kinds import compile_registry
from tongban_adapters.mapping.records import RegistryMap
from tongban_adapters.mapping.section import Section

_SLUG = re.compile(r"[a-z][a-z0-9_]*")
_CITY_CODE = re.compile(r"[0-9]{4}00")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_CITY_KEYS = (
    "name_zh",
    "name_en",
    "code",
    "transport",
    "extends",
    "url",
    "patience_ms",
    "max_connections",
    "queue",
    "max_keys",
    "options",
)
_REGISTRY_KEYS = ("layout", "kinds", "journal", "acts")


@dataclass(frozen=True, slots=True)
class CityConfig:
    """One city as its file describes it.

    `patience_ms`: how long the gateway waits for one answer. `queue`: how many calls may wait for a free connection.
    `registry` is None for a transport of the city's own that needs no mapping; `options` are for such a transport.
    """

    slug: str
    code: str
    name_zh: str
    name_en: str
    transport: str
    transport_place: Place
    url_template: str
    url_place: Place
    patience_ms: int
    max_connections: int
    queue: int
    max_keys: int
    layout: str
    registry: RegistryMap | None
    options: Mapping[str, object]

    def url(self, variables: Mapping[str, str]) -> str:
        """Return the connection URL with every ${NAME} filled in; raises MappingError where a variable is not set."""

        def fill(match: re.Match[str]) -> str:
            if match[1] not in variables:
                raise MappingError(
                    self.url_place.file, self.url_place.line, "url", f"the variable {match[1]} is not set"
                )
            return variables[match[1]]

        return _VARIABLE.sub(fill, self.url_template)


def load_city(path: Path) -> CityConfig:
    """Read, check and compile `cities/SLUG.toml`; raises MappingError naming file, line, key and what would fit."""
    document = read_document(path)
    root = Section(document, (), document.values)
    root.only((*_CITY_KEYS, *_REGISTRY_KEYS))
    if not _SLUG.fullmatch(path.stem):
        root.fail("", "the file's name is the city's slug: small letters, digits and _")
    code = root.text("code")
    if not _CITY_CODE.fullmatch(code):
        root.fail("code", f"{code!r} is no code of a city (GB/T 2260): six digits, the last two 00")
    transport = root.text("transport")
    mapped = transport == "postgres" or "kinds" in root.values
    return CityConfig(
        slug=path.stem,
        code=code,
        name_zh=root.text("name_zh"),
        name_en=root.text("name_en"),
        transport=transport,
        transport_place=document.place(("transport",)),
        url_template=root.text("url"),
        url_place=document.place(("url",)),
        patience_ms=root.number("patience_ms", 2000),
        max_connections=root.number("max_connections", 8),
        queue=root.number("queue", 64),
        max_keys=root.number("max_keys", 2000),
        layout=root.text("layout", "own"),
        registry=compile_registry(root) if mapped else None,
        options=MappingProxyType(dict(root.section("options").values)),
    )
