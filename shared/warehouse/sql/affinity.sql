-- Pairs of distinct products in the same order, by organisation.
--
-- Orders are counted orders that bought at least one product, no returns: of others it is not known what was in them. A
-- product is in an order or is not: quantities and repeated lines do not count. Items that nothing
-- identifies are all recorded as the product `no_product`, which is in no pair.
--
-- A pair is in no more orders than either product, so products in fewer than `minimum_count` orders
-- are left out before pairs are made. Of an order with more than `maximum_products` others, those in
-- the most orders are taken, and `orders_cut` counts such orders. Where it is 0 all counts are
-- exact; else those of pairs may be too low.
--
-- Kept are `maximum_pairs` pairs, those with the highest lower bound of lift: `lift_lower` in
-- `shared.analytics.affinity`; of equal ones, those in more orders. `pairs_found` counts all.
--
-- Rows: one per product of the kept pairs, with the organisation's totals, a number in the order of
-- ids and its pairs with products of a higher number, in as few cells as they fit into:
-- "number:orders with both,…". One without a product for an organisation that has orders and no
-- pair.
WITH
  organizations AS (
    SELECT JSON_VALUE(organization, '$.org_id') AS org_id
    FROM UNNEST(@organizations) AS organization
  ),
  frequent AS (
    SELECT
      org_id,
      product_id,
      COUNT(*) AS orders,
      MAX(ordered_at) AS latest_at,
      ROW_NUMBER() OVER (PARTITION BY org_id ORDER BY product_id) AS number
    FROM order_lines
    JOIN organizations USING (org_id)
    WHERE in_basket AND product_id != @no_product
    GROUP BY org_id, product_id
    HAVING COUNT(*) >= @minimum_count
  ),
  frequent_lines AS (
    SELECT order_lines.org_id, order_lines.order_id, frequent.number, frequent.orders
    FROM order_lines
    JOIN frequent
      ON frequent.org_id = order_lines.org_id AND frequent.product_id = order_lines.product_id
    WHERE order_lines.in_basket
  ),
  -- Few or none: only of these are the products put in order.
  large_orders AS (
    SELECT org_id, order_id
    FROM frequent_lines
    GROUP BY org_id, order_id
    HAVING COUNT(*) > @maximum_products
  ),
  taken AS (
    SELECT frequent_lines.org_id, frequent_lines.order_id, frequent_lines.number
    FROM frequent_lines
    LEFT JOIN large_orders
      ON large_orders.org_id = frequent_lines.org_id
      AND large_orders.order_id = frequent_lines.order_id
    WHERE large_orders.order_id IS NULL
    UNION ALL
    SELECT frequent_lines.org_id, frequent_lines.order_id, frequent_lines.number
    FROM frequent_lines
    JOIN large_orders
      ON large_orders.org_id = frequent_lines.org_id
      AND large_orders.order_id = frequent_lines.order_id
    WHERE TRUE
    QUALIFY
      ROW_NUMBER() OVER (
        PARTITION BY frequent_lines.org_id, frequent_lines.order_id
        ORDER BY frequent_lines.orders DESC, frequent_lines.number
      ) <= @maximum_products
  ),
  order_totals AS (
    SELECT org_id, COUNT(DISTINCT order_id) AS orders
    FROM order_lines
    JOIN organizations USING (org_id)
    WHERE in_basket
    GROUP BY org_id
  ),
  counted AS (
    SELECT a.org_id, a.number AS number_a, b.number AS number_b, COUNT(*) AS pair_orders
    FROM taken AS a
    JOIN taken AS b
      ON b.org_id = a.org_id AND b.order_id = a.order_id AND b.number > a.number
    GROUP BY a.org_id, a.number, b.number
    HAVING COUNT(*) >= @minimum_count
  ),
  ranked AS (
    SELECT
      counted.org_id,
      counted.number_a,
      counted.number_b,
      counted.pair_orders,
      (counted.pair_orders + 0.5)
      * POW(
        1
        - 1 / (9 * (counted.pair_orders + 0.5))
        - 1.959964 / (3 * SQRT(counted.pair_orders + 0.5)),
        3
      )
      / (a.orders * b.orders / order_totals.orders + 0.5) AS lift_lower
    FROM counted
    JOIN order_totals ON order_totals.org_id = counted.org_id
    JOIN frequent AS a ON a.org_id = counted.org_id AND a.number = counted.number_a
    JOIN frequent AS b ON b.org_id = counted.org_id AND b.number = counted.number_b
  ),
  kept AS (
    SELECT org_id, number_a, number_b, pair_orders
    FROM ranked
    WHERE TRUE
    QUALIFY
      ROW_NUMBER() OVER (
        PARTITION BY org_id ORDER BY lift_lower DESC, pair_orders DESC, number_a, number_b
      ) <= @maximum_pairs
  ),
  partners AS (
    SELECT
      org_id,
      number_a AS number,
      STRING_AGG(CONCAT(CAST(number_b AS STRING), ':', CAST(pair_orders AS STRING))) AS partners
    FROM kept
    GROUP BY org_id, number_a
  ),
  -- With the name and category on the latest order.
  products AS (
    SELECT
      frequent.org_id,
      frequent.number,
      frequent.product_id,
      frequent.orders,
      order_lines.name,
      order_lines.category
    FROM frequent
    JOIN (
      SELECT org_id, number_a AS number FROM kept
      UNION DISTINCT
      SELECT org_id, number_b AS number FROM kept
    ) AS used
      ON used.org_id = frequent.org_id AND used.number = frequent.number
    JOIN order_lines
      ON order_lines.org_id = frequent.org_id AND order_lines.product_id = frequent.product_id
    WHERE order_lines.in_basket AND order_lines.ordered_at = frequent.latest_at
    QUALIFY
      ROW_NUMBER() OVER (
        PARTITION BY frequent.org_id, frequent.product_id ORDER BY order_lines.order_id DESC
      ) = 1
  ),
  cut AS (SELECT org_id, COUNT(*) AS orders FROM large_orders GROUP BY org_id),
  sold AS (SELECT org_id, COUNT(*) AS products FROM frequent GROUP BY org_id),
  found AS (SELECT org_id, COUNT(*) AS pairs FROM counted GROUP BY org_id)
SELECT
  order_totals.org_id,
  order_totals.orders,
  IFNULL(cut.orders, 0) AS orders_cut,
  IFNULL(DIV(sold.products * (sold.products - 1), 2), 0) AS pairs_tested,
  IFNULL(found.pairs, 0) AS pairs_found,
  products.number,
  products.product_id,
  products.name,
  products.category,
  products.orders AS orders_a,
  products.orders AS orders_b,
  partners.partners
FROM order_totals
LEFT JOIN cut ON cut.org_id = order_totals.org_id
LEFT JOIN sold ON sold.org_id = order_totals.org_id
LEFT JOIN found ON found.org_id = order_totals.org_id
LEFT JOIN products ON products.org_id = order_totals.org_id
LEFT JOIN partners ON partners.org_id = products.org_id AND partners.number = products.number
ORDER BY org_id, number
