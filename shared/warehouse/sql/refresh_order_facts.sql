-- Counted orders, one row each.
CREATE OR REPLACE TABLE order_facts
CLUSTER BY org_id AS
SELECT
  order_id,
  org_id,
  JSON_VALUE(data, '$.customer_key') AS customer_key,
  TIMESTAMP_MICROS(
    CAST(JSON_VALUE(data, '$.ordered_at._seconds') AS INT64) * 1000000
    + DIV(CAST(JSON_VALUE(data, '$.ordered_at._nanoseconds') AS INT64), 1000)
  ) AS ordered_at,
  CAST(JSON_VALUE(data, '$.local_date') AS DATE) AS local_date,
  CAST(JSON_VALUE(data, '$.amount_cents') AS INT64) AS amount_cents,
  JSON_VALUE(data, '$.channel') AS channel,
  JSON_VALUE(data, '$.campaign_id') AS campaign_id,
  JSON_VALUE(data, '$.coupon_code') AS coupon_code
FROM order_entries
WHERE JSON_VALUE(data, '$.counted') = 'true'
