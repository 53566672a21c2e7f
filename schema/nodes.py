"""Fetches by id what implements Node."""

from resolvers import cases, households, people
from resolvers.problems import FixInput, NotFound
from schema.case import CASE, show_case
from schema.context import Info
from schema.household import Household
from schema.node import Node
from schema.person import Person
from schema.selection import fields_for
from tongban_adapters.model import Kind


async def show_node(info: Info, id: str) -> Node | None:
    """Return what `id` stands for, None where it is gone or not to be seen; raises FixInput(BAD_ID)."""
    province, visit = info.context.province, info.context.visit
    sealed = province.seal.open_id(id)
    try:
        match sealed.kind:
            case Kind.PERSON:
                fields = fields_for(info, Person)
                return Person(record=await people.person_by_ref(province, visit, sealed.city, sealed.ref, fields))
            case Kind.HOUSEHOLD:
                fields = fields_for(info, Household)
                record = await households.household_by_ref(province, visit, sealed.city, sealed.ref, fields)
                return Household(record=record)
            case kind if kind == CASE:
                found = await cases.case_by_number(province, visit, sealed.ref)
                return show_case(found) if found else None
    except NotFound:
        return None
    raise FixInput("this id stands for nothing that can be fetched", code="BAD_ID", place="id")
