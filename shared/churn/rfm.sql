-- Customers by quintile scores of recency, frequency and monetary value, each from 1 to 5.
--
-- Over counted orders placed up to and including `now`: recency is whole 24-hour days since the
-- last one, frequency their number and monetary value their sum less what was returned. A score is 1 + the whole part of
-- 5 × the share of the organisation's customers who are worse: who ordered longer ago, less often,
-- or for less. So equal values have equal scores, and a value that most customers have leaves
-- scores out. Orders without a known customer are left out.
--
-- Who is worse is added up over the different values, of which there are fewer than customers.
--
-- Rows: one per organisation and triple of scores that any customer has.
WITH
  organizations AS (
    SELECT JSON_VALUE(organization, '$.org_id') AS org_id
    FROM asked_organizations
  ),
  valued AS (
    SELECT
      org_id,
      DIV(TIMESTAMP_DIFF(@now, state.last_ordered_at, MICROSECOND), 86400000000) AS recency_days,
      state.orders AS orders,
      state.value_cents AS revenue_cents
    FROM customers
    JOIN organizations USING (org_id)
    CROSS JOIN UNNEST(customers.history) AS state
    WHERE
      state.orders > 0
      AND state.ordered_at <= @now
      AND (state.until_at IS NULL OR state.until_at > @now)
  ),
  -- With the better value above the worse one.
  distribution AS (
    SELECT org_id, dimension, value, COUNT(*) AS customers
    FROM (
      SELECT
        org_id,
        dimension,
        CASE dimension
          WHEN 'recency' THEN -recency_days
          WHEN 'frequency' THEN orders
          ELSE revenue_cents
        END AS value
      FROM valued
      CROSS JOIN UNNEST(['recency', 'frequency', 'monetary']) AS dimension
    )
    GROUP BY org_id, dimension, value
  ),
  scores AS (
    SELECT
      org_id,
      dimension,
      value,
      1 + DIV(
        5 * (
          SUM(customers) OVER (
            PARTITION BY org_id, dimension
            ORDER BY value
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
          ) - customers
        ),
        SUM(customers) OVER (PARTITION BY org_id, dimension)
      ) AS score
    FROM distribution
  )
SELECT
  valued.org_id,
  recency.score AS recency_score,
  frequency.score AS frequency_score,
  monetary.score AS monetary_score,
  COUNT(*) AS customers,
  SUM(valued.recency_days) AS recency_days,
  MIN(valued.recency_days) AS least_recency_days,
  MAX(valued.recency_days) AS most_recency_days,
  SUM(valued.orders) AS orders,
  MIN(valued.orders) AS least_orders,
  MAX(valued.orders) AS most_orders,
  SUM(valued.revenue_cents) AS revenue_cents,
  MIN(valued.revenue_cents) AS least_revenue_cents,
  MAX(valued.revenue_cents) AS most_revenue_cents
FROM valued
JOIN scores AS recency
  ON
    recency.org_id = valued.org_id
    AND recency.dimension = 'recency'
    AND recency.value = -valued.recency_days
JOIN scores AS frequency
  ON
    frequency.org_id = valued.org_id
    AND frequency.dimension = 'frequency'
    AND frequency.value = valued.orders
JOIN scores AS monetary
  ON
    monetary.org_id = valued.org_id
    AND monetary.dimension = 'monetary'
    AND monetary.value = valued.revenue_cents
GROUP BY valued.org_id, recency_score, frequency_score, monetary_score
