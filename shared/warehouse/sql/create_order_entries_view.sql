-- All existing ledger entries: the unchanged ones of the base, and those changed since it was made.
-- Both tables are immutable. A query for one organisation reads its clusters of them, and the ids of
-- all changed entries.
CREATE OR REPLACE VIEW order_entries AS
SELECT *
FROM `{dataset}.{base}` AS base
WHERE
  NOT base.is_deleted
  AND NOT EXISTS (
    SELECT 1 FROM `{dataset}.order_changes` WHERE order_changes.order_id = base.order_id
  )
UNION ALL
SELECT * FROM `{dataset}.order_changes` WHERE NOT is_deleted
