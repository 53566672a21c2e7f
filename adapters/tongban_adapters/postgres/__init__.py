"""The transport `postgres`: a registry kept in a PostgreSQL database, described by its mapping alone."""

from tongban_adapters.errors import MappingError
from tongban_adapters.mapping import CityConfig
from tongban_adapters.postgres.companion import install_companion
from tongban_adapters.postgres.registry import PostgresRegistry

__all__ = ["PostgresRegistry", "install_companion", "open_postgres"]


def open_postgres(config: CityConfig, url: str) -> PostgresRegistry:
    """Open the registry of a city; connects only when first asked."""
    if config.registry is None:
        raise MappingError(config.url_place.file, 1, "kinds", "the transport postgres needs [kinds.…]")
    return PostgresRegistry(config, config.registry, url)
