-- What counted orders bought, returns left out: a row for each product, and one for each order; and what
-- each product and category sold. In one table, as all are made of the same lines, which are most of what
-- an order takes. The columns of the one are null in the others.
--
-- Of a product, `number` is 1 for the one in the most orders of its organisation, of equal ones the first
-- by id; `orders` is in how many it is, and `others` adds up, over these, how many other products they
-- have. The name and category are those on its latest order. One in a single order is in no pair of two
-- customers, and is left out. Items that nothing identifies are all
-- recorded as the product `no_product`, which is none.
--
-- Of an order, `numbers` are those of its products, those in the most orders first, at most
-- `maximum_products`, and 0 for items that nothing identifies. `size` counts all products. `cut_orders`
-- is in how many orders the first product is that was left out, 0 where none was. `customer` is a number
-- of the organisation's own; an order without a known customer has a negative one that no other order
-- has. `place` is its number among the customer's orders, by time and then by id.
--
-- `sold` and `last_sale_on` are those of `sold_products`, which says what they are.
CREATE OR REPLACE TABLE baskets
CLUSTER BY org_id AS
WITH bought AS (
  SELECT
    org_id,
    order_id,
    customer_key,
    ordered_at,
    product_id,
    name,
    category,
    SUM(IF(product_id = @no_product, 0, 1)) OVER (PARTITION BY org_id, order_id) AS size
  FROM order_lines
  WHERE in_basket AND (@all_organizations OR org_id IN UNNEST(@org_ids))
),
sold AS (
  SELECT
    org_id,
    product_id,
    COUNT(*) AS orders,
    SUM(size - 1) AS others,
    ARRAY_AGG(
      STRUCT(name AS name, category AS category) ORDER BY ordered_at DESC, order_id DESC LIMIT 1
    )[OFFSET(0)] AS latest
  FROM bought
  WHERE product_id != @no_product
  GROUP BY org_id, product_id
),
ranked AS (
  SELECT
    org_id,
    ROW_NUMBER() OVER (PARTITION BY org_id ORDER BY orders DESC, product_id) AS number,
    product_id,
    latest.name AS name,
    latest.category AS category,
    orders,
    others
  FROM sold
),
numbered AS (
  SELECT
    bought.org_id,
    bought.order_id,
    bought.customer_key,
    bought.ordered_at,
    bought.size,
    COALESCE(ranked.number, 0) AS number,
    COALESCE(ranked.orders, 0) AS orders
  FROM bought
  LEFT JOIN ranked
    ON ranked.org_id = bought.org_id AND ranked.product_id = bought.product_id
),
placed AS (
  SELECT
    org_id,
    order_id,
    customer_key,
    ordered_at,
    size,
    number,
    ROW_NUMBER() OVER (PARTITION BY org_id, order_id ORDER BY number) AS place,
    LEAD(orders) OVER (PARTITION BY org_id, order_id ORDER BY number) AS next_orders,
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
sales AS (
{{sold_products}}
),
-- Customers, and orders without one, are numbered in a thousand parts of an organisation, each of which
-- fits a machine. A part has its own remainder of numbers, so no two are equal. They stay below 2³², which
-- `affinity` needs, for four billion customers.
divided AS (
  SELECT
    grouped.*,
    COALESCE(customer_key, order_id) AS owner,
    ABS(MOD(FARM_FINGERPRINT(COALESCE(customer_key, order_id)), 1000)) AS part
  FROM grouped
),
owned AS (
  SELECT
    org_id,
    order_id,
    IF(customer_key IS NULL, -1, 1)
    * (1000 * DENSE_RANK() OVER (PARTITION BY org_id, part ORDER BY owner) + part) AS customer,
    ordered_at,
    size,
    numbers,
    cut_orders
  FROM divided
)
SELECT
  org_id,
  customer,
  ROW_NUMBER() OVER (PARTITION BY org_id, customer ORDER BY ordered_at, order_id) AS place,
  size,
  numbers,
  cut_orders,
  NULL AS number,
  NULL AS product_id,
  NULL AS name,
  NULL AS category,
  NULL AS orders,
  NULL AS others,
  NULL AS sold,
  NULL AS last_sale_on
FROM owned
UNION ALL
SELECT
  org_id,
  NULL AS customer,
  NULL AS place,
  NULL AS size,
  NULL AS numbers,
  NULL AS cut_orders,
  number,
  product_id,
  name,
  category,
  orders,
  others,
  NULL AS sold,
  NULL AS last_sale_on
FROM ranked
WHERE orders > 1
UNION ALL
SELECT
  org_id,
  NULL AS customer,
  NULL AS place,
  NULL AS size,
  NULL AS numbers,
  NULL AS cut_orders,
  NULL AS number,
  product_id,
  name,
  category,
  NULL AS orders,
  NULL AS others,
  numbers AS sold,
  last_sale_on
FROM sales
