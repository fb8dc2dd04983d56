-- Everything that is known about the organisations that were asked about: their settings of then and
-- how many counted orders they have, here, and the answers to all questions, which are added to it.
CREATE OR REPLACE TABLE `{answers}`
CLUSTER BY org_id AS
SELECT org_id, 'organization' AS question, organization AS answer
FROM asked_organizations
UNION ALL
SELECT org_id, 'orders' AS question, CAST(COUNT(*) AS STRING) AS answer
FROM order_facts
WHERE NOT is_return
GROUP BY org_id
