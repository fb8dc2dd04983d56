-- What is known about one organisation.
SELECT org_id, question, answer
FROM `{answers}`
WHERE org_id = @org_id
ORDER BY org_id
