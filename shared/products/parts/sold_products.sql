-- What every product sold, and every category, by organisation: all time, and in the last 7 and 30
-- full days, which end on the day before the organisation's day.
--
-- A return takes its units off its own day. A day with a sale is one up to the organisation's day on
-- which more was sold of a product than came back; there is none where no more was sold of it at all.
-- The name is that of the latest day with a sale, else of the latest day; of several on that day the
-- last in alphabetical order. A category is that of order lines. What was all taken back is left out.
--
-- Lines are read once: they are added up by product and day and by category, and the days by product.
--
-- A part of `refresh_baskets`. Rows: one per organisation and product, whose `category` is null, and one per organisation and
-- category, whose `product_id` and `name` are null and whose windows say nothing. `numbers` are
-- quantity and revenue of all time, of 7 and of 30 days, in a list, as there may be many products.
WITH
  organizations AS (
    SELECT
      JSON_VALUE(organization, '$.org_id') AS org_id,
      CAST(JSON_VALUE(organization, '$.today') AS DATE) AS today
    FROM asked_organizations
  ),
  sold AS (
    SELECT
      order_lines.org_id,
      organizations.today,
      order_lines.product_id,
      order_lines.local_date,
      order_lines.category,
      MAX(order_lines.name) AS name,
      SUM(order_lines.quantity_milli) AS quantity_milli,
      SUM(order_lines.amount_cents) AS revenue_cents
    FROM order_lines
    JOIN organizations ON organizations.org_id = order_lines.org_id
    WHERE @all_organizations OR order_lines.org_id IN UNNEST(@org_ids)
    GROUP BY
      GROUPING SETS (
        (
          order_lines.org_id,
          organizations.today,
          order_lines.product_id,
          order_lines.local_date
        ),
        (order_lines.org_id, organizations.today, order_lines.category)
      )
  ),
  dated AS (
    SELECT
      org_id,
      product_id,
      category,
      local_date,
      name,
      quantity_milli,
      revenue_cents,
      DATE_DIFF(today, local_date, DAY) AS days_ago,
      quantity_milli > 0 AND local_date <= today AS is_sale
    FROM sold
  )
SELECT
  org_id,
  product_id,
  category,
  IF(
    product_id IS NULL,
    NULL,
    ARRAY_AGG(STRUCT(name AS name) ORDER BY is_sale DESC, local_date DESC LIMIT 1)[OFFSET(0)].name
  ) AS name,
  [
    CAST(SUM(quantity_milli) AS INT64),
    CAST(SUM(revenue_cents) AS INT64),
    CAST(SUM(IF(days_ago BETWEEN 1 AND 7, quantity_milli, 0)) AS INT64),
    CAST(SUM(IF(days_ago BETWEEN 1 AND 7, revenue_cents, 0)) AS INT64),
    CAST(SUM(IF(days_ago BETWEEN 1 AND 30, quantity_milli, 0)) AS INT64),
    CAST(SUM(IF(days_ago BETWEEN 1 AND 30, revenue_cents, 0)) AS INT64)
  ] AS numbers,
  IF(SUM(quantity_milli) > 0, MAX(IF(is_sale, local_date, NULL)), NULL) AS last_sale_on
FROM dated
GROUP BY org_id, product_id, category
HAVING SUM(quantity_milli) != 0 OR SUM(revenue_cents) != 0
