"""The numbers of a made-up shop that justify every card there is."""

from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from shared.affinity.affinity import Pair, Product
from shared.campaigns.performance.measurement import (
    ArmTotals,
    Effect,
    Measurement,
    MeasurementState,
    Remedy,
    Unmeasurable,
)
from shared.churn.churn import Churn, Losses
from shared.churn.rfm import Cell
from shared.cohorts.cohorts import Cohort
from shared.cohorts.period import Granularity, Period
from shared.insights.campaign_findings import MeasuredCampaign
from shared.insights.numbers import (
    AuditOutcome,
    Group,
    ModelExpectations,
    SegmentEntries,
    ShopNumbers,
    Source,
    counter_source,
)
from shared.insights.rendering import Style
from shared.products.product_sales import ProductSales, UnitSales
from shared.segments.segment import Segment
from shared.segments.summary import SegmentShare, segment_shares
from shared.segments.thresholds import Thresholds

T = TypeVar("T")

ORG = "org_example"
NOW = datetime(2026, 11, 27, 14, 5, tzinfo=UTC)
NIGHT = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
TODAY = date(2026, 11, 27)


def example_shop() -> ShopNumbers:
    """A shop of 1,000 customers that has all it takes for every kind of card."""
    return ShopNumbers(
        org_id=ORG,
        as_of=NOW,
        today=TODAY,
        style=Style(currency="USD", time_zone=ZoneInfo("America/Denver")),
        thresholds=Thresholds(),
        segments=counter_source(
            "segment_counts", f"tenants/{ORG}/segment_counts", segments(), at=NOW
        ),
        transitions=counter_source(
            "segment_transitions",
            f"tenants/{ORG}/segment_transitions",
            SegmentEntries(current={Segment.CHURNED: 54}, before={Segment.CHURNED: 48}),
            at=NOW,
        ),
        about_to_slip=counter_source(
            "about_to_slip",
            f"tenants/{ORG}/customer_segments",
            Group(customers=32, lifetime_value_cents=9_310_00),
            at=NOW,
        ),
        churn=_result("churn", churn()),
        cohorts=_result("cohorts_month", cohorts()),
        affinity=_result("affinity", (pair(),)),
        rfm=_result("rfm", cells()),
        products=_result("product_sales", products()),
        quality=_result("quality", AuditOutcome(orders=12_400, repaired=2, remaining=3)),
        campaigns=_result("campaign_lift", campaigns()),
        predictions=_result("predictions", predicted()),
    )


def segments(**customers: int) -> tuple[SegmentShare, ...]:
    """Return customers by segment with typical values; the example's where left out."""
    usual = {
        "vip": (60, 812_00),
        "loyal": (150, 240_00),
        "new": (140, 61_00),
        "at_risk": (130, 310_00),
        "slipping": (170, 220_00),
        "churned": (240, 130_00),
        "high_value": (40, 190_00),
        "frequent": (70, 170_00),
    }
    return segment_shares(
        {
            segment: {
                "customers": customers.get(segment, number),
                "orders": 3 * customers.get(segment, number),
                "lifetime_value_cents": cents * customers.get(segment, number),
            }
            for segment, (number, cents) in usual.items()
        }
    )


def churn() -> Churn:
    """Fifty-four of 760 lost in 30 days, eleven won back."""
    return Churn(
        segments={
            Segment.AT_RISK: Losses(not_churned_at_start=180, churned=54, churned_and_won_back=2),
            Segment.SLIPPING: Losses(not_churned_at_start=580),
        },
        churned_at_start=197,
        won_back=11,
        new_customers=86,
        new_customers_churned=0,
    )


def cohorts(worse: int = 12) -> tuple[Cohort, ...]:
    """Twelve months that come back alike and one, August, of which `worse` customers do."""
    current = Period.of(TODAY, Granularity.MONTH)
    return tuple(
        _cohort(current.plus(-age), age, worse if age == 3 else 36) for age in range(13, 0, -1)
    )


def _cohort(period: Period, age: int, returning: int) -> Cohort:
    customers = (120, returning, *[20] * (age - 1))
    return Cohort(
        period=period,
        value="",
        size=120,
        customers=customers,
        customers_on_or_after=customers,
        orders=customers,
        revenue_cents=tuple(count * 48_00 for count in customers),
    )


def pair(a: str = "Sourdough Loaf", b: str = "Salted Butter") -> Pair:
    """Two products that go together."""
    return Pair(
        a=Product(id="p1", name=a, category="Bakery"),
        b=Product(id="p2", name=b, category="Dairy"),
        orders=12_400,
        orders_a=900,
        orders_b=760,
        count=210,
        customers=120,
        expected=79.4,
        lift_lower=2.31,
        p_value=1e-9,
        q_value=1e-8,
    )


def products(name: str = "Pumpkin Soup") -> tuple[ProductSales, ...]:
    """One product that loses speed, and those of the pair at theirs."""
    return (
        _product("p1", "Sourdough Loaf", week=70_000, month=300_000, cents=5_50),
        _product("p2", "Salted Butter", week=60_000, month=250_000, cents=3_20),
        _product("p3", name, week=22_000, month=240_000, cents=6_80),
    )


def _product(id: str, name: str, *, week: int, month: int, cents: int) -> ProductSales:
    def unit_sales(milli: int) -> UnitSales:
        return UnitSales(quantity_milli=milli, revenue_cents=milli * cents // 1000)

    return ProductSales(
        product_id=id,
        name=name,
        all_time=unit_sales(4 * month),
        last_7_days=unit_sales(week),
        last_30_days=unit_sales(month),
        last_sale_on=TODAY - timedelta(days=1),
    )


def predicted(critical: int = 190, critical_cents: int = 900_00) -> ModelExpectations:
    """Many are likely to stay away, and little is expected of them."""
    return ModelExpectations(
        critical=critical,
        critical_cents=critical_cents,
        all_cents=96_500_00,
        month=date(2026, 12, 1),
        month_cents=19_130_00,
    )


def cells() -> tuple[Cell, ...]:
    """Some customers at both ends."""
    return (
        _cell(5, 5, 5, customers=42),
        _cell(2, 4, 5, customers=17),
        _cell(1, 3, 5, customers=9),
        _cell(3, 3, 3, customers=932),
    )


def _cell(recency: int, frequency: int, monetary: int, *, customers: int) -> Cell:
    return Cell(
        recency=recency,
        frequency=frequency,
        monetary=monetary,
        customers=customers,
        recency_days=customers * 20,
        orders=customers * 4,
        revenue_cents=customers * 200_00,
    )


def _result(name: str, content: T) -> Source[T]:
    """A result of last night."""
    return counter_source(name, f"tenants/{ORG}/analytics/{name}", content, at=NIGHT)


def campaigns() -> tuple[MeasuredCampaign, ...]:
    """One that paid, and one with too small a holdout."""
    paid_effect = Effect(difference=412.0, low=163.0, high=661.0, p_value=0.002, coverage=0.947)
    unclear = Effect(
        coverage=0.88,
        reason=Unmeasurable.LOW_COVERAGE,
        remedies=(Remedy.LARGER_HOLDOUT,),
    )
    return (
        _campaign("sc_00000000000a", "Autumn Win-back", 900, 300, paid_effect),
        _campaign("sc_00000000000b", "Flash Sale", 480, 12, unclear),
    )


def _campaign(
    campaign_id: str, name: str, treated: int, held_out: int, revenue: Effect
) -> MeasuredCampaign:
    return MeasuredCampaign(
        name=name,
        treated=treated,
        held_out=held_out,
        cost_cents=250_00,
        margin=0.4,
        measurement=Measurement(
            campaign_id=campaign_id,
            goal="winback",
            sent_at=NIGHT - timedelta(days=20),
            window_days=7,
            measured_at=NIGHT - timedelta(days=12),
            restated_at=None,
            state=MeasurementState.FINAL,
            is_sample=False,
            treated=ArmTotals(customers=treated),
            held_out=ArmTotals(customers=held_out),
            revenue=revenue,
            orders=revenue,
            segments=(),
            days=(),
        ),
    )
