-- What the export says of the orders of one organisation with an id in a range, above `after` and up
-- to `until` where they are given, and of some others.
SELECT org_id, order_id, timestamp, data
FROM order_entries
WHERE
  org_id = @org_id
  AND (
    order_id IN UNNEST(@order_ids)
    OR (
      (@after IS NULL OR order_id > @after)
      AND (@until IS NULL OR order_id <= @until)
    )
  )
ORDER BY org_id, order_id
