-- Customers of one organisation as their counted orders make them, with the segment that each is in
-- now: those with a key above `after` and up to `until`, where they are given. One who only returned is
-- worth a negative amount, and is in no segment. The table is clustered by organisation: only its part
-- is scanned.
WITH
  organizations AS (
    SELECT
      JSON_VALUE(organization, '$.org_id') AS org_id,
      {{thresholds}}
    FROM UNNEST(@organizations) AS organization
  ),
  aged AS (
    SELECT
      org_id,
      customer_key,
      orders,
      value_cents,
      first_ordered_at,
      last_ordered_at,
      TIMESTAMP_DIFF(@now, last_ordered_at, MICROSECOND) AS idle,
      TIMESTAMP_DIFF(@now, first_ordered_at, MICROSECOND) AS age
    FROM customers
    WHERE
      org_id = @org_id
      AND (@after IS NULL OR customer_key > @after)
      AND (@until IS NULL OR customer_key <= @until)
  )
SELECT
  org_id,
  customer_key,
  orders,
  value_cents AS lifetime_value_cents,
  first_ordered_at,
  last_ordered_at,
  {{segment}}
FROM aged
JOIN organizations USING (org_id)
ORDER BY org_id, customer_key
