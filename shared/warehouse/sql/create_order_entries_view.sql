-- Every ledger entry that there is: those of the base that have not changed since, and the changed
-- ones. Only tables that are never changed are behind it. What is asked of one organisation reads its
-- part of them, and the ids of what has changed.
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
