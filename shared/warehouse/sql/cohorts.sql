-- Customers by the period of their first counted order, and what they ordered in each period since.
--
-- A period is a day, week (from Monday), month or quarter of `local_date`, told by a number that
-- grows by 1: the whole periods since 0001-01-01, which is a Monday. A return is no order: it takes
-- its amount off the revenue of its own period, unless that is before the customer's first order.
-- Orders without a known customer are left out. Cohorts are the `periods` latest ones, the
-- period of the organisation's day included. An order that is dated ahead of it counts in its own
-- period.
--
-- With a breakdown, the customers of a cohort are split by their first order: by its largest
-- category, its channel or its campaign; empty where it has none. Kept are the `breakdown_values` that
-- most customers of these cohorts have; `values_found` counts all. Without, all is under the empty
-- value.
--
-- Rows: one per organisation, value, cohort and period k since the cohort's own in which any
-- customer ordered or returned anything. `customers` ordered in it, `customers_on_or_after` in it or
-- in any later one.
WITH
  organizations AS (
    SELECT
      JSON_VALUE(organization, '$.org_id') AS org_id,
      CAST(JSON_VALUE(organization, '$.today') AS DATE) AS today
    FROM asked_organizations
  ),
  current_periods AS (
    SELECT
      org_id,
      CASE @granularity
        WHEN 'day' THEN DATE_DIFF(today, DATE '0001-01-01', DAY)
        WHEN 'week' THEN DIV(DATE_DIFF(today, DATE '0001-01-01', DAY), 7)
        WHEN 'month' THEN EXTRACT(YEAR FROM today) * 12 + EXTRACT(MONTH FROM today) - 13
        ELSE EXTRACT(YEAR FROM today) * 4 + EXTRACT(QUARTER FROM today) - 5
      END AS current_period
    FROM organizations
  ),
  orders AS (
    SELECT
      org_id,
      customer_key,
      amount_cents,
      is_return,
      CASE @granularity
        WHEN 'day' THEN DATE_DIFF(local_date, DATE '0001-01-01', DAY)
        WHEN 'week' THEN DIV(DATE_DIFF(local_date, DATE '0001-01-01', DAY), 7)
        WHEN 'month' THEN EXTRACT(YEAR FROM local_date) * 12 + EXTRACT(MONTH FROM local_date) - 13
        ELSE EXTRACT(YEAR FROM local_date) * 4 + EXTRACT(QUARTER FROM local_date) - 5
      END AS period
    FROM order_facts
    JOIN organizations USING (org_id)
    WHERE customer_key IS NOT NULL
  ),
  customer_periods AS (
    SELECT
      org_id,
      customer_key,
      period,
      COUNTIF(NOT is_return) AS orders,
      SUM(amount_cents) AS revenue_cents
    FROM orders
    GROUP BY org_id, customer_key, period
  ),
  customer_values AS (
    SELECT
      org_id,
      customer_key,
      CASE @breakdown
        WHEN 'category' THEN category
        WHEN 'channel' THEN channel
        ELSE campaign_id
      END AS named
    FROM first_orders
    WHERE @breakdown != 'none'
  ),
  placed AS (
    SELECT
      org_id,
      customer_key,
      period,
      orders,
      revenue_cents,
      MIN(IF(orders > 0, period, NULL)) OVER (PARTITION BY org_id, customer_key) AS cohort,
      MAX(IF(orders > 0, period, NULL)) OVER (PARTITION BY org_id, customer_key) AS last_period
    FROM customer_periods
  ),
  cells AS (
    SELECT
      placed.org_id,
      COALESCE(customer_values.named, '') AS value,
      placed.cohort,
      placed.period - placed.cohort AS k,
      COUNTIF(placed.orders > 0) AS customers,
      COUNTIF(placed.period = placed.last_period) AS leaving,
      SUM(placed.orders) AS orders,
      SUM(placed.revenue_cents) AS revenue_cents
    FROM placed
    JOIN current_periods USING (org_id)
    LEFT JOIN customer_values USING (org_id, customer_key)
    WHERE
      placed.cohort BETWEEN current_period - @periods + 1 AND current_period
      AND placed.period >= placed.cohort
    GROUP BY placed.org_id, value, placed.cohort, k
  ),
  value_sizes AS (
    SELECT
      org_id,
      value,
      ROW_NUMBER() OVER (PARTITION BY org_id ORDER BY SUM(customers) DESC, value) AS place,
      COUNT(*) OVER (PARTITION BY org_id) AS values_found
    FROM cells
    WHERE k = 0
    GROUP BY org_id, value
  )
SELECT
  cells.org_id,
  cells.value,
  value_sizes.values_found,
  cells.cohort,
  cells.k,
  cells.customers,
  -- Everybody leaves in one period, the last one that they order in.
  SUM(cells.leaving) OVER (
    PARTITION BY cells.org_id, cells.value, cells.cohort
    ORDER BY cells.k DESC
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS customers_on_or_after,
  cells.orders,
  cells.revenue_cents
FROM cells
JOIN value_sizes USING (org_id, value)
WHERE value_sizes.place <= @breakdown_values
