"""How the transport a city names is found, and what is said when it is not."""

import sys
from pathlib import Path

import pytest

from tests.small_registry import config_of
from tongban_adapters.discovery import open_registry
from tongban_adapters.errors import MappingError
from tongban_adapters.mapping import load_city
from tongban_adapters.postgres import PostgresRegistry

URL = "postgresql://nobody@localhost/none"
CITY = """name_zh = "义乌市"
name_en = "Yiwu"
code = "339900"
transport = "{}"
url = "telegraph://"
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a package of a city's own with two adapters, one of them broken."""
    (tmp_path / "telegraph.py").write_text(
        "def connect(config, url):\n    return (config.slug, url)\n", encoding="utf-8"
    )
    info = tmp_path / "telegraph-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: telegraph\nVersion: 1.0\n", encoding="utf-8")
    points = (
        "[tongban.adapters]\ntelegraph = telegraph:connect\nbroken = telegraph_2:connect\npostgres = telegraph:no\n"
    )
    (info / "entry_points.txt").write_text(points, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "telegraph", raising=False)
    return tmp_path


def city(folder: Path, transport: str) -> Path:
    path = folder / "yiwu.toml"
    path.write_text(CITY.format(transport), encoding="utf-8")
    return path


async def test_the_built_in_transport_opens_without_connecting() -> None:
    registry = open_registry(config_of("legacy"), URL)
    assert isinstance(registry, PostgresRegistry)
    assert registry.city == "wenzhou"
    await registry.close()


def test_an_installed_adapter_is_found_by_the_name_in_the_file(installed: Path) -> None:
    assert "telegraph" not in sys.modules
    opened: object = open_registry(load_city(city(installed, "telegraph")), "telegraph://")
    assert opened == ("yiwu", "telegraph://")


async def test_an_installed_adapter_cannot_take_a_built_in_name(installed: Path) -> None:
    registry = open_registry(config_of("modern"), URL)
    assert isinstance(registry, PostgresRegistry)
    await registry.close()


def test_a_transport_nobody_has_is_named_with_what_would_fit(installed: Path) -> None:
    with pytest.raises(MappingError) as caught:
        open_registry(load_city(city(installed, "telegraf")), "telegraph://")
    assert str(caught.value) == (
        "yiwu.toml:4: transport: there is no transport 'telegraf'; did you mean telegraph? "
        "known: broken, postgres, telegraph"
    )


def test_an_adapter_that_cannot_be_loaded_says_which_and_why(installed: Path) -> None:
    with pytest.raises(MappingError, match=r"yiwu\.toml:4: transport: the adapter telegraph_2:connect cannot be load"):
        open_registry(load_city(city(installed, "broken")), "telegraph://")
