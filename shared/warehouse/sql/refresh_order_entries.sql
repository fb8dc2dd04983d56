-- The newest state of each ledger entry that changed since `changed_since`, deletions included: typed,
-- so that nothing else reads its JSON. Deliveries come twice and out of order; an import comes before
-- every change, whenever it was made. Only the partitions since then are read.
--
-- `is_fact` says that it is counted. A row that says no instant, day or amount is none of ours: it is
-- no fact, so that it holds up nobody, and the audit says that it is wrong. `lines` has each product
-- once: only entries that version 0.3 wrote repeat one, whose name and category are then those of its first
-- line. `category` is the largest one of the order by amount, the first by name of equal ones. The
-- casts of sums are for the emulator, where a sum is wider.
CREATE OR REPLACE TABLE `{dataset}.{entries}`
CLUSTER BY org_id AS
WITH newest AS (
  SELECT document_id AS order_id, timestamp, operation = 'DELETE' AS is_deleted, data
  FROM order_facts_raw_changelog
  WHERE timestamp >= @changed_since
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY document_id
    ORDER BY operation = 'IMPORT', timestamp DESC, event_id DESC
  ) = 1
),
typed AS (
  SELECT
    order_id,
    timestamp,
    is_deleted,
    data,
    JSON_VALUE(data, '$.org_id') AS org_id,
    JSON_VALUE(data, '$.counted') AS counted,
    JSON_VALUE(data, '$.customer_key') AS customer_key,
    SAFE_CAST(JSON_VALUE(data, '$.ordered_at._seconds') AS INT64) AS ordered_at_seconds,
    SAFE_CAST(JSON_VALUE(data, '$.ordered_at._nanoseconds') AS INT64) AS nanoseconds,
    SAFE_CAST(JSON_VALUE(data, '$.local_date') AS DATE) AS local_date,
    SAFE_CAST(JSON_VALUE(data, '$.amount_cents') AS INT64) AS amount_cents,
    JSON_VALUE(data, '$.channel') AS channel,
    JSON_VALUE(data, '$.campaign_id') AS campaign_id,
    JSON_VALUE(data, '$.exclusion') AS exclusion,
    JSON_VALUE(data, '$.rejection.code') AS rejection,
    NULLIF(JSON_QUERY(data, '$.warnings'), '[]') AS warnings,
    ARRAY(
      SELECT AS STRUCT
        JSON_VALUE(line, '$.product_id') AS product_id,
        ARRAY_AGG(JSON_VALUE(line, '$.name') ORDER BY place LIMIT 1)[OFFSET(0)] AS name,
        ARRAY_AGG(JSON_VALUE(line, '$.category') ORDER BY place LIMIT 1)[OFFSET(0)] AS category,
        CAST(
          SUM(SAFE_CAST(JSON_VALUE(line, '$.quantity_milli') AS INT64)) AS INT64
        ) AS quantity_milli,
        CAST(SUM(SAFE_CAST(JSON_VALUE(line, '$.amount_cents') AS INT64)) AS INT64) AS amount_cents
      FROM UNNEST(JSON_QUERY_ARRAY(data, '$.lines')) AS line WITH OFFSET AS place
      GROUP BY JSON_VALUE(line, '$.product_id')
    ) AS lines
  FROM newest
),
checked AS (
  SELECT
    typed.*,
    -- The years 1 to 9999.
    ordered_at_seconds BETWEEN -62135596800 AND 253402300799
      AND nanoseconds BETWEEN 0 AND 999999999 AS has_instant,
    ARRAY(
      SELECT line.category
      FROM UNNEST(lines) AS line
      GROUP BY line.category
      ORDER BY SUM(line.amount_cents) DESC, line.category
      LIMIT 1
    )[SAFE_OFFSET(0)] AS category
  FROM typed
)
SELECT
  org_id,
  order_id,
  timestamp,
  is_deleted,
  data,
  COALESCE(
    NOT is_deleted
    AND counted = 'true'
    AND has_instant
    AND org_id IS NOT NULL
    AND local_date IS NOT NULL
    AND amount_cents IS NOT NULL,
    FALSE
  ) AS is_fact,
  customer_key,
  IF(has_instant, TIMESTAMP_MICROS(ordered_at_seconds * 1000000 + DIV(nanoseconds, 1000)), NULL)
    AS ordered_at,
  local_date,
  amount_cents,
  channel,
  campaign_id,
  exclusion,
  rejection,
  warnings,
  category,
  lines
FROM checked
