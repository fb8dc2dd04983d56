-- What is known in short about one organisation.
SELECT org_id, kind, code, local_date, entries, amount_cents, customers, order_ids
FROM audit_summaries
WHERE org_id = @org_id
ORDER BY org_id, kind, entries DESC, local_date DESC, code
