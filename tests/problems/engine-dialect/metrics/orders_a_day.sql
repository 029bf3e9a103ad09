/* ---
title: Orders a day
engine: warehouse
--- */
SELECT day, count(*) AS value FROM analytics.orders GROUP BY day
