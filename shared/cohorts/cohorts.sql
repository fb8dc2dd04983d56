-- Customers by the period of their first counted order, and what they ordered in each period since.
--
-- A period is some days or months of `local_date` by its number, which grows by 1: the whole periods
-- since 0001-01-01, which is a Monday. `unit` is day or month. A return is no order: it takes its amount
-- off the revenue of its own period, unless that is before the customer's first order. Orders without a
-- known customer are left out.
--
-- `cohorts` name in JSON, each: a question; `length`, the units of its periods; how many `periods` are
-- kept, the latest cohorts with the period of the organisation's day included; and a `breakdown` or `none`.
-- An order that is dated ahead of the day counts in its own period. With a breakdown, the customers of a
-- cohort are split by their first order: by its largest category, its channel or its campaign; empty
-- where it has none. Kept are the `breakdown_values` that most customers of these cohorts have;
-- `values_found` counts all. Without, all is under the empty value.
--
-- Rows: one per organisation, question, value, cohort and period k since the cohort's own in which any
-- customer ordered or returned anything. `customers` ordered in it, `customers_on_or_after` in it or
-- in any later one. Nothing is grouped by customer: an order is its customer's first in a period where
-- the one before is in another.
WITH
  organizations AS (
    SELECT
      JSON_VALUE(organization, '$.org_id') AS org_id,
      CAST(JSON_VALUE(organization, '$.today') AS DATE) AS today
    FROM asked_organizations
  ),
  asked AS (
    SELECT
      JSON_VALUE(cohort, '$.question') AS question,
      CAST(JSON_VALUE(cohort, '$.length') AS INT64) AS length,
      CAST(JSON_VALUE(cohort, '$.periods') AS INT64) AS periods,
      JSON_VALUE(cohort, '$.breakdown') AS breakdown
    FROM UNNEST(@cohorts) AS cohort
  ),
  lengths AS (SELECT length, MAX(periods) AS periods FROM asked GROUP BY length),
  -- Only dimensions of requested breakdowns are grouped.
  splitting AS (SELECT LOGICAL_OR(breakdown != 'none') AS splits FROM asked),
  known AS (
    SELECT
      customers.org_id,
      organizations.today,
      customers.first_date,
      customers.last_date,
      IF(splitting.splits, customers.category, NULL) AS category,
      IF(splitting.splits, customers.channel, NULL) AS channel,
      IF(splitting.splits, customers.campaign_id, NULL) AS campaign_id,
      customers.history
    FROM customers
    JOIN organizations USING (org_id)
    CROSS JOIN splitting
    WHERE customers.first_date IS NOT NULL
  ),
  -- Dates as numbers of days or months since 0001-01-01: of customers, then of what they ordered.
  numbered AS (
    SELECT
      org_id,
      category,
      channel,
      campaign_id,
      history,
      IF(
        @unit = 'day',
        DATE_DIFF(today, DATE '0001-01-01', DAY),
        EXTRACT(YEAR FROM today) * 12 + EXTRACT(MONTH FROM today) - 13
      ) AS current_day,
      IF(
        @unit = 'day',
        DATE_DIFF(first_date, DATE '0001-01-01', DAY),
        EXTRACT(YEAR FROM first_date) * 12 + EXTRACT(MONTH FROM first_date) - 13
      ) AS first_day,
      IF(
        @unit = 'day',
        DATE_DIFF(last_date, DATE '0001-01-01', DAY),
        EXTRACT(YEAR FROM last_date) * 12 + EXTRACT(MONTH FROM last_date) - 13
      ) AS last_day
    FROM known
  ),
  dated AS (
    SELECT
      numbered.org_id,
      numbered.category,
      numbered.channel,
      numbered.campaign_id,
      numbered.current_day,
      numbered.first_day,
      numbered.last_day,
      entry.is_return,
      entry.amount_cents,
      IF(
        @unit = 'day',
        DATE_DIFF(entry.local_date, DATE '0001-01-01', DAY),
        EXTRACT(YEAR FROM entry.local_date) * 12 + EXTRACT(MONTH FROM entry.local_date) - 13
      ) AS day,
      IF(
        @unit = 'day',
        DATE_DIFF(entry.previous_date, DATE '0001-01-01', DAY),
        EXTRACT(YEAR FROM entry.previous_date) * 12 + EXTRACT(MONTH FROM entry.previous_date) - 13
      ) AS previous_day
    FROM numbered
    CROSS JOIN UNNEST(numbered.history) AS entry
  ),
  placed AS (
    SELECT
      org_id,
      length,
      periods,
      category,
      channel,
      campaign_id,
      is_return,
      amount_cents,
      DIV(current_day, length) AS current_period,
      DIV(first_day, length) AS cohort,
      DIV(day, length) AS period,
      NOT is_return AND (previous_day IS NULL OR DIV(previous_day, length) < DIV(day, length))
        AS is_first,
      DIV(day, length) = DIV(last_day, length) AS is_last
    FROM dated
    CROSS JOIN lengths
  ),
  split AS (
    SELECT
      org_id,
      length,
      category,
      channel,
      campaign_id,
      current_period,
      cohort,
      period - cohort AS k,
      COUNTIF(is_first) AS customers,
      COUNTIF(is_first AND is_last) AS leaving,
      COUNTIF(NOT is_return) AS orders,
      SUM(amount_cents) AS revenue_cents
    FROM placed
    WHERE cohort BETWEEN current_period - periods + 1 AND current_period AND period >= cohort
    GROUP BY org_id, length, category, channel, campaign_id, current_period, cohort, k
  ),
  cells AS (
    SELECT
      split.org_id,
      asked.question,
      COALESCE(
        CASE asked.breakdown
          WHEN 'category' THEN split.category
          WHEN 'channel' THEN split.channel
          WHEN 'campaign' THEN split.campaign_id
        END,
        ''
      ) AS value,
      split.cohort,
      split.k,
      SUM(split.customers) AS customers,
      SUM(split.leaving) AS leaving,
      SUM(split.orders) AS orders,
      SUM(split.revenue_cents) AS revenue_cents
    FROM split
    JOIN asked ON asked.length = split.length
    WHERE split.cohort > split.current_period - asked.periods
    GROUP BY split.org_id, asked.question, value, split.cohort, split.k
  ),
  sized AS (
    SELECT
      cells.*,
      SUM(IF(k = 0, customers, 0)) OVER (PARTITION BY org_id, question, value) AS size
    FROM cells
  ),
  ranked AS (
    SELECT
      sized.*,
      DENSE_RANK() OVER (PARTITION BY org_id, question ORDER BY size DESC, value) AS place
    FROM sized
  )
SELECT
  org_id,
  question,
  value,
  MAX(place) OVER (PARTITION BY org_id, question) AS values_found,
  cohort,
  k,
  customers,
  -- Everybody leaves in one period, the last one that they order in.
  SUM(leaving) OVER (
    PARTITION BY org_id, question, value, cohort
    ORDER BY k DESC
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS customers_on_or_after,
  orders,
  revenue_cents
FROM ranked
QUALIFY place <= @breakdown_values
