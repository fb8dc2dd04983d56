-- Pairs of a product in a customer's order and another one in that customer's next order, by
-- organisation.
--
-- A step is an order and the next one of the same customer, by time and then by id, among counted
-- orders that bought at least one product, no returns; orders of nobody in particular have no step. A pair A, B is in a
-- step when A is in its first order and B, another product, in its second. `orders` is the number
-- of steps, `orders_a` that of steps with A in the first order, `orders_b` with B in the second, and
-- `pair_orders` with both. A product is in an order or is not, and `no_product` is in no pair.
--
-- A pair is in no more steps than either product on its side, so products in fewer than
-- `minimum_count` steps on a side are left out there before pairs are made. Of an order with more
-- than `maximum_products` others, those in the most steps on its side are taken, and `orders_cut`
-- counts steps that this befalls. Where it is 0 all counts are exact; else those of pairs may be too
-- low.
--
-- Kept are `maximum_pairs` pairs, those with the highest lower bound of lift: `lift_lower` in
-- `shared.analytics.affinity`; of equal ones, those in more steps. `pairs_found` counts all.
--
-- Rows: one per product of the kept pairs, with the organisation's totals, a number in the order of
-- ids, and the pairs that it is the first product of, in as few cells as they fit into:
-- "number of the second:steps with both,…". One without a product for an organisation that has
-- steps and no pair.
WITH
  organizations AS (
    SELECT JSON_VALUE(organization, '$.org_id') AS org_id
    FROM UNNEST(@organizations) AS organization
  ),
  customer_orders AS (
    SELECT org_id, customer_key, order_id, ordered_at
    FROM order_lines
    JOIN organizations USING (org_id)
    WHERE in_basket AND customer_key IS NOT NULL
    GROUP BY org_id, customer_key, order_id, ordered_at
  ),
  steps AS (
    SELECT
      org_id,
      order_id AS first_id,
      LEAD(order_id) OVER (PARTITION BY org_id, customer_key ORDER BY ordered_at, order_id)
        AS second_id
    FROM customer_orders
  ),
  -- What is in each order of each step; a step goes by the id of its first order.
  sides AS (
    SELECT steps.org_id, steps.first_id, 1 AS side, order_lines.product_id
    FROM steps
    JOIN order_lines
      ON order_lines.org_id = steps.org_id AND order_lines.order_id = steps.first_id
    WHERE
      steps.second_id IS NOT NULL
      AND order_lines.in_basket
      AND order_lines.product_id != @no_product
    UNION ALL
    SELECT steps.org_id, steps.first_id, 2 AS side, order_lines.product_id
    FROM steps
    JOIN order_lines
      ON order_lines.org_id = steps.org_id AND order_lines.order_id = steps.second_id
    WHERE order_lines.in_basket AND order_lines.product_id != @no_product
  ),
  frequent AS (
    SELECT org_id, side, product_id, COUNT(*) AS orders
    FROM sides
    GROUP BY org_id, side, product_id
    HAVING COUNT(*) >= @minimum_count
  ),
  -- With the name and category on the latest order, and a number in the order of ids.
  products AS (
    SELECT
      order_lines.org_id,
      order_lines.product_id,
      order_lines.name,
      order_lines.category,
      DENSE_RANK() OVER (PARTITION BY order_lines.org_id ORDER BY order_lines.product_id) AS number
    FROM order_lines
    JOIN (
      SELECT order_lines.org_id, order_lines.product_id, MAX(order_lines.ordered_at) AS latest_at
      FROM order_lines
      JOIN (SELECT DISTINCT org_id, product_id FROM frequent) AS known
        ON known.org_id = order_lines.org_id AND known.product_id = order_lines.product_id
      WHERE order_lines.in_basket
      GROUP BY order_lines.org_id, order_lines.product_id
    ) AS latest
      ON latest.org_id = order_lines.org_id
      AND latest.product_id = order_lines.product_id
      AND latest.latest_at = order_lines.ordered_at
    WHERE order_lines.in_basket
    QUALIFY
      ROW_NUMBER() OVER (
        PARTITION BY order_lines.org_id, order_lines.product_id ORDER BY order_lines.order_id DESC
      ) = 1
  ),
  numbered AS (
    SELECT frequent.org_id, frequent.side, frequent.product_id, frequent.orders, products.number
    FROM frequent
    JOIN products
      ON products.org_id = frequent.org_id AND products.product_id = frequent.product_id
  ),
  placed AS (
    SELECT
      sides.org_id,
      sides.first_id,
      sides.side,
      numbered.number,
      ROW_NUMBER() OVER (
        PARTITION BY sides.org_id, sides.first_id, sides.side
        ORDER BY numbered.orders DESC, numbered.number
      ) AS place
    FROM sides
    JOIN numbered
      ON numbered.org_id = sides.org_id
      AND numbered.side = sides.side
      AND numbered.product_id = sides.product_id
  ),
  counted AS (
    SELECT a.org_id, a.number AS number_a, b.number AS number_b, COUNT(*) AS pair_orders
    FROM placed AS a
    JOIN placed AS b
      ON b.org_id = a.org_id AND b.first_id = a.first_id AND b.number != a.number
    WHERE
      a.side = 1
      AND b.side = 2
      AND a.place <= @maximum_products
      AND b.place <= @maximum_products
    GROUP BY a.org_id, a.number, b.number
    HAVING COUNT(*) >= @minimum_count
  ),
  totals AS (
    SELECT org_id, COUNT(*) AS orders
    FROM steps
    WHERE second_id IS NOT NULL
    GROUP BY org_id
  ),
  cut AS (
    SELECT org_id, COUNT(DISTINCT first_id) AS orders_cut
    FROM placed
    WHERE place > @maximum_products
    GROUP BY org_id
  ),
  -- Every product of the first side with every other one of the second.
  tested AS (
    SELECT
      org_id,
      COUNTIF(side = 1) * COUNTIF(side = 2) - (COUNT(*) - COUNT(DISTINCT product_id))
        AS pairs_tested
    FROM frequent
    GROUP BY org_id
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
      / (a.orders * b.orders / totals.orders + 0.5) AS lift_lower
    FROM counted
    JOIN totals ON totals.org_id = counted.org_id
    JOIN numbered AS a
      ON a.org_id = counted.org_id AND a.number = counted.number_a AND a.side = 1
    JOIN numbered AS b
      ON b.org_id = counted.org_id AND b.number = counted.number_b AND b.side = 2
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
  used AS (
    SELECT org_id, number_a AS number FROM kept
    UNION DISTINCT
    SELECT org_id, number_b AS number FROM kept
  ),
  found AS (SELECT org_id, COUNT(*) AS pairs FROM counted GROUP BY org_id)
SELECT
  totals.org_id,
  totals.orders,
  IFNULL(cut.orders_cut, 0) AS orders_cut,
  IFNULL(tested.pairs_tested, 0) AS pairs_tested,
  IFNULL(found.pairs, 0) AS pairs_found,
  products.number,
  products.product_id,
  products.name,
  products.category,
  first.orders AS orders_a,
  second.orders AS orders_b,
  partners.partners
FROM totals
LEFT JOIN cut ON cut.org_id = totals.org_id
LEFT JOIN tested ON tested.org_id = totals.org_id
LEFT JOIN found ON found.org_id = totals.org_id
LEFT JOIN used ON used.org_id = totals.org_id
LEFT JOIN products ON products.org_id = used.org_id AND products.number = used.number
LEFT JOIN numbered AS first
  ON first.org_id = used.org_id AND first.number = used.number AND first.side = 1
LEFT JOIN numbered AS second
  ON second.org_id = used.org_id AND second.number = used.number AND second.side = 2
LEFT JOIN partners ON partners.org_id = used.org_id AND partners.number = used.number
ORDER BY org_id, number
