"""What a gateway reads from its home, the environment and the cities' files, and how it complains."""

import base64
import stat
from pathlib import Path

import pytest

from gateway.settings import CHECKOUT, HomeSettings, IssuerSettings, SettingsError, home_of, load, write_settings

LOCATOR_KEY, SEAL_KEY = bytes(range(32)), bytes(range(64))
SLUGS = [
    "hangzhou",
    "huzhou",
    "jiaxing",
    "jinhua",
    "lishui",
    "ningbo",
    "quzhou",
    "shaoxing",
    "taizhou",
    "wenzhou",
    "zhoushan",
]
LEDGER = "postgresql://ledger:p%40ss@127.0.0.1:5432/ledger"
SECRETS = ("p%40ss", "secret", base64.b64encode(LOCATOR_KEY).decode(), base64.b64encode(SEAL_KEY).decode())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home as the demo leaves it."""
    urls = {slug: f"postgresql://{slug}:secret@127.0.0.1:5432/{slug}" for slug in SLUGS}
    issuers = (IssuerSettings("tongban-demo", tmp_path / "issuer.jwks.json"),)
    write_settings(tmp_path, HomeSettings(8123, LEDGER, urls, LOCATOR_KEY, SEAL_KEY, issuers))
    return tmp_path


def environ(home: Path, **more: str) -> dict[str, str]:
    return {"TONGBAN_HOME": str(home), **more}


def complaint(home: Path, **more: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(environ(home, **more))
    text = str(caught.value)
    assert "\n" not in text
    assert not [secret for secret in SECRETS if secret in text]
    return text


def replace(home: Path, old: str, new: str) -> None:
    path = home / "settings.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_what_the_demo_writes_is_what_is_loaded(home: Path) -> None:
    settings = load(environ(home))
    assert (settings.home, settings.host, settings.port) == (home, "127.0.0.1", 8123)
    assert (settings.ledger_url, settings.locator_key, settings.seal_key) == (LEDGER, LOCATOR_KEY, SEAL_KEY)
    assert settings.issuers == (IssuerSettings("tongban-demo", home / "issuer.jwks.json"),)
    assert (settings.audience, settings.deadline_s) == ("tongban", 10.0)
    assert [city.config.slug for city in settings.cities] == SLUGS
    assert settings.cities[9].url == "postgresql://wenzhou:secret@127.0.0.1:5432/wenzhou"
    assert settings.cities[9].config.code == "330300"


def test_settings_are_for_the_owner_only(home: Path) -> None:
    assert stat.S_IMODE((home / "settings.toml").stat().st_mode) == 0o600
    (home / "settings.toml").chmod(0o640)
    assert complaint(home).endswith("mode: others may read it (0640); 0600 would fit (chmod 600)")


def test_keys_and_passwords_are_not_in_the_repr(home: Path) -> None:
    shown = repr(load(environ(home)))
    assert "wenzhou" in shown
    assert not [secret for secret in SECRETS if secret in shown]
    assert repr(LOCATOR_KEY) not in shown


def test_the_environment_wins(home: Path) -> None:
    settings = load(
        environ(
            home,
            TONGBAN_HOST="0.0.0.0",  # noqa: S104
            TONGBAN_PORT="9000",
            TONGBAN_DATABASE_URL="postgres://elsewhere/ledger",
            TONGBAN_CITY_WENZHOU_URL="postgresql://elsewhere/wenzhou",
            TONGBAN_SEAL_KEY=base64.b64encode(bytes(64)).decode(),
            TONGBAN_DEADLINE_S="2.5",
            TONGBAN_ISSUER="city-login",
            TONGBAN_ISSUER_KEYS="/etc/keys.json",
        )
    )
    assert (settings.host, settings.port) == ("0.0.0.0", 9000)  # noqa: S104
    assert settings.ledger_url == "postgres://elsewhere/ledger"
    assert [city.url for city in settings.cities if "elsewhere" in city.url] == ["postgresql://elsewhere/wenzhou"]
    assert (settings.seal_key, settings.deadline_s) == (bytes(64), 2.5)
    assert settings.issuers == (IssuerSettings("city-login", Path("/etc/keys.json")),)


def test_an_empty_variable_is_as_good_as_none(home: Path) -> None:
    assert load(environ(home, TONGBAN_PORT="")).port == 8123


def test_the_home_is_the_checkouts_unless_told() -> None:
    assert home_of({}) == CHECKOUT / ".tongban"
    assert home_of({"TONGBAN_HOME": "/somewhere else"}) == Path("/somewhere else")


@pytest.mark.parametrize(
    ("variable", "value", "fits"),
    [
        ("TONGBAN_PORT", "http", "a whole number from 1 to 65535"),
        ("TONGBAN_PORT", "65536", "a whole number from 1 to 65535"),
        ("TONGBAN_PORT", "0", "a whole number from 1 to 65535"),
        ("TONGBAN_DEADLINE_S", "nan", "a number of seconds from 0.1 to 120"),
        ("TONGBAN_DEADLINE_S", "0", "a number of seconds from 0.1 to 120"),
        ("TONGBAN_DATABASE_URL", "mysql://secret", "postgresql://user:password@host/database"),
        ("TONGBAN_LOCATOR_KEY", "secret", "32 bytes in base64"),
        ("TONGBAN_SEAL_KEY", base64.b64encode(LOCATOR_KEY).decode(), "64 bytes in base64"),
    ],
)
def test_a_variable_that_does_not_fit(home: Path, variable: str, value: str, fits: str) -> None:
    assert complaint(home, **{variable: value}) == f"environment: {variable}: does not fit; {fits} would"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("port = 8123", "port = true", "server.port: does not fit; a whole number from 1 to 65535 would"),
        ("port = 8123", "prot = 8123", "server.prot: is not known; one of deadline_s, host, port would fit"),
        ('host = "127.0.0.1"', "host = 5", "server.host: does not fit; a text would"),
        ("[ledger]", "[leger]", "leger: is no section; one of server, ledger, keys, tokens, cities would fit"),
        ("locator = ", "locator = 1 #", "keys.locator: does not fit; 32 bytes in base64 would"),
        ("hangzhou = ", "hangchow = ", f"cities.hangchow: is no city; one of {', '.join(SLUGS)} would fit"),
        ('name = "tongban-demo"', "name = 1", "tokens.issuers: each needs `name` and `keys` (a JWK set file)"),
        (
            f'url = "{LEDGER}"',
            "",
            "ledger.url: is missing; write it there or set TONGBAN_DATABASE_URL",
        ),
    ],
)
def test_a_line_of_the_file_that_does_not_fit(home: Path, old: str, new: str, says: str) -> None:
    replace(home, old, new)
    assert complaint(home) == f"{home / 'settings.toml'}: {says}"


def test_a_city_without_an_address(home: Path) -> None:
    replace(home, "wenzhou = ", "# ")
    assert complaint(home) == (
        f"{home / 'settings.toml'}: cities.wenzhou: the variable TONGBAN_CITY_WENZHOU_URL is not set; "
        "set it, or write this key"
    )


def test_a_file_that_is_no_toml(home: Path) -> None:
    replace(home, "[server]", "[server")
    assert complaint(home).startswith(f"{home / 'settings.toml'}: file: is not TOML: ")
    (home / "settings.toml").write_bytes(b"\xff")
    assert complaint(home) == f"{home / 'settings.toml'}: file: is not TOML: not UTF-8"


def test_a_home_without_settings_says_what_makes_them(tmp_path: Path) -> None:
    assert complaint(tmp_path) == f"{tmp_path / 'settings.toml'}: file: is missing; `python3 run.py demo` makes it"


def test_the_environment_alone_is_enough(home: Path, tmp_path: Path) -> None:
    variables = {f"TONGBAN_CITY_{slug.upper()}_URL": f"postgresql://db/{slug}" for slug in SLUGS}
    keys = {
        "TONGBAN_LOCATOR_KEY": base64.b64encode(LOCATOR_KEY).decode(),
        "TONGBAN_SEAL_KEY": base64.b64encode(SEAL_KEY).decode(),
    }
    settings = load(environ(tmp_path / "empty", TONGBAN_DATABASE_URL=LEDGER, **variables, **keys))
    assert (settings.port, settings.issuers, len(settings.cities)) == (8000, (), 11)


def test_a_folder_without_cities(home: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no city is described there"):
        load(environ(home), tmp_path / "nothing")


def test_a_text_with_quotes_and_backslashes_survives_the_file(tmp_path: Path) -> None:
    url = 'postgresql://u:"\\义乌@host/ledger'
    urls = dict.fromkeys(SLUGS, url)
    write_settings(tmp_path, HomeSettings(8000, url, urls, LOCATOR_KEY, SEAL_KEY))
    assert load(environ(tmp_path)).ledger_url == url
