-- All existing ledger entries: those of the base, of the delta, and of the changes since, each in its
-- newest state. All three tables are immutable. A query for one organisation reads its clusters of
-- them, and the ids of all changed entries.
CREATE OR REPLACE VIEW order_entries AS
SELECT *
FROM `{dataset}.{base}` AS base
WHERE
  NOT base.is_deleted
  AND NOT EXISTS (
    SELECT 1 FROM `{dataset}.{delta}` AS delta WHERE delta.order_id = base.order_id
  )
  AND NOT EXISTS (
    SELECT 1 FROM `{dataset}.order_changes` WHERE order_changes.order_id = base.order_id
  )
UNION ALL
SELECT *
FROM `{dataset}.{delta}` AS delta
WHERE
  NOT delta.is_deleted
  AND NOT EXISTS (
    SELECT 1 FROM `{dataset}.order_changes` WHERE order_changes.order_id = delta.order_id
  )
UNION ALL
SELECT * FROM `{dataset}.order_changes` WHERE NOT is_deleted
