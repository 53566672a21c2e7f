"""The order of the pages of a household book."""

from collections.abc import Mapping
from types import MappingProxyType

from tongban_adapters.vocabulary import Relation

# Head, spouse, children, grandchildren, parents, grandparents, siblings; everybody else after them.
_PAGES: tuple[tuple[Relation, ...], ...] = (
    (Relation.SELF, Relation.HEAD, Relation.COLLECTIVE_HEAD),
    (Relation.SPOUSE, Relation.HUSBAND, Relation.WIFE),
    (
        *(
            Relation.SON,
            Relation.ONLY_SON,
            Relation.FIRST_SON,
            Relation.SECOND_SON,
            Relation.THIRD_SON,
            Relation.FOURTH_SON,
            Relation.FIFTH_SON,
        ),
        *(Relation.ADOPTED_OR_STEP_SON, Relation.SON_IN_LAW, Relation.OTHER_SON),
        *(
            Relation.DAUGHTER,
            Relation.ONLY_DAUGHTER,
            Relation.FIRST_DAUGHTER,
            Relation.SECOND_DAUGHTER,
            Relation.THIRD_DAUGHTER,
            Relation.FOURTH_DAUGHTER,
        ),
        *(
            Relation.FIFTH_DAUGHTER,
            Relation.ADOPTED_OR_STEP_DAUGHTER,
            Relation.DAUGHTER_IN_LAW,
            Relation.OTHER_DAUGHTER,
        ),
    ),
    (
        *(
            Relation.GRANDCHILD,
            Relation.GRANDSON,
            Relation.GRANDDAUGHTER,
            Relation.DAUGHTERS_SON,
            Relation.DAUGHTERS_DAUGHTER,
            Relation.GRANDSONS_WIFE,
        ),
        *(
            Relation.GRANDDAUGHTERS_HUSBAND,
            Relation.GREAT_GRANDSON,
            Relation.GREAT_GRANDDAUGHTER,
            Relation.OTHER_GRANDCHILD,
        ),
    ),
    (
        *(
            Relation.PARENT,
            Relation.FATHER,
            Relation.MOTHER,
            Relation.HUSBANDS_FATHER,
            Relation.HUSBANDS_MOTHER,
            Relation.WIFES_FATHER,
            Relation.WIFES_MOTHER,
        ),
        *(Relation.ADOPTIVE_OR_STEP_FATHER, Relation.ADOPTIVE_OR_STEP_MOTHER, Relation.OTHER_PARENT),
    ),
    (
        *(
            Relation.GRANDPARENT,
            Relation.PATERNAL_GRANDFATHER,
            Relation.PATERNAL_GRANDMOTHER,
            Relation.MATERNAL_GRANDFATHER,
        ),
        *(
            Relation.MATERNAL_GRANDMOTHER,
            Relation.SPOUSES_GRANDPARENT,
            Relation.GREAT_GRANDFATHER,
            Relation.GREAT_GRANDMOTHER,
        ),
        *(Relation.SPOUSES_GREAT_GRANDPARENT, Relation.OTHER_GRANDPARENT),
    ),
    (
        *(
            Relation.SIBLING,
            Relation.ELDER_BROTHER,
            Relation.ELDER_BROTHERS_WIFE,
            Relation.YOUNGER_BROTHER,
            Relation.YOUNGER_BROTHERS_WIFE,
        ),
        *(
            Relation.ELDER_SISTER,
            Relation.ELDER_SISTERS_HUSBAND,
            Relation.YOUNGER_SISTER,
            Relation.YOUNGER_SISTERS_HUSBAND,
            Relation.OTHER_SIBLING,
        ),
    ),
    (
        Relation.OTHER,
        Relation.UNCLE_OR_AUNT,
        Relation.COUSIN,
        Relation.NEPHEW_OR_NIECE,
        Relation.OTHER_RELATIVE,
        Relation.NANNY,
        Relation.NON_RELATIVE,
    ),
)
PAGE_OF: Mapping[str, int] = MappingProxyType(
    {relation: page for page, group in enumerate(_PAGES) for relation in group}
)


_LAST = len(_PAGES)


def page_of(relation: object) -> int:
    """Return the rank of a relation to the head; what is no known relation comes last."""
    return PAGE_OF.get(relation, _LAST) if isinstance(relation, str) else _LAST
