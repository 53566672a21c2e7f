"""What the gateway answers beside GraphQL, at the addresses people type."""

import httpx

from gateway.settings import CHECKOUT


async def test_the_root_leads_to_the_playground(gateway_url: str) -> None:
    async with httpx.AsyncClient(base_url=gateway_url) as client:
        answer = await client.get("/")
        assert (answer.status_code, answer.headers["location"]) == (307, "/playground")
        assert (await client.get("/", follow_redirects=True)).status_code == 200


async def test_the_schema_is_served_byte_for_byte(gateway_url: str) -> None:
    async with httpx.AsyncClient(base_url=gateway_url) as client:
        served = (await client.get("/schema.graphql")).content
    assert served == (CHECKOUT / "schema" / "schema.graphql").read_bytes()
