"""The reclassifications of all organisations, one after the other."""

from datetime import datetime

from shared.reconciliation.reclassification import Reclassifier


def run_all(worker: Reclassifier, stop_at: datetime) -> int:
    """Go on with all that is not settled; gives how many organisations have some left.

    As tasks do it, what is wrong with one organisation holds up no other.
    """
    left = 0
    for org_id in list(worker.unsettled()):
        try:
            left += not worker.run(org_id, stop_at)
        except Exception:
            left += 1
    return left
