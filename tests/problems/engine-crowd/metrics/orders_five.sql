/* ---
title: Orders five
engine: warehouse
--- */
SELECT day, count(*) AS value FROM analytics.orders GROUP BY day
