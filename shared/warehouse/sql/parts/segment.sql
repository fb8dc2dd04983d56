-- The segment of a customer with `orders`, of which `value_cents` is the sum less what was returned,
-- `idle` microseconds after the last one and `age` after the first, under the thresholds. The first rule
-- that holds decides, as in `shared.segments.classify`; without orders there is none. A whole number of
-- cents is at most an average exactly where it is at most its whole part. No threshold is below 0, and
-- DIV would round up to it.
CASE
  WHEN orders = 0 THEN NULL
  WHEN idle >= churned_after THEN 'churned'
  WHEN idle >= at_risk_after THEN 'at_risk'
  WHEN idle >= slipping_after THEN 'slipping'
  WHEN age < new_until THEN 'new'
  WHEN value_cents >= vip_min_lifetime_value_cents THEN 'vip'
  WHEN
    orders >= vip_min_orders
    AND IF(value_cents < 0, -1, DIV(value_cents, NULLIF(orders, 0))) >= vip_min_average_cents
    THEN 'vip'
  WHEN
    orders < high_value_max_orders
    AND IF(value_cents < 0, -1, DIV(value_cents, NULLIF(orders, 0)))
    >= high_value_min_average_cents
    THEN 'high_value'
  WHEN
    orders >= frequent_min_orders
    AND IF(value_cents < 0, -1, DIV(value_cents, NULLIF(orders, 0)))
    < frequent_max_average_cents
    THEN 'frequent'
  WHEN orders >= loyal_min_orders THEN 'loyal'
  ELSE 'new'
END AS segment
