-- Pairs of distinct products in the same order, by organisation.
--
-- Orders are counted orders with at least one line: of others it is not known what was in them. A
-- product is in an order or is not: quantities and repeated lines do not count. Items that nothing
-- identifies are all recorded as the product `no_product`, which is in no pair.
--
-- A pair is in no more orders than either product, so products in fewer than `minimum_count` orders
-- are left out before pairs are made. Of an order with more than `maximum_products` others, those in
-- the most orders are taken, and `orders_cut` counts such orders. Where it is 0 all counts are
-- exact; else those of pairs may be too low.
--
-- Kept are `maximum_pairs` pairs, those with the highest lower bound of lift: `lift_lower` in
-- `shared.analytics.affinity`. `pairs_found` counts all.
--
-- Rows: one per pair, best first, with the organisation's totals; one without products for an
-- organisation that has orders and no pair.
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
    WHERE product_id != @no_product
    GROUP BY org_id, product_id
    HAVING COUNT(*) >= @minimum_count
  ),
  -- With the name and category on the latest order.
  products AS (
    SELECT
      frequent.org_id,
      frequent.product_id,
      frequent.orders,
      frequent.number,
      order_lines.name,
      order_lines.category
    FROM frequent
    JOIN order_lines
      ON order_lines.org_id = frequent.org_id AND order_lines.product_id = frequent.product_id
    WHERE order_lines.ordered_at = frequent.latest_at
    QUALIFY
      ROW_NUMBER() OVER (
        PARTITION BY frequent.org_id, frequent.product_id ORDER BY order_lines.order_id DESC
      ) = 1
  ),
  placed AS (
    SELECT
      order_lines.org_id,
      order_lines.order_id,
      frequent.number,
      ROW_NUMBER() OVER (
        PARTITION BY order_lines.org_id, order_lines.order_id
        ORDER BY frequent.orders DESC NULLS LAST, frequent.number
      ) AS place
    FROM order_lines
    JOIN organizations ON organizations.org_id = order_lines.org_id
    LEFT JOIN frequent
      ON frequent.org_id = order_lines.org_id AND frequent.product_id = order_lines.product_id
  ),
  totals AS (
    SELECT
      org_id,
      COUNTIF(place = 1) AS orders,
      COUNTIF(place = @maximum_products + 1 AND number IS NOT NULL) AS orders_cut,
      IFNULL(MAX(number), 0) AS products
    FROM placed
    GROUP BY org_id
  ),
  counted AS (
    SELECT a.org_id, a.number AS number_a, b.number AS number_b, COUNT(*) AS pair_orders
    FROM placed AS a
    JOIN placed AS b
      ON b.org_id = a.org_id AND b.order_id = a.order_id AND b.number > a.number
    WHERE a.place <= @maximum_products AND b.place <= @maximum_products
    GROUP BY a.org_id, a.number, b.number
    HAVING COUNT(*) >= @minimum_count
  ),
  kept AS (
    SELECT
      counted.org_id,
      a.product_id AS product_a,
      a.name AS name_a,
      a.category AS category_a,
      a.orders AS orders_a,
      b.product_id AS product_b,
      b.name AS name_b,
      b.category AS category_b,
      b.orders AS orders_b,
      counted.pair_orders,
      COUNT(*) OVER (PARTITION BY counted.org_id) AS pairs_found,
      ROW_NUMBER() OVER (
        PARTITION BY counted.org_id
        ORDER BY
          (counted.pair_orders + 0.5)
          * POW(
            1
            - 1 / (9 * (counted.pair_orders + 0.5))
            - 1.959964 / (3 * SQRT(counted.pair_orders + 0.5)),
            3
          )
          / (a.orders * b.orders / totals.orders + 0.5)
          DESC,
          counted.pair_orders DESC,
          counted.number_a,
          counted.number_b
      ) AS place
    FROM counted
    JOIN totals ON totals.org_id = counted.org_id
    JOIN products AS a ON a.org_id = counted.org_id AND a.number = counted.number_a
    JOIN products AS b ON b.org_id = counted.org_id AND b.number = counted.number_b
    WHERE TRUE
    QUALIFY place <= @maximum_pairs
  )
SELECT
  totals.org_id,
  totals.orders,
  totals.orders_cut,
  DIV(totals.products * (totals.products - 1), 2) AS pairs_tested,
  IFNULL(kept.pairs_found, 0) AS pairs_found,
  kept.product_a,
  kept.name_a,
  kept.category_a,
  kept.orders_a,
  kept.product_b,
  kept.name_b,
  kept.category_b,
  kept.orders_b,
  kept.pair_orders
FROM totals
LEFT JOIN kept ON kept.org_id = totals.org_id
ORDER BY totals.org_id, kept.place
