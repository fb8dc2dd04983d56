-- Customers by segment at the opening and at the closing of each of some periods.
--
-- A segment is what `shared.segments.classify` says of the orders placed up to and including the
-- instant, those known today, under the organisation's thresholds of today; `none` before the first
-- one. A return takes its amount off what its customer is worth and is no order. Orders without
-- a known customer are left out.
--
-- `periods` name a question, a unit and a number each, in JSON. Of the unit `day`, a period is the last
-- n × 24 hours up to `now`. Of the unit `month`, it is the n-th full calendar month before the
-- organisation's day, in its time zone, from the last instant before the month to the last instant of it.
--
-- Rows: one per organisation, question, period and pair of segments that any customer has. `lapsed` are
-- those of `customers` who became churned at some time after the opening and up to the closing, whether
-- or not they have come back since.
WITH
  organizations AS (
    SELECT
      JSON_VALUE(organization, '$.org_id') AS org_id,
      JSON_QUERY_ARRAY(organization, '$.month_starts') AS month_starts,
      {{thresholds}}
    FROM asked_organizations
  ),
  numbered AS (
    SELECT
      org_id,
      churned_after,
      month_starts,
      JSON_VALUE(asked, '$.question') AS question,
      JSON_VALUE(asked, '$.unit') AS unit,
      CAST(JSON_VALUE(asked, '$.period') AS INT64) AS period
    FROM organizations
    CROSS JOIN UNNEST(@periods) AS asked
  ),
  periods AS (
    -- Whole numbers as they are, but cast: the emulator takes other indexes to begin with 1.
    SELECT
      org_id,
      churned_after,
      question,
      period,
      IF(
        unit = 'day',
        TIMESTAMP_SUB(@now, INTERVAL (24 * period) HOUR),
        TIMESTAMP_MICROS(CAST(month_starts[SAFE_OFFSET(CAST(period AS INT64))] AS INT64) - 1)
      ) AS opening_at,
      IF(
        unit = 'day',
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
  aged AS (
    SELECT
      customers.org_id,
      customers.customer_key,
      instants.instant,
      state.orders,
      state.value_cents,
      TIMESTAMP_DIFF(instants.instant, customers.first_ordered_at, MICROSECOND) AS age,
      TIMESTAMP_DIFF(instants.instant, state.last_ordered_at, MICROSECOND) AS idle
    FROM customers
    CROSS JOIN UNNEST(customers.history) AS state
    JOIN instants
      ON
        instants.org_id = customers.org_id
        AND state.ordered_at <= instants.instant
        AND (state.until_at IS NULL OR state.until_at > instants.instant)
    WHERE state.orders > 0
  ),
  states AS (
    SELECT
      org_id,
      customer_key,
      instant,
      {{segment}}
    FROM aged
    JOIN organizations USING (org_id)
  ),
  lapses AS (
    SELECT DISTINCT
      customers.org_id,
      customers.customer_key,
      periods.question,
      periods.period
    FROM customers
    CROSS JOIN UNNEST(customers.history) AS placed
    JOIN periods ON periods.org_id = customers.org_id
    WHERE
      NOT placed.is_return
      -- An order at the very instant at which its customer would be churned comes first.
      AND (
        placed.next_ordered_at IS NULL
        OR TIMESTAMP_DIFF(placed.next_ordered_at, placed.ordered_at, MICROSECOND)
          > periods.churned_after
      )
      AND TIMESTAMP_DIFF(periods.closing_at, placed.ordered_at, MICROSECOND)
        >= periods.churned_after
      AND TIMESTAMP_DIFF(periods.opening_at, placed.ordered_at, MICROSECOND)
        < periods.churned_after
  )
SELECT
  closings.org_id,
  periods.question,
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
    AND lapses.question = periods.question
    AND lapses.period = periods.period
GROUP BY closings.org_id, periods.question, periods.period, from_segment, to_segment
