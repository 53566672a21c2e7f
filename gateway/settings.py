"""Reads the settings of a gateway: the home's settings.toml, then the environment, then cities/*.toml."""

import base64
import binascii
import json
import os
import stat
import string
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tongban_adapters.mapping import CityConfig, load_city

CHECKOUT = Path(__file__).resolve().parent.parent
SETTINGS_FILE = "settings.toml"
DEFAULT_PORT = 8000
LOCATOR_KEY_BYTES = 32
SEAL_KEY_BYTES = 64


class SettingsError(Exception):
    """A setting is missing or wrong; the text is one line that names the key, its place and what would fit."""


@dataclass(frozen=True, slots=True)
class CitySettings:
    """One city: its mapping and the address of its registry (hidden from repr: it holds a password)."""

    config: CityConfig
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class IssuerSettings:
    """Who may sign tokens: the `iss` claim, and the JWK set file with the public keys."""

    name: str
    keys: Path


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a gateway process is told. Keys and addresses are hidden from repr."""

    home: Path
    host: str
    port: int
    deadline_s: float
    audience: str
    issuers: tuple[IssuerSettings, ...]
    cities: tuple[CitySettings, ...]
    ledger_url: str = field(repr=False)
    locator_key: bytes = field(repr=False)
    seal_key: bytes = field(repr=False)


def environment() -> Mapping[str, str]:
    """Return the environment of this process."""
    return os.environ


def home_of(environ: Mapping[str, str]) -> Path:
    """Return the data folder: TONGBAN_HOME, else `.tongban` in the checkout."""
    return Path(environ.get("TONGBAN_HOME") or CHECKOUT / ".tongban").expanduser().absolute()


def load(environ: Mapping[str, str], cities: Path = CHECKOUT / "cities") -> Settings:
    """Read settings.toml of the home, let the environment override it, and load every city of `cities`.

    Raises SettingsError, or the MappingError of a city's file.
    """
    raise NotImplementedError
