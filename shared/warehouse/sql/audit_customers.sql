-- Customers of one organisation as their counted orders make them, with the segment that each is in
-- now. One who only returned is worth a negative amount, and is in no segment. The table is clustered
-- by organisation: only its part is scanned.
--
-- The ordered rules of the segments, the first match wins. Recency is compared in microseconds, so
-- "at least n days" holds from exactly n times 24 hours on; the average order value by
-- multiplication, so it is never rounded. No average is above 10^12 cents, the largest amount of an
-- order: a threshold above that is never reached, whatever it is.
WITH organizations AS (
  SELECT
    JSON_VALUE(organization, '$.org_id') AS org_id,
    CAST(JSON_VALUE(organization, '$.slipping_min_days') AS INT64) AS slipping_min_days,
    CAST(JSON_VALUE(organization, '$.at_risk_min_days') AS INT64) AS at_risk_min_days,
    CAST(JSON_VALUE(organization, '$.churned_min_days') AS INT64) AS churned_min_days,
    CAST(JSON_VALUE(organization, '$.new_max_days') AS INT64) AS new_max_days,
    IFNULL(
      SAFE_CAST(JSON_VALUE(organization, '$.vip_min_lifetime_value_cents') AS INT64),
      9223372036854775807
    ) AS vip_min_lifetime_value_cents,
    CAST(JSON_VALUE(organization, '$.vip_min_orders') AS INT64) AS vip_min_orders,
    LEAST(
      IFNULL(
        SAFE_CAST(JSON_VALUE(organization, '$.vip_min_average_order_value_cents') AS INT64),
        1000000000001
      ),
      1000000000001
    ) AS vip_min_average_cents,
    LEAST(
      IFNULL(
        SAFE_CAST(JSON_VALUE(organization, '$.high_value_min_average_order_value_cents') AS INT64),
        1000000000001
      ),
      1000000000001
    ) AS high_value_min_average_cents,
    CAST(JSON_VALUE(organization, '$.high_value_max_orders') AS INT64) AS high_value_max_orders,
    CAST(JSON_VALUE(organization, '$.frequent_min_orders') AS INT64) AS frequent_min_orders,
    LEAST(
      IFNULL(
        SAFE_CAST(JSON_VALUE(organization, '$.frequent_max_average_order_value_cents') AS INT64),
        1000000000001
      ),
      1000000000001
    ) AS frequent_max_average_cents,
    CAST(JSON_VALUE(organization, '$.loyal_min_orders') AS INT64) AS loyal_min_orders
  FROM UNNEST(@organizations) AS organization
),
customers AS (
  SELECT
    order_facts.org_id AS org_id,
    order_facts.customer_key AS customer_key,
    COUNTIF(NOT order_facts.is_return) AS orders,
    SUM(order_facts.amount_cents) AS lifetime_value_cents,
    MIN(IF(order_facts.is_return, NULL, order_facts.ordered_at)) AS first_ordered_at,
    MAX(IF(order_facts.is_return, NULL, order_facts.ordered_at)) AS last_ordered_at
  FROM order_facts
  WHERE order_facts.org_id = @org_id AND order_facts.customer_key IS NOT NULL
  GROUP BY org_id, customer_key
),
aged AS (
  SELECT
    customers.org_id AS org_id,
    customers.customer_key AS customer_key,
    customers.orders AS orders,
    customers.lifetime_value_cents AS lifetime_value_cents,
    customers.first_ordered_at AS first_ordered_at,
    customers.last_ordered_at AS last_ordered_at,
    TIMESTAMP_DIFF(@now, customers.last_ordered_at, MICROSECOND) AS idle,
    TIMESTAMP_DIFF(@now, customers.first_ordered_at, MICROSECOND) AS age,
    86400000000 AS a_day,
    organizations.slipping_min_days AS slipping_min_days,
    organizations.at_risk_min_days AS at_risk_min_days,
    organizations.churned_min_days AS churned_min_days,
    organizations.new_max_days AS new_max_days,
    organizations.vip_min_lifetime_value_cents AS vip_min_lifetime_value_cents,
    organizations.vip_min_orders AS vip_min_orders,
    organizations.vip_min_average_cents AS vip_min_average_cents,
    organizations.high_value_min_average_cents AS high_value_min_average_cents,
    organizations.high_value_max_orders AS high_value_max_orders,
    organizations.frequent_min_orders AS frequent_min_orders,
    organizations.frequent_max_average_cents AS frequent_max_average_cents,
    organizations.loyal_min_orders AS loyal_min_orders
  FROM customers
  JOIN organizations ON organizations.org_id = customers.org_id
)
SELECT
  org_id,
  customer_key,
  orders,
  lifetime_value_cents,
  first_ordered_at,
  last_ordered_at,
  CASE
    WHEN orders = 0 THEN NULL
    WHEN idle >= churned_min_days * a_day THEN 'churned'
    WHEN idle >= at_risk_min_days * a_day THEN 'at_risk'
    WHEN idle >= slipping_min_days * a_day THEN 'slipping'
    WHEN age < new_max_days * a_day THEN 'new'
    WHEN lifetime_value_cents >= vip_min_lifetime_value_cents THEN 'vip'
    WHEN orders >= vip_min_orders AND lifetime_value_cents >= vip_min_average_cents * orders
      THEN 'vip'
    WHEN orders < high_value_max_orders
      AND lifetime_value_cents >= high_value_min_average_cents * orders
      THEN 'high_value'
    WHEN orders >= frequent_min_orders
      AND lifetime_value_cents < frequent_max_average_cents * orders
      THEN 'frequent'
    WHEN orders >= loyal_min_orders THEN 'loyal'
    ELSE 'new'
  END AS segment
FROM aged
ORDER BY org_id, customer_key
