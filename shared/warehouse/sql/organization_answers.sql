-- What is known about one organisation, and its answers to some questions.
SELECT org_id, question, answer
FROM `{answers}`
WHERE org_id = @org_id AND question IN UNNEST(@questions)
ORDER BY org_id
