-- Counted orders by organisation.
SELECT org_id, COUNT(*) AS orders
FROM order_facts
GROUP BY org_id
ORDER BY org_id
