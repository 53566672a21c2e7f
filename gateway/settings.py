"""Reads the settings of a gateway: the home's settings.toml, then the environment, then cities/*.toml."""

import base64
import binascii
import json
import os
import re
import stat
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from gateway.private_files import write_private
from tongban_adapters.errors import MappingError
from tongban_adapters.mapping import CityConfig, load_city

CHECKOUT = Path(__file__).resolve().parent.parent
SETTINGS_FILE = "settings.toml"
DEFAULT_HOST, DEFAULT_PORT, DEFAULT_DEADLINE_S, DEFAULT_AUDIENCE = "127.0.0.1", 8000, 10.0, "tongban"
LOCATOR_KEY_BYTES, SEAL_KEY_BYTES = 32, 64
_KNOWN = {
    "server": {"host", "port", "deadline_s"},
    "ledger": {"url"},
    "keys": {"locator", "seal"},
    "tokens": {"audience", "issuers"},
    "cities": None,
}


class SettingsError(Exception):
    """A setting is missing or wrong; the text is one line: the place, the key, and what would fit."""

    def __init__(self, place: str, key: str, problem: str) -> None:
        super().__init__(f"{place}: {key}: {problem}")


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


@dataclass(frozen=True, slots=True)
class HomeSettings:
    """What the demo writes into a home; `city_urls` by slug, keys as bytes."""

    port: int
    ledger_url: str = field(repr=False)
    city_urls: Mapping[str, str] = field(repr=False)
    locator_key: bytes = field(repr=False)
    seal_key: bytes = field(repr=False)
    issuers: Sequence[IssuerSettings] = ()
    host: str = DEFAULT_HOST


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
    home = home_of(environ)
    source = _Source(environ, *_read_file(home / SETTINGS_FILE))
    if not source.sections and not environ.get("TONGBAN_DATABASE_URL"):
        raise SettingsError(source.place, "file", "is missing; `python3 run.py demo` makes it")
    return Settings(
        home=home,
        host=source.text("server.host", "TONGBAN_HOST", DEFAULT_HOST),
        port=_port(source.value("server.port", "TONGBAN_PORT", DEFAULT_PORT)),
        deadline_s=_seconds(source.value("server.deadline_s", "TONGBAN_DEADLINE_S", DEFAULT_DEADLINE_S)),
        audience=source.text("tokens.audience", "TONGBAN_AUDIENCE", DEFAULT_AUDIENCE),
        issuers=_issuers(source, home),
        cities=_cities(source, cities),
        ledger_url=_postgres_url(source.value("ledger.url", "TONGBAN_DATABASE_URL")),
        locator_key=_key(source.value("keys.locator", "TONGBAN_LOCATOR_KEY"), LOCATOR_KEY_BYTES),
        seal_key=_key(source.value("keys.seal", "TONGBAN_SEAL_KEY"), SEAL_KEY_BYTES),
    )


def write_settings(home: Path, settings: HomeSettings) -> Path:
    """Write settings.toml (0600) so that `load` finds it; returns its path. Raises OSError."""
    lines = ["# Written by `tongban demo`. Holds keys and passwords: keep it readable by its owner only."]
    lines += ["[server]", f"host = {_quoted(settings.host)}", f"port = {settings.port}"]
    lines += ["[ledger]", f"url = {_quoted(settings.ledger_url)}"]
    lines += ["[keys]", f"locator = {_encoded(settings.locator_key)}", f"seal = {_encoded(settings.seal_key)}"]
    lines += ["[tokens]", f"audience = {_quoted(DEFAULT_AUDIENCE)}"]
    for issuer in settings.issuers:
        lines += ["[[tokens.issuers]]", f"name = {_quoted(issuer.name)}", f"keys = {_quoted(str(issuer.keys))}"]
    lines += ["[cities]", *(f"{slug} = {_quoted(url)}" for slug, url in settings.city_urls.items())]
    path = home / SETTINGS_FILE
    write_private(path, "\n".join(lines) + "\n")
    return path


@dataclass(frozen=True, slots=True)
class _Found:
    """A value with the place and key it came from."""

    value: object
    place: str
    key: str

    def wrong(self, fits: str) -> SettingsError:
        return SettingsError(self.place, self.key, f"does not fit; {fits} would")


@dataclass(frozen=True, slots=True)
class _Source:
    """The environment over the file."""

    environ: Mapping[str, str]
    place: str
    sections: Mapping[str, Mapping[str, object]]

    def value(self, key: str, variable: str, default: object = None) -> _Found:
        if self.environ.get(variable):
            return _Found(self.environ[variable], "environment", variable)
        section, _, name = key.partition(".")
        value = self.sections.get(section, {}).get(name, default)
        if value is None:
            raise SettingsError(self.place, key, f"is missing; write it there or set {variable}")
        return _Found(value, self.place, key)

    def text(self, key: str, variable: str, default: str) -> str:
        found = self.value(key, variable, default)
        if not isinstance(found.value, str) or not found.value:
            raise found.wrong("a text")
        return found.value


def _read_file(path: Path) -> tuple[str, Mapping[str, Mapping[str, object]]]:
    """Return the file's name and its sections; a home without the file has none (the environment may hold all)."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise SettingsError(str(path), "mode", f"others may read it ({mode:04o}); 0600 would fit (chmod 600)")
        sections = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return str(path), {}
    except OSError as error:
        raise SettingsError(str(path), "file", f"cannot be read: {error.strerror}") from None
    except ValueError as error:
        # The parser's text names line and column only; a UnicodeDecodeError's could repeat bytes.
        text = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "not UTF-8"
        raise SettingsError(str(path), "file", f"is not TOML: {text}") from None
    for section, members in sections.items():
        _check_names(str(path), section, members)
    return str(path), sections


def _check_names(place: str, section: str, members: object) -> None:
    if section not in _KNOWN:
        raise SettingsError(place, section, f"is no section; one of {', '.join(_KNOWN)} would fit")
    if not isinstance(members, dict):
        raise SettingsError(place, section, "must be a section")
    known = _KNOWN[section]
    for name in members:
        if known is not None and name not in known:
            raise SettingsError(
                place, f"{section}.{name}", f"is not known; one of {', '.join(sorted(known))} would fit"
            )


def _issuers(source: _Source, home: Path) -> tuple[IssuerSettings, ...]:
    if source.environ.get("TONGBAN_ISSUER"):
        keys = source.value("tokens.issuers", "TONGBAN_ISSUER_KEYS")
        return (IssuerSettings(source.environ["TONGBAN_ISSUER"], home / str(keys.value)),)
    listed = source.sections.get("tokens", {}).get("issuers", [])
    wrong = SettingsError(source.place, "tokens.issuers", "each needs `name` and `keys` (a JWK set file)")
    if not isinstance(listed, list):
        raise wrong
    issuers = []
    for entry in listed:
        if not isinstance(entry, dict) or not all(isinstance(entry.get(name), str) for name in ("name", "keys")):
            raise wrong
        issuers.append(IssuerSettings(entry["name"], home / entry["keys"]))
    return tuple(issuers)


def _cities(source: _Source, folder: Path) -> tuple[CitySettings, ...]:
    configs = [load_city(path) for path in sorted(folder.glob("*.toml"))]
    if not configs:
        raise SettingsError(str(folder), "*.toml", "no city is described there")
    known = {config.slug for config in configs}
    for slug in source.sections.get("cities", {}):
        if slug not in known:
            raise SettingsError(
                source.place, f"cities.{slug}", f"is no city; one of {', '.join(sorted(known))} would fit"
            )
    return tuple(CitySettings(config, _city_url(source, config)) for config in configs)


def _city_url(source: _Source, config: CityConfig) -> str:
    """Fill the template of the city's file from the environment, else from the home's `[cities]`."""
    own = f"TONGBAN_CITY_{config.slug.upper()}_URL"
    values = {name: value for name, value in source.environ.items() if value}
    if isinstance(url := source.sections.get("cities", {}).get(config.slug), str):
        values.setdefault(own, url)
    try:
        return config.url(values)
    except MappingError as error:
        raise SettingsError(
            source.place, f"cities.{config.slug}", f"{error.problem}; set it, or write this key"
        ) from None


def _port(found: _Found) -> int:
    text = str(found.value)
    if isinstance(found.value, bool) or not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise found.wrong("a whole number from 1 to 65535")
    return int(text)


def _seconds(found: _Found) -> float:
    try:
        seconds = float(str(found.value))
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 120:
        raise found.wrong("a number of seconds from 0.1 to 120")
    return seconds


def _postgres_url(found: _Found) -> str:
    parts = urlsplit(found.value) if isinstance(found.value, str) else urlsplit("")
    if parts.scheme not in {"postgresql", "postgres"}:
        raise found.wrong("postgresql://user:password@host/database")
    return str(found.value)


def _key(found: _Found, size: int) -> bytes:
    try:
        key = base64.b64decode(str(found.value), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != size:
        raise found.wrong(f"{size} bytes in base64")
    return key


def _quoted(text: str) -> str:
    return json.dumps(text)  # a JSON string is a TOML basic string


def _encoded(key: bytes) -> str:
    return _quoted(base64.b64encode(key).decode("ascii"))
