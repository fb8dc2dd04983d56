"""The reclassifications of all organisations, one after the other."""

from datetime import datetime

from shared.reconciliation.reclassification import Reclassifier


def run_all(worker: Reclassifier, stop_at: datetime) -> int:
    """Continue all unsettled work; returns the number of organisations with work left.

    As with tasks, a failure of one organisation does not delay others.
    """
    left = 0
    for org_id in list(worker.unsettled()):
        try:
            left += not worker.run(org_id, stop_at)
        except Exception:
            left += 1
    return left
