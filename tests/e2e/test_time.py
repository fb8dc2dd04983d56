"""Effects of time alone, on the whole local stack. The last file, so that no other waits for it."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from google.cloud import firestore

from shared.firestore import paths
from tests.e2e.calls import AGING, counts_of, eventually, get, order
from tools.accounts import signed_in_token
from tools.stack.local_stack import FirebaseEmulators

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]


def test_time_moves_a_customer(
    emulators: FirebaseEmulators, shop: firestore.Client, aging: datetime
) -> None:
    token = signed_in_token(emulators, AGING)

    def counts() -> dict[str, int]:
        return counts_of(get(emulators, "/v1/segments", token))

    def overview() -> dict[str, Any]:
        return get(emulators, "/v1/analytics/overview", token)

    eventually(lambda: sum(counts().values()), 1)
    time.sleep(max(0.0, (aging - datetime.now(UTC)).total_seconds() + 0.5))
    emulators.run_schedule("age_segments")

    assert counts() == {"slipping": 1}
    assert overview()["totalRevenue"] == 40.0

    orders = shop.collection(paths.ORDERS)
    orders.document("e2e 2").set(order(datetime.now(UTC), 60.0))
    eventually(lambda: overview()["totalRevenue"], 100.0)
    orders.document("e2e 1").delete()
    eventually(lambda: overview()["totalRevenue"], 60.0)
    assert counts() == {"new": 1}
