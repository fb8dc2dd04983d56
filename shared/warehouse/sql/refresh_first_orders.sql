-- What is known of each customer's first counted order, the one with the smaller id of two at the same
-- instant: its channel, its campaign and its largest category by amount, the first by name of equal
-- ones. Orders without a known customer are left out.
CREATE OR REPLACE TABLE first_orders
CLUSTER BY org_id AS
WITH firsts AS (
  SELECT org_id, customer_key, order_id, channel, campaign_id
  FROM order_facts
  WHERE NOT is_return AND customer_key IS NOT NULL
  QUALIFY ROW_NUMBER() OVER (PARTITION BY org_id, customer_key ORDER BY ordered_at, order_id) = 1
),
categories AS (
  SELECT
    order_lines.org_id,
    order_lines.order_id,
    order_lines.category,
    SUM(order_lines.amount_cents) AS amount_cents
  FROM order_lines
  JOIN firsts USING (org_id, order_id)
  WHERE @all_organizations OR order_lines.org_id IN UNNEST(@org_ids)
  GROUP BY order_lines.org_id, order_lines.order_id, order_lines.category
  QUALIFY
    ROW_NUMBER() OVER (
      PARTITION BY order_lines.org_id, order_lines.order_id
      ORDER BY SUM(order_lines.amount_cents) DESC, order_lines.category
    ) = 1
)
SELECT
  firsts.org_id,
  firsts.customer_key,
  firsts.channel,
  firsts.campaign_id,
  categories.category
FROM firsts
LEFT JOIN categories USING (org_id, order_id)
