/* ---
title: Orders three
engine: warehouse
--- */
SELECT day, count(*) AS value FROM analytics.orders GROUP BY day
