"""The words of a refusal: one text in two languages for every refusal code."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from tongban_adapters.vocabulary import RefusalCode

TEXTS: Mapping[RefusalCode, tuple[str, str]] = MappingProxyType(
    {
        RefusalCode.CHANNEL_NOT_OPEN: (
            "两地之间该业务的通办渠道尚未开通",
            "this item cannot be handled between these two cities yet",
        ),
        RefusalCode.ITEM_NOT_CROSS_REGIONAL: (
            "该业务不支持跨地区办理",
            "this item is handled in the registry city only",
        ),
        RefusalCode.SUBJECT_NOT_FOUND: ("未找到该人员的户籍信息", "no registered person has this number"),
        RefusalCode.SUBJECT_NOT_ACTIVE: ("人员状态非正常，不能办理", "the person's record is not active"),
        RefusalCode.RECORD_LOCKED: ("人员已被锁定，不能办理", "the person's record is locked by other business"),
        RefusalCode.STALE_VERSION: (
            "信息已被其他业务修改，请重新核对",
            "the record was changed meanwhile",
        ),
        RefusalCode.DUPLICATE_NUMBER: ("公民身份号码重号", "the citizen number is already active elsewhere"),
        RefusalCode.IDENTITY_MISMATCH: (
            "身份信息与登记信息不一致",
            "the identity given is not the registered one",
        ),
        RefusalCode.NUMBER_INVALID: ("公民身份号码有误", "the citizen number is not valid"),
        RefusalCode.APPROVAL_MISSING: ("缺少审批信息", "the approval this item needs is missing"),
        RefusalCode.APPROVAL_REFUSED: ("审批未通过", "the approval was refused"),
        RefusalCode.ORIGIN_NOT_OUT: ("迁出尚未办理，不能办理迁入", "the move out of the origin is not registered yet"),
        RefusalCode.RANGE_MISMATCH: ("办理范围与事由不符", "the reason does not fit the two places"),
        RefusalCode.HOUSEHOLD_NOT_NORMAL: ("户的状态非正常，不能办理", "the household is locked or cancelled"),
        RefusalCode.ADDRESS_NOT_FOUND: ("未找到该地址", "the address is not in the address register"),
        RefusalCode.ADDRESS_FROZEN: ("该地址已冻结", "the address is frozen for registration"),
        RefusalCode.NO_HEAD: ("该户没有户主", "the household has no head"),
        RefusalCode.MULTIPLE_HEADS: ("该户有多个户主", "the household has more than one head"),
        RefusalCode.MULTIPLE_SPOUSES: ("该户户主有多个配偶", "the head of the household has more than one spouse"),
        RefusalCode.SPOUSE_INFO_INCOMPLETE: ("配偶信息不完整", "the particulars of the spouse are incomplete"),
        RefusalCode.MARITAL_MISMATCH: ("婚姻状况与事由不符", "the marital status does not fit the reason"),
        RefusalCode.COLLECTIVE_KIND_MISSING: ("未选择集体户种类", "the kind of collective household is missing"),
        RefusalCode.CARD_APPLICATION_OPEN: (
            "该人员有未办结的证件申请",
            "an ID-card application is still open",
        ),
        RefusalCode.NOT_ELIGIBLE: ("不符合办理条件", "a condition of this item is not met"),
        RefusalCode.MATERIAL_MISSING: ("缺少申请材料", "materials are missing"),
        RefusalCode.REGISTRY_UNAVAILABLE: ("户籍地系统暂不可用", "the registry cannot be reached now"),
        RefusalCode.NO_RIGHT: ("无权办理", "this caller has no right to do this"),
        RefusalCode.IDEMPOTENCY_CONFLICT: (
            "该幂等键已用于内容不同的申请",
            "this idempotency key was used for a different request",
        ),
        RefusalCode.CASE_STATE: ("业务当前状态不允许此操作", "the case is not in a state that allows this"),
        RefusalCode.SERIAL_USED: ("该印制序号已使用", "this serial number is already accounted for"),
    }
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why something was not done; `rule` names the rule, `field` the input, `opens_on` when it will be."""

    code: RefusalCode
    message_zh: str
    message_en: str
    rule: str | None = None
    field: str | None = None
    opens_on: date | None = None


def superseded_by(case_number: str) -> Refusal:
    """Return why a case whose book a newer case's entry voided is not printed."""
    return refuse(
        RefusalCode.CASE_STATE,
        rule="SUPERSEDED",
        more=(
            f"本业务签发的户口簿已因业务{case_number}作废",
            f"the registry voided this case's book for case {case_number}",
        ),
    )


def refuse(
    code: RefusalCode,
    *,
    rule: str | None = None,
    field: str | None = None,
    opens_on: date | None = None,
    more: tuple[str, str] | None = None,
) -> Refusal:
    """Build a refusal with the text of its code, and `more` (zh, en) behind it."""
    zh, en = TEXTS[code]
    if more is not None:
        zh, en = f"{zh}：{more[0]}", f"{en}: {more[1]}"
    return Refusal(code, zh, en, rule, field, opens_on)
