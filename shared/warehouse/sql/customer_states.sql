-- Customers by segment at the opening and at the closing of each of some periods.
--
-- A segment is what `shared.segments.classify` says of the orders placed up to and including the
-- instant, those known today, under the organisation's thresholds of today; `none` before the first
-- one. A return takes its amount off what its customer is worth and is no order. Orders without
-- a known customer are left out.
--
-- `periods` are numbers. Of the unit `day`, a period is the last n × 24 hours up to `now`. Of the
-- unit `month`, it is the n-th full calendar month before the organisation's day, in its time zone,
-- from the last instant before the month to the last instant of it.
--
-- Rows: one per organisation, period and pair of segments that any customer has. `lapsed` are those
-- of `customers` who became churned at some time after the opening and up to the closing, whether
-- or not they have come back since.
WITH
  organizations AS (
    SELECT
      JSON_VALUE(organization, '$.org_id') AS org_id,
      JSON_QUERY_ARRAY(organization, '$.month_starts') AS month_starts,
      CAST(JSON_VALUE(organization, '$.slipping_min_days') AS INT64) * 86400000000
        AS slipping_after,
      CAST(JSON_VALUE(organization, '$.at_risk_min_days') AS INT64) * 86400000000 AS at_risk_after,
      CAST(JSON_VALUE(organization, '$.churned_min_days') AS INT64) * 86400000000 AS churned_after,
      CAST(JSON_VALUE(organization, '$.new_max_days') AS INT64) * 86400000000 AS new_until,
      CAST(JSON_VALUE(organization, '$.vip_min_orders') AS INT64) AS vip_min_orders,
      CAST(JSON_VALUE(organization, '$.high_value_max_orders') AS INT64) AS high_value_max_orders,
      CAST(JSON_VALUE(organization, '$.frequent_min_orders') AS INT64) AS frequent_min_orders,
      CAST(JSON_VALUE(organization, '$.loyal_min_orders') AS INT64) AS loyal_min_orders,
      -- An amount that does not fit is one that nobody reaches.
      COALESCE(
        SAFE_CAST(JSON_VALUE(organization, '$.vip_min_lifetime_value_cents') AS INT64),
        9223372036854775807
      ) AS vip_min_lifetime_value_cents,
      COALESCE(
        SAFE_CAST(JSON_VALUE(organization, '$.vip_min_average_order_value_cents') AS INT64),
        9223372036854775807
      ) AS vip_min_average_cents,
      COALESCE(
        SAFE_CAST(JSON_VALUE(organization, '$.high_value_min_average_order_value_cents') AS INT64),
        9223372036854775807
      ) AS high_value_min_average_cents,
      COALESCE(
        SAFE_CAST(JSON_VALUE(organization, '$.frequent_max_average_order_value_cents') AS INT64),
        9223372036854775807
      ) AS frequent_max_average_cents
    FROM asked_organizations
  ),
  numbered AS (
    SELECT org_id, churned_after, month_starts, CAST(number AS INT64) AS period
    FROM organizations
    CROSS JOIN UNNEST(@periods) AS number
  ),
  periods AS (
    -- Whole numbers as they are, but cast: the emulator takes other indexes to begin with 1.
    SELECT
      org_id,
      churned_after,
      period,
      IF(
        @unit = 'day',
        TIMESTAMP_SUB(@now, INTERVAL (24 * period) HOUR),
        TIMESTAMP_MICROS(CAST(month_starts[SAFE_OFFSET(CAST(period AS INT64))] AS INT64) - 1)
      ) AS opening_at,
      IF(
        @unit = 'day',
        @now,
        TIMESTAMP_MICROS(CAST(month_starts[SAFE_OFFSET(CAST(period - 1 AS INT64))] AS INT64) - 1)
      ) AS closing_at
    FROM numbered
  ),
  instants AS (
    SELECT org_id, opening_at AS instant FROM periods
    UNION DISTINCT
    SELECT org_id, closing_at AS instant FROM periods
  ),
  customer_orders AS (
    SELECT
      org_id,
      customer_key,
      ordered_at,
      amount_cents,
      is_return,
      LEAD(ordered_at) OVER (PARTITION BY org_id, customer_key, is_return ORDER BY ordered_at)
        AS next_ordered_at
    FROM order_facts
    WHERE customer_key IS NOT NULL
  ),
  totals AS (
    SELECT
      customer_orders.org_id,
      customer_orders.customer_key,
      instants.instant,
      COUNTIF(NOT customer_orders.is_return) AS orders,
      SUM(customer_orders.amount_cents) AS value_cents,
      TIMESTAMP_DIFF(
        instants.instant,
        MIN(IF(customer_orders.is_return, NULL, customer_orders.ordered_at)),
        MICROSECOND
      ) AS age,
      TIMESTAMP_DIFF(
        instants.instant,
        MAX(IF(customer_orders.is_return, NULL, customer_orders.ordered_at)),
        MICROSECOND
      ) AS idle
    FROM customer_orders
    JOIN instants USING (org_id)
    WHERE customer_orders.ordered_at <= instants.instant
    GROUP BY customer_orders.org_id, customer_orders.customer_key, instants.instant
    HAVING COUNTIF(NOT customer_orders.is_return) > 0
  ),
  averages AS (
    -- The whole part of the average; no threshold is below 0, and DIV would round up to it.
    SELECT
      totals.*,
      IF(value_cents < 0, -1, DIV(value_cents, orders)) AS average_cents
    FROM totals
  ),
  states AS (
    -- A whole number of cents is at most an average exactly where it is at most its whole part.
    SELECT
      org_id,
      customer_key,
      instant,
      CASE
        WHEN idle >= churned_after THEN 'churned'
        WHEN idle >= at_risk_after THEN 'at_risk'
        WHEN idle >= slipping_after THEN 'slipping'
        WHEN age < new_until THEN 'new'
        WHEN value_cents >= vip_min_lifetime_value_cents THEN 'vip'
        WHEN orders >= vip_min_orders AND average_cents >= vip_min_average_cents
          THEN 'vip'
        WHEN
          orders < high_value_max_orders
          AND average_cents >= high_value_min_average_cents
          THEN 'high_value'
        WHEN
          orders >= frequent_min_orders AND average_cents < frequent_max_average_cents
          THEN 'frequent'
        WHEN orders >= loyal_min_orders THEN 'loyal'
        ELSE 'new'
      END AS segment
    FROM averages
    JOIN organizations USING (org_id)
  ),
  lapses AS (
    SELECT DISTINCT customer_orders.org_id, customer_orders.customer_key, periods.period
    FROM customer_orders
    JOIN periods USING (org_id)
    WHERE
      NOT customer_orders.is_return
      -- An order at the very instant at which its customer would be churned comes first.
      AND (
        customer_orders.next_ordered_at IS NULL
        OR TIMESTAMP_DIFF(customer_orders.next_ordered_at, customer_orders.ordered_at, MICROSECOND)
          > periods.churned_after
      )
      AND TIMESTAMP_DIFF(periods.closing_at, customer_orders.ordered_at, MICROSECOND)
        >= periods.churned_after
      AND TIMESTAMP_DIFF(periods.opening_at, customer_orders.ordered_at, MICROSECOND)
        < periods.churned_after
  )
SELECT
  closings.org_id,
  periods.period,
  COALESCE(openings.segment, 'none') AS from_segment,
  closings.segment AS to_segment,
  COUNT(*) AS customers,
  COUNT(lapses.customer_key) AS lapsed
FROM states AS closings
JOIN periods ON periods.org_id = closings.org_id AND periods.closing_at = closings.instant
LEFT JOIN states AS openings
  ON
    openings.org_id = closings.org_id
    AND openings.customer_key = closings.customer_key
    AND openings.instant = periods.opening_at
LEFT JOIN lapses
  ON
    lapses.org_id = closings.org_id
    AND lapses.customer_key = closings.customer_key
    AND lapses.period = periods.period
GROUP BY closings.org_id, periods.period, from_segment, to_segment
