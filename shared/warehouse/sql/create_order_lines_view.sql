-- Products of counted orders and returns: one row per order and product, whatever the quantity and
-- however many lines it was on. Units that came back are negative. `in_basket` tells what an order
-- bought; nothing of a return is in a basket. A view, as the lines are most of what an order takes. It
-- unnests those of the tables: the emulator loses the lines of the view `order_entries`.
CREATE OR REPLACE VIEW order_lines AS
SELECT
  base.order_id,
  base.org_id,
  base.customer_key,
  base.ordered_at,
  base.local_date,
  line.product_id,
  line.name,
  line.category,
  line.quantity_milli,
  line.amount_cents,
  base.amount_cents < 0 AS is_return,
  line.quantity_milli > 0 AND base.amount_cents >= 0 AS in_basket
FROM `{dataset}.{base}` AS base
CROSS JOIN UNNEST(base.lines) AS line
WHERE
  base.is_fact
  AND NOT EXISTS (
    SELECT 1 FROM `{dataset}.{delta}` AS delta WHERE delta.order_id = base.order_id
  )
  AND NOT EXISTS (
    SELECT 1 FROM `{dataset}.order_changes` WHERE order_changes.order_id = base.order_id
  )
UNION ALL
SELECT
  delta.order_id,
  delta.org_id,
  delta.customer_key,
  delta.ordered_at,
  delta.local_date,
  line.product_id,
  line.name,
  line.category,
  line.quantity_milli,
  line.amount_cents,
  delta.amount_cents < 0 AS is_return,
  line.quantity_milli > 0 AND delta.amount_cents >= 0 AS in_basket
FROM `{dataset}.{delta}` AS delta
CROSS JOIN UNNEST(delta.lines) AS line
WHERE
  delta.is_fact
  AND NOT EXISTS (
    SELECT 1 FROM `{dataset}.order_changes` WHERE order_changes.order_id = delta.order_id
  )
UNION ALL
SELECT
  order_changes.order_id,
  order_changes.org_id,
  order_changes.customer_key,
  order_changes.ordered_at,
  order_changes.local_date,
  line.product_id,
  line.name,
  line.category,
  line.quantity_milli,
  line.amount_cents,
  order_changes.amount_cents < 0 AS is_return,
  line.quantity_milli > 0 AND order_changes.amount_cents >= 0 AS in_basket
FROM `{dataset}.order_changes`
CROSS JOIN UNNEST(order_changes.lines) AS line
WHERE order_changes.is_fact
