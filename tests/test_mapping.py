"""A city's file: what it gives when it is right, and where it says it is wrong."""

import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tests.small_registry import CITIES
from tongban_adapters import vocabulary as v
from tongban_adapters.errors import MappingError
from tongban_adapters.mapping import CityConfig, load_city
from tongban_adapters.mapping.converters import DoesNotFit
from tongban_adapters.mapping.lines import key_lines
from tongban_adapters.mapping.records import FieldMap, RowStyle, VersionStyle
from tongban_adapters.model import FIELDS, FOREVER, Act, Kind

SLUGS = {
    "hangzhou": ("330100", "modern"),
    "ningbo": ("330200", "modern"),
    "wenzhou": ("330300", "legacy"),
    "jiaxing": ("330400", "modern"),
    "huzhou": ("330500", "legacy"),
    "shaoxing": ("330600", "modern"),
    "jinhua": ("330700", "legacy"),
    "quzhou": ("330800", "legacy"),
    "zhoushan": ("330900", "modern"),
    "taizhou": ("331000", "modern"),
    "lishui": ("331100", "legacy"),
}
CITY = """name_zh = "绍兴市"
name_en = "Shaoxing"
code = "330600"
transport = "postgres"
extends = "layouts/modern.toml"
url = "${SHAOXING_URL}"
"""
Write = Callable[..., CityConfig]


def field_id(value: object) -> str:
    """Name a case by city and field; stored values, which may be citizen numbers, stay out of the output."""
    names = {each.name for fields in FIELDS.values() for each in fields} | set(SLUGS)
    return value if isinstance(value, str) and value in names else ""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a city's file beside the real layouts and load it; `layout` replaces text in its layout."""

    def load(city: str = CITY, layout: tuple[str, str] | None = None, name: str = "shaoxing.toml") -> CityConfig:
        shutil.copytree(CITIES / "layouts", tmp_path / "layouts", dirs_exist_ok=True)
        if layout:
            for file in (tmp_path / "layouts").iterdir():
                text = file.read_text(encoding="utf-8")
                file.write_text(text.replace(*layout, 1), encoding="utf-8")
        (tmp_path / name).write_text(city, encoding="utf-8")
        return load_city(tmp_path / name)

    return load


def field(config: CityConfig, kind: Kind, name: str) -> FieldMap:
    assert config.registry is not None
    return config.registry.kinds[kind].sources[0].fields[name]


def mistake(write: Write, *arguments: object, **more: object) -> MappingError:
    with pytest.raises(MappingError) as caught:
        write(*arguments, **more)
    return caught.value


def line_of(text: str, part: str) -> int:
    """Return the number of the line that holds `part`, which must be in one line only."""
    [number] = [number for number, line in enumerate(text.splitlines(), 1) if part in line]
    return number


def test_the_eleven_cities_load_and_map_every_field_of_every_kind() -> None:
    configs = {path.stem: load_city(path) for path in CITIES.glob("*.toml")}
    assert {slug: (config.code, config.layout) for slug, config in configs.items()} == SLUGS
    for config in configs.values():
        assert config.registry is not None
        assert config.registry.acts == {Act.ISSUE_BOOK}
        for kind, fields in FIELDS.items():
            for source in config.registry.kinds[kind].sources:
                assert set(source.fields) == {each.name for each in fields}


def test_the_two_layouts_store_books_in_their_own_style() -> None:
    styles = {}
    for slug in ("hangzhou", "wenzhou"):
        registry = load_city(CITIES / f"{slug}.toml").registry
        assert registry is not None
        styles[slug] = type(registry.kinds[Kind.BOOK].write)
    assert styles == {"hangzhou": RowStyle, "wenzhou": VersionStyle}


def test_a_twelfth_city_is_one_file(write: Write) -> None:
    config = write(CITY.replace("绍兴市", "舟山新区").replace("330600", "339900"), name="new_city.toml")
    assert (config.slug, config.name_zh, config.code) == ("new_city", "舟山新区", "339900")
    assert (config.patience_ms, config.max_connections, config.queue, config.max_keys) == (2000, 8, 64, 2000)


def test_the_url_is_filled_from_variables_and_a_missing_one_is_named(write: Write) -> None:
    config = write()
    assert config.url({"SHAOXING_URL": "postgresql://x"}) == "postgresql://x"
    with pytest.raises(MappingError, match=r"shaoxing\.toml:6: url: the variable SHAOXING_URL is not set"):
        config.url({})


def test_a_city_overrides_one_field_of_its_layout_as_a_whole(write: Write) -> None:
    config = write(CITY + '[kinds.person.fields]\nsex = { column = "p.gender", codes = "GB/T 2261.1" }\n')
    assert field(config, Kind.PERSON, "sex").sql == "p.gender"
    assert field(config, Kind.PERSON, "sex").converter.read("2") is v.Sex.FEMALE
    assert field(config, Kind.PERSON, "name").sql == "p.name"


def test_the_forms_of_a_field(write: Write) -> None:
    fields = """[kinds.person]
search = ["name"]
[kinds.person.fields]
former_name = { absent = true }
street = { columns = ["a.street", "a.door"], separator = " '" }
door = { expression = "upper(trim(a.door))" }
birth_date = { column = "p.birth_date", open_ended = ["99991231"], as = "date8" }
lock = { constant = "NONE" }
"""
    config = write(CITY.replace("url =", "max_keys = 5\nurl =") + fields)
    assert field(config, Kind.PERSON, "former_name").sql is None
    street = field(config, Kind.PERSON, "street")
    assert (street.sql, street.tables, street.column) == (
        "concat_ws(' ''', a.street, a.door)",
        frozenset({"a"}),
        None,
    )
    assert field(config, Kind.PERSON, "door").sql == "(upper(trim(a.door)))"
    assert field(config, Kind.PERSON, "birth_date").converter.read("99991231") == FOREVER
    assert field(config, Kind.PERSON, "lock").constant is v.PersonLock.NONE
    assert field(config, Kind.PERSON, "spouse_name").column == "spouse_name"
    assert field(config, Kind.PERSON, "division").column is None  # another table's column is not written
    assert config.max_keys == 5


@pytest.mark.parametrize(
    ("slug", "kind", "name", "raw", "value"),
    [
        ("wenzhou", Kind.PERSON, "birth_date", "19751120", date(1975, 11, 20)),
        ("wenzhou", Kind.PERSON, "birth_date", "        ", None),
        ("wenzhou", Kind.PERSON, "police_station", "330302001", "330302001000"),
        ("wenzhou", Kind.PERSON, "number", "33030219751120904x ", "33030219751120904X"),
        ("wenzhou", Kind.PERSON, "spouse_number", "                  ", None),
        ("wenzhou", Kind.PERSON, "spouse_number", "110105491231002", "11010519491231002X"),
        ("wenzhou", Kind.PERSON, "education", "51", v.Education.TECHNICIAN_SCHOOL),
        ("hangzhou", Kind.PERSON, "education", "47", v.Education.TECHNICIAN_SCHOOL),
        ("hangzhou", Kind.PERSON, "education", "40", v.Education.SECONDARY_VOCATIONAL),
        ("wenzhou", Kind.PERSON, "lock", None, v.PersonLock.NONE),
        ("wenzhou", Kind.PERSON, "lock", " ", v.PersonLock.NONE),
        ("wenzhou", Kind.PERSON, "relation_to_head", "02 ", v.Relation.HEAD),
        ("wenzhou", Kind.HOUSEHOLD, "address_freeze", None, v.AddressFreeze.NONE),
        ("wenzhou", Kind.HOUSEHOLD, "collective_kind", None, None),
        ("wenzhou", Kind.ID_CARD, "valid_until", "长期", FOREVER),
        ("hangzhou", Kind.ID_CARD, "valid_until", None, FOREVER),
        ("wenzhou", Kind.CARD_APPLICATION, "acceptance_number", "33030200000001        ", "33030200000001"),
        ("wenzhou", Kind.RELOCATION, "ref", "70", "R70"),
        ("wenzhou", Kind.RELOCATION, "reason", "0362", v.MoveReason.HOME_PURCHASE),
    ],
    ids=field_id,
)
def test_a_stored_value_reads_as_its_canonical_value(
    slug: str, kind: Kind, name: str, raw: str | None, value: object
) -> None:
    assert field(load_city(CITIES / f"{slug}.toml"), kind, name).converter.read(raw) == value


@pytest.mark.parametrize(
    ("kind", "name", "raw"),
    [
        (Kind.PERSON, "birth_date", "19750230"),
        (Kind.PERSON, "birth_date", "2021W011"),
        (Kind.PERSON, "birth_date", "１９７５１１２０"),
        (Kind.PERSON, "birth_date", 19751120),
        (Kind.PERSON, "number", "3303021975112090"),
        (Kind.PERSON, "division", "33030"),
        (Kind.PERSON, "police_station", "330302001000"),
        (Kind.PERSON, "sex", "3"),
        (Kind.RELOCATION, "reason", "0462"),
    ],
    ids=field_id,
)
def test_a_stored_value_that_fits_nothing_says_so_without_the_value(kind: Kind, name: str, raw: str | int) -> None:
    with pytest.raises(DoesNotFit) as caught:
        field(load_city(CITIES / "wenzhou.toml"), kind, name).converter.read(raw)
    assert str(raw) not in str(caught.value)


@pytest.mark.parametrize(
    ("slug", "kind", "name", "value", "raw"),
    [
        ("wenzhou", Kind.BOOK, "issued_on", date(2021, 6, 1), "20210601"),
        ("wenzhou", Kind.BOOK, "issuing_office", "330302001000", "330302001"),
        ("wenzhou", Kind.ID_CARD, "valid_until", FOREVER, "长期"),
        ("hangzhou", Kind.ID_CARD, "valid_until", FOREVER, None),
        ("hangzhou", Kind.BOOK, "reason", "PERSONAL_PAGE", "personal_page"),
        ("wenzhou", Kind.RELOCATION, "ref", "R70", 70),
        ("wenzhou", Kind.HOUSEHOLD, "address_freeze", "NONE", None),
        ("wenzhou", Kind.CARD_APPLICATION, "state", "REJECTED", "12"),
        ("wenzhou", Kind.BOOK, "person_ref", None, None),
    ],
    ids=field_id,
)
def test_a_canonical_value_is_written_as_the_registry_stores_it(
    slug: str, kind: Kind, name: str, value: str | date | None, raw: object
) -> None:
    assert field(load_city(CITIES / f"{slug}.toml"), kind, name).converter.encode(value) == raw


PERSON = "[kinds.person.fields]\n"


@pytest.mark.parametrize(
    ("added", "key", "said"),
    [
        ("patience = 5", "patience", "unknown key; did you mean patience_ms?"),
        ("patience_ms = 0", "patience_ms", "at least 1"),
        ('patience_ms = "fast"', "patience_ms", "must be a whole number, not a text"),
        ("queue = true", "queue", "must be a whole number, not true or false"),
        ("[kinds.persn]", "kinds.persn", "did you mean person?"),
        (PERSON + 'nmae = "p.name"', "kinds.person.fields.nmae", "did you mean name"),
        (PERSON + 'name = "x.name"', "kinds.person.fields.name", "no table has the alias 'x'; known: a, h, p"),
        (PERSON + 'name = "name"', "kinds.person.fields.name", 'not of the form "alias.column"'),
        (PERSON + "name = 5", "kinds.person.fields.name", "must be a table, not a number"),
        (PERSON + "name = {}", "kinds.person.fields.name", "needs exactly one of column"),
        (
            PERSON + 'name = { column = "p.name", constant = "x" }',
            "kinds.person.fields.name.constant",
            "it has column and constant",
        ),
        (
            PERSON + 'birth_date = { column = "p.b", as = "dat8" }',
            "kinds.person.fields.birth_date.as",
            "did you mean date8",
        ),
        (
            PERSON + 'birth_date = { column = "p.b", as = "text" }',
            "kinds.person.fields.birth_date.as",
            "fits: date, date8",
        ),
        (
            PERSON + 'sex = { column = "p.sex", codes = "GB/T 2261.2" }',
            "kinds.person.fields.sex.codes",
            "GB/T 2261.2 lists MaritalStatus; did you mean GB/T 2261.1?",
        ),
        (
            PERSON + 'sex = { column = "p.sex", codes = "GBT 2261.1" }',
            "kinds.person.fields.sex.codes",
            "there is no code list 'GBT 2261.1'; did you mean GB/T 2261.1?",
        ),
        (PERSON + 'sex = { column = "p.sex" }', "kinds.person.fields.sex.codes", "needs codes"),
        (PERSON + 'sex = "p.sex"', "kinds.person.fields.sex", "needs codes: a standard list (GB/T 2261.1) or"),
        (
            PERSON + 'sex = { column = "p.sex", codes = { MAIL = "1" } }',
            "kinds.person.fields.sex.codes.MAIL",
            "is not a Sex; did you mean MALE",
        ),
        (
            PERSON + 'sex = { column = "p.sex", codes = { MALE = "1", FEMALE = "1" } }',
            "kinds.person.fields.sex.codes.FEMALE",
            "has the code '1', which already means MALE",
        ),
        (
            PERSON + 'sex = { column = "p.sex", codes = { MALE = 1 } }',
            "kinds.person.fields.sex.codes.MALE",
            "must be a code in quotes",
        ),
        (
            PERSON + 'sex = { column = "p.sex", codes = "GB/T 2261.1", missing = "NONE" }',
            "kinds.person.fields.sex.missing",
            "there is no 'NONE'",
        ),
        (PERSON + 'name = { column = "p.n", codes = "RYZT" }', "kinds.person.fields.name.codes", "holds no code"),
        (
            PERSON + 'name = { column = "p.n", open_ended = ["长期"] }',
            "kinds.person.fields.name.open_ended",
            "only a date can be open-ended",
        ),
        (PERSON + 'name = { column = "p.n", as = "trimmed" }', "kinds.person.fields.name", "ordered by this field"),
        (PERSON + "ref = { absent = true }", "kinds.person.fields.ref.absent", "cannot be absent"),
        (
            PERSON + 'number = { constant = "1" }',
            "kinds.person.fields.number.constant",
            "only a text or a code may be constant",
        ),
        (PERSON + "household_ref = { absent = true }", "kinds.person.fields.household_ref", "read by household_ref"),
        (
            '[kinds.person]\nsearch = ["nme"]',
            "kinds.person.search",
            "there is no field 'nme'; did you mean name",
        ),
        ('[kinds.book]\nsearch = ["state"]', "kinds.book.search", "a book cannot be searched"),
        ('[kinds.person]\nwhere = "h.id = 1"', "kinds.person.where", "may name the alias 'p' only, not 'h'"),
        ('[kinds.person]\ntable = "person; DROP"', "kinds.person.table", "no plain SQL name"),
        (
            '[kinds.person.joins]\na = { table = "address", on = "a.id = z.address_id" }',
            "kinds.person.joins.a.on",
            "no table before has the alias 'z'",
        ),
        ('[kinds.book.write]\nstyle = "rows"', "kinds.book.write.style", "there is no 'rows'; did you mean row?"),
        (
            '[kinds.book.write]\nversion_sequence = "s"',
            "kinds.book.write.version_sequence",
            "unknown key",
        ),
        ('acts = ["ISSUE_BOKO"]', "acts", "did you mean ISSUE_BOOK?"),
        ('[journal.columns]\nwho = "operater"', "journal.columns.who", "did you mean operator"),
        ('[journal.columns]\nwho = { value = "case", as = "date8" }', "journal.columns.who.as", "only accepted_on"),
        ("[journal]\nsequence = 5", "journal.sequence", "must be a text in quotes, not a number"),
    ],
    ids=lambda value: value if isinstance(value, str) and re.fullmatch(r"[\w.]+", value) else "",
)
def test_a_mistake_names_file_line_key_and_what_would_fit(write: Write, added: str, key: str, said: str) -> None:
    error = mistake(write, CITY + added + "\n")
    assert error.key == key
    assert said in error.problem
    assert error.file == "shaoxing.toml"
    assert error.line in range(7, 7 + added.count("\n") + 1)
    assert str(error) == f"shaoxing.toml:{error.line}: {key}: {error.problem}"


def test_a_mistake_in_the_layout_names_the_layouts_file_and_line(write: Write) -> None:
    layout = (CITIES / "layouts" / "modern.toml").read_text(encoding="utf-8")
    error = mistake(write, layout=('codes = "GB/T 4761"', 'codes = "GB/T 4716"'))
    assert (error.file, error.line) == ("modern.toml", line_of(layout, 'codes = "GB/T 4761"'))
    assert error.key == "kinds.person.fields.relation_to_head.codes"
    assert "did you mean GB/T 4761?" in error.problem


def test_an_unmapped_required_field_is_named_at_the_fields_table(write: Write) -> None:
    layout = (CITIES / "layouts" / "modern.toml").read_text(encoding="utf-8")
    error = mistake(write, layout=('former_name = "p.former_name"\n', ""))
    assert error.problem.startswith("not mapped: former_name; ")
    assert error.key == "kinds.person.fields"
    assert (error.file, error.line) == ("modern.toml", line_of(layout, "[kinds.person.fields]"))


def test_a_field_that_may_be_left_out_may_be_left_out(write: Write) -> None:
    config = write(
        layout=('residence_division = "p.residence_code"\n', ""), city=CITY + "[kinds.person]\nsearch = []\n"
    )
    assert config.registry is not None
    assert "residence_division" not in config.registry.kinds[Kind.PERSON].sources[0].fields


def test_a_field_mapped_twice_names_both_lines(write: Write) -> None:
    error = mistake(write, CITY + PERSON + 'name = "p.name"\nsex = "p.sex"\nname = "p.xm"\n')
    assert (error.line, error.key, error.problem) == (
        10,
        "kinds.person.fields.name",
        "is given twice, first in line 8",
    )


def test_a_kind_that_is_missing_altogether(write: Write) -> None:
    error = mistake(write, CITY.replace('extends = "layouts/modern.toml"\n', ""))
    assert (
        error.problem == "[kinds.person] is missing; needed: person, household, book, id_card, card_application, "
        "relocation, change"
    )


@pytest.mark.parametrize("missing", ["name_zh", "name_en", "code", "transport", "url"])
def test_what_every_city_needs(write: Write, missing: str) -> None:
    city = "".join(line for line in CITY.splitlines(keepends=True) if not line.startswith(missing))
    error = mistake(write, city)
    assert (error.file, error.line, error.key) == ("shaoxing.toml", 1, missing)
    assert error.problem == "is missing; a text is needed"


def test_a_code_that_is_no_city(write: Write) -> None:
    assert mistake(write, CITY.replace("330600", "330602")).line == 3


def test_a_layout_that_does_not_exist(write: Write) -> None:
    error = mistake(write, CITY.replace("layouts/modern.toml", "layouts/moderm.toml"))
    assert str(error) == ("shaoxing.toml:5: extends: there is no layouts/moderm.toml; in that folder: legacy, modern")


def test_a_file_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"nowhere\.toml:1: \(file\): cannot be read"):
        load_city(tmp_path / "nowhere.toml")


def test_a_file_that_is_no_toml(write: Write) -> None:
    error = mistake(write, CITY + "queue = = 5\n")
    assert (error.file, error.line, error.key) == ("shaoxing.toml", 7, "(file)")
    assert error.problem.startswith("is not TOML: ")


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "wenzhou.toml").write_bytes('code = "330300"\nname_zh = "温州市"\n'.encode("gbk"))
    with pytest.raises(MappingError, match=r"wenzhou\.toml:2: \(file\): is not UTF-8"):
        load_city(tmp_path / "wenzhou.toml")


def test_a_name_that_is_no_slug(write: Write) -> None:
    assert "the city's slug" in mistake(write, CITY, name="New-City.toml").problem


def test_a_transport_of_its_own_needs_no_tables(write: Write) -> None:
    city = CITY.replace('"postgres"', '"telegraph"').replace('extends = "layouts/modern.toml"\n', "")
    config = write(city + "[options]\nwire = 7\n")
    assert config.registry is None
    assert config.options == {"wire": 7}


def test_lines_are_found_through_strings_arrays_and_inline_tables() -> None:
    text = (
        '# c\na = 1\n"b c" = """x\ny = 3\n"""  # z\n[k.p]\n'
        't = { x = "1", y.z = ["a", # }\n "b"] , w = [ {q=1}, {q=2} ] }\n'
        "[[k.s]]\nn = 2021-01-01T00:00:00Z\n[k.s.in]\nm = -1\n[[k.s]]\nn = 'a'\n"
    )
    assert list(key_lines(text)) == [
        (("a",), 2),
        (("b c",), 3),
        (("k", "p"), 6),
        (("k", "p", "t"), 7),
        (("k", "p", "t", "x"), 7),
        (("k", "p", "t", "y", "z"), 7),
        (("k", "p", "t", "w"), 8),
        (("k", "p", "t", "w", 0, "q"), 8),
        (("k", "p", "t", "w", 1, "q"), 8),
        (("k", "s", 0), 9),
        (("k", "s", 0, "n"), 10),
        (("k", "s", 0, "in"), 11),
        (("k", "s", 0, "in", "m"), 12),
        (("k", "s", 1), 13),
        (("k", "s", 1, "n"), 14),
    ]
