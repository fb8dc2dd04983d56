-- Products of counted orders: one row per order and product, whatever the quantity and however many
-- lines it was on. The name and category are those of the first line.
CREATE OR REPLACE TABLE order_lines
CLUSTER BY org_id, order_id AS
WITH lines AS (
  SELECT
    document_id AS order_id,
    data,
    line,
    place AS position
  FROM order_facts_raw_latest,
    UNNEST(JSON_QUERY_ARRAY(data, '$.lines')) AS line WITH OFFSET AS place
  WHERE operation != 'DELETE' AND JSON_VALUE(data, '$.counted') = 'true'
),
typed AS (
  SELECT
    order_id,
    JSON_VALUE(data, '$.org_id') AS org_id,
    JSON_VALUE(data, '$.customer_key') AS customer_key,
    TIMESTAMP_MICROS(
      CAST(JSON_VALUE(data, '$.ordered_at._seconds') AS INT64) * 1000000
      + DIV(CAST(JSON_VALUE(data, '$.ordered_at._nanoseconds') AS INT64), 1000)
    ) AS ordered_at,
    CAST(JSON_VALUE(data, '$.local_date') AS DATE) AS local_date,
    JSON_VALUE(line, '$.product_id') AS product_id,
    JSON_VALUE(line, '$.name') AS name,
    JSON_VALUE(line, '$.category') AS category,
    CAST(JSON_VALUE(line, '$.quantity_milli') AS INT64) AS quantity_milli,
    CAST(JSON_VALUE(line, '$.amount_cents') AS INT64) AS amount_cents,
    position
  FROM lines
)
SELECT
  order_id,
  org_id,
  customer_key,
  ordered_at,
  local_date,
  product_id,
  name,
  category,
  SUM(quantity_milli) OVER (PARTITION BY order_id, product_id) AS quantity_milli,
  SUM(amount_cents) OVER (PARTITION BY order_id, product_id) AS amount_cents
FROM typed
QUALIFY ROW_NUMBER() OVER (PARTITION BY order_id, product_id ORDER BY position) = 1
