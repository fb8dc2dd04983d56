-- Counted orders and returns, one row each. A return has a negative amount and is no order: it takes
-- its amount off revenue and off what its customer is worth, and is part of nothing else.
CREATE OR REPLACE TABLE order_facts
CLUSTER BY org_id AS
SELECT
  order_id,
  org_id,
  customer_key,
  ordered_at,
  local_date,
  amount_cents,
  amount_cents < 0 AS is_return,
  channel,
  campaign_id,
  category
FROM order_entries
WHERE is_fact AND (@all_organizations OR org_id IN UNNEST(@org_ids))
