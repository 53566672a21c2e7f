"""The people of the demo who hold a token."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from resolvers.caller import Role

# The synthetic subject of the story: registered in Lucheng (Wenzhou), living in Yiwu.
STORY_NUMBER = "33030219751120904X"


@dataclass(frozen=True, slots=True)
class Persona:
    """One demo caller; `purpose` is what a playground fills in for him, `number` the citizen's own number."""

    slug: str
    role: Role
    name: str
    says: str
    station: str | None = None
    division: str | None = None
    number: str | None = None
    purpose: str | None = None


_ALL = (
    Persona(
        "citizen",
        Role.CITIZEN,
        "Story citizen",
        "reads the own record and household",
        number=STORY_NUMBER,
        purpose="Q01",
    ),
    Persona(
        "yiwu-officer", Role.OFFICER, "Officer, Yiwu", "window of a Yiwu station", station="330782001000", purpose="D02"
    ),
    Persona(
        "wenzhou-approver",
        Role.APPROVER,
        "Approver, Wenzhou",
        "approves in Wenzhou",
        station="330302001000",
        division="330300",
        purpose="D02",
    ),
    Persona(
        "hangzhou-officer",
        Role.OFFICER,
        "Officer, Hangzhou",
        "window of a Hangzhou station",
        station="330102001000",
        purpose="Q01",
    ),
    Persona("auditor", Role.AUDITOR, "Auditor", "reads the access log"),
    Persona("policy-owner", Role.POLICY_OWNER, "Policy owner", "owns channels and catalogue; never reads persons"),
    Persona(
        "city-it", Role.CITY_IT, "City IT, Wenzhou", "runs Wenzhou's adapter; never reads persons", division="330300"
    ),
)
PERSONAS: Mapping[str, Persona] = MappingProxyType({persona.slug: persona for persona in _ALL})


def claims_of(persona: Persona, key_of: Callable[[str], bytes]) -> dict[str, str]:
    """Return the token claims of a persona; `key_of` is the locator's keyed hash, so that no number is in a token."""
    claims = {"sub": f"demo:{persona.slug}", "name": persona.name, "role": persona.role.value}
    if persona.station is not None:
        claims["station"] = persona.station
    if persona.division is not None:
        claims["division"] = persona.division
    if persona.number is not None:
        claims["subject_key"] = key_of(persona.number).hex()
    return claims
