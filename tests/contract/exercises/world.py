"""World of the exercises: an organisation, its customers and orders."""

from shared.kernel.clock import utc_now
from tests.support.world import customer_id

ORG, OTHER = "org_north", "org_south"
NOW = utc_now()
CUSTOM = "cs_0123456789ab"
ADA = customer_id(ORG, "ada@example.org").customer_key
