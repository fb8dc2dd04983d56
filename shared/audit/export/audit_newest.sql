-- What the newest rows say that were added for some orders since an instant. A row that an audit adds
-- is newer than any other of its order.
SELECT document_id AS order_id, timestamp, IF(operation = 'DELETE', NULL, data) AS data
FROM order_facts_raw_changelog
WHERE timestamp >= @since AND document_id IN UNNEST(@order_ids)
QUALIFY ROW_NUMBER() OVER (PARTITION BY document_id ORDER BY timestamp DESC, event_id DESC) = 1
ORDER BY order_id
