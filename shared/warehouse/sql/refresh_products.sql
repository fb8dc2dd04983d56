-- Products that counted orders bought, with a number: 1 is the one in the most orders of its
-- organisation, of equal ones the first by id. `others` adds up, over the orders with it, how many
-- other products they have. The name and category are those on its latest order. Items that nothing
-- identifies are all recorded as the product `no_product`, which is none.
CREATE OR REPLACE TABLE products
CLUSTER BY org_id AS
WITH sold AS (
  SELECT
    org_id,
    order_id,
    product_id,
    ordered_at,
    name,
    category,
    COUNT(*) OVER (PARTITION BY org_id, order_id) - 1 AS others
  FROM order_lines
  WHERE
    in_basket
    AND product_id != @no_product
    AND (@all_organizations OR org_id IN UNNEST(@org_ids))
),
grouped AS (
  SELECT
    org_id,
    product_id,
    COUNT(*) AS orders,
    SUM(others) AS others,
    ARRAY_AGG(
      STRUCT(name AS name, category AS category) ORDER BY ordered_at DESC, order_id DESC LIMIT 1
    )[OFFSET(0)] AS latest
  FROM sold
  GROUP BY org_id, product_id
)
SELECT
  org_id,
  product_id,
  ROW_NUMBER() OVER (PARTITION BY org_id ORDER BY orders DESC, product_id) AS number,
  orders,
  others,
  latest.name AS name,
  latest.category AS category
FROM grouped
