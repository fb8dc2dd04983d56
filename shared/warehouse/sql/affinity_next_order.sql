-- Pairs of a product in a customer's order and another one in that customer's next order, by
-- organisation.
--
-- A step is an order in `baskets` and the next one of the same customer; orders without a
-- known customer have none. A pair A, B is in a step when A is in its first order and B, another product,
-- in its second. `orders` is the number of steps. `places_a` adds up the products of their first
-- orders, `places_b` those of the second ones, and `together` the pairs of both. `orders_cut` counts
-- the steps of which a product in `minimum_count` orders was left out as one too many. Where it is 0
-- all counts are exact; else those of products and pairs may be too low.
--
-- A pair is found where it is in `minimum_count` steps or more, of at least two customers, and
-- `pairs_found` counts all. Kept are the best `maximum_pairs` by each of the lower bound of lift,
-- lift, count, confidence and p-value: `lift_lower` and `chance` in
-- `shared.analytics.pair_statistics`. `surprise` is the logarithm of the latter, but for its sign and
-- a constant.
--
-- Rows: one per organisation with steps. `products` has a JSON object per line for each product of
-- the pairs kept. `pairs` has these as "a:b:steps with both:customers,…" by the products' numbers.
WITH
  organizations AS (
    SELECT JSON_VALUE(organization, '$.org_id') AS org_id
    FROM asked_organizations
  ),
  totals AS (
    SELECT
      org_id,
      COUNT(*) AS orders,
      COUNTIF(GREATEST(cut_orders, next_cut_orders) >= @minimum_count) AS orders_cut,
      SUM(size) AS places_a,
      SUM(next_size) AS places_b,
      SUM(size * next_size) AS together
    FROM baskets
    JOIN organizations USING (org_id)
    WHERE next_size IS NOT NULL
    GROUP BY org_id
  ),
  sides AS (
    SELECT org_id, 1 AS side, number, COUNT(*) AS orders, SUM(next_size) AS others
    FROM baskets
    JOIN organizations USING (org_id)
    CROSS JOIN UNNEST(baskets.numbers) AS number
    WHERE next_size IS NOT NULL
    GROUP BY org_id, number
    UNION ALL
    SELECT org_id, 2 AS side, number, COUNT(*) AS orders, SUM(size) AS others
    FROM baskets
    JOIN organizations USING (org_id)
    CROSS JOIN UNNEST(baskets.next_numbers) AS number
    WHERE next_size IS NOT NULL
    GROUP BY org_id, number
  ),
  -- With the product's part of all places on its side, and of all pairs.
  sold AS (
    SELECT
      sides.org_id,
      sides.side,
      sides.number,
      sides.orders,
      sides.others,
      totals.together,
      sides.orders / IF(sides.side = 1, totals.places_a, totals.places_b) AS part_of_places,
      sides.others / NULLIF(totals.together, 0) AS part_of_pairs
    FROM sides
    JOIN totals ON totals.org_id = sides.org_id
    WHERE sides.number > 0 AND sides.orders >= @minimum_count
  ),
  -- Every product of the first side with every other one of the second.
  tested AS (
    SELECT
      org_id,
      COUNTIF(side = 1) * COUNTIF(side = 2) - (COUNT(*) - COUNT(DISTINCT number)) AS pairs_tested
    FROM sold
    GROUP BY org_id
  ),
  -- One number for a pair, a × 2³² + b, is quicker to group, join and sort than two.
  counted AS (
    SELECT org_id, a * 4294967296 + b AS pair, COUNT(*) AS pair_orders
    FROM baskets
    JOIN organizations USING (org_id)
    CROSS JOIN UNNEST(baskets.numbers) AS a
    CROSS JOIN UNNEST(baskets.next_numbers) AS b
    WHERE a != b AND LEAST(a, b) > 0
    GROUP BY org_id, pair
    HAVING COUNT(*) >= @minimum_count AND MIN(baskets.customer) < MAX(baskets.customer)
  ),
  expected AS (
    SELECT
      counted.org_id,
      counted.pair,
      counted.pair_orders,
      counted.pair_orders / sold_a.orders AS confidence,
      sold_a.part_of_places * sold_b.part_of_places * sold_a.together AS expected,
      GREATEST(
        sold_a.part_of_places * sold_b.part_of_places,
        sold_a.part_of_pairs * sold_b.part_of_pairs
      ) * sold_a.together AS most_expected
    FROM counted
    JOIN sold AS sold_a
      ON sold_a.org_id = counted.org_id AND sold_a.number = DIV(counted.pair, 4294967296) AND sold_a.side = 1
    JOIN sold AS sold_b
      ON sold_b.org_id = counted.org_id AND sold_b.number = MOD(counted.pair, 4294967296) AND sold_b.side = 2
  ),
  scored AS (
    SELECT
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
    GROUP BY org_id
  ),
  kept AS (
    SELECT DISTINCT best.org_id, pair, best.pairs_found
    FROM best
    CROSS JOIN UNNEST(best.pairs) AS pair
  ),
  -- How many customers is counted of the pairs kept only: of all it would take several times as long.
  met AS (
    SELECT org_id, a * 4294967296 + b AS pair, baskets.customer
    FROM baskets
    JOIN organizations USING (org_id)
    CROSS JOIN UNNEST(baskets.numbers) AS a
    CROSS JOIN UNNEST(baskets.next_numbers) AS b
    WHERE a != b AND LEAST(a, b) > 0
  ),
  met_customers AS (
    SELECT org_id, pair, met.customer, COUNT(*) AS orders, MAX(kept.pairs_found) AS pairs_found
    FROM met
    JOIN kept USING (org_id, pair)
    GROUP BY org_id, pair, met.customer
  ),
  bought AS (
    SELECT
      org_id,
      DIV(pair, 4294967296) AS a,
      MOD(pair, 4294967296) AS b,
      SUM(orders) AS pair_orders,
      COUNT(*) AS customers,
      MAX(pairs_found) AS pairs_found
    FROM met_customers
    GROUP BY org_id, pair
  ),
  pair_lists AS (
    SELECT
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
    GROUP BY org_id
  ),
  used AS (
    SELECT org_id, a AS number FROM bought
    UNION DISTINCT
    SELECT org_id, b AS number FROM bought
  ),
  product_lists AS (
    SELECT
      used.org_id,
      STRING_AGG(
        TO_JSON_STRING(
          STRUCT(
            products.number AS number,
            products.product_id AS id,
            products.name AS name,
            products.category AS category,
            first.orders AS orders_a,
            second.orders AS orders_b,
            first.others AS others_a,
            second.others AS others_b
          )
        ),
        '\n'
      ) AS products
    FROM used
    JOIN products ON products.org_id = used.org_id AND products.number = used.number
    LEFT JOIN sold AS first
      ON first.org_id = used.org_id AND first.number = used.number AND first.side = 1
    LEFT JOIN sold AS second
      ON second.org_id = used.org_id AND second.number = used.number AND second.side = 2
    GROUP BY used.org_id
  )
SELECT
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
LEFT JOIN tested ON tested.org_id = totals.org_id
LEFT JOIN product_lists ON product_lists.org_id = totals.org_id
LEFT JOIN pair_lists ON pair_lists.org_id = totals.org_id
