"""Every kind of damage is found by the check and at the depth that promise it, and repaired.

`docs/analytics.md` has the same kinds in its table of depths.

One audit finds many kinds at once: see `tests.audit.damage`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import pytest
from google.cloud import firestore

from shared.audit import nightly, orders, report
from shared.audit.report import AuditReport, Check, Place
from shared.warehouse.warehouse import Warehouse
from tests.audit.audited_world import ORG, Installation
from tests.audit.damage import (
    KINDS,
    OF_CAMPAIGNS,
    OF_ORDERS,
    Found,
    Kind,
    Targets,
)
from tests.support.own_data import own_client, own_warehouse

EVERY_SAMPLE = 10_000


@dataclass(frozen=True, kw_only=True)
class Audited:
    """An installation with damage, and what audits found."""

    kinds: tuple[Kind, ...]
    documents: dict[str, str]
    """Damaged documents of each kind, by its name."""
    unrepaired: AuditReport
    repaired: AuditReport
    everything_again: AuditReport


@pytest.fixture(scope="module")
def _parts_and_all_samples() -> Iterator[None]:
    """An audit of everything takes several parts."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(orders, "ORDERS_AT_ONCE", 30)
        patched.setattr(report, "MAX_SAMPLES", EVERY_SAMPLE)
        yield


@pytest.fixture(scope="module", params=list(Found), ids=lambda found: found.name)
def audited(
    request: pytest.FixtureRequest,
    firestore_emulator: str,
    bigquery_host: str,
    _parts_and_all_samples: None,
) -> Iterator[Audited]:
    """By the depth that finds no more than these: on demand, everything is."""
    found: Found = request.param
    on_demand = found is Found.ON_DEMAND
    kinds = tuple(kind for kind in KINDS if on_demand or kind.found is found)
    with own_client() as client, own_warehouse() as warehouse:
        installation = Installation(client, warehouse, orders=120)
        targets = Targets(installation)
        documents = {kind.name: kind.damage(targets) for kind in kinds}
        auditor = installation.auditor()
        made_at = installation.make_tables()

        def audit(*, repair: bool) -> AuditReport:
            if on_demand:
                return auditor.audit(ORG, repair=repair, facts_made_at=made_at)
            place = Place(slice=targets.slice if found is Found.WITHIN_30_NIGHTS else 0)
            return nightly.audit_night(auditor, ORG, place, repair=repair, facts_made_at=made_at)

        unrepaired, repaired = audit(repair=False), audit(repair=True)
        again = installation.audit(repair=False)
        installation.assert_right()
        yield Audited(
            kinds=kinds,
            documents=documents,
            unrepaired=unrepaired,
            repaired=repaired,
            everything_again=again,
        )


def named(found: AuditReport, check: Check) -> set[str]:
    """The documents that a check found wrong."""
    (checked,) = (each for each in found.checks if each.check is check)
    return {difference.document for difference in checked.samples}


def test_each_kind_is_found_by_its_check(audited: Audited) -> None:
    for kind in audited.kinds:
        document = audited.documents[kind.name]
        for actual in (audited.unrepaired, audited.repaired):
            assert document in named(actual, kind.check), kind.name


def test_nothing_else_is_found_in_orders_and_the_export(audited: Audited) -> None:
    """A ledger entry that is wrong makes customers and counters wrong, which SQL says at once."""
    for check in (Check.ORDERS_IN_LEDGER, Check.EXPORT_COMPLETE):
        damaged = {audited.documents[kind.name] for kind in audited.kinds if kind.check is check}
        assert named(audited.repaired, check) == damaged


def test_all_of_it_is_repaired(audited: Audited) -> None:
    assert audited.repaired.remaining == 0
    for check in audited.repaired.checks:
        assert check.repaired == check.drift
    for check in audited.everything_again.checks:
        assert (check.drift, check.samples) == (0, []), check


def test_nothing_is_written_where_damage_is_only_to_be_found(audited: Audited) -> None:
    for before, after in zip(audited.unrepaired.checks, audited.repaired.checks, strict=True):
        assert (before.repaired, before.remaining) == (0, before.drift)
        if before.check is Check.ORDERS_IN_LEDGER:
            assert before.drift == after.drift


def test_a_report_holds_nothing_personal(audited: Audited) -> None:
    for actual in (audited.unrepaired, audited.repaired):
        assert "@" not in repr(actual)
        assert "555-" not in repr(actual)


def test_a_rebuild_finds_and_repairs_the_same_without_the_export(
    firestore_client: firestore.Client, warehouse: Warehouse
) -> None:
    installation = Installation(firestore_client, warehouse, orders=120)
    targets = Targets(installation)
    documents = {kind.damage(targets) for kind in KINDS if kind.check is not Check.EXPORT_COMPLETE}
    actual = {difference.document for difference in installation.rebuild().differences}
    assert documents <= actual
    assert "@" not in repr(actual)
    assert installation.rebuild().differences == []
    installation.assert_right()


@pytest.mark.parametrize("seed", range(2))
def test_any_damage_together_is_repaired_by_a_night_and_an_audit_of_everything(
    firestore_client: firestore.Client, warehouse: Warehouse, seed: int
) -> None:
    random = Random(seed)
    installation = Installation(firestore_client, warehouse, orders=120)
    targets = Targets(installation)
    kinds = [*random.sample(OF_ORDERS, random.randint(6, 14)), *OF_CAMPAIGNS]
    for kind in kinds:
        kind.damage(targets)
    tonight = installation.night(Place(slice=random.randrange(29)))
    assert tonight.remaining == 0, [kind.name for kind in kinds]
    assert installation.audit().remaining == 0
    again = installation.audit(repair=False)
    assert again.drift == 0, [check.samples for check in again.checks]
    installation.assert_right()
