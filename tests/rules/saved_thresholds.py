"""Thresholds as tests save them."""

from datetime import timedelta
from typing import Any

from shared.segments.thresholds import Thresholds, stored_values
from shared.services import Services
from tests.support.dashboard import Dashboard
from tests.support.shop import NOW, ORG, OTHER, Shop, days_ago

PATH = "/v1/settings/thresholds"
DEFAULTS = stored_values(Thresholds())


def put(
    dashboard: Dashboard, values: dict[str, Any], *, match: str | None = None, **claims: Any
) -> Any:
    """Save thresholds over the version that is in force, or over the one named."""
    etag = match or dashboard.call(PATH).headers["ETag"]
    return dashboard.call(
        PATH, method="PUT", json={"thresholds": values}, headers={"If-Match": etag}, **claims
    )


def reclassify(services: Services, org: str = ORG) -> None:
    services.reclassifier().run(org, NOW + timedelta(minutes=5))


# --- preview


def population(shop: Shop) -> None:
    for number in range(6):
        shop.order(f"p{number}@example.org", 100 * (number + 1), at=days_ago(40))
        shop.order(f"p{number}@example.org", 10, at=days_ago(2 + 10 * number))
    shop.order("elsewhere@example.org", 5000, at=days_ago(40), org=OTHER)
