"""Health answers quickly and honestly, whatever state the cities are in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.routing import Route

from gateway.health import ReadinessWatch, Watched, live
from tests.small_gateway import running
from tongban_adapters.model import Health

WELL = Health(ok=True, elapsed_ms=1.26)


class Probe:
    """A probe that counts how often it was asked."""

    def __init__(self, health: Health = WELL) -> None:
        self.health = health
        self.asked = 0

    async def __call__(self) -> Health:
        """Answer."""
        self.asked += 1
        return self.health


async def silent() -> Health:
    await asyncio.Event().wait()
    return WELL


async def broken() -> Health:
    raise RuntimeError("postgresql://user:secret@host")


@asynccontextmanager
async def client_of(watch: ReadinessWatch) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=[Route("/health/live", live), Route("/health/ready", watch.ready)])
    async with running(app) as url, httpx.AsyncClient(base_url=url) as client:
        yield client


def watched(slug: str, probe: Probe) -> Watched:
    return Watched(slug, probe, lambda: "CLOSED")


async def test_a_well_gateway_is_live_and_ready() -> None:
    watch = ReadinessWatch(Probe(), [watched("wenzhou", Probe())])
    async with client_of(watch) as client:
        assert (await client.get("/health/live")).json() == {"live": True}
        response = await client.get("/health/ready")
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert response.json() == {
        "ready": True,
        "ledger": {"ok": True, "ms": 1.3},
        "cities": {"wenzhou": {"ok": True, "ms": 1.3, "breaker": "CLOSED"}},
    }


async def test_without_the_ledger_it_is_live_but_not_ready() -> None:
    down = Health(ok=False, elapsed_ms=3.0, problem="connection refused by db.internal")
    async with client_of(ReadinessWatch(Probe(down), [])) as client:
        assert (await client.get("/health/live")).status_code == 200
        response = await client.get("/health/ready")
    assert response.status_code == 503
    assert response.json() == {"ready": False, "ledger": {"ok": False, "ms": 3.0}, "cities": {}}


async def test_cities_that_hang_or_break_are_named_and_do_not_make_it_unready() -> None:
    cities = [
        watched("hangzhou", Probe()),
        Watched("wenzhou", silent, lambda: "OPEN"),
        Watched("jinhua", broken, lambda: "HALF_OPEN"),
    ]
    watch = ReadinessWatch(Probe(), cities, patience_s=0.02)
    async with client_of(watch) as client:
        response = await client.get("/health/ready")
    assert response.status_code == 200
    states = {slug: (shown["ok"], shown["breaker"]) for slug, shown in response.json()["cities"].items()}
    assert states == {"hangzhou": (True, "CLOSED"), "wenzhou": (False, "OPEN"), "jinhua": (False, "HALF_OPEN")}
    assert "secret" not in response.text


async def test_a_ledger_that_hangs_is_not_ready_within_its_patience() -> None:
    seen = await ReadinessWatch(silent, [], patience_s=0.02).look()
    assert (seen.ready, seen.ledger.problem) == (False, "no answer in time")


async def test_many_askers_are_one_look_and_a_second_later_the_next() -> None:
    now = [100.0]
    probe = Probe()
    watch = ReadinessWatch(probe, [], clock=lambda: now[0])
    await asyncio.gather(*(watch.look() for _ in range(20)))
    now[0] = 100.99
    await watch.look()
    assert probe.asked == 1
    now[0] = 101.0
    await watch.look()
    assert probe.asked == 2


async def test_recovery_is_seen() -> None:
    now = [100.0]
    probe = Probe(Health(ok=False, elapsed_ms=1.0))
    watch = ReadinessWatch(probe, [], clock=lambda: now[0])
    assert not (await watch.look()).ready
    probe.health = WELL
    now[0] = 102.0
    assert (await watch.look()).ready
