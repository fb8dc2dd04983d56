-- One organisation's entries and their amounts by month, those that count and the others; entries
-- without a day are in a month that is null.
SELECT
  org_id,
  DATE_TRUNC(local_date, MONTH) AS month,
  is_fact,
  COUNT(*) AS entries,
  CAST(SUM(amount_cents) AS INT64) AS amount_cents
FROM order_entries
WHERE org_id = @org_id
GROUP BY org_id, month, is_fact
ORDER BY org_id, month, is_fact
