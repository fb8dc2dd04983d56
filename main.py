"""The deployed functions. The platform looks for them here and nowhere else."""

import gc

# Looking for garbage among all that is being imported takes a quarter of the time, and finds none.
gc.disable()

from functions.api import api, insights  # noqa: E402
from functions.schedules import (  # noqa: E402
    age_segments,
    audit,
    compute_analytics,
    generate_insights,
    reclassify_segments,
    resume_campaigns,
)
from functions.tasks import (  # noqa: E402
    auditorganization,
    backfillorganization,
    campaignsorganization,
    computeorganization,
    insightsorganization,
    predictorganization,
    reclassifyorganization,
)
from functions.triggers import (  # noqa: E402
    on_customer_written,
    on_event_written,
    on_ledger_written,
    on_order_written,
    on_settings_written,
)

gc.freeze()  # Nor does any later collection look through it.
gc.enable()

__all__ = [
    "age_segments",
    "api",
    "audit",
    "auditorganization",
    "backfillorganization",
    "campaignsorganization",
    "compute_analytics",
    "computeorganization",
    "generate_insights",
    "insights",
    "insightsorganization",
    "on_customer_written",
    "on_event_written",
    "on_ledger_written",
    "on_order_written",
    "on_settings_written",
    "predictorganization",
    "reclassify_segments",
    "reclassifyorganization",
    "resume_campaigns",
]
