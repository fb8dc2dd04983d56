-- How many rows the changelog holds of before the changes read beside a base and its delta, imports
-- included: all rows, which takes no column, without those since, which takes the partitions since.
SELECT
  (SELECT COUNT(*) FROM order_facts_raw_changelog) - COUNT(*) AS of_base,
  (SELECT COUNT(*) FROM order_facts_raw_changelog) - COUNTIF(timestamp >= @delta_since) AS of_delta
FROM order_facts_raw_changelog
WHERE timestamp >= @base_since
