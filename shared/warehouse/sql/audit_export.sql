-- What the export says of every order of one organisation.
SELECT org_id, order_id, timestamp, data
FROM order_entries
WHERE org_id = @org_id
ORDER BY org_id, order_id
