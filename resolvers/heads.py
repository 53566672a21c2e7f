"""Finds the head of a household among its members."""

from collections.abc import Sequence

from resolvers.problems import AskOperator
from resolvers.record import Record
from tongban_adapters.vocabulary import RefusalCode, Relation

# The relation codes below 10: the member the others are related to.
HEADS = frozenset({Relation.SELF, Relation.HEAD, Relation.COLLECTIVE_HEAD})


def head_of(members: Sequence[Record]) -> Record:
    """Return the one head among active members read with `relation_to_head`.

    Raises AskOperator(NO_HEAD, MULTIPLE_HEADS): the registry's data is defective, and nobody is picked by chance.
    """
    heads = [member for member in members if member.value("relation_to_head") in HEADS]
    if len(heads) == 1:
        return heads[0]
    code = RefusalCode.MULTIPLE_HEADS if heads else RefusalCode.NO_HEAD
    raise AskOperator(f"the household has {len(heads)} heads, it must have one", code=code.value)
