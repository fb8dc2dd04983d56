-- What audits want to know of each of these organisations, or of all, in one pass: its entries
-- and their amounts, its customers and its first day, for what orders are noticed, with the newest
-- of them, and customers with more counted orders on a day than one person places.
CREATE OR REPLACE TABLE audit_summaries
CLUSTER BY org_id AS
WITH noticed AS (
  SELECT
    org_id,
    order_id,
    COALESCE(ordered_at, timestamp) AS at,
    'exclusion' AS kind,
    exclusion AS code
  FROM order_entries
  WHERE exclusion IS NOT NULL AND (@all_organizations OR org_id IN UNNEST(@org_ids))
  UNION ALL
  SELECT
    org_id,
    order_id,
    COALESCE(ordered_at, timestamp) AS at,
    'rejection' AS kind,
    rejection AS code
  FROM order_entries
  WHERE rejection IS NOT NULL AND (@all_organizations OR org_id IN UNNEST(@org_ids))
  UNION ALL
  SELECT DISTINCT
    org_id,
    order_id,
    COALESCE(ordered_at, timestamp) AS at,
    'warning' AS kind,
    -- `items[].price` for `items[2].price`.
    REGEXP_REPLACE(JSON_VALUE(warning), r'\[[0-9]+\]', '[]') AS code
  FROM order_entries
  CROSS JOIN UNNEST(JSON_QUERY_ARRAY(warnings)) AS warning
  WHERE (@all_organizations OR org_id IN UNNEST(@org_ids))
),
busy AS (
  SELECT org_id, customer_key, local_date, COUNT(*) AS orders
  FROM order_facts
  WHERE NOT is_return AND customer_key IS NOT NULL
  GROUP BY org_id, customer_key, local_date
  HAVING COUNT(*) > @most_orders
)
SELECT
  org_id,
  'counted' AS kind,
  CAST(NULL AS STRING) AS code,
  MIN(local_date) AS local_date,
  COUNT(*) AS entries,
  CAST(SUM(amount_cents) AS INT64) AS amount_cents,
  COUNT(DISTINCT IF(is_return, NULL, customer_key)) AS customers,
  CAST(NULL AS STRING) AS order_ids
FROM order_facts
GROUP BY org_id
UNION ALL
SELECT org_id, 'others', NULL, NULL, COUNT(*), CAST(SUM(amount_cents) AS INT64), 0, NULL
FROM order_entries
WHERE NOT is_fact AND (@all_organizations OR org_id IN UNNEST(@org_ids))
GROUP BY org_id
UNION ALL
SELECT
  org_id,
  kind,
  code,
  NULL,
  COUNT(*),
  0,
  0,
  TO_JSON_STRING(ARRAY_AGG(order_id ORDER BY at DESC, order_id DESC LIMIT 10))
FROM noticed
GROUP BY org_id, kind, code
UNION ALL
SELECT org_id, 'busy', customer_key, local_date, orders, 0, 0, NULL
FROM busy
