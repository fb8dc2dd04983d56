-- The newest state of every ledger entry that there is. What is asked of one organisation reads its
-- part only, and what is made of all of them need not look for the newest state once more.
CREATE OR REPLACE TABLE order_entries
CLUSTER BY org_id AS
SELECT document_id AS order_id, JSON_VALUE(data, '$.org_id') AS org_id, timestamp, data
FROM order_facts_raw_latest
WHERE operation != 'DELETE'
