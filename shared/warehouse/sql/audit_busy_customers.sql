-- Customers of one organisation with more counted orders on one of its days than one person places:
-- who they are is probably something that the shop writes on every order. The most orders first.
SELECT org_id, customer_key, local_date, COUNT(*) AS orders
FROM order_facts
WHERE org_id = @org_id AND NOT is_return AND customer_key IS NOT NULL
GROUP BY org_id, customer_key, local_date
HAVING COUNT(*) > @most_orders
ORDER BY org_id, orders DESC, local_date DESC, customer_key
LIMIT 20
