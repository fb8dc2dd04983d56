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
  -- A number for each relation of an organisation is quicker to group and join than both.
  asked AS (
    SELECT ROW_NUMBER() OVER (ORDER BY org_id, relation) AS source, relation, org_id
    FROM asked_organizations
    CROSS JOIN UNNEST(@relations) AS relation
  ),
  catalogue AS (
    SELECT org_id, number, product_id, name, category, orders, others
    FROM baskets
    WHERE number IS NOT NULL
  ),
  steps AS (
    SELECT
      asked.source,
      baskets.customer,
      size,
      numbers,
      cut_orders,
      LEAD(size) OVER (PARTITION BY source, customer ORDER BY place) AS next_size,
      LEAD(numbers) OVER (PARTITION BY source, customer ORDER BY place) AS next_numbers,
      LEAD(cut_orders) OVER (PARTITION BY source, customer ORDER BY place) AS next_cut_orders
    FROM baskets
    JOIN asked ON asked.org_id = baskets.org_id AND asked.relation = 'affinity_next_order'
    WHERE customer > 0
  ),
  totals AS (
    SELECT
      asked.source,
      COUNT(*) AS orders,
      COUNTIF(cut_orders >= @minimum_count) AS orders_cut,
      SUM(size) AS places_a,
      SUM(size) AS places_b,
      SUM(size * (size - 1)) AS together
    FROM baskets
    JOIN asked ON asked.org_id = baskets.org_id AND asked.relation = 'affinity'
    WHERE size IS NOT NULL
    GROUP BY source
    UNION ALL
    SELECT
      source,
      COUNT(*),
      COUNTIF(GREATEST(cut_orders, next_cut_orders) >= @minimum_count),
      SUM(size),
      SUM(next_size),
      SUM(size * next_size)
    FROM steps
    WHERE next_size IS NOT NULL
    GROUP BY source
  ),
  sides AS (
    SELECT asked.source, side, number, orders, others
    FROM catalogue
    JOIN asked ON asked.org_id = catalogue.org_id AND asked.relation = 'affinity'
    CROSS JOIN UNNEST([1, 2]) AS side
    UNION ALL
    SELECT source, 1, number, COUNT(*), SUM(next_size)
    FROM steps
    CROSS JOIN UNNEST(steps.numbers) AS number
    WHERE next_size IS NOT NULL
    GROUP BY source, number
    UNION ALL
    SELECT source, 2, number, COUNT(*), SUM(size)
    FROM steps
    CROSS JOIN UNNEST(steps.next_numbers) AS number
    WHERE next_size IS NOT NULL
    GROUP BY source, number
  ),
  -- With the product's part of all places on its side, and of all pairs.
  sold AS (
    SELECT
      sides.source,
      sides.side,
      sides.number,
      sides.orders,
      sides.others,
      totals.together,
      sides.orders / IF(sides.side = 1, totals.places_a, totals.places_b) AS part_of_places,
      sides.others / NULLIF(totals.together, 0) AS part_of_pairs
    FROM sides
    JOIN totals ON totals.source = sides.source
    WHERE sides.number > 0 AND sides.orders >= @minimum_count
  ),
  -- Every two products; every product of the first side with every other one of the second.
  tested AS (
    SELECT
      sold.source,
      IF(
        ANY_VALUE(asked.relation) = 'affinity',
        DIV(COUNTIF(side = 1) * (COUNTIF(side = 1) - 1), 2),
        COUNTIF(side = 1) * COUNTIF(side = 2) - (COUNT(*) - COUNT(DISTINCT number))
      ) AS pairs_tested
    FROM sold
    JOIN asked ON asked.source = sold.source
    GROUP BY sold.source
  ),
  -- One number for a pair, a × 2³² + b, is quicker to group, join and sort than two. That both are
  -- above 0 is one condition, as one on `a` alone has DuckDB join the orders with their own lists.
  counted AS (
    SELECT
      asked.source,
      a * 4294967296 + b AS pair,
      COUNT(*) AS pair_orders
    FROM baskets
    JOIN asked ON asked.org_id = baskets.org_id AND asked.relation = 'affinity'
    CROSS JOIN UNNEST(baskets.numbers) AS a
    CROSS JOIN UNNEST(baskets.numbers) AS b
    WHERE a < b AND a * b > 0
    GROUP BY source, pair
    HAVING COUNT(*) >= @minimum_count AND MIN(baskets.customer) < MAX(baskets.customer)
    UNION ALL
    SELECT source, a * 4294967296 + b AS pair, COUNT(*)
    FROM steps
    CROSS JOIN UNNEST(steps.numbers) AS a
    CROSS JOIN UNNEST(steps.next_numbers) AS b
    WHERE a != b AND a * b > 0
    GROUP BY source, pair
    HAVING COUNT(*) >= @minimum_count AND MIN(steps.customer) < MAX(steps.customer)
  ),
  expected AS (
    SELECT
      counted.source,
      counted.pair,
      counted.pair_orders,
      counted.pair_orders
      / IF(asked.relation = 'affinity', LEAST(sold_a.orders, sold_b.orders), sold_a.orders)
        AS confidence,
      sold_a.part_of_places * sold_b.part_of_places * sold_a.together AS expected,
      GREATEST(
        sold_a.part_of_places * sold_b.part_of_places,
        sold_a.part_of_pairs * sold_b.part_of_pairs
      ) * sold_a.together AS most_expected
    FROM counted
    JOIN asked ON asked.source = counted.source
    JOIN sold AS sold_a
      ON
        sold_a.source = counted.source
        AND sold_a.number = DIV(counted.pair, 4294967296)
        AND sold_a.side = 1
    JOIN sold AS sold_b
      ON
        sold_b.source = counted.source
        AND sold_b.number = MOD(counted.pair, 4294967296)
        AND sold_b.side = 2
  ),
  scored AS (
    SELECT
      source,
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
      source,
      COUNT(*) AS pairs_found,
      ARRAY_CONCAT(
        ARRAY_AGG(pair ORDER BY lift_lower DESC, pair LIMIT @maximum_pairs),
        ARRAY_AGG(pair ORDER BY lift DESC, pair LIMIT @maximum_pairs),
        ARRAY_AGG(pair ORDER BY pair_orders DESC, pair LIMIT @maximum_pairs),
        ARRAY_AGG(pair ORDER BY confidence DESC, pair LIMIT @maximum_pairs),
        ARRAY_AGG(pair ORDER BY surprise DESC, pair LIMIT @maximum_pairs)
      ) AS pairs
    FROM scored
    GROUP BY source
  ),
  kept AS (
    SELECT
      source,
      pair,
      pairs_found,
      ROW_NUMBER() OVER (PARTITION BY source ORDER BY pair) AS number
    FROM (
      SELECT DISTINCT best.source, pair, best.pairs_found
      FROM best
      CROSS JOIN UNNEST(best.pairs) AS pair
    )
  ),
  -- How many customers is counted of the pairs kept only: of all it would take several times as long.
  -- Again one number for two: a pair's and, below 2³² on either side of 0, a customer's.
  met_customers AS (
    SELECT
      kept.source,
      kept.number * 8589934592 + 4294967296 + met.customer AS pair_customer,
      COUNT(*) AS orders
    FROM (
      SELECT asked.source, a * 4294967296 + b AS pair, baskets.customer
      FROM baskets
      JOIN asked ON asked.org_id = baskets.org_id AND asked.relation = 'affinity'
      CROSS JOIN UNNEST(baskets.numbers) AS a
      CROSS JOIN UNNEST(baskets.numbers) AS b
      WHERE a < b AND a * b > 0
      UNION ALL
      SELECT source, a * 4294967296 + b AS pair, customer
      FROM steps
      CROSS JOIN UNNEST(steps.numbers) AS a
      CROSS JOIN UNNEST(steps.next_numbers) AS b
      WHERE a != b AND a * b > 0
    ) AS met
    JOIN kept ON kept.source = met.source AND kept.pair = met.pair
    GROUP BY kept.source, pair_customer
  ),
  met AS (
    SELECT
      source,
      DIV(pair_customer, 8589934592) AS number,
      SUM(orders) AS pair_orders,
      COUNT(*) AS customers
    FROM met_customers
    GROUP BY source, number
  ),
  bought AS (
    SELECT
      kept.source,
      DIV(kept.pair, 4294967296) AS a,
      MOD(kept.pair, 4294967296) AS b,
      met.pair_orders,
      met.customers,
      kept.pairs_found
    FROM kept
    JOIN met ON met.source = kept.source AND met.number = kept.number
  ),
  pair_lists AS (
    SELECT
      source,
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
    GROUP BY source
  ),
  used AS (
    SELECT source, a AS number FROM bought
    UNION DISTINCT
    SELECT source, b AS number FROM bought
  ),
  product_lists AS (
    SELECT
      used.source,
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
    JOIN asked ON asked.source = used.source
    JOIN catalogue ON catalogue.org_id = asked.org_id AND catalogue.number = used.number
    LEFT JOIN sold AS first
      ON first.source = used.source AND first.number = used.number AND first.side = 1
    LEFT JOIN sold AS second
      ON second.source = used.source AND second.number = used.number AND second.side = 2
    GROUP BY used.source
  )
SELECT
  asked.relation AS question,
  asked.org_id,
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
JOIN asked ON asked.source = totals.source
LEFT JOIN tested ON tested.source = totals.source
LEFT JOIN product_lists ON product_lists.source = totals.source
LEFT JOIN pair_lists ON pair_lists.source = totals.source
