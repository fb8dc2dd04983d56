-- What the export says now of every order of one organisation.
SELECT JSON_VALUE(data, '$.org_id') AS org_id, document_id, timestamp, data
FROM order_facts_raw_latest
WHERE operation != 'DELETE' AND JSON_VALUE(data, '$.org_id') = @org_id
ORDER BY org_id, document_id
