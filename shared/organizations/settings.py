"""Settings of an organisation: time zone, reading of orders, rules of its segments."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from shared.kernel.money import MAX_CENTS, parse_cents
from shared.orders.nobody import STANDARD, Placeholders
from shared.orders.policy import DEFAULT_MAX_AMOUNT_CENTS, OrderPolicy, WebOrdersCount
from shared.organizations.placeholders import read_placeholders
from shared.predictions.model import PublishedModel
from shared.segments.conditions.evaluate import CustomSegments
from shared.segments.conditions.nodes import Node
from shared.segments.customer import Moment
from shared.segments.rules import SegmentRules
from shared.segments.thresholds import SettingProblem, Thresholds, read_thresholds

DEFAULT_TIME_ZONE = "UTC"
DEFAULT_CURRENCY = "USD"
CLAUDE_WORDING = "claudeWording"
CHURN_HORIZON_DAYS = "churnHorizonDays"
DEFAULT_CHURN_HORIZON_DAYS = 90
MIN_CHURN_HORIZON_DAYS, MAX_CHURN_HORIZON_DAYS = 7, 365
BUDTENDERS_MAY_READ_ALL = "budtendersMayReadAll"
EMAIL_CONSENT = "emailConsent"
RECORDED = "recorded"
UNLESS_UNSUBSCRIBED = "unless_unsubscribed"


# ZoneInfo opens whatever lies in the system's folder of time zones, such as `localtime` and
# `posix/UTC`. The warehouse knows only the database's own names, and one that it does not know
# would fail the numbers of every organisation. `Factory` is the database's word for "not set".
@cache
def _time_zones() -> frozenset[str]:
    return frozenset(files("tzdata").joinpath("zones").read_text().split()) - {"Factory"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRules:
    """The rules as last saved, before compilation."""

    revision: int
    thresholds: Thresholds
    thresholds_number: int
    definitions: Mapping[str, Node]
    """Of the custom segments, by id."""
    model: PublishedModel | None = None
    """The model of churn and value."""

    def compiled(self, time_zone: ZoneInfo) -> SegmentRules:
        """The rules ready for evaluation; takes a few milliseconds."""
        return SegmentRules(
            revision=self.revision,
            thresholds=self.thresholds,
            thresholds_number=self.thresholds_number,
            custom=CustomSegments(self.definitions, self.thresholds, time_zone, self.model),
            model=self.model,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationSettings:
    """Settings in force. Invalid stored values are named, and not in force."""

    org_id: str
    time_zone: ZoneInfo
    rules: SegmentRules
    placeholders: Placeholders = STANDARD
    """Its own placeholders on orders and events."""
    orders: OrderPolicy = OrderPolicy()
    budtenders_may_scan: bool = False
    """Whether read-only accounts may start jobs that read every customer."""
    currency: str = DEFAULT_CURRENCY
    """ISO 4217 code of its amounts, for sentences."""
    claude_wording: bool = True
    """Whether Claude may word its insights, where the installation has it do so."""
    churn_horizon_days: int = DEFAULT_CHURN_HORIZON_DAYS
    """Days without an order that predictions of churn are about."""
    email_unless_unsubscribed: bool = False
    """Whether campaigns go by e-mail to people whose consent is not recorded either way. Never by
    text message."""
    problems: tuple[SettingProblem, ...] = ()

    @property
    def thresholds(self) -> Thresholds:
        """The thresholds in force."""
        return self.rules.thresholds

    @property
    def thresholds_version(self) -> str:
        """Short id of the thresholds in force."""
        return self.rules.thresholds_version

    def moment(self, now: datetime) -> Moment:
        """Return the evaluation context at an instant."""
        return Moment(now=now, rules=self.rules, time_zone=self.time_zone)


def organization_settings(
    org_id: str,
    loyalty: Mapping[str, object] | None,
    analytics: Mapping[str, object] | None,
    saved_rules: Callable[[ZoneInfo], SegmentRules] | None = None,
) -> OrganizationSettings:
    """Settings from the stored `loyalty` (thresholds) and `analytics` documents.

    `analytics` may hold `timeZone`, `placeholders`, `maxOrderAmount` (in currency units),
    `webOrdersCount`, `budtendersMayReadAll`, `currency`, `claudeWording`, `churnHorizonDays` and
    `emailConsent`.

    Once rules are saved, their thresholds are in force, and those in `loyalty` are to be taken over
    into them. `saved_rules` returns them for the organisation's time zone.
    """
    problems: list[SettingProblem] = []
    thresholds = read_thresholds(loyalty)
    if isinstance(thresholds, SettingProblem):
        problems.append(thresholds)
        thresholds = Thresholds()
    name = (analytics or {}).get("timeZone") or DEFAULT_TIME_ZONE
    if not isinstance(name, str) or name not in _time_zones():
        problems.append(SettingProblem(field="timeZone", detail="must be an IANA time zone name"))
        name = DEFAULT_TIME_ZONE
    time_zone = ZoneInfo(name)
    placeholders, unusable = read_placeholders((analytics or {}).get("placeholders"))
    problems += unusable
    may_scan = (analytics or {}).get(BUDTENDERS_MAY_READ_ALL) or False
    if not isinstance(may_scan, bool):
        problems.append(
            SettingProblem(field=BUDTENDERS_MAY_READ_ALL, detail="must be true or false")
        )
        may_scan = False
    claude = (analytics or {}).get(CLAUDE_WORDING)
    if claude is None:
        claude = True
    elif not isinstance(claude, bool):
        problems.append(SettingProblem(field=CLAUDE_WORDING, detail="must be true or false"))
        claude = False  # Whatever was meant: nothing goes to Claude.
    currency = (analytics or {}).get("currency") or DEFAULT_CURRENCY
    if not isinstance(currency, str) or not re.fullmatch("[A-Z]{3}", currency):
        problems.append(
            SettingProblem(field="currency", detail="must be an ISO 4217 code, such as USD")
        )
        currency = DEFAULT_CURRENCY
    email_consent = (analytics or {}).get(EMAIL_CONSENT)
    if email_consent not in (None, RECORDED, UNLESS_UNSUBSCRIBED):
        problems.append(
            SettingProblem(
                field=EMAIL_CONSENT, detail=f"must be {RECORDED} or {UNLESS_UNSUBSCRIBED}"
            )
        )
    rules = saved_rules(time_zone) if saved_rules else SegmentRules(thresholds=thresholds)
    orders = _order_policy(analytics or {}, problems)
    horizon_days = _horizon_days((analytics or {}).get(CHURN_HORIZON_DAYS), problems)
    return OrganizationSettings(
        org_id=org_id,
        time_zone=time_zone,
        rules=rules,
        placeholders=placeholders,
        orders=orders,
        budtenders_may_scan=may_scan,
        currency=currency,
        claude_wording=claude,
        churn_horizon_days=horizon_days,
        email_unless_unsubscribed=email_consent == UNLESS_UNSUBSCRIBED,
        problems=tuple(problems),
    )


def _horizon_days(value: object, problems: list[SettingProblem]) -> int:
    """The stored horizon; the default where it is not set or, with a problem, invalid."""
    if value is None:
        return DEFAULT_CHURN_HORIZON_DAYS
    # A console may store a whole number as a float.
    if (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and MIN_CHURN_HORIZON_DAYS <= value <= MAX_CHURN_HORIZON_DAYS
        and value == int(value)
    ):
        return int(value)
    problems.append(
        SettingProblem(
            field=CHURN_HORIZON_DAYS,
            detail="must be a whole number of days from "
            f"{MIN_CHURN_HORIZON_DAYS} to {MAX_CHURN_HORIZON_DAYS}",
        )
    )
    return DEFAULT_CHURN_HORIZON_DAYS


def _order_policy(analytics: Mapping[str, object], problems: list[SettingProblem]) -> OrderPolicy:
    """The settings of orders, each its default where it is not set or, with a problem, invalid."""
    amount, count = analytics.get("maxOrderAmount"), analytics.get("webOrdersCount")
    max_cents = DEFAULT_MAX_AMOUNT_CENTS if amount is None else parse_cents(amount)
    if max_cents is None or not 0 < max_cents <= MAX_CENTS:
        problems.append(
            SettingProblem(
                field="maxOrderAmount",
                detail=f"must be an amount above 0 and at most {MAX_CENTS // 100:,}",
            )
        )
        max_cents = DEFAULT_MAX_AMOUNT_CENTS
    choices = {choice.value: choice for choice in WebOrdersCount}
    web_orders = WebOrdersCount.PLACED
    if isinstance(count, str) and count in choices:
        web_orders = choices[count]
    elif count is not None:
        problems.append(
            SettingProblem(field="webOrdersCount", detail=f"must be one of {', '.join(choices)}")
        )
    return OrderPolicy(max_amount_cents=max_cents, web_orders_count=web_orders)
