"""The first look at an adapter, on real registries: one filled with fitting rows, one with rows that fit nothing."""

from collections.abc import Mapping

import pytest

from gateway.adapter_check import check
from gateway.postgres import PostgresServer
from tests.small_registry import LAYOUTS, config_of, small_database

NUMBER = "33030219751120904X"
BROKEN = {"modern": "education, sex", "legacy": "birth_date, education, sex"}


@pytest.mark.parametrize("layout", LAYOUTS)
async def test_values_that_fit_nothing_are_found_and_not_shown(postgres: PostgresServer, layout: str) -> None:
    url = await small_database(postgres, layout, f"look_{layout}")
    findings = [finding async for finding in check(config_of(layout), url)]
    bad = [finding.text for finding in findings if not finding.ok]
    assert bad == [f"person: 4 rows; values that fit nothing in {BROKEN[layout]}"]
    shown = "\n".join(str(finding) for finding in findings)
    assert "ok    household: 2 rows on the first page, every value fits" in shown
    assert NUMBER not in shown


async def test_a_filled_registry_is_clean(registries: Mapping[str, str]) -> None:
    findings = [finding async for finding in check(config_of("legacy"), registries["wenzhou"])]
    assert [finding for finding in findings if not finding.ok] == []
    assert len(findings) == 6
