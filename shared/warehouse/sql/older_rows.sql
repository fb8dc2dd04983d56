-- How many rows the changelog holds of before `changed_since`, imports included.
SELECT COUNT(*) AS older_rows
FROM order_facts_raw_changelog
WHERE timestamp < @changed_since
