"""The city's manual says what the code does."""

import re
from pathlib import Path

from tongban_adapters import errors
from tongban_adapters.codes import standard_lists
from tongban_adapters.manual import field_table
from tongban_adapters.mapping import load_city
from tongban_adapters.mapping.converters import CONVERTERS

MANUAL = (Path(__file__).parent.parent / "adapters" / "README.md").read_text(encoding="utf-8")


def test_the_field_table_is_the_models() -> None:
    match = re.search(r"<!-- made by: python -m tongban_adapters\.manual -->\n(.*)<!-- end -->", MANUAL, re.DOTALL)
    assert match is not None
    assert match[1] == field_table()


def test_the_example_is_a_city_that_loads(tmp_path: Path) -> None:
    match = re.search(r"```toml\n(.*?)```", MANUAL, re.DOTALL)
    assert match is not None
    layouts = Path(__file__).parent.parent / "cities" / "layouts"
    (tmp_path / "layouts").symlink_to(layouts)
    (tmp_path / "shaoxing.toml").write_text(match[1], encoding="utf-8")
    assert load_city(tmp_path / "shaoxing.toml").name_zh == "绍兴市"


def test_every_converter_and_every_error_is_explained() -> None:
    for name in CONVERTERS:
        assert f"`{name}`" in MANUAL
    for kind in (*errors.AdapterError.__subclasses__(),):
        assert f"`{kind.__name__}" in MANUAL


def test_every_standard_list_is_named_by_a_field() -> None:
    # The second edition of a list is named in the layouts.
    named = {line.rsplit("|", 2)[1].strip() for line in field_table().splitlines() if line.startswith("| `")}
    assert set(standard_lists()) - named == {"GB/T 4658-2006"}
