-- Pairs of distinct products, by organisation and relation: `affinity`, in the same order, and
-- `affinity_next_order`, the first in a customer's order and the second in that customer's next order.
-- Asked are those in `relations`.
--
-- Orders are those in `baskets`: counted orders that bought at least one product, as of others it is
-- not known what was in them. A product is in an order or is not: quantities and repeated lines do
-- not count. A step is an order and the next one of the same customer; orders without a known customer
-- have none. Of the next order, `orders` is the number of steps, sides `a` are their first orders and `b`
-- the second ones, and a pair A, B is another one than B, A. `places_a` and `places_b` add up the
-- products of all orders on a side, `together` their ordered pairs. `orders_cut` counts the orders, or
-- steps, of which a product in `minimum_count` orders was left out as one too many. Where it is 0 all
-- counts are exact; else those of pairs, and of products in steps, may be too low.
--
-- A pair is found where it is in `minimum_count` orders or more, of at least two customers, and
-- `pairs_found` counts all. Kept are the best `maximum_pairs` by each of the lower bound of lift,
-- lift, count, confidence and p-value: `lift_lower` and `chance` in
-- `shared.affinity.pair_statistics`. `surprise` is the logarithm of the latter, but for its sign and
-- a constant.
--
-- Rows: one per relation and organisation with orders, or steps. `products` has a JSON object per line
-- for each product of the pairs kept. `pairs` has these as "a:b:orders with both:customers,…" by the
-- products' numbers.
WITH
  organizations AS (
    SELECT JSON_VALUE(organization, '$.org_id') AS org_id
    FROM asked_organizations
  ),
  catalogue AS (
    SELECT org_id, number, product_id, name, category, orders, others
    FROM baskets
    WHERE number IS NOT NULL
  ),
  steps AS (
    SELECT
      org_id,
      customer,
      size,
      numbers,
      cut_orders,
      LEAD(size) OVER (PARTITION BY org_id, customer ORDER BY place) AS next_size,
      LEAD(numbers) OVER (PARTITION BY org_id, customer ORDER BY place) AS next_numbers,
      LEAD(cut_orders) OVER (PARTITION BY org_id, customer ORDER BY place) AS next_cut_orders
    FROM baskets
    JOIN organizations USING (org_id)
    WHERE customer > 0 AND 'affinity_next_order' IN UNNEST(@relations)
  ),
  totals AS (
    SELECT
      'affinity' AS relation,
      org_id,
      COUNT(*) AS orders,
      COUNTIF(cut_orders >= @minimum_count) AS orders_cut,
      SUM(size) AS places_a,
      SUM(size) AS places_b,
      SUM(size * (size - 1)) AS together
    FROM baskets
    JOIN organizations USING (org_id)
    WHERE 'affinity' IN UNNEST(@relations) AND size IS NOT NULL
    GROUP BY org_id
    UNION ALL
    SELECT
      'affinity_next_order',
      org_id,
      COUNT(*),
      COUNTIF(GREATEST(cut_orders, next_cut_orders) >= @minimum_count),
      SUM(size),
      SUM(next_size),
      SUM(size * next_size)
    FROM steps
    WHERE next_size IS NOT NULL
    GROUP BY org_id
  ),
  sides AS (
    SELECT 'affinity' AS relation, org_id, side, number, orders, others
    FROM catalogue
    CROSS JOIN UNNEST([1, 2]) AS side
    UNION ALL
    SELECT 'affinity_next_order', org_id, 1, number, COUNT(*), SUM(next_size)
    FROM steps
    CROSS JOIN UNNEST(steps.numbers) AS number
    WHERE next_size IS NOT NULL
    GROUP BY org_id, number
    UNION ALL
    SELECT 'affinity_next_order', org_id, 2, number, COUNT(*), SUM(size)
    FROM steps
    CROSS JOIN UNNEST(steps.next_numbers) AS number
    WHERE next_size IS NOT NULL
    GROUP BY org_id, number
  ),
  -- With the product's part of all places on its side, and of all pairs.
  sold AS (
    SELECT
      sides.relation,
      sides.org_id,
      sides.side,
      sides.number,
      sides.orders,
      sides.others,
      totals.together,
      sides.orders / IF(sides.side = 1, totals.places_a, totals.places_b) AS part_of_places,
      sides.others / NULLIF(totals.together, 0) AS part_of_pairs
    FROM sides
    JOIN totals ON totals.relation = sides.relation AND totals.org_id = sides.org_id
    WHERE sides.number > 0 AND sides.orders >= @minimum_count
  ),
  -- Every two products; every product of the first side with every other one of the second.
  tested AS (
    SELECT
      relation,
      org_id,
      IF(
        relation = 'affinity',
        DIV(COUNTIF(side = 1) * (COUNTIF(side = 1) - 1), 2),
        COUNTIF(side = 1) * COUNTIF(side = 2) - (COUNT(*) - COUNT(DISTINCT number))
      ) AS pairs_tested
    FROM sold
    GROUP BY relation, org_id
  ),
  -- One number for a pair, a × 2³² + b, is quicker to group, join and sort than two.
  counted AS (
    SELECT
      'affinity' AS relation,
      org_id,
      a * 4294967296 + b AS pair,
      COUNT(*) AS pair_orders
    FROM baskets
    JOIN organizations USING (org_id)
    CROSS JOIN UNNEST(baskets.numbers) AS a
    CROSS JOIN UNNEST(baskets.numbers) AS b
    WHERE 'affinity' IN UNNEST(@relations) AND a < b AND LEAST(a, b) > 0
    GROUP BY org_id, pair
    HAVING COUNT(*) >= @minimum_count AND MIN(baskets.customer) < MAX(baskets.customer)
    UNION ALL
    SELECT 'affinity_next_order', org_id, a * 4294967296 + b AS pair, COUNT(*)
    FROM steps
    CROSS JOIN UNNEST(steps.numbers) AS a
    CROSS JOIN UNNEST(steps.next_numbers) AS b
    WHERE a != b AND LEAST(a, b) > 0
    GROUP BY org_id, pair
    HAVING COUNT(*) >= @minimum_count AND MIN(steps.customer) < MAX(steps.customer)
  ),
  expected AS (
    SELECT
      counted.relation,
      counted.org_id,
      counted.pair,
      counted.pair_orders,
      counted.pair_orders
      / IF(counted.relation = 'affinity', LEAST(sold_a.orders, sold_b.orders), sold_a.orders)
        AS confidence,
      sold_a.part_of_places * sold_b.part_of_places * sold_a.together AS expected,
      GREATEST(
        sold_a.part_of_places * sold_b.part_of_places,
        sold_a.part_of_pairs * sold_b.part_of_pairs
      ) * sold_a.together AS most_expected
    FROM counted
    JOIN sold AS sold_a
      ON
        sold_a.relation = counted.relation
        AND sold_a.org_id = counted.org_id
        AND sold_a.number = DIV(counted.pair, 4294967296)
        AND sold_a.side = 1
    JOIN sold AS sold_b
      ON
        sold_b.relation = counted.relation
        AND sold_b.org_id = counted.org_id
        AND sold_b.number = MOD(counted.pair, 4294967296)
        AND sold_b.side = 2
  ),
  scored AS (
    SELECT
      relation,
      org_id,
      pair,
      pair_orders,
      confidence,
      pair_orders / expected AS lift,
      (pair_orders + 0.5)
      * POW(1 - 1 / (9 * (pair_orders + 0.5)) - 1.959964 / (3 * SQRT(pair_orders + 0.5)), 3)
      / (expected + 0.5) AS lift_lower,
      IF(
        pair_orders > most_expected,
        pair_orders * LN(pair_orders / most_expected)
        - pair_orders
        + most_expected
        + 0.5 * LN(pair_orders)
        + 1 / (12 * pair_orders)
        + LN(1 - most_expected / (pair_orders + 1)),
        0
      ) AS surprise
    FROM expected
  ),
  best AS (
    SELECT
      relation,
      org_id,
      COUNT(*) AS pairs_found,
      ARRAY_CONCAT(
        ARRAY_AGG(pair ORDER BY lift_lower DESC, pair LIMIT @maximum_pairs),
        ARRAY_AGG(pair ORDER BY lift DESC, pair LIMIT @maximum_pairs),
        ARRAY_AGG(pair ORDER BY pair_orders DESC, pair LIMIT @maximum_pairs),
        ARRAY_AGG(pair ORDER BY confidence DESC, pair LIMIT @maximum_pairs),
        ARRAY_AGG(pair ORDER BY surprise DESC, pair LIMIT @maximum_pairs)
      ) AS pairs
    FROM scored
    GROUP BY relation, org_id
  ),
  kept AS (
    SELECT DISTINCT best.relation, best.org_id, pair, best.pairs_found
    FROM best
    CROSS JOIN UNNEST(best.pairs) AS pair
  ),
  -- How many customers is counted of the pairs kept only: of all it would take several times as long.
  met_customers AS (
    SELECT
      kept.relation,
      met.org_id,
      met.pair,
      met.customer,
      COUNT(*) AS orders,
      MAX(kept.pairs_found) AS pairs_found
    FROM (
      SELECT org_id, a * 4294967296 + b AS pair, baskets.customer
      FROM baskets
      JOIN organizations USING (org_id)
      CROSS JOIN UNNEST(baskets.numbers) AS a
      CROSS JOIN UNNEST(baskets.numbers) AS b
      WHERE 'affinity' IN UNNEST(@relations) AND a < b AND LEAST(a, b) > 0
    ) AS met
    JOIN kept
      ON kept.org_id = met.org_id AND kept.pair = met.pair AND kept.relation = 'affinity'
    GROUP BY kept.relation, met.org_id, met.pair, met.customer
    UNION ALL
    SELECT
      kept.relation,
      met.org_id,
      met.pair,
      met.customer,
      COUNT(*),
      MAX(kept.pairs_found)
    FROM (
      SELECT org_id, a * 4294967296 + b AS pair, steps.customer
      FROM steps
      CROSS JOIN UNNEST(steps.numbers) AS a
      CROSS JOIN UNNEST(steps.next_numbers) AS b
      WHERE a != b AND LEAST(a, b) > 0
    ) AS met
    JOIN kept
      ON
        kept.org_id = met.org_id
        AND kept.pair = met.pair
        AND kept.relation = 'affinity_next_order'
    GROUP BY kept.relation, met.org_id, met.pair, met.customer
  ),
  bought AS (
    SELECT
      relation,
      org_id,
      DIV(pair, 4294967296) AS a,
      MOD(pair, 4294967296) AS b,
      SUM(orders) AS pair_orders,
      COUNT(*) AS customers,
      MAX(pairs_found) AS pairs_found
    FROM met_customers
    GROUP BY relation, org_id, pair
  ),
  pair_lists AS (
    SELECT
      relation,
      org_id,
      MAX(pairs_found) AS pairs_found,
      STRING_AGG(
        CONCAT(
          CAST(a AS STRING), ':',
          CAST(b AS STRING), ':',
          CAST(pair_orders AS STRING), ':',
          CAST(customers AS STRING)
        )
      ) AS pairs
    FROM bought
    GROUP BY relation, org_id
  ),
  used AS (
    SELECT relation, org_id, a AS number FROM bought
    UNION DISTINCT
    SELECT relation, org_id, b AS number FROM bought
  ),
  product_lists AS (
    SELECT
      used.relation,
      used.org_id,
      STRING_AGG(
        TO_JSON_STRING(
          STRUCT(
            catalogue.number AS number,
            catalogue.product_id AS id,
            catalogue.name AS name,
            catalogue.category AS category,
            first.orders AS orders_a,
            second.orders AS orders_b,
            first.others AS others_a,
            second.others AS others_b
          )
        ),
        '\n'
      ) AS products
    FROM used
    JOIN catalogue ON catalogue.org_id = used.org_id AND catalogue.number = used.number
    LEFT JOIN sold AS first
      ON
        first.relation = used.relation
        AND first.org_id = used.org_id
        AND first.number = used.number
        AND first.side = 1
    LEFT JOIN sold AS second
      ON
        second.relation = used.relation
        AND second.org_id = used.org_id
        AND second.number = used.number
        AND second.side = 2
    GROUP BY used.relation, used.org_id
  )
SELECT
  totals.relation AS question,
  totals.org_id,
  totals.orders,
  totals.orders_cut,
  totals.places_a,
  totals.places_b,
  totals.together,
  COALESCE(tested.pairs_tested, 0) AS pairs_tested,
  COALESCE(pair_lists.pairs_found, 0) AS pairs_found,
  product_lists.products,
  pair_lists.pairs
FROM totals
LEFT JOIN tested USING (relation, org_id)
LEFT JOIN product_lists USING (relation, org_id)
LEFT JOIN pair_lists USING (relation, org_id)
