-- What every day counts, as the counted orders make it: one row per day, and one per channel
-- and category of each day, of one organisation: the tables are clustered by it, and only its part is
-- scanned. Of some `days`, in a text with commas, or of all where that is null. A customer is new on the day of the first order. A return is no order.
WITH facts AS (
  SELECT
    order_facts.org_id AS org_id,
    order_facts.order_id AS order_id,
    order_facts.customer_key AS customer_key,
    order_facts.ordered_at AS ordered_at,
    order_facts.local_date AS local_date,
    order_facts.channel AS channel,
    order_facts.amount_cents AS amount_cents,
    order_facts.is_return AS is_return
  FROM order_facts
  WHERE order_facts.org_id = @org_id
),
sold AS (
  SELECT
    order_lines.org_id AS org_id,
    order_lines.local_date AS local_date,
    order_lines.category AS category,
    order_lines.amount_cents AS amount_cents,
    order_lines.quantity_milli AS quantity_milli
  FROM order_lines
  WHERE order_lines.org_id = @org_id
),
newcomers AS (
  SELECT org_id, order_id
  FROM facts
  WHERE NOT is_return AND customer_key IS NOT NULL
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY org_id, customer_key
    ORDER BY ordered_at, local_date, order_id
  ) = 1
),
counted AS (
  SELECT
    facts.org_id AS org_id,
    facts.local_date AS local_date,
    'day' AS kind,
    '' AS id,
    SUM(facts.amount_cents) AS revenue_cents,
    COUNTIF(NOT facts.is_return) AS orders,
    COUNTIF(NOT facts.is_return AND facts.customer_key IS NOT NULL) AS identified_orders,
    COUNTIF(newcomers.order_id IS NOT NULL) AS new_customers,
    0 AS quantity_milli
  FROM facts
  LEFT JOIN newcomers
    ON newcomers.org_id = facts.org_id AND newcomers.order_id = facts.order_id
  GROUP BY facts.org_id, facts.local_date
  UNION ALL
  SELECT
    org_id,
    local_date,
    'channel',
    channel,
    SUM(amount_cents),
    COUNTIF(NOT is_return),
    0,
    0,
    0
  FROM facts
  GROUP BY org_id, local_date, channel
  UNION ALL
  SELECT org_id, local_date, 'category', category, SUM(amount_cents), 0, 0, 0, SUM(quantity_milli)
  FROM sold
  GROUP BY org_id, local_date, category
)
SELECT
  org_id,
  local_date,
  kind,
  id,
  revenue_cents,
  orders,
  identified_orders,
  new_customers,
  quantity_milli
FROM counted
WHERE @days IS NULL OR CAST(local_date AS STRING) IN UNNEST(SPLIT(@days, ','))
ORDER BY org_id, local_date, kind, id
