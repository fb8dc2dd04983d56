-- Counted orders by organisation.
SELECT org_id, COUNT(*) AS orders
FROM order_facts
WHERE NOT is_return
GROUP BY org_id
ORDER BY org_id
