"""What /metrics and `plan --code` tell about the executor."""

import re

import pytest

from gateway.cli import main
from gateway.demo.personas import STORY_NUMBER
from tests.gateways import Client

PERSON = "query($n: CitizenNumber!) { person(number: $n) { name household { members { name } } } }"


async def counted(gateway: Client, executor: str) -> float:
    text = (await gateway.http.get(f"{gateway.url}/metrics")).text
    return sum(map(float, re.findall(rf'tongban_operations_total{{executor="{executor}",reason="[^"]*"}} (\S+)', text)))


async def test_a_read_runs_compiled_and_introspection_on_graphql_core(gateway: Client) -> None:
    before = await counted(gateway, "compiled"), await counted(gateway, "graphql-core")
    assert (await gateway.ask(PERSON, {"n": STORY_NUMBER})).codes == []
    assert (await counted(gateway, "compiled"), await counted(gateway, "graphql-core")) == (before[0] + 1, before[1])
    assert (await gateway.ask("{ __schema { queryType { name } } }")).codes == []
    assert (await counted(gateway, "compiled"), await counted(gateway, "graphql-core")) == (
        before[0] + 1,
        before[1] + 1,
    )


def test_plan_code_prints_the_waves_and_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--code", '{ household(city: "wenzhou", number: "1") { members { name } } }']) == 0
    printed = capsys.readouterr().out
    assert "#   1  household_1.members: person by ref, one read a city: name, number, ref" in printed
    assert "async def household_1(c, items):" in printed
