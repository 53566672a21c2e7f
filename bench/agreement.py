"""Makes sure, before anything is measured, that the servers give the same answers."""

from collections.abc import Mapping, Sequence
from http.client import HTTPConnection

import msgspec

from bench.load import CannotMeasure
from bench.servers import RunningServer

FEWEST = 5


def answer_of(connection: HTTPConnection, body: bytes, headers: Mapping[str, str]) -> bytes:
    """Send one request; raises CannotMeasure for anything but 200."""
    connection.request("POST", "/graphql", body, dict(headers))
    response = connection.getresponse()
    content = response.read()
    if response.status != 200:
        raise CannotMeasure(f"a server answered {response.status}: {content[:300].decode(errors='replace')}")
    return content


def sound_bodies(
    gateway: RunningServer, others: Sequence[RunningServer], bodies: Sequence[bytes], headers: Mapping[str, str]
) -> tuple[bytes, ...]:
    """Return the bodies the gateway answers without errors, and the others alike.

    A body whose answer names a defect of the registry's data is left out: the others do not look for defects. The
    limit must give the gateway's bytes, stock Strawberry the same JSON. Raises CannotMeasure.
    """
    lines = [HTTPConnection("127.0.0.1", server.port, timeout=60) for server in (gateway, *others)]
    sound: list[bytes] = []
    try:
        for body in bodies:
            wanted = answer_of(lines[0], body, headers)
            if msgspec.json.decode(wanted).keys() != {"data"}:
                continue
            for server, line in zip(others, lines[1:], strict=True):
                given = answer_of(line, body, headers)
                if given != wanted and (server.kind == "limit" or _differ(given, wanted)):
                    raise CannotMeasure(f"{server.kind} and gateway answer differently to request {len(sound)}")
            sound.append(body)
    finally:
        for line in lines:
            line.close()
    if len(sound) < FEWEST:
        raise CannotMeasure(f"only {len(sound)} of {len(bodies)} requests are answered without errors")
    return tuple(sound)


def _differ(one: bytes, other: bytes) -> bool:
    return bool(msgspec.json.decode(one) != msgspec.json.decode(other))
