/* ---
title: Buyers
grain: month
dimensions: [region]
--- */
SELECT date_trunc('month', day)::DATE AS month, region, count(DISTINCT buyer) AS value
FROM orders
GROUP BY GROUPING SETS ((1, 2), (1))
