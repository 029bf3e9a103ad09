/* ---
engine: warehouse
materialize: true
--- */
SELECT day, shop FROM analytics.orders
