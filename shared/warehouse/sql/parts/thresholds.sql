-- An organisation's thresholds from the JSON `organization`: durations in microseconds, and amounts in
-- cents. An amount that does not fit is one that nobody reaches.
CAST(JSON_VALUE(organization, '$.slipping_min_days') AS INT64) * 86400000000 AS slipping_after,
CAST(JSON_VALUE(organization, '$.at_risk_min_days') AS INT64) * 86400000000 AS at_risk_after,
CAST(JSON_VALUE(organization, '$.churned_min_days') AS INT64) * 86400000000 AS churned_after,
CAST(JSON_VALUE(organization, '$.new_max_days') AS INT64) * 86400000000 AS new_until,
CAST(JSON_VALUE(organization, '$.vip_min_orders') AS INT64) AS vip_min_orders,
CAST(JSON_VALUE(organization, '$.high_value_max_orders') AS INT64) AS high_value_max_orders,
CAST(JSON_VALUE(organization, '$.frequent_min_orders') AS INT64) AS frequent_min_orders,
CAST(JSON_VALUE(organization, '$.loyal_min_orders') AS INT64) AS loyal_min_orders,
COALESCE(
  SAFE_CAST(JSON_VALUE(organization, '$.vip_min_lifetime_value_cents') AS INT64),
  9223372036854775807
) AS vip_min_lifetime_value_cents,
COALESCE(
  SAFE_CAST(JSON_VALUE(organization, '$.vip_min_average_order_value_cents') AS INT64),
  9223372036854775807
) AS vip_min_average_cents,
COALESCE(
  SAFE_CAST(JSON_VALUE(organization, '$.high_value_min_average_order_value_cents') AS INT64),
  9223372036854775807
) AS high_value_min_average_cents,
COALESCE(
  SAFE_CAST(JSON_VALUE(organization, '$.frequent_max_average_order_value_cents') AS INT64),
  9223372036854775807
) AS frequent_max_average_cents
