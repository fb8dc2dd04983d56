-- What predictions are fitted to: every organisation's customers as of some cutoffs, and what they did
-- after each.
--
-- With a horizon of H days, cutoff n is n × H × 24 hours before `now`, and its window ends where that of
-- cutoff n - 1 begins. Cutoff 0 is `now` itself, whose window is still to come: of it nothing is known.
-- A customer is what the orders and returns placed up to and including the cutoff say; whatever came
-- later is in the window or `later`, up to `now`, and nowhere else. Orders dated ahead of `now` are
-- left out, as are orders without a known customer, and customers without an order at the cutoff.
--
-- A purchase day is a day of the organisation with an order, known since its first one. Silence is whole
-- 24-hour days since the last order.
--
-- Rows: one per organisation and cutoff at which it had customers. Lists are text, with `;` between
-- entries and `,` between their numbers, since a customer would be a row otherwise:
--   sample      of up to @sampled_customers, a customer each: purchase days, days from the first to the
--               last of them, sum of the squared days between neighbouring ones, millionths of the sum
--               of exp(-days before the last one / H), days of silence, cents spent less returns,
--               purchase days and cents in the window, purchase days and cents up to `now`
--   statistics  of up to @most_customers, a group each: purchase days, days from the first to the last
--               of them, days from the first of them to the cutoff, customers
-- `new_window_cents` are those in the window of customers whose first order came in it.
-- Both lists take the first customers by key, which is uniform: a sample that stays the same from night to
-- night. `first_cents` are what the `new_customers`, who came in the last 84 days before the cutoff,
-- spent on their first day.
WITH
  organizations AS (
    SELECT
      JSON_VALUE(organization, '$.org_id') AS org_id,
      CAST(JSON_VALUE(organization, '$.churn_horizon_days') AS INT64) AS horizon_days
    FROM asked_organizations
  ),
  cutoffs AS (
    SELECT
      org_id,
      horizon_days,
      number AS cutoff,
      TIMESTAMP_SUB(@now, INTERVAL (24 * horizon_days * number) HOUR) AS cutoff_at,
      TIMESTAMP_SUB(@now, INTERVAL (24 * horizon_days * GREATEST(number - 1, 0)) HOUR) AS window_end
    FROM organizations
    CROSS JOIN UNNEST(GENERATE_ARRAY(0, @windows)) AS number
  ),
  placed AS (
    SELECT
      customers.org_id,
      customers.customer_key,
      past.ordered_at,
      past.local_date,
      past.amount_cents,
      past.is_return
    FROM customers
    CROSS JOIN UNNEST(customers.history) AS past
    WHERE past.ordered_at <= @now
  ),
  days AS (
    SELECT
      org_id,
      customer_key,
      local_date,
      MIN(ordered_at) AS known_at,
      CAST(SUM(amount_cents) AS INT64) AS amount_cents
    FROM placed
    WHERE NOT is_return
    GROUP BY org_id, customer_key, local_date
  ),
  neighbours AS (
    SELECT
      org_id,
      customer_key,
      local_date,
      known_at,
      LAG(local_date) OVER (PARTITION BY org_id, customer_key ORDER BY local_date) AS previous_date
    FROM days
  ),
  known_days AS (
    SELECT
      neighbours.org_id,
      neighbours.customer_key,
      cutoffs.cutoff,
      cutoffs.horizon_days,
      neighbours.local_date,
      DATE_DIFF(neighbours.local_date, neighbours.previous_date, DAY) AS gap_days,
      MAX(neighbours.local_date) OVER (
        PARTITION BY neighbours.org_id, neighbours.customer_key, cutoffs.cutoff
      ) AS last_date
    FROM neighbours
    JOIN cutoffs
      ON cutoffs.org_id = neighbours.org_id AND neighbours.known_at <= cutoffs.cutoff_at
  ),
  rhythms AS (
    SELECT
      org_id,
      customer_key,
      cutoff,
      COUNT(*) AS purchase_days,
      MIN(local_date) AS first_date,
      DATE_DIFF(MAX(last_date), MIN(local_date), DAY) AS span_days,
      CAST(SUM(IFNULL(gap_days * gap_days, 0)) AS INT64) AS squared_gap_days,
      CAST(
        ROUND(1000000 * SUM(EXP(-DATE_DIFF(last_date, local_date, DAY) / horizon_days))) AS INT64
      ) AS recent_micros
    FROM known_days
    GROUP BY org_id, customer_key, cutoff
  ),
  dealings AS (
    SELECT
      placed.org_id,
      placed.customer_key,
      cutoffs.cutoff,
      DIV(
        TIMESTAMP_DIFF(
          MIN(cutoffs.cutoff_at),
          MAX(IF(placed.ordered_at <= cutoff_at AND NOT is_return, placed.ordered_at, NULL)),
          MICROSECOND
        ),
        86400000000
      ) AS silent_days,
      CAST(SUM(IF(placed.ordered_at <= cutoff_at, amount_cents, 0)) AS INT64) AS spend_cents,
      COUNT(
        DISTINCT IF(
          placed.ordered_at > cutoff_at AND placed.ordered_at <= window_end AND NOT is_return,
          placed.local_date,
          NULL
        )
      ) AS window_days,
      CAST(
        SUM(
          IF(placed.ordered_at > cutoff_at AND placed.ordered_at <= window_end, amount_cents, 0)
        ) AS INT64
      ) AS window_cents,
      COUNT(
        DISTINCT IF(placed.ordered_at > cutoff_at AND NOT is_return, placed.local_date, NULL)
      ) AS later_days,
      CAST(SUM(IF(placed.ordered_at > cutoff_at, amount_cents, 0)) AS INT64) AS later_cents
    FROM placed
    JOIN cutoffs ON cutoffs.org_id = placed.org_id
    GROUP BY placed.org_id, placed.customer_key, cutoffs.cutoff
  ),
  numbered AS (
    SELECT
      rhythms.org_id,
      rhythms.cutoff,
      rhythms.purchase_days,
      rhythms.span_days,
      rhythms.squared_gap_days,
      rhythms.recent_micros,
      rhythms.span_days + dealings.silent_days AS age_days,
      dealings.silent_days,
      dealings.spend_cents,
      dealings.window_days,
      dealings.window_cents,
      dealings.later_days,
      dealings.later_cents,
      days.amount_cents AS first_cents,
      ROW_NUMBER() OVER (
        PARTITION BY rhythms.org_id, rhythms.cutoff
        ORDER BY rhythms.customer_key
      ) AS place
    FROM rhythms
    JOIN dealings USING (org_id, customer_key, cutoff)
    JOIN days
      ON
        days.org_id = rhythms.org_id
        AND days.customer_key = rhythms.customer_key
        AND days.local_date = rhythms.first_date
  ),
  totals AS (
    SELECT
      org_id,
      cutoff,
      COUNT(*) AS customers,
      COUNTIF(window_days > 0) AS buyers,
      CAST(SUM(window_cents) AS INT64) AS window_cents,
      CAST(SUM(later_cents) AS INT64) AS later_cents,
      COUNTIF(age_days < 84) AS new_customers,
      CAST(SUM(IF(age_days < 84, first_cents, 0)) AS INT64) AS first_cents,
      STRING_AGG(
        IF(
          place <= @sampled_customers,
          CONCAT(
            purchase_days, ',', span_days, ',', squared_gap_days, ',', recent_micros, ',',
            silent_days, ',', spend_cents, ',', window_days, ',', window_cents, ',',
            later_days, ',', later_cents
          ),
          NULL
        ),
        ';'
        ORDER BY place
      ) AS sample
    FROM numbered
    GROUP BY org_id, cutoff
  ),
  newcomers AS (
    SELECT
      dealings.org_id,
      dealings.cutoff,
      CAST(SUM(dealings.window_cents) AS INT64) AS new_window_cents
    FROM dealings
    LEFT JOIN rhythms USING (org_id, customer_key, cutoff)
    WHERE rhythms.purchase_days IS NULL AND dealings.window_days > 0
    GROUP BY dealings.org_id, dealings.cutoff
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
  totals.new_customers,
  totals.first_cents,
  IFNULL(newcomers.new_window_cents, 0) AS new_window_cents,
  totals.sample,
  listed.statistics
FROM totals
JOIN listed USING (org_id, cutoff)
LEFT JOIN newcomers USING (org_id, cutoff)
