-- What the export says of the orders of one organisation on some days, or where `undated` is 1 of those
-- without a day.
SELECT org_id, order_id, timestamp, data
FROM order_entries
WHERE
  org_id = @org_id
  AND IF(@undated = 1, local_date IS NULL, local_date BETWEEN @first_day AND @last_day)
ORDER BY org_id, order_id
