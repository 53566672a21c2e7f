"""Find the transport a city names: one that comes with the SDK, or an entry point of an installed package."""

from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points

from tongban_adapters.contract import Registry
from tongban_adapters.errors import MappingError
from tongban_adapters.mapping import CityConfig
from tongban_adapters.mapping.section import what_fits
from tongban_adapters.postgres import open_postgres

GROUP = "tongban.adapters"
Open = Callable[[CityConfig, str], Registry]

_BUILT_IN: Mapping[str, Open] = {"postgres": open_postgres}


def open_registry(config: CityConfig, url: str) -> Registry:
    """Open the registry behind `config.transport`; raises MappingError where there is no such transport.

    An adapter of a city's own is a callable (config, url) → Registry under the entry point group `tongban.adapters`.
    It is imported only when a city names it, and cannot take the name of a built-in one.
    """
    opener = _BUILT_IN.get(config.transport)
    if opener is None:
        opener = _installed(config, entry_points(group=GROUP))
    return opener(config, url)


def _installed(config: CityConfig, points: Iterable[EntryPoint]) -> Open:
    found = {point.name: point for point in points}
    place = config.transport_place
    point = found.get(config.transport)
    if point is None:
        known = (*_BUILT_IN, *found)
        problem = f"there is no transport {config.transport!r}; {what_fits(config.transport, known)}"
        raise MappingError(place.file, place.line, "transport", problem)
    try:
        opener: Open = point.load()
    except (ImportError, AttributeError) as error:
        problem = f"the adapter {point.value} cannot be loaded: {error}"
        raise MappingError(place.file, place.line, "transport", problem) from error
    return opener
