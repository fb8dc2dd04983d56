-- The newest state of every document, deleted ones included: deliveries come twice and out of
-- order. An import comes before every change, whenever it was made. A view does not follow the
-- default dataset, so its table is named in full.
CREATE OR REPLACE VIEW order_facts_raw_latest AS
SELECT timestamp, event_id, document_name, operation, data, document_id
FROM `{dataset}.order_facts_raw_changelog`
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY document_name
  ORDER BY operation = 'IMPORT', timestamp DESC, event_id DESC
) = 1
