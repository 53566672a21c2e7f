"""The fifty businesses and thirty inquiries as data."""

from resolvers.catalogue.businesses import BUSINESSES, LEGAL_BASES, MATERIALS
from resolvers.catalogue.inquiries import INQUIRIES
from resolvers.catalogue.item_sets import ALL_CR, ITEM_SET_EVIDENCE, ITEM_SETS, MAIN, PARTIAL, ItemSet
from resolvers.catalogue.items import (
    Approval,
    Asker,
    Business,
    Family,
    FieldSet,
    Inquiry,
    LegalBasis,
    Limit,
    Material,
    Office,
    Source,
    Writes,
)

__all__ = [
    "ALL_CR",
    "BUSINESSES",
    "INQUIRIES",
    "ITEM_SETS",
    "ITEM_SET_EVIDENCE",
    "LEGAL_BASES",
    "MAIN",
    "MATERIALS",
    "PARTIAL",
    "Approval",
    "Asker",
    "Business",
    "Family",
    "FieldSet",
    "Inquiry",
    "ItemSet",
    "LegalBasis",
    "Limit",
    "Material",
    "Office",
    "Source",
    "Writes",
]
