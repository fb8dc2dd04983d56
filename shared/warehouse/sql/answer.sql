-- The answer of a scan: a row per organisation and question that it has rows of, with these as a JSON
-- array in no order. Whole numbers beyond 2^53 are text in it.
CREATE OR REPLACE TABLE `{answers}`
CLUSTER BY org_id AS
SELECT
  answer_row.org_id,
  answer_row.question,
  TO_JSON_STRING(ARRAY_AGG(answer_row)) AS answer
FROM `{question}` AS answer_row
GROUP BY answer_row.org_id, answer_row.question
