-- What the export says of some orders of one organisation.
SELECT org_id, order_id, timestamp, data
FROM order_entries
WHERE org_id = @org_id AND order_id IN UNNEST(@order_ids)
ORDER BY org_id, order_id
