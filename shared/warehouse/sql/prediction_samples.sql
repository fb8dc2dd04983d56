-- What predictions are fitted to: every organisation's customers as of some cutoffs, and what they did
-- in the window after each.
--
-- With a horizon of H days, cutoff n is n × H × 24 hours before `now`, and its window ends where that of
-- cutoff n - 1 begins. Cutoff 0 is `now` itself, whose window is still to come: of it nothing is known.
-- A customer is what the orders and returns placed up to and including the cutoff say; whatever came
-- later is in the window or in `later_cents` and nowhere else. Orders dated ahead of `now` are left
-- out, as are orders without a known customer, and customers without an order at the cutoff.
--
-- A purchase day is a day of the organisation with an order. `age_days` are whole days from the first
-- one to the cutoff, `span_days` from the first one to the last; seconds are exact, from orders.
--
-- Rows: one per organisation and cutoff at which it had customers. Lists are text, with `;` between
-- entries and `,` between their numbers, since a customer would be a row otherwise:
--   statistics  of all customers up to @most_customers, a group each: purchase days, span days,
--               age days, customers
--   sample      of up to @sampled_customers, a customer each: purchase days, span days, age seconds,
--               seconds since the last order, value in cents, purchase days in the window, cents
--               in the window, cents from the cutoff to `now`
-- Both take the first customers by key, which is uniform: a sample that stays the same from night to
-- night. `first_cents` are what the customers who came in the last 84 days before the cutoff, the
-- `recent_customers`, spent on their first day.
WITH
  organizations AS (
    SELECT
      JSON_VALUE(organization, '$.org_id') AS org_id,
      CAST(JSON_VALUE(organization, '$.today') AS DATE) AS today,
      CAST(JSON_VALUE(organization, '$.churn_horizon_days') AS INT64) AS horizon_days
    FROM asked_organizations
  ),
  cutoffs AS (
    SELECT
      org_id,
      number AS cutoff,
      DATE_SUB(today, INTERVAL (horizon_days * number) DAY) AS cutoff_date,
      TIMESTAMP_SUB(@now, INTERVAL (24 * horizon_days * number) HOUR) AS cutoff_at,
      TIMESTAMP_SUB(@now, INTERVAL (24 * horizon_days * GREATEST(number - 1, 0)) HOUR) AS window_end
    FROM organizations
    CROSS JOIN UNNEST(GENERATE_ARRAY(0, @windows)) AS number
  ),
  placed AS (
    SELECT
      customers.org_id,
      customers.customer_key,
      customers.first_date AS first_day,
      cutoffs.cutoff,
      cutoffs.cutoff_date,
      cutoffs.cutoff_at,
      past.ordered_at,
      past.local_date,
      past.amount_cents,
      past.is_return,
      past.ordered_at <= cutoffs.cutoff_at AS is_before,
      past.ordered_at > cutoffs.cutoff_at AND past.ordered_at <= cutoffs.window_end AS is_in_window
    FROM customers
    CROSS JOIN UNNEST(customers.history) AS past
    JOIN cutoffs ON cutoffs.org_id = customers.org_id
    WHERE past.ordered_at <= @now
  ),
  states AS (
    SELECT
      org_id,
      customer_key,
      cutoff,
      COUNT(DISTINCT IF(is_before AND NOT is_return, local_date, NULL)) AS purchase_days,
      MIN(IF(is_before AND NOT is_return, local_date, NULL)) AS first_date,
      MAX(IF(is_before AND NOT is_return, local_date, NULL)) AS last_date,
      MIN(cutoff_date) AS cutoff_date,
      DIV(
        TIMESTAMP_DIFF(
          MIN(cutoff_at),
          MIN(IF(is_before AND NOT is_return, ordered_at, NULL)),
          MICROSECOND
        ),
        1000000
      ) AS age_seconds,
      DIV(
        TIMESTAMP_DIFF(
          MIN(cutoff_at),
          MAX(IF(is_before AND NOT is_return, ordered_at, NULL)),
          MICROSECOND
        ),
        1000000
      ) AS silent_seconds,
      CAST(SUM(IF(is_before, amount_cents, 0)) AS INT64) AS value_cents,
      CAST(
        SUM(IF(is_before AND NOT is_return AND local_date = first_day, amount_cents, 0)) AS INT64
      ) AS first_cents,
      COUNT(DISTINCT IF(is_in_window AND NOT is_return, local_date, NULL)) AS window_days,
      CAST(SUM(IF(is_in_window, amount_cents, 0)) AS INT64) AS window_cents,
      CAST(SUM(IF(is_before, 0, amount_cents)) AS INT64) AS later_cents
    FROM placed
    GROUP BY org_id, customer_key, cutoff
  ),
  numbered AS (
    SELECT
      org_id,
      cutoff,
      purchase_days,
      DATE_DIFF(last_date, first_date, DAY) AS span_days,
      -- No shorter, where the clock was changed between the cutoff and now.
      GREATEST(DATE_DIFF(cutoff_date, first_date, DAY), DATE_DIFF(last_date, first_date, DAY))
        AS age_days,
      age_seconds,
      silent_seconds,
      value_cents,
      first_cents,
      window_days,
      window_cents,
      later_cents,
      ROW_NUMBER() OVER (PARTITION BY org_id, cutoff ORDER BY customer_key) AS place
    FROM states
    WHERE purchase_days > 0
  ),
  totals AS (
    SELECT
      org_id,
      cutoff,
      COUNT(*) AS customers,
      COUNTIF(window_days > 0) AS buyers,
      CAST(SUM(window_cents) AS INT64) AS window_cents,
      CAST(SUM(later_cents) AS INT64) AS later_cents,
      COUNTIF(age_days < 84) AS recent_customers,
      CAST(SUM(IF(age_days < 84, first_cents, 0)) AS INT64) AS first_cents,
      STRING_AGG(
        IF(
          place <= @sampled_customers,
          CONCAT(
            purchase_days, ',', span_days, ',', age_seconds, ',', silent_seconds, ',',
            value_cents, ',', window_days, ',', window_cents, ',', later_cents
          ),
          NULL
        ),
        ';'
        ORDER BY place
      ) AS sample
    FROM numbered
    GROUP BY org_id, cutoff
  ),
  grouped AS (
    SELECT
      org_id,
      cutoff,
      CONCAT(purchase_days, ',', span_days, ',', age_days, ',', COUNT(*)) AS entry
    FROM numbered
    WHERE place <= @most_customers
    GROUP BY org_id, cutoff, purchase_days, span_days, age_days
  ),
  listed AS (
    SELECT org_id, cutoff, STRING_AGG(entry, ';') AS statistics
    FROM grouped
    GROUP BY org_id, cutoff
  )
SELECT
  totals.org_id,
  totals.cutoff,
  totals.customers,
  totals.buyers,
  totals.window_cents,
  totals.later_cents,
  totals.recent_customers,
  totals.first_cents,
  totals.sample,
  listed.statistics
FROM totals
JOIN listed USING (org_id, cutoff)
