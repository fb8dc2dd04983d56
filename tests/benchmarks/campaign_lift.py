"""A night that measures a campaign to 100,000 members, whose load was ended and repeated.

What it finds must be what the members spent, each in the arm that was frozen. A campaign to a tenth
of them is measured in the same warehouse, to compare what a member costs.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random
from time import perf_counter
from typing import NamedTuple

from google.cloud import firestore

from shared.campaigns.audience import Arm
from shared.campaigns.campaign import Campaign
from shared.campaigns.performance.lift_question import NAME, CampaignLiftQuestion
from shared.campaigns.performance.measurement import ArmTotals, Measurement
from shared.campaigns.performance.measurement_fields import measurement_from
from shared.campaigns.performance.members_store import load_members
from shared.campaigns.store import CampaignStore
from shared.kernel.clock import utc_now
from shared.nightly.asking import Night
from shared.nightly.question import AskedCampaign, scans
from shared.warehouse.answers import NightAnswers, NightTables
from shared.warehouse.changelog import ChangelogRow
from shared.warehouse.warehouse import Warehouse
from tests.benchmarks.ratio import Ratio
from tests.support.loaded_warehouse import loaded_warehouse
from tests.support.metered import Before, failing
from tests.support.shop import ORG
from tests.support.warehouse_facts import fact_row, organization

NOW = utc_now()
SENT_AT = NOW - timedelta(days=10)
WINDOW_DAYS = 7
DAYS = (-60, -20, -3, 2, 5)
"""Of the orders, from the send: three before it and two in its window."""
TENTH = AskedCampaign(
    id="sc_00000000000t", generation="tenth", goal="winback", window_days=7, sent_at=SENT_AT
)


class Measured(NamedTuple):
    """Result of a night for a campaign, with the seconds of the query and of the statistics."""

    asking: float
    effects: float
    measurement: Measurement


def measured(client: firestore.Client, campaign: Campaign) -> list[Ratio]:
    """Measure the cost of measuring a frozen campaign, and its correctness after a killed load."""
    audience = list(CampaignStore(client, ORG).audience(campaign))
    spends = {each.customer_key: _spend(number) for number, each in enumerate(audience)}
    with loaded_warehouse(_orders(spends)) as warehouse:
        _load(client, warehouse, campaign)
        warehouse.load_members(
            (
                {
                    "org_id": ORG,
                    "campaign_id": TENTH.id,
                    "generation": TENTH.generation,
                    "customer_key": each.customer_key,
                    "held_out": each.arm is Arm.HELD_OUT,
                    "segment": each.segment,
                    "frozen_at": campaign.frozen_at.isoformat(),
                }
                for each in audience[::10]
            ),
            job_id="tenth",
        )
        asked = AskedCampaign(
            id=campaign.id,
            generation=campaign.generation,
            goal=campaign.plan.goal.value,
            window_days=WINDOW_DAYS,
            sent_at=SENT_AT,
        )
        # The first query of a warehouse takes longer.
        _night(warehouse, TENTH)
        fewer = _night(warehouse, TENTH)
        all_of_them = _night(warehouse, asked)
    expected = {
        arm: ArmTotals(
            customers=len(keys),
            buyers=len(keys),
            orders=2 * len(keys),
            revenue_cents=sum(sum(spends[key][3:]) for key in keys),
        )
        for arm in Arm
        for keys in [[each.customer_key for each in audience if each.arm is arm]]
    }
    result = all_of_them.measurement
    if (result.treated, result.held_out) != (expected[Arm.TREATED], expected[Arm.HELD_OUT]):
        raise AssertionError("What was measured is not what the members spent.")
    if result.revenue.reason is not None:
        raise AssertionError(f"Not measurable: {result.revenue.reason}")
    size, tenth = len(audience), len(audience[::10])
    return [
        Ratio(
            what=f"{what} {size:,} members, per member",
            baseline=f"{tenth:,} members",
            value=took / size / (less / tenth),
            goal="≤ 1.00",
            figures=f"{took:.1f} s / {less:.1f} s",
        )
        for what, took, less in (
            ("asking about", all_of_them.asking, fewer.asking),
            ("effects of", all_of_them.effects, fewer.effects),
        )
    ]


def _load(client: firestore.Client, warehouse: Warehouse, campaign: Campaign) -> None:
    """Ended half way, then whole, then once more as if nobody had heard that it was done."""
    half = campaign.chunks // 2 + 1
    with failing(client, lambda _, number: Before(OSError("ended")) if number == half else None):
        try:
            load_members(client, warehouse, ORG, campaign)
        except OSError:
            pass
        else:
            raise AssertionError("The load was not ended.")
    for _ in range(2):
        load_members(client, warehouse, ORG, campaign)


def _night(warehouse: Warehouse, asked: AskedCampaign) -> Measured:
    question = CampaignLiftQuestion()
    shop = replace(organization(ORG, today=NOW.date()), campaigns=(asked,))
    night, tables = Night(), NightTables(warehouse)
    night.make_facts(tables, [shop], NOW)
    assert night.facts is not None
    start = perf_counter()
    (scan,) = scans([question])
    tables.ask(night.facts, scan, NOW)
    took = perf_counter() - start
    tables.combine(night.facts, [scan.name])
    answers = NightAnswers(warehouse, night.facts).of(ORG, [question])
    assert answers is not None
    start = perf_counter()
    (result,) = question.results(shop, answers.rows[NAME])
    (entry,) = result.entries
    return Measured(took, perf_counter() - start, measurement_from(entry))


def _spend(number: int) -> tuple[int, ...]:
    """Cents of each order of a customer, around a level of the customer's own."""
    random = Random(number)
    level = random.randrange(1_000, 20_000)
    return tuple(level + random.randrange(1_000) for _ in DAYS)


def _orders(spends: dict[str, tuple[int, ...]]) -> Iterator[ChangelogRow]:
    for key, amounts in spends.items():
        for number, (day, cents) in enumerate(zip(DAYS, amounts, strict=True)):
            yield fact_row(
                f"{key}_{number}",
                org_id=ORG,
                customer=key,
                ordered_at=SENT_AT + timedelta(days=day),
                amount_cents=cents,
                operation="IMPORT",
            )
