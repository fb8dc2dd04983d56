-- Customers by quintile scores of recency, frequency and monetary value, each from 1 to 5.
--
-- Over counted orders placed up to and including `now`: recency is whole 24-hour days since the
-- last one, frequency their number and monetary value their sum less what was returned. A score is 1 + the whole part of
-- 5 × the share of the organisation's customers who are worse: who ordered longer ago, less often,
-- or for less. So equal values have equal scores, and a value that most customers have leaves
-- scores out. Orders without a known customer are left out.
--
-- Rows: one per organisation and triple of scores that any customer has.
WITH
  organizations AS (
    SELECT JSON_VALUE(organization, '$.org_id') AS org_id
    FROM asked_organizations
  ),
  customers AS (
    SELECT
      org_id,
      customer_key,
      DIV(
        TIMESTAMP_DIFF(@now, MAX(IF(is_return, NULL, ordered_at)), MICROSECOND),
        86400000000
      ) AS recency_days,
      COUNTIF(NOT is_return) AS orders,
      SUM(amount_cents) AS revenue_cents
    FROM order_facts
    JOIN organizations USING (org_id)
    WHERE customer_key IS NOT NULL AND ordered_at <= @now
    GROUP BY org_id, customer_key
    HAVING COUNTIF(NOT is_return) > 0
  ),
  scored AS (
    SELECT
      org_id,
      recency_days,
      orders,
      revenue_cents,
      1 + DIV(
        5 * (RANK() OVER (PARTITION BY org_id ORDER BY recency_days DESC) - 1),
        COUNT(*) OVER (PARTITION BY org_id)
      ) AS recency_score,
      1 + DIV(
        5 * (RANK() OVER (PARTITION BY org_id ORDER BY orders) - 1),
        COUNT(*) OVER (PARTITION BY org_id)
      ) AS frequency_score,
      1 + DIV(
        5 * (RANK() OVER (PARTITION BY org_id ORDER BY revenue_cents) - 1),
        COUNT(*) OVER (PARTITION BY org_id)
      ) AS monetary_score
    FROM customers
  )
SELECT
  org_id,
  recency_score,
  frequency_score,
  monetary_score,
  COUNT(*) AS customers,
  SUM(recency_days) AS recency_days,
  MIN(recency_days) AS least_recency_days,
  MAX(recency_days) AS most_recency_days,
  SUM(orders) AS orders,
  MIN(orders) AS least_orders,
  MAX(orders) AS most_orders,
  SUM(revenue_cents) AS revenue_cents,
  MIN(revenue_cents) AS least_revenue_cents,
  MAX(revenue_cents) AS most_revenue_cents
FROM scored
GROUP BY org_id, recency_score, frequency_score, monetary_score
