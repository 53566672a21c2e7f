"""A city's mapping: canonical field ↔ column, declared once in TOML, compiled once at start-up."""

from tongban_adapters.mapping.city import CityConfig, load_city

__all__ = ["CityConfig", "load_city"]
