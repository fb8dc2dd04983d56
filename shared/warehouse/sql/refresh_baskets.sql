-- What each counted order bought, returns left out: the numbers of its products, those in the
-- most orders first, at most `maximum_products`, and 0 for items that nothing identifies. `size` counts
-- all products. `cut_orders` is in how many orders the first product is that was left out, 0 where
-- none was. `customer` is a number of the organisation's own; an order without a known customer
-- has one that no other order has. What begins with `next` is of the same customer's next order, by time
-- and then by id, and null where there is none.
CREATE OR REPLACE TABLE baskets
CLUSTER BY org_id AS
WITH numbered AS (
  SELECT
    order_lines.org_id,
    order_lines.order_id,
    order_lines.customer_key,
    order_lines.ordered_at,
    COALESCE(products.number, 0) AS number,
    COALESCE(products.orders, 0) AS orders
  FROM order_lines
  LEFT JOIN products
    ON products.org_id = order_lines.org_id AND products.product_id = order_lines.product_id
  WHERE
    order_lines.in_basket
    AND (@all_organizations OR order_lines.org_id IN UNNEST(@org_ids))
),
placed AS (
  SELECT
    org_id,
    order_id,
    customer_key,
    ordered_at,
    number,
    ROW_NUMBER() OVER (PARTITION BY org_id, order_id ORDER BY number) AS place,
    LEAD(orders) OVER (PARTITION BY org_id, order_id ORDER BY number) AS next_orders,
    SUM(IF(number > 0, 1, 0)) OVER (PARTITION BY org_id, order_id) AS size,
    SUM(IF(number = 0, 1, 0)) OVER (PARTITION BY org_id, order_id) AS nameless
  FROM numbered
),
grouped AS (
  SELECT
    org_id,
    order_id,
    customer_key,
    ordered_at,
    size,
    ARRAY_AGG(number ORDER BY number) AS numbers,
    MAX(IF(place - nameless = @maximum_products, COALESCE(next_orders, 0), 0)) AS cut_orders
  FROM placed
  WHERE place - nameless <= @maximum_products
  GROUP BY org_id, order_id, customer_key, ordered_at, size
),
owned AS (
  SELECT
    org_id,
    order_id,
    IF(
      customer_key IS NULL,
      -ROW_NUMBER() OVER (PARTITION BY org_id ORDER BY order_id),
      DENSE_RANK() OVER (PARTITION BY org_id ORDER BY customer_key)
    ) AS customer,
    ordered_at,
    size,
    numbers,
    cut_orders
  FROM grouped
)
SELECT
  org_id,
  customer,
  size,
  numbers,
  cut_orders,
  LEAD(size) OVER (PARTITION BY org_id, customer ORDER BY ordered_at, order_id) AS next_size,
  LEAD(numbers) OVER (PARTITION BY org_id, customer ORDER BY ordered_at, order_id) AS next_numbers,
  LEAD(cut_orders) OVER (PARTITION BY org_id, customer ORDER BY ordered_at, order_id)
    AS next_cut_orders
FROM owned
