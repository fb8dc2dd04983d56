-- Customers with any counted order or return, one row each: what they ordered altogether, and in
-- `history` what they had done after each order or return, those dated ahead included. A customer is at
-- an instant where the entry is with `ordered_at` <= the instant < `until_at`, which is null in the last
-- one. A return takes its amount off `value_cents` and is no order. `previous_date` is the day of the
-- order before by day, `next_ordered_at` the instant of the order after by time; null where there is
-- none. `channel`, `campaign_id` and `category` are those of the first order, the one with the smaller id
-- of two at the same instant. Orders without a known customer are left out. The casts of sums are for the emulator.
CREATE OR REPLACE TABLE customers
CLUSTER BY org_id AS
WITH placed AS (
  SELECT
    org_id,
    customer_key,
    ordered_at,
    local_date,
    amount_cents,
    is_return,
    order_id,
    channel,
    campaign_id,
    category,
    LEAD(ordered_at) OVER (PARTITION BY org_id, customer_key ORDER BY ordered_at, order_id)
      AS until_at,
    LEAD(ordered_at) OVER (
      PARTITION BY org_id, customer_key, is_return
      ORDER BY ordered_at, order_id
    ) AS next_ordered_at,
    LAG(local_date) OVER (
      PARTITION BY org_id, customer_key, is_return
      ORDER BY local_date, order_id
    ) AS previous_date,
    SUM(IF(is_return, 0, 1)) OVER (
      PARTITION BY org_id, customer_key
      ORDER BY ordered_at, order_id
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS orders,
    SUM(amount_cents) OVER (
      PARTITION BY org_id, customer_key
      ORDER BY ordered_at, order_id
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS value_cents,
    MAX(IF(is_return, NULL, ordered_at)) OVER (
      PARTITION BY org_id, customer_key
      ORDER BY ordered_at, order_id
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS last_ordered_at
  FROM order_facts
  WHERE customer_key IS NOT NULL
),
grouped AS (
  SELECT
    org_id,
    customer_key,
    COUNTIF(NOT is_return) AS orders,
    CAST(SUM(amount_cents) AS INT64) AS value_cents,
    MIN(IF(is_return, NULL, ordered_at)) AS first_ordered_at,
    MAX(IF(is_return, NULL, ordered_at)) AS last_ordered_at,
    MIN(IF(is_return, NULL, local_date)) AS first_date,
    MAX(IF(is_return, NULL, local_date)) AS last_date,
    ARRAY_AGG(
      STRUCT(channel AS channel, campaign_id AS campaign_id, category AS category)
      ORDER BY is_return, ordered_at, order_id LIMIT 1
    )[OFFSET(0)] AS first_order,
    ARRAY_AGG(
      STRUCT(
        ordered_at AS ordered_at,
        until_at AS until_at,
        next_ordered_at AS next_ordered_at,
        local_date AS local_date,
        previous_date AS previous_date,
        amount_cents AS amount_cents,
        is_return AS is_return,
        CAST(orders AS INT64) AS orders,
        CAST(value_cents AS INT64) AS value_cents,
        last_ordered_at AS last_ordered_at
      )
    ) AS history
  FROM placed
  GROUP BY org_id, customer_key
)
SELECT
  org_id,
  customer_key,
  orders,
  value_cents,
  first_ordered_at,
  last_ordered_at,
  first_date,
  last_date,
  first_order.channel AS channel,
  first_order.campaign_id AS campaign_id,
  first_order.category AS category,
  history
FROM grouped
