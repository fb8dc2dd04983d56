-- Products of counted orders and returns: one row per order and product, whatever the quantity and
-- however many lines it was on. Units that came back are negative. `in_basket` tells what an order
-- bought; nothing of a return is in a basket. The name and category are those of the first line. What is the order's own comes
-- from `order_facts`, so that an order of hundreds of lines is not read anew for each of them.
CREATE OR REPLACE TABLE order_lines
CLUSTER BY org_id, order_id AS
WITH lines AS (
  SELECT
    order_id,
    JSON_VALUE(line, '$.product_id') AS product_id,
    JSON_VALUE(line, '$.name') AS name,
    JSON_VALUE(line, '$.category') AS category,
    SAFE_CAST(JSON_VALUE(line, '$.quantity_milli') AS INT64) AS quantity_milli,
    SAFE_CAST(JSON_VALUE(line, '$.amount_cents') AS INT64) AS amount_cents,
    place AS position
  FROM order_entries,
    UNNEST(JSON_QUERY_ARRAY(data, '$.lines')) AS line WITH OFFSET AS place
),
bought AS (
  SELECT
    order_id,
    product_id,
    name,
    category,
    SUM(quantity_milli) OVER (PARTITION BY order_id, product_id) AS quantity_milli,
    SUM(amount_cents) OVER (PARTITION BY order_id, product_id) AS amount_cents
  FROM lines
  QUALIFY ROW_NUMBER() OVER (PARTITION BY order_id, product_id ORDER BY position) = 1
)
SELECT
  bought.order_id,
  order_facts.org_id,
  order_facts.customer_key,
  order_facts.ordered_at,
  order_facts.local_date,
  bought.product_id,
  bought.name,
  bought.category,
  bought.quantity_milli,
  bought.amount_cents,
  order_facts.is_return,
  bought.quantity_milli > 0 AND NOT order_facts.is_return AS in_basket
FROM bought
JOIN order_facts ON order_facts.order_id = bought.order_id
