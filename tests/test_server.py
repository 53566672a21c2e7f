"""The server itself: what it does with half a request, and with the end."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator

import httpx
import pytest

from gateway.limits import Limits
from gateway.server import CannotListen, listen
from gateway.settings import CHECKOUT
from tests.small_gateway import running, small_app

LIMITS = Limits(body_bytes=1000, body_s=0.05)
HEAD = b"POST /graphql HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
SERVE = """
from gateway.server import listen, serve
from tests.small_gateway import small_app
listener = listen("127.0.0.1", 0)
listener.listen()
print(listener.getsockname()[1], flush=True)
serve(small_app(), listener)
print("stopped", flush=True)
"""


@pytest.fixture(scope="module")
async def port() -> AsyncIterator[int]:
    async with running(small_app(limits=LIMITS)) as url:
        yield int(url.rsplit(":", 1)[1])


async def exchange(port: int, sent: bytes) -> tuple[bytes, dict[str, object]]:
    """Send bytes and wait for one answer; return its status line and body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    body = json.loads(await reader.readexactly(length))
    writer.close()
    await writer.wait_closed()
    return head.split(b"\r\n")[0], body["errors"][0]["extensions"]


async def test_a_sender_that_asks_first_gets_the_refusal_before_sending(port: int) -> None:
    status, extensions = await exchange(port, HEAD + b"Content-Length: 5000000\r\nExpect: 100-continue\r\n\r\n")
    assert (status, extensions["code"]) == (b"HTTP/1.1 413 Request Entity Too Large", "BODY_TOO_LARGE")


async def test_a_body_that_never_ends_is_given_up(port: int) -> None:
    status, extensions = await exchange(port, HEAD + b'Content-Length: 100\r\n\r\n{"query":')
    assert (status, extensions["code"]) == (b"HTTP/1.1 408 Request Timeout", "BODY_TIMEOUT")


async def test_a_sender_that_goes_away_in_the_middle_does_no_harm(port: int) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HEAD + b'Content-Length: 100\r\n\r\n{"query":')
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        assert (await client.post("/graphql", json={"query": "{ hello }"})).status_code == 200


def test_a_port_that_is_taken_is_one_clear_line() -> None:
    with listen("127.0.0.1", 0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=f"127.0.0.1:{port}") as caught:
            listen("127.0.0.1", port)
    assert "TONGBAN_PORT" in str(caught.value)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly_when_told_and_logs_json_only(ending: signal.Signals) -> None:
    child = subprocess.Popen(
        [sys.executable, "-P", "-c", SERVE],
        cwd=CHECKOUT,
        env={"PYTHONPATH": str(CHECKOUT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    port = int(child.stdout.readline())
    response = httpx.post(f"http://127.0.0.1:{port}/graphql", json={"query": "query Last { hello }"}, timeout=30)
    assert response.json()["data"] == {"hello": "hello world"}
    assert "server" not in response.headers
    child.send_signal(ending)
    out, err = child.communicate(timeout=30)
    assert (child.returncode, out) == (0, "stopped\n")
    (line,) = [json.loads(line) for line in err.splitlines()]
    assert (line["event"], line["operation"]) == ("request", "Last")
