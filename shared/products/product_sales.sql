-- What every product sold, and every category, by organisation; see `sold_products`, which the table is
-- made of with the baskets, so that the lines of orders are read once.
SELECT org_id, product_id, category, name, sold AS numbers, last_sale_on
FROM baskets
WHERE ARRAY_LENGTH(sold) > 0
