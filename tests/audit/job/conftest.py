"""Nights over a shop in which everything has settled."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import typer

from shared.audit import job as auditing
from shared.services import Services
from shared.warehouse.warehouse import Warehouse
from tests.audit.job.night import Night
from tests.support.shop import NOW, ORG, OTHER, Shop, days_ago
from tools import audit as tool


@pytest.fixture(autouse=True)
def everything_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "SETTLE", timedelta(0))


@pytest.fixture
def night(
    services: Services, shop: Shop, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> Night:
    """Two organisations whose orders are counted, and none exported yet."""
    for org in (ORG, OTHER):
        for number in range(4):
            shop.order(f"p{number % 3}@example.org", 10 + number, at=days_ago(number * 25), org=org)
    return Night(replace(services, warehouse=lambda: warehouse), monkeypatch)


@pytest.fixture
def audit(night: Night, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run the tool; gives its exit code."""
    monkeypatch.setattr(tool, "utc_now", lambda: NOW)
    monkeypatch.setattr(tool, "connect", lambda project, warehouse: night.services)

    def run(**options: Any) -> int:
        try:
            tool.main(**options)
        except typer.Exit as ended:
            return ended.exit_code
        return 0

    return run
