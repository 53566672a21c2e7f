"""Answers whether an application would be accepted now: the very same gate and rules, nothing written."""

from resolvers.book_application import Eligibility, EligibilityQuestion
from resolvers.book_judgement import Denied, Unread, judge_now
from resolvers.book_reading import papers_of
from resolvers.books import checked
from resolvers.problems import TryLater
from resolvers.province import Province
from resolvers.visit import Visit


async def check_eligibility(province: Province, visit: Visit, question: EligibilityQuestion) -> Eligibility:
    """Say yes, or every reason why not.

    Raises FixInput(ITEM_NOT_SERVED) for an item whose rules are not here yet: never a false yes. Raises as
    `apply_household_book` does, and TryLater(REGISTRY_UNAVAILABLE) where an application would have to wait.
    """
    asked = checked(province, visit, question)
    judged = await judge_now(province, visit, asked.number, asked.business, asked.station.city, asked.declared)
    if isinstance(judged, Unread):
        raise TryLater("the registry that could tell cannot be reached now", city=judged.city)
    business = asked.business
    return Eligibility(
        eligible=not isinstance(judged, Denied),
        refusals=judged.refusals if isinstance(judged, Denied) else (),
        business=business.code,
        registry_city=judged.city or None,
        channel=None if isinstance(judged, Denied) else judged.channel,
        required_materials=tuple(paper.code for paper in papers_of(business)),
        limit_days=business.limit.days_to,
        fee_yuan=business.fee_yuan,
    )
