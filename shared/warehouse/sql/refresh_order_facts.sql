-- Counted orders and returns, one row each. A return has a negative amount and is no order: it takes
-- its amount off revenue and off what its customer is worth, and is part of nothing else. A row that
-- says no instant, day or amount is none of ours: it is left out, so that it holds up nobody, and the
-- audit says that it is wrong.
CREATE OR REPLACE TABLE order_facts
CLUSTER BY org_id AS
WITH facts AS (
  SELECT
    order_id,
    org_id,
    JSON_VALUE(data, '$.customer_key') AS customer_key,
    SAFE_CAST(JSON_VALUE(data, '$.ordered_at._seconds') AS INT64) AS ordered_at_seconds,
    SAFE_CAST(JSON_VALUE(data, '$.ordered_at._nanoseconds') AS INT64) AS nanoseconds,
    SAFE_CAST(JSON_VALUE(data, '$.local_date') AS DATE) AS local_date,
    SAFE_CAST(JSON_VALUE(data, '$.amount_cents') AS INT64) AS amount_cents,
    JSON_VALUE(data, '$.channel') AS channel,
    JSON_VALUE(data, '$.campaign_id') AS campaign_id
  FROM order_entries
  WHERE JSON_VALUE(data, '$.counted') = 'true'
)
SELECT
  order_id,
  org_id,
  customer_key,
  TIMESTAMP_MICROS(ordered_at_seconds * 1000000 + DIV(nanoseconds, 1000)) AS ordered_at,
  local_date,
  amount_cents,
  amount_cents < 0 AS is_return,
  channel,
  campaign_id
FROM facts
WHERE org_id IS NOT NULL
  -- The years 1 to 9999.
  AND ordered_at_seconds BETWEEN -62135596800 AND 253402300799
  AND nanoseconds BETWEEN 0 AND 999999999
  AND local_date IS NOT NULL
  AND amount_cents IS NOT NULL
